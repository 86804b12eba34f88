//! What a translation did.

use std::fmt;

use serde::Serialize;
use serde_json::Value;

use super::trace::Traced;
use crate::schema::{Problem, Record};

/// What became of the values of one record. Paths, codes and the tables' own words; never a value.
///
/// Every value of the source is in exactly one of three places: counted in `mapped`, named in `lossy`, or named in
/// `unmapped`; a list in one value can be in the last two. Values are the leaves that hold any text.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// How many values were carried over in full.
    pub mapped: usize,
    /// What was carried over with less meaning than it had.
    pub lossy: Vec<Loss>,
    /// Where the values stand that have no place on the other side.
    pub unmapped: Vec<String>,
    /// What a reader should know.
    pub warnings: Vec<Problem>,
    /// Whether anything is unmapped.
    pub partial: bool,
}

impl Report {
    /// What a common record keeps of its own translation: where something was lost or found no place. How much was carried
    /// in full, and the warnings, it does not keep.
    #[must_use]
    pub fn kept_in(record: &Record) -> Self {
        let noted = |list: &str| record.members().get(list).and_then(Value::as_array).into_iter().flatten();
        let text = |note: &Value, member: &str| note.get(member).and_then(Value::as_str).map(str::to_owned);
        let loss = |note| Some(Loss { path: text(note, "path")?, note: text(note, "note")? });
        let lossy = noted("x_LossNote").filter_map(loss).collect();
        let unmapped: Vec<_> = noted("x_Unmapped").filter_map(|note| text(note, "path")).collect();
        Self { lossy, partial: !unmapped.is_empty(), unmapped, ..Self::default() }
    }

    /// Whether there is anything that a person should know.
    #[must_use]
    pub fn is_silent(&self) -> bool {
        self.lossy.is_empty() && self.unmapped.is_empty() && self.warnings.is_empty()
    }
}

/// A value that lost some of its meaning.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Loss {
    pub path: String,
    pub note: String,
}

/// A national record in common form.
#[derive(Debug, Clone, PartialEq)]
pub struct Translated {
    pub record: Record,
    pub report: Report,
    /// The way of every value; empty unless it was asked for.
    pub trace: Vec<Traced>,
}

/// A common record in an agency's own inbound form.
#[derive(Clone, PartialEq, Eq)]
pub struct National {
    /// The record in the agency's format and encoding.
    pub bytes: Vec<u8>,
    pub report: Report,
}

// The bytes are a person's record: no debug output may show them.
impl fmt::Debug for National {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("National").field("bytes", &self.bytes.len()).field("report", &self.report).finish()
    }
}
