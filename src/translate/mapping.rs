//! A mapping table, checked against the catalogue and made ready for use.

use std::collections::HashMap;
use std::fmt;

use serde::Deserialize;
use serde_json::Value;

use super::codes::CodeTable;
use super::convert::Convert;
use super::load;
use super::table::{Encoding, OnlyEntry};
use super::target::Target;
use crate::schema::Catalogue;
use crate::schema::script::Script;

/// The format of a national record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    Xml,
    Csv,
    Json,
}

/// A defect of a mapping table.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}, line {line}: {reason}")]
pub struct MappingProblem {
    pub file: String,
    pub line: usize,
    pub reason: String,
}

/// One agency's table, read both ways. Cheap to share between threads; nothing in it changes after loading.
pub struct Mapping {
    pub(super) name: String,
    pub(super) version: String,
    pub(super) agency: String,
    pub(super) format: Format,
    pub(super) root: String,
    pub(super) script: Script,
    pub(super) encoding: Encoding,
    pub(super) delimiter: u8,
    pub(super) key: Vec<String>,
    pub(super) columns: Vec<String>,
    /// Another name of a column, and the column.
    pub(super) renamed: Vec<(String, String)>,
    /// Prefix and namespace.
    pub(super) namespaces: Vec<(Box<str>, Box<str>)>,
    /// Values that say nothing.
    pub(super) empty: Vec<String>,
    pub(super) registers: Vec<String>,
    pub(super) imports: bool,
    /// Places in the source; the first is the record itself.
    pub(super) nodes: Vec<Pattern>,
    pub(super) groups: Vec<Group>,
    pub(super) lines: Vec<Line>,
    pub(super) joins: Vec<Join>,
    pub(super) constants: Vec<Constant>,
    pub(super) tables: Vec<CodeTable>,
    /// The names of guarded places, folded.
    pub(super) guarded: Vec<String>,
}

impl fmt::Debug for Mapping {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Mapping({} {})", self.name, self.version)
    }
}

/// A place in the source.
#[derive(Default)]
pub(super) struct Pattern {
    pub(super) name: Box<str>,
    pub(super) parent: usize,
    pub(super) children: HashMap<Box<str>, usize>,
    /// The children as the table lists them: the order in which they are written.
    pub(super) order: Vec<usize>,
    /// The groups of which one entry each is made here.
    pub(super) groups: Vec<usize>,
    /// The one of them that is written: the place stands once for each of its entries.
    pub(super) group: Option<usize>,
    pub(super) lines: Vec<usize>,
    /// Joins whose sources are the children of this place.
    pub(super) joins: Vec<usize>,
    /// The join that this place is a part of, and which part.
    pub(super) joined: Option<(usize, usize)>,
    /// Nothing that stands here may be set aside: see [`super::protect`].
    pub(super) guards: bool,
    /// A guarded element, which may stand once beside others.
    pub(super) once: bool,
    /// The value that always stands here.
    pub(super) literal: Option<Box<str>>,
}

pub(super) struct Group {
    pub(super) target: Target,
    /// The place that makes its entries.
    pub(super) at: usize,
    /// The member and value of `x_Persons[member=value]`: every entry has it.
    pub(super) member: Option<(Box<str>, Value)>,
    pub(super) always: bool,
    pub(super) only: Option<OnlyEntry>,
    pub(super) single: bool,
    /// Constants of each entry.
    pub(super) constants: Vec<usize>,
}

#[expect(clippy::struct_excessive_bools, reason = "each is a key of the table")]
pub(super) struct Line {
    /// Where it stands in the file of the table.
    pub(super) at: usize,
    pub(super) target: Target,
    pub(super) convert: Convert,
    pub(super) split: Option<String>,
    pub(super) first: bool,
    /// What the form says where there is no value.
    pub(super) blank: Option<String>,
    /// What is lost, in both directions.
    pub(super) lossy: Option<String>,
    /// A value that the conversion does not know refuses the record.
    pub(super) strict: bool,
    /// The form has room for one value.
    pub(super) single: bool,
    pub(super) exports: bool,
    pub(super) imports: bool,
}

pub(super) struct Join {
    /// Where it stands in the file of the table.
    pub(super) at: usize,
    pub(super) parts: Vec<usize>,
    /// One more text than parts.
    pub(super) between: Vec<String>,
    pub(super) target: Target,
    pub(super) convert: Convert,
}

pub(super) struct Constant {
    pub(super) target: Target,
    pub(super) value: Value,
    pub(super) in_group: bool,
}

impl Mapping {
    /// Reads a table and holds it against the catalogue.
    ///
    /// # Errors
    /// Every defect found, each with its line.
    pub fn load(text: &str, file_name: &str, catalogue: &Catalogue) -> Result<Self, Vec<MappingProblem>> {
        load::load(text, file_name, catalogue)
    }

    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    #[must_use]
    pub fn version(&self) -> &str {
        &self.version
    }

    /// The party that writes and reads this form, such as `rs/mup`.
    #[must_use]
    pub fn agency(&self) -> &str {
        &self.agency
    }

    #[must_use]
    pub const fn format(&self) -> Format {
        self.format
    }

    /// The country of the agency, in lower case.
    pub(super) fn country(&self) -> &str {
        self.agency.split('/').next().unwrap_or_default()
    }

    /// The place of a source path, made when the table names it first.
    pub(super) fn place(&mut self, source: &str) -> usize {
        let mut at = 0;
        for name in source.split('/').filter(|name| !name.is_empty() && *name != ".") {
            let next = self.nodes.get(at).and_then(|node| node.children.get(name).copied());
            at = next.unwrap_or_else(|| {
                let made = self.nodes.len();
                self.nodes.push(Pattern { name: name.into(), parent: at, ..Pattern::default() });
                if let Some(node) = self.nodes.get_mut(at) {
                    node.children.insert(name.into(), made);
                    node.order.push(made);
                }
                made
            });
        }
        at
    }

    /// How many values of one entry the form has room for at a place; `None` when it may stand any number of times.
    pub(super) fn room(&self, at: usize) -> Option<usize> {
        let place = self.nodes.get(at)?;
        match self.format {
            Format::Csv => Some(1),
            Format::Xml if place.name.starts_with('@') && !self.alone(at) => Some(1),
            Format::Xml | Format::Json => None,
        }
    }

    /// Whether a place is an attribute whose element holds nothing else: a list is then written as one element each.
    pub(super) fn alone(&self, at: usize) -> bool {
        let place = self.nodes.get(at).filter(|place| place.name.starts_with('@') && place.parent != 0);
        place.and_then(|place| self.nodes.get(place.parent)).is_some_and(|element| {
            element.order == [at]
                && element.groups.is_empty()
                && element.lines.is_empty()
                && element.literal.is_none()
                && element.joined.is_none()
        })
    }

    pub(super) fn node_mut(&mut self, at: usize) -> Option<&mut Pattern> {
        self.nodes.get_mut(at)
    }
}
