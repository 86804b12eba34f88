//! A value to its place in the common record.

use std::borrow::Cow;

use serde_json::Value;

use super::convert::Convert;
use super::draft::Part;
use super::error::MAX_VALUES;
use super::export::Pass;
use super::mapping::Line;
use super::target::Target;
use crate::schema::Problem;
use crate::schema::script::{Script, has_several_scripts, latin_form, script_of};

/// What became of one value.
pub(super) enum Put {
    Done,
    /// Another value stands there already.
    Taken,
    /// No entry to put it into.
    Nowhere,
    /// The list has as many values as a list may have.
    Full,
    /// It stands there together with what others said before.
    Together,
    /// One value says that somebody may be a child, another that not: the first counts.
    Disputed,
}

impl<'p> Pass<'p, '_> {
    /// Puts a value where its line says, and notes its way when that was asked for.
    pub(super) fn carry(
        &mut self,
        line: &'p Line,
        target: &'p Target,
        value: Value,
        (node, text): (usize, &str),
    ) -> Put {
        if !target.each {
            return self.carry_to(line, target, value, (node, text), None);
        }
        let mut all = Put::Nowhere;
        for (index, entry) in target.each_entry(&self.record).into_iter().enumerate() {
            let put = self.carry_to(line, target, value.clone(), (node, text), Some(entry));
            // What one of them did not take is told, whatever the others did.
            if index == 0 || matches!(all, Put::Done) || matches!(put, Put::Taken | Put::Full) {
                all = put;
            }
        }
        all
    }

    fn carry_to(
        &mut self,
        line: &'p Line,
        target: &'p Target,
        value: Value,
        (node, text): (usize, &str),
        each: Option<usize>,
    ) -> Put {
        let kept = self.trace.as_ref().map(|_| value.clone());
        let put = match line.convert {
            Convert::Name => self.name(line, value, node, each),
            _ => self.put(target, value, each, None),
        };
        match (&put, kept) {
            (Put::Done | Put::Together, Some(kept)) => {
                self.carried(node, text, Some(line.at), (target, each), &kept);
            }
            (Put::Disputed, _) if !line.beside() => {
                if let Some(holder) = target.holder(&mut self.record, &self.bound, each, None) {
                    holder.set(&target.leaf, Part::Value(Value::Bool(true)));
                }
            }
            _ => {}
        }
        put
    }

    /// Puts a value at its target. `also` is a further member that the entry around it must have.
    pub(super) fn put(
        &mut self,
        target: &'p Target,
        value: Value,
        each: Option<usize>,
        also: Option<(&'p str, &'p str)>,
    ) -> Put {
        let Some(holder) = target.holder(&mut self.record, &self.bound, each, also) else {
            return Put::Nowhere;
        };
        if target.many {
            let denied = target.opposite.as_deref().map_or(&[][..], |name| holder.parts(name));
            if denied.iter().any(|code| matches!(code, Part::Value(code) if *code == value)) {
                return Put::Taken;
            }
            let Some(list) = holder.list(&target.leaf) else { return Put::Nowhere };
            let (values, several) = match value {
                Value::Array(values) => (values.into_iter().map(Part::from).collect(), true),
                value => (vec![Part::Value(value)], false),
            };
            // One text that names several articles: which row named which is lost when rows differ.
            let together = several && !list.is_empty() && *list != values;
            for value in values {
                if !list.contains(&value) {
                    if list.len() >= MAX_VALUES {
                        return Put::Full;
                    }
                    list.push(value);
                }
            }
            return if together { Put::Together } else { Put::Done };
        }
        let mut new = Some(value);
        let there = holder.member(&target.leaf, || Part::Value(new.take().unwrap_or_default()));
        match (new, there) {
            (None, _) => Put::Done,
            (Some(value), Some(Part::Value(there))) if *there == value => Put::Done,
            (Some(Value::Bool(_)), Some(Part::Value(Value::Bool(_)))) if target.of_child => Put::Disputed,
            _ => Put::Taken,
        }
    }

    /// A name in its own script, and its Latin copy beside a Cyrillic original.
    fn name(&mut self, line: &'p Line, value: Value, node: usize, each: Option<usize>) -> Put {
        let Value::String(name) = value else { return Put::Nowhere };
        if has_several_scripts(&name) {
            self.report.warnings.push(Problem {
                path: self.tree.path(node),
                code: "mixed-script",
                text: "a name mixes letters of several scripts; look at it before it is matched".to_owned(),
            });
        }
        let script = script_of(&name);
        let copy = match latin_form(&name) {
            Some(Cow::Owned(copy)) if script == Script::Cyrl.as_str() => Some(copy),
            _ => None,
        };
        let target = &line.target;
        let put = self.put(target, Value::String(name), each, Some(("script", script)));
        if let (Put::Done, Some(copy)) = (&put, copy) {
            self.put(target, Value::String(copy), each, Some(("script", Script::Latn.as_str())));
        }
        put
    }
}
