//! A national record into a common one.

use std::borrow::Cow;

use serde_json::Value;

use super::convert::{Common, Convert};
use super::draft::{Draft, Part};
use super::error::{MAX_ENTRIES, MAX_VALUES, TranslateError};
use super::mapping::{Line, Mapping};
use super::report::{Report, Translated};
use super::target::{Bound, Target};
use super::trace::{Fate as Way, Traced};
use super::tree::Tree;
use crate::message::Sha256;
use crate::schema::script::{Script, mixes_scripts, to_latin};
use crate::schema::{Catalogue, Problem};

/// Translates one record that was read into a tree. `lines` are the lines of its rows, for CSV.
pub(super) fn export(
    mapping: &Mapping,
    catalogue: &Catalogue,
    tree: &Tree<'_>,
    digest: Sha256,
    lines: &[usize],
    traced: bool,
) -> Result<Translated, TranslateError> {
    let mut pass = Pass {
        trace: traced.then(Vec::new),
        mapping,
        tree,
        lines,
        record: Draft::default(),
        bound: vec![None; mapping.groups.len()],
        report: Report::default(),
        unmapped: Vec::new(),
        later: Vec::new(),
    };
    pass.enter(0, 0)?;
    for constant in mapping.constants.iter().filter(|constant| !constant.in_group) {
        pass.fix(constant);
    }
    for (node, pattern, bound) in std::mem::take(&mut pass.later) {
        pass.bound = bound;
        pass.leaf(node, pattern, true)?;
    }
    Ok(pass.finish(catalogue, digest))
}

pub(super) struct Pass<'p, 't> {
    /// When it is asked for.
    pub(super) trace: Option<Vec<Traced>>,
    pub(super) mapping: &'p Mapping,
    pub(super) tree: &'p Tree<'t>,
    pub(super) lines: &'p [usize],
    pub(super) record: Draft<'p>,
    pub(super) bound: Bound,
    pub(super) report: Report,
    /// The texts that have no place; the report says where they stand.
    pub(super) unmapped: Vec<String>,
    /// Leaves that go to every entry of a kind, once all entries are there.
    pub(super) later: Vec<(usize, usize, Bound)>,
}

/// What became of one leaf.
#[derive(Default)]
struct Fate<'t> {
    carried: bool,
    lossy: bool,
    unknown: bool,
    /// Texts that a line does not know; they are unmapped when no other line of the place knows them.
    strange: Vec<&'t str>,
    known: Vec<&'t str>,
}

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
}

impl<'p> Pass<'p, '_> {
    /// Reads a node and everything below it.
    fn enter(&mut self, node: usize, pattern: usize) -> Result<(), TranslateError> {
        let mapping = self.mapping;
        let Some(place) = mapping.nodes.get(pattern) else { return Ok(()) };
        let group = place.group.and_then(|number| Some((number, mapping.groups.get(number)?)));
        if let Some((number, group)) = group {
            let at = group.target.holder(&mut self.record, &self.bound, None, None).and_then(|holder| {
                let list = holder.list(&group.target.leaf)?;
                list.push(Part::Group(Draft::default()));
                Some(list.len() - 1)
            });
            if at.is_some_and(|at| at >= MAX_ENTRIES) {
                return Err(self.too_many(node, MAX_ENTRIES));
            }
            if let Some(bound) = self.bound.get_mut(number) {
                *bound = at;
            }
        }
        if self.tree.node(node).is_some_and(|node| !node.value.is_empty()) {
            self.leaf(node, pattern, false)?;
        }
        for child in self.tree.children(node) {
            let name = self.tree.node(child).map_or("", |child| &*child.name);
            match place.children.get(name) {
                Some(known) => self.enter(child, *known)?,
                None => self.unknown_below(child)?,
            }
        }
        for join in &place.joins {
            self.join(node, *join)?;
        }
        if let Some((number, group)) = group {
            self.leave(number, group);
        }
        Ok(())
    }

    /// Gives a finished entry its constants; an entry without anything in it goes.
    fn leave(&mut self, number: usize, group: &'p super::mapping::Group) {
        let Some(Some(at)) = self.bound.get(number).copied() else { return };
        let holder = group.target.holder(&mut self.record, &self.bound, None, None);
        let Some(list) = holder.and_then(|holder| holder.list(&group.target.leaf)) else { return };
        if list.get(at).and_then(Part::group).is_some_and(Draft::is_empty) {
            list.remove(at);
            if let Some(bound) = self.bound.get_mut(number) {
                *bound = None;
            }
            return;
        }
        for constant in group.constants.iter().filter_map(|number| self.mapping.constants.get(*number)) {
            self.fix(constant);
        }
    }

    fn fix(&mut self, constant: &'p super::mapping::Constant) {
        let holder = constant.target.holder(&mut self.record, &self.bound, None, None);
        if let Some(holder) = holder {
            holder.member(&constant.target.leaf, || Part::Value(constant.value.clone()));
            self.carried(usize::MAX, "", None, (&constant.target, None), &constant.value);
        }
    }

    fn leaf(&mut self, node: usize, pattern: usize, late: bool) -> Result<(), TranslateError> {
        let mapping = self.mapping;
        let (Some(place), Some(found)) = (mapping.nodes.get(pattern), self.tree.node(node)) else {
            return Ok(());
        };
        let lines = || place.lines.iter().filter_map(|n| mapping.lines.get(*n)).filter(|line| line.exports);
        if !late && lines().any(|line| line.target.each) {
            if self.later.len() >= MAX_VALUES {
                return Err(self.too_many(node, MAX_VALUES));
            }
            self.later.push((node, pattern, self.bound.clone()));
            return Ok(());
        }
        if let Some(literal) = &place.literal {
            if **literal == *found.value {
                self.report.mapped += 1;
                self.step(node, &found.value, None, |_| Way::Understood);
                return Ok(());
            }
            return self.keep(node, &found.value);
        }
        let mut fate = Fate::default();
        let steps = self.trace.as_ref().map_or(0, Vec::len);
        for line in lines() {
            // What a number is says nothing when another number stands there already.
            if fate.unknown && matches!(line.convert, Convert::Set(_)) {
                continue;
            }
            match &line.split {
                None => self.value(line, &found.value, node, &mut fate)?,
                Some(mark) => {
                    let parts = found.value.split(mark.as_str()).map(str::trim).filter(|p| !p.is_empty());
                    for (index, part) in parts.enumerate() {
                        // Each part is compared with those before it.
                        if index >= MAX_VALUES {
                            return Err(self.too_many(node, MAX_VALUES));
                        }
                        self.value(line, part, node, &mut fate)?;
                    }
                }
            }
        }
        for text in std::mem::take(&mut fate.strange) {
            if !fate.known.contains(&text) {
                fate.unknown = true;
                self.keep(node, text)?;
            }
        }
        if fate.carried && self.trace.as_ref().is_some_and(|trace| trace.len() == steps) {
            self.step(node, &found.value, None, |_| Way::Understood);
        }
        if place.joined.is_some() && !fate.lossy && !fate.unknown && !fate.carried {
            return Ok(());
        }
        if !fate.carried && !fate.lossy && !fate.unknown {
            self.keep(node, &found.value)?;
        } else if !fate.lossy && !fate.unknown {
            self.report.mapped += 1;
        }
        Ok(())
    }

    /// Carries one value along one line.
    fn value<'x>(
        &mut self,
        line: &'p Line,
        text: &'x str,
        node: usize,
        fate: &mut Fate<'x>,
    ) -> Result<(), TranslateError> {
        // A line that only takes the first value, or writes a fixed one, carries nothing by itself.
        let beside = line.first || matches!(line.convert, Convert::Set(_));
        if self.mapping.empty.iter().any(|empty| empty == text) {
            fate.carried = true;
            return Ok(());
        }
        let mut target = &line.target;
        let (value, loss) = match line.convert.to_common(text, &self.mapping.tables) {
            Common::Nothing => {
                self.step(node, text, Some(line.at), |_| Way::Understood);
                fate.carried = true;
                fate.known.push(text);
                return Ok(());
            }
            Common::Beside(beside, value) => {
                target = beside;
                (Some(value), None)
            }
            // The original goes with a name; nothing else keeps it.
            Common::Is(value) if line.convert.leaves_the_script(text) && !fate.carried => {
                (Some(value), Some("written in Latin script"))
            }
            Common::Is(value) => (Some(value), line.lossy.as_deref()),
            Common::Lossy(value, loss) => (value, Some(loss)),
            Common::Unknown if line.strict => {
                return Err(self.bad(
                    node,
                    "a value without which the record must not go, and the table does not know it",
                ));
            }
            Common::Unknown => {
                if !beside && !fate.strange.contains(&text) {
                    fate.strange.push(text);
                }
                return Ok(());
            }
            Common::Bad(reason) => return Err(self.bad(node, reason)),
        };
        if !beside {
            fate.known.push(text);
        }
        if matches!(line.convert, Convert::Case(_)) {
            self.doubt_file_number(text, node);
        }
        let put = value.map_or(Put::Done, |value| self.carry(line, target, value, (node, text)));
        match put {
            Put::Full => return Err(self.too_many(node, MAX_VALUES)),
            _ if beside => {}
            Put::Done => match loss {
                Some(loss) => {
                    fate.lossy = true;
                    self.lose(node, loss)?;
                    self.step(node, text, Some(line.at), |_| Way::Loss(loss.to_owned()));
                }
                None => fate.carried = true,
            },
            Put::Together => {
                fate.lossy = true;
                let loss = "the articles of several rows stand together in the case";
                self.lose(node, loss)?;
                self.step(node, text, Some(line.at), |_| Way::Loss(loss.to_owned()));
            }
            Put::Taken | Put::Nowhere => {
                fate.unknown = true;
                self.keep(node, text)?;
            }
        }
        Ok(())
    }

    /// Puts a value where its line says, and notes its way when that was asked for.
    fn carry(
        &mut self,
        line: &'p Line,
        target: &'p Target,
        value: Value,
        (node, text): (usize, &str),
    ) -> Put {
        if target.each {
            let entries = target.each_entry(&self.record);
            for entry in &entries {
                self.put(target, value.clone(), Some(*entry), None);
                self.carried(node, text, Some(line.at), (target, Some(*entry)), &value);
            }
            return if entries.is_empty() { Put::Nowhere } else { Put::Done };
        }
        let kept = self.trace.as_ref().map(|_| value.clone());
        let put = match line.convert {
            Convert::Name => self.name(line, value, node),
            _ => self.put(target, value, None, None),
        };
        if let (Put::Done | Put::Together, Some(kept)) = (&put, kept) {
            self.carried(node, text, Some(line.at), (target, None), &kept);
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
            _ => Put::Taken,
        }
    }

    /// A name in its own script, and its Latin copy beside a Cyrillic original.
    fn name(&mut self, line: &'p Line, value: Value, node: usize) -> Put {
        let Value::String(name) = value else { return Put::Nowhere };
        if mixes_scripts(&name) {
            self.report.warnings.push(Problem {
                path: self.tree.path(node),
                code: "mixed-script",
                text: "a word mixes Latin and Cyrillic letters; look at it before it is matched".to_owned(),
            });
        }
        let script = Script::of(&name);
        let copy = match to_latin(&name) {
            Cow::Owned(copy) if script == Script::Cyrl => Some(copy),
            _ => None,
        };
        let target = &line.target;
        let put = self.put(target, Value::String(name), None, Some(("script", script.as_str())));
        if let (Put::Done, Some(copy)) = (&put, copy) {
            self.put(target, Value::String(copy), None, Some(("script", Script::Latn.as_str())));
        }
        put
    }
}
