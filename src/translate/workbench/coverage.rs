//! What samples used of a table, and what neither touches.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::super::entries::pattern_of;
use super::super::load::{line_of, parse};
use super::super::mapping::{Format, MappingProblem};
use super::super::report::Translated;
use super::super::trace::Fate;
use super::propose::own;
use crate::schema::{Catalogue, FieldKind};

/// How much of a table, of the catalogue and of the samples was touched. Paths, lines and the table's own words; never
/// a value of a sample.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Coverage {
    pub records: usize,
    /// Fields of the catalogue that some line of the table names.
    pub fields: Share,
    /// Places of the samples whose values were carried over.
    pub sources: Share,
    /// Lines of the table that carried a value.
    pub lines: Share,
    /// Words of its code tables that stood in a sample.
    pub words: Share,
}

/// A part of a whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Share {
    pub used: usize,
    pub of: usize,
    /// Whole percent, rounded down; 100 when there is nothing to use.
    pub percent: usize,
    /// The rest, in the order of its file.
    pub unused: Vec<String>,
}

impl Share {
    fn of(all: impl Iterator<Item = (String, bool)>) -> Self {
        let (mut used, mut unused) = (0, Vec::new());
        for (name, is_used) in all {
            if is_used { used += 1 } else { unused.push(name) }
        }
        let of = used + unused.len();
        Self { used, of, percent: (100 * used).checked_div(of).unwrap_or(100), unused }
    }
}

/// Collects what translations of one table use. Holds no value of a sample: of texts only those that are the table's
/// own words.
#[derive(Debug)]
pub struct Usage {
    records: usize,
    /// CSV: values stand in rows.
    rows: bool,
    fields: Vec<(String, bool)>,
    /// Places of the samples, without the numbers of entries.
    sources: BTreeMap<String, bool>,
    /// Lines of the table that carry values, by their number in the file.
    lines: BTreeMap<usize, (String, bool)>,
    /// The code table of a line.
    tables: BTreeMap<usize, String>,
    /// Code table and word.
    words: BTreeMap<(String, String), bool>,
}

impl Usage {
    /// Of a table without defects; nothing is used yet.
    ///
    /// # Errors
    /// The defects of the table.
    pub fn of(text: &str, file_name: &str, catalogue: &Catalogue) -> Result<Self, Vec<MappingProblem>> {
        let table = parse(text, file_name)?;
        let mut lines = BTreeMap::new();
        let mut tables = BTreeMap::new();
        let mut targets: BTreeSet<String> = BTreeSet::new();
        for field in &table.field {
            let (line, field) = (line_of(text, field.span().start), field.as_ref());
            lines.insert(line, (format!("line {line}: `{}` -> `{}`", field.source, field.target), false));
            targets.insert(pattern_of(&field.target));
            if let Some(table) = &field.table {
                tables.insert(line, table.clone());
            }
        }
        for join in &table.join {
            let (line, join) = (line_of(text, join.span().start), join.as_ref());
            let sources = join.sources.join("` + `");
            lines.insert(line, (format!("line {line}: `{sources}` -> `{}`", join.target), false));
            targets.insert(pattern_of(&join.target));
        }
        targets.extend(table.constant.iter().map(|constant| pattern_of(&constant.as_ref().target)));
        let words = table.codes.iter().flat_map(|(name, words)| {
            words.keys().map(|word| ((name.clone(), word.as_ref().clone()), false))
        });
        let fields = catalogue
            .fields()
            .filter(|field| field.kind != FieldKind::Group && !own(&field.path))
            .map(|field| (field.path.clone(), targets.contains(&field.path)))
            .collect();
        let rows = table.format == Format::Csv;
        Ok(Self { records: 0, rows, fields, sources: BTreeMap::new(), lines, tables, words: words.collect() })
    }

    /// Adds what one translation used; it must have been asked for its trace.
    pub fn add(&mut self, translated: &Translated) {
        self.records += 1;
        for step in &translated.trace {
            if !step.path.is_empty() {
                let path = without_numbers(&step.path);
                let source = path.strip_prefix("row/").filter(|_| self.rows).unwrap_or(&path);
                let carried = self.sources.entry(source.to_owned()).or_default();
                *carried |= step.fate != Fate::Unmapped;
            }
            let Some(line) = step.line else { continue };
            if let Some((_, used)) = self.lines.get_mut(&line) {
                *used = true;
            }
            let word = self.tables.get(&line).map(|table| (table.clone(), step.text.clone()));
            if let Some(used) = word.and_then(|word| self.words.get_mut(&word)) {
                *used = true;
            }
        }
    }

    /// What was used until now.
    #[must_use]
    pub fn coverage(&self) -> Coverage {
        let places = self.sources.iter().map(|(path, used)| (path.clone(), *used));
        let words =
            self.words.iter().map(|((table, word), used)| (format!("`[codes.{table}]` `{word}`"), *used));
        Coverage {
            records: self.records,
            fields: Share::of(self.fields.iter().cloned()),
            sources: Share::of(places),
            lines: Share::of(self.lines.values().cloned()),
            words: Share::of(words),
        }
    }
}

/// `Lice[2]/Ime` is the same place as `Lice/Ime`.
fn without_numbers(path: &str) -> String {
    let bare = |name: &str| match name.strip_suffix(']').and_then(|name| name.rsplit_once('[')) {
        Some((bare, number)) if number.bytes().all(|byte| byte.is_ascii_digit()) => bare.to_owned(),
        _ => name.to_owned(),
    };
    path.split('/').map(bare).collect::<Vec<_>>().join("/")
}
