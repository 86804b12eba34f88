//! What a good table has, and what its author should know.

use std::collections::BTreeSet;

use toml::Spanned;

use super::super::entries::pattern_of;
use super::super::load::{line_of, parse};
use super::super::mapping::{Mapping, MappingProblem};
use super::super::table::{BackEntry, CodeEntry, ConvertName, Direction, FieldEntry, TableFile};
use super::both;
use crate::schema::{Catalogue, FieldKind};

/// Most codes that one note names.
const MOST_SHOWN: usize = 8;

/// A table that has no defect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overview {
    /// Different places of the source that it reads or writes.
    pub sources: usize,
    /// Different places of the common record.
    pub targets: usize,
    pub code_tables: usize,
    /// Whether it also describes an inbound form.
    pub both_ways: bool,
    /// In the order of the file.
    pub notes: Vec<Note>,
}

/// Something that is no defect, but may not be meant.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Note {
    pub line: usize,
    pub text: String,
}

impl Overview {
    /// Holds a table against the catalogue, tries it both ways on an example of its own, and looks it over.
    ///
    /// # Errors
    /// Every defect found, each with its line.
    pub fn of(text: &str, file_name: &str, catalogue: &Catalogue) -> Result<Self, Vec<MappingProblem>> {
        let mapping = Mapping::load(text, file_name, catalogue)?;
        let defects = both::defects(&mapping, file_name, catalogue);
        if !defects.is_empty() {
            return Err(defects);
        }
        let table = parse(text, file_name)?;
        let fields = || table.field.iter().map(Spanned::as_ref);
        let joins = || table.join.iter().map(Spanned::as_ref);
        let sources: BTreeSet<&str> = fields()
            .map(|field| field.source.as_str())
            .chain(joins().flat_map(|join| join.sources.iter().map(String::as_str)))
            .chain(table.literal.iter().map(|literal| literal.as_ref().source.as_str()))
            .collect();
        let targets: BTreeSet<&str> = fields()
            .map(|field| field.target.as_str())
            .chain(joins().map(|join| join.target.as_str()))
            .chain(table.constant.iter().map(|constant| constant.as_ref().target.as_str()))
            .collect();
        let mut looker = Looker { text, catalogue, table: &table, seen: BTreeSet::new(), notes: Vec::new() };
        looker.look();
        looker.notes.sort();
        Ok(Self {
            sources: sources.len(),
            targets: targets.len(),
            code_tables: table.codes.len(),
            both_ways: table.import,
            notes: looker.notes,
        })
    }
}

struct Looker<'a> {
    text: &'a str,
    catalogue: &'a Catalogue,
    table: &'a TableFile,
    /// Code tables and lists that were held against each other.
    seen: BTreeSet<(&'a str, String)>,
    notes: Vec<Note>,
}

impl<'a> Looker<'a> {
    fn note(&mut self, at: usize, text: String) {
        self.notes.push(Note { line: line_of(self.text, at), text });
    }

    fn look(&mut self) {
        if !self.table.import {
            self.note(0, "`import = false`: no inbound form is ever written".to_owned());
        }
        for field in &self.table.field {
            let (at, field) = (field.span().start, field.as_ref());
            self.direction(at, field);
            self.of_each(at, field);
            if let Some(lossy) = &field.lossy {
                self.note(at, format!("`{}` -> `{}` loses: {lossy}", field.source, field.target));
            }
            if let (ConvertName::Code, Some(table)) = (field.convert, &field.table) {
                self.wordless(at, field, table);
                self.unread(at, field, table);
            }
        }
        for (name, words) in &self.table.codes {
            for (word, entry) in words {
                if let CodeEntry::Lossy(entry) = entry {
                    let text =
                        format!("`[codes.{name}]` `{}` is read with loss: {}", word.as_ref(), entry.lossy);
                    self.note(word.span().start, text);
                }
            }
        }
        for (name, codes) in &self.table.back {
            for (code, entry) in codes {
                if let BackEntry::Lossy(entry) = entry {
                    let text =
                        format!("`[back.{name}]` `{}` is written with loss: {}", code.as_ref(), entry.lossy);
                    self.note(code.span().start, text);
                }
            }
        }
    }

    fn direction(&mut self, at: usize, field: &FieldEntry) {
        let way = match field.only {
            Some(Direction::Export) => "only read, never written",
            Some(Direction::Import) => "only written, never read",
            None => return,
        };
        self.note(at, format!("`{}` -> `{}` is {way}", field.source, field.target));
    }

    /// A line for the persons of a kind makes none of them.
    fn of_each(&mut self, at: usize, field: &FieldEntry) {
        let start = field.target.strip_prefix("x_Persons[");
        let Some((choice, _)) = start.and_then(|rest| rest.split_once(']')).filter(|(c, _)| c.contains('='))
        else {
            return;
        };
        let made = format!("x_Persons[{choice}]");
        if field.only != Some(Direction::Import)
            && !self.table.group.iter().any(|g| g.as_ref().target == made)
        {
            let text = format!(
                "`{}` goes to every person with `{choice}`, and makes none: where there is none it is unmapped",
                field.source
            );
            self.note(at, text);
        }
    }

    /// Codes of a field that protects as which the table reads no word: a form that says one in words of its own stops the
    /// record there.
    fn unread(&mut self, at: usize, field: &FieldEntry, table: &'a str) {
        let pattern = pattern_of(&field.target);
        let target = self.catalogue.field(&pattern).filter(|target| target.protects);
        let Some(FieldKind::Code(list)) = target.map(|target| &target.kind) else { return };
        // Once for each list, apart from what is noted of any field.
        if field.only == Some(Direction::Import) || !self.seen.insert((table, format!("{list}, protecting")))
        {
            return;
        }
        let words = self.table.codes.get(table).into_iter().flat_map(|words| words.values());
        let read: BTreeSet<&str> = words
            .filter_map(|entry| match entry {
                CodeEntry::Code(code) => Some(code.as_str()),
                CodeEntry::Lossy(entry) => entry.code.as_deref(),
            })
            .collect();
        let codes = self.catalogue.codes(list).iter().map(String::as_str);
        let unread: Vec<String> =
            codes.filter(|code| !read.contains(code)).map(|code| format!("`{code}`")).collect();
        if !unread.is_empty() {
            let text = format!(
                "`{}` protects, and `[codes.{table}]` reads no word as {} of `{list}`: a form that says it stops the record",
                field.target,
                unread.join(", ")
            );
            self.note(at, text);
        }
    }

    /// Codes of the list that the table has no word for.
    fn wordless(&mut self, at: usize, field: &FieldEntry, table: &'a str) {
        let pattern = pattern_of(&field.target);
        let Some(FieldKind::Code(list)) = self.catalogue.field(&pattern).map(|field| &field.kind) else {
            return;
        };
        if !self.seen.insert((table, list.clone())) {
            return;
        }
        let mut worded: BTreeSet<&str> = BTreeSet::new();
        for entry in self.table.codes.get(table).into_iter().flat_map(|words| words.values()) {
            match entry {
                CodeEntry::Code(code) => worded.insert(code),
                CodeEntry::Lossy(entry) => entry.code.as_deref().is_some_and(|code| worded.insert(code)),
            };
        }
        worded.extend(self.table.back.get(table).into_iter().flat_map(|codes| codes.keys()).map(|code| {
            let code: &str = code.as_ref();
            code
        }));
        let named: BTreeSet<&str> =
            self.table.without.get(table).into_iter().flatten().map(|code| code.as_ref().as_str()).collect();
        let wordless =
            self.catalogue.codes(list).iter().map(String::as_str).filter(|code| !worded.contains(code));
        let (named, missing): (Vec<&str>, Vec<&str>) = wordless.partition(|code| named.contains(code));
        if !named.is_empty() {
            let count = named.len();
            let text = format!("`[codes.{table}]` has no word for {count} of `{list}`, as `[without]` says");
            self.note(at, text);
        }
        if !missing.is_empty() {
            let shown: Vec<String> =
                missing.iter().take(MOST_SHOWN).map(|code| format!("`{code}`")).collect();
            let more = match missing.len().saturating_sub(MOST_SHOWN) {
                0 => String::new(),
                more => format!(" and {more} more"),
            };
            let text = format!("`[codes.{table}]` has no word for {}{more} of `{list}`", shown.join(", "));
            self.note(at, text);
        }
    }
}
