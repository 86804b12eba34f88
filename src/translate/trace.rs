//! The way of every value, for people who write a table. It is made only when it is asked for.

use std::fmt;

use serde_json::Value;

use super::export::Pass;
use super::target::Target;

/// One value of the source, or of the table, and where it went. A value that went to several places has several.
#[derive(Clone, PartialEq)]
pub struct Traced {
    /// The value's place in the order of the source.
    pub(super) node: usize,
    /// Where it stands in the source; empty for a constant of the table.
    pub path: String,
    /// The source's text; one part of it where the table splits it.
    pub text: String,
    /// The line of the table that did it, when one did.
    pub line: Option<usize>,
    pub fate: Fate,
}

/// Where a value went.
#[derive(Clone, PartialEq)]
pub enum Fate {
    /// To this place of the common record, as this value.
    Carried { target: String, value: Value },
    /// The table knows it and it says nothing to the common record.
    Understood,
    /// Less than it said; the line is the table's own words.
    Loss(String),
    /// Kept among the values without a place.
    Unmapped,
}

// The texts are a person's record: no debug output may show them.
impl fmt::Debug for Traced {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = f.debug_struct("Traced");
        out.field("path", &self.path)
            .field("line", &self.line)
            .field("fate", &self.fate)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Fate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Carried { target, .. } => target,
            Self::Understood => "understood",
            Self::Loss(note) => note,
            Self::Unmapped => "unmapped",
        })
    }
}

impl Pass<'_, '_> {
    /// Notes the way of a value, when it was asked for.
    pub(super) fn step(
        &mut self,
        node: usize,
        text: &str,
        line: Option<usize>,
        fate: impl FnOnce(&Self) -> Fate,
    ) {
        if self.trace.is_none() {
            return;
        }
        let step = Traced { node, path: self.tree.path(node), text: text.to_owned(), line, fate: fate(self) };
        if let Some(trace) = &mut self.trace {
            trace.push(step);
        }
    }

    /// Notes that a value stands at its target.
    pub(super) fn carried(
        &mut self,
        node: usize,
        text: &str,
        line: Option<usize>,
        (target, each): (&Target, Option<usize>),
        value: &Value,
    ) {
        self.step(node, text, line, |pass| Fate::Carried {
            target: target.shown(&pass.bound, each),
            value: value.clone(),
        });
    }
}
