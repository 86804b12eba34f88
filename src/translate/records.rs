//! The records of a national source, one after the other.

use std::borrow::Cow;
use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::io::{BufRead, Read};

use super::csv::{Row, RowError, Rows, decode, other_encoding, wrong_encoding};
use super::error::{MAX_DOCUMENT, MAX_ROWS, TranslateError};
use super::export::export;
use super::keyed::{Keying, Origin};
use super::mapping::{Format, Mapping};
use super::report::Translated;
use super::tree::Tree;
use super::{json, xml};
use crate::schema::{Catalogue, Problem};

/// Translates the records of a source.
///
/// An XML or JSON source is one document and one record, at most 16 MiB. A CSV source is read row by row; rows of
/// one key that follow each other are one record. After a bad row the iteration goes on with the next; it ends with
/// the error when nothing after it can be trusted (encoding, an endless row, an unreadable source).
///
/// Without a key there is no digest of the source, and persons are numbered by place: for tables, trials and `translate`.
/// What leaves is translated by [`keyed_records`].
pub fn records<'m, R: BufRead + 'm>(
    mapping: &'m Mapping,
    catalogue: &'m Catalogue,
    source: R,
) -> impl Iterator<Item = Result<Translated, TranslateError>> + 'm {
    read(mapping, catalogue, source, None, false)
}

/// As [`records`], with digests of the source and of its persons that are keyed with the agency's secret, where one is given.
pub fn keyed_records<'m, R: BufRead + 'm>(
    mapping: &'m Mapping,
    catalogue: &'m Catalogue,
    keying: Option<Keying<'m>>,
    source: R,
) -> impl Iterator<Item = Result<Translated, TranslateError>> + 'm {
    read(mapping, catalogue, source, keying, false)
}

/// As [`records`], with the way of every value.
pub fn traced_records<'m, R: BufRead + 'm>(
    mapping: &'m Mapping,
    catalogue: &'m Catalogue,
    source: R,
) -> impl Iterator<Item = Result<Translated, TranslateError>> + 'm {
    read(mapping, catalogue, source, None, true)
}

fn read<'m, R: BufRead>(
    mapping: &'m Mapping,
    catalogue: &'m Catalogue,
    source: R,
    keying: Option<Keying<'m>>,
    traced: bool,
) -> Records<'m, R> {
    let state = match mapping.format() {
        Format::Csv => State::Begin(Rows::new(source, mapping.encoding, mapping.delimiter)),
        Format::Xml | Format::Json => State::Whole(source),
    };
    Records { mapping, catalogue, state, keying, traced, ordinal: 0 }
}

struct Records<'m, R> {
    mapping: &'m Mapping,
    catalogue: &'m Catalogue,
    state: State<R>,
    keying: Option<Keying<'m>>,
    /// How many records were begun.
    ordinal: u64,
    /// Whether the way of every value is wanted.
    traced: bool,
}

enum State<R> {
    Whole(R),
    /// Before the header of a CSV source.
    Begin(Rows<R>),
    Rows(Box<Case<R>>),
    /// An error that comes after the last record.
    Last(TranslateError),
    Done,
}

struct Case<R> {
    rows: Rows<R>,
    header: Vec<String>,
    /// Where the key columns stand.
    key: Vec<usize>,
    /// The rows of the record that is being collected.
    open: Vec<Row>,
    /// How long they are together.
    bytes: usize,
    /// The keys of the cases before, as far as they are remembered.
    keys: HashSet<u64>,
}

/// Cases of one source whose keys are remembered: memory stays bounded.
const MAX_KEYS: usize = 1 << 16;

impl<R: BufRead> Iterator for Records<'_, R> {
    type Item = Result<Translated, TranslateError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            match std::mem::replace(&mut self.state, State::Done) {
                State::Whole(source) => return Some(self.whole(source)),
                State::Begin(rows) => match self.begin(rows) {
                    Ok(Some(case)) => self.state = State::Rows(Box::new(case)),
                    Ok(None) => return None,
                    Err(error) => return Some(Err(error)),
                },
                State::Rows(case) => {
                    if let Some(item) = self.rows(case) {
                        return Some(item);
                    }
                }
                State::Last(error) => return Some(Err(error)),
                State::Done => return None,
            }
        }
    }
}

impl<R: BufRead> Records<'_, R> {
    fn whole(&self, source: R) -> Result<Translated, TranslateError> {
        let mut bytes = Vec::new();
        let limit = MAX_DOCUMENT as u64 + 1;
        source.take(limit).read_to_end(&mut bytes).map_err(TranslateError::Read)?;
        if bytes.len() > MAX_DOCUMENT {
            return Err(TranslateError::TooLarge { limit: MAX_DOCUMENT });
        }
        let mapping = self.mapping;
        let wrong = |at: usize, found| {
            let line = bytes.iter().take(at).filter(|b| **b == b'\n').count() + 1;
            wrong_encoding(line, mapping.encoding, found)
        };
        if let Some(found) = other_encoding(&bytes, mapping.encoding) {
            return Err(wrong(0, found));
        }
        let content = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&bytes);
        let text = decode(content, mapping.encoding).map_err(|found| {
            let good = std::str::from_utf8(content).map_or_else(|error| error.valid_up_to(), str::len);
            wrong(if found == "not UTF-8" { good } else { 0 }, found)
        })?;
        if let Some(at) = text.bytes().position(|b| b == 0) {
            let line = text.bytes().take(at).filter(|b| *b == b'\n').count() + 1;
            return Err(TranslateError::Malformed { line, reason: "a NUL character".to_owned() });
        }
        let tree = match mapping.format() {
            Format::Json => json::read(text.as_bytes())?,
            _ => xml::read(&text, mapping)?,
        };
        let origin = Origin { keying: self.keying, bytes: &bytes, ordinal: 1 };
        export(mapping, self.catalogue, &tree, origin, &[], self.traced)
    }

    fn begin(&self, mut rows: Rows<R>) -> Result<Option<Case<R>>, TranslateError> {
        let header = match rows.next_row() {
            Ok(Some(row)) => row.fields,
            Ok(None) => return Ok(None),
            Err(RowError::Row(error) | RowError::End(error)) => return Err(error),
        };
        let renamed = |name: &str| {
            let known = self.mapping.renamed.iter().find(|(other, _)| other == name);
            known.map_or(name, |(_, column)| column).to_owned()
        };
        let header: Vec<String> = header.iter().map(|name| renamed(name.trim())).collect();
        let wrong = |reason: String| TranslateError::Malformed { line: 1, reason };
        if let Some(missing) = self.mapping.columns.iter().find(|column| !header.contains(column)) {
            return Err(wrong(format!(
                "no column `{missing}`; check the separator and that the first line names the columns"
            )));
        }
        for (index, name) in header.iter().enumerate() {
            if header.iter().take(index).any(|before| before == name) {
                let shown: String = name.chars().take(64).collect();
                return Err(wrong(format!("the column `{shown}` stands twice")));
            }
        }
        let key = self.mapping.key.iter().filter_map(|key| header.iter().position(|name| name == key));
        let key = key.collect();
        Ok(Some(Case { rows, header, key, open: Vec::new(), bytes: 0, keys: HashSet::new() }))
    }

    /// Reads on to the end of a record.
    fn rows(&mut self, mut case: Box<Case<R>>) -> Option<Result<Translated, TranslateError>> {
        loop {
            let row = match case.rows.next_row() {
                Ok(Some(row)) => row,
                Ok(None) => return self.translate_open(&mut case),
                Err(RowError::End(error)) => {
                    self.state = State::Last(error);
                    return self.translate_open(&mut case);
                }
                Err(RowError::Row(error)) => {
                    self.state = State::Rows(case);
                    return Some(Err(error));
                }
            };
            // A spreadsheet leaves rows of nothing but separators, which are of no case. Without a key each row is a record.
            if !case.key.is_empty() && row.fields.iter().all(|field| field.trim().is_empty()) {
                continue;
            }
            if row.fields.len() != case.header.len() {
                let reason =
                    format!("{} columns, but the header has {}", row.fields.len(), case.header.len());
                self.state = State::Rows(case);
                return Some(Err(TranslateError::Malformed { line: row.line, reason }));
            }
            if case.continues(&row) {
                case.bytes += row.raw.len();
                if case.open.len() >= MAX_ROWS || case.bytes > MAX_DOCUMENT {
                    let reason = format!(
                        "more than {MAX_ROWS} rows or {MAX_DOCUMENT} bytes of one case; split the case"
                    );
                    return Some(Err(TranslateError::Malformed { line: row.line, reason }));
                }
                case.open.push(row);
                continue;
            }
            let item = self.translate_open(&mut case);
            case.open.clear();
            case.bytes = row.raw.len();
            case.open.push(row);
            if item.is_some() {
                self.state = State::Rows(case);
                return item;
            }
        }
    }

    fn translate_open(&mut self, case: &mut Case<R>) -> Option<Result<Translated, TranslateError>> {
        if case.open.is_empty() {
            return None;
        }
        let mut raw = Vec::new();
        let bytes = match &case.open[..] {
            [row] => row.raw.as_slice(),
            rows => {
                for row in rows {
                    raw.extend_from_slice(&row.raw);
                }
                &raw
            }
        };
        self.ordinal += 1;
        let origin = Origin { keying: self.keying, bytes, ordinal: self.ordinal };
        let lines: Vec<usize> = case.open.iter().map(|row| row.line).collect();
        let translated = case
            .tree()
            .and_then(|tree| export(self.mapping, self.catalogue, &tree, origin, &lines, self.traced));
        let again = case.comes_again();
        Some(translated.map(|mut translated| {
            translated.report.warnings.extend(again);
            translated
        }))
    }
}

impl<R> Case<R> {
    /// Whether the row belongs to the record that is being collected.
    fn continues(&self, row: &Row) -> bool {
        let Some(first) = self.open.first() else { return false };
        !self.key.is_empty() && self.key.iter().all(|at| first.fields.get(*at) == row.fields.get(*at))
    }

    /// A warning if a case with the same key stood before, with rows of another one between.
    fn comes_again(&mut self) -> Option<Problem> {
        let (first, column) = (self.open.first()?, self.header.get(*self.key.first()?)?);
        let mut hasher = DefaultHasher::new();
        self.key.iter().for_each(|at| first.fields.get(*at).hash(&mut hasher));
        let key = hasher.finish();
        if self.keys.contains(&key) {
            let path = format!("row/{column}");
            let text = "this case stood before in the source, with rows of another one between: two records are made \
                        of it; sort the rows by case";
            return Some(Problem { path, code: "W-AGAIN", text: text.to_owned() });
        }
        if self.keys.len() < MAX_KEYS {
            self.keys.insert(key);
        }
        None
    }

    fn tree(&self) -> Result<Tree<'_>, TranslateError> {
        let mut tree = Tree::default();
        let line = self.open.first().map_or(1, |row| row.line);
        let full = |_| TranslateError::Malformed { line, reason: "too many values in one case".to_owned() };
        tree.add(0, Cow::Borrowed(""), Cow::Borrowed("")).map_err(full)?;
        for row in &self.open {
            let node = tree.add(0, Cow::Borrowed("row"), Cow::Borrowed("")).map_err(full)?;
            for (name, value) in self.header.iter().zip(&row.fields) {
                let value = value.trim();
                if !value.is_empty() {
                    tree.add(node, Cow::Borrowed(name), Cow::Borrowed(value)).map_err(full)?;
                }
            }
        }
        Ok(tree)
    }
}
