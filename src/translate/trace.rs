//! The way of every value, for people who write a table. It is made only when it is asked for.

use std::fmt;

use serde_json::Value;

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
