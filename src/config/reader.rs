//! Reads TOML section by section, and notes whatever does not fit.
//!
//! A section is read in a closure: what the closure did not ask for is an unknown key when it ends, so
//! that no reader can forget to look.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::problems::{At, Problems};
use super::value::{Value, listed, nearest, shown};

/// Syntax errors told per file: the later ones mostly follow from the first.
const SYNTAX_ERRORS: usize = 5;

/// A configuration file, to turn offsets into lines.
pub(super) struct Source {
    file: Arc<Path>,
    starts: Vec<usize>,
}

impl Source {
    fn new(file: &Path, text: &str) -> Self {
        let starts = std::iter::once(0).chain(text.match_indices('\n').map(|(i, _)| i + 1)).collect();
        Self { file: file.into(), starts }
    }

    fn at(&self, offset: usize) -> At {
        let line = self.starts.partition_point(|start| *start <= offset);
        At { file: Arc::clone(&self.file), line: line.max(1) }
    }
}

/// Reads `text` as the TOML file at `path`.
pub(super) fn read_text<T>(
    path: &Path,
    text: &str,
    problems: &mut Problems,
    read: impl FnOnce(&mut Section<'_, '_>) -> T,
) -> Option<T> {
    let source = Source::new(path, text);
    let (table, errors) = DeTable::parse_recoverable(text);
    if !errors.is_empty() {
        for error in errors.iter().take(SYNTAX_ERRORS) {
            let at = source.at(error.span().map_or(0, |span| span.start));
            problems.push_at(&at, format!("this is not TOML: {}", shown(error.message())));
        }
        return None;
    }
    let line = source.at(0);
    Some(Section::read(&source, table.get_ref(), String::new(), line, problems, read))
}

/// One section of a file, while it is read.
pub(super) struct Section<'t, 'p> {
    source: &'t Source,
    table: &'t DeTable<'t>,
    name: String,
    at: At,
    known: Vec<&'static str>,
    pub(super) problems: &'p mut Problems,
}

impl<'t, 'p> Section<'t, 'p> {
    fn read<T>(
        source: &'t Source,
        table: &'t DeTable<'t>,
        name: String,
        at: At,
        problems: &'p mut Problems,
        read: impl FnOnce(&mut Section<'_, '_>) -> T,
    ) -> T {
        let mut section = Section { source, table, name, at, known: Vec::new(), problems };
        let result = read(&mut section);
        section.tell_unknown();
        result
    }

    /// The place of `key`, or of the section when the key is absent.
    pub(super) fn at(&self, key: &str) -> At {
        self.entry(key).map_or_else(|| self.at.clone(), |(at, _)| at)
    }

    /// A value that must be there; `example` shows how to write it.
    pub(super) fn required<T>(
        &mut self,
        key: &'static str,
        example: &str,
        parse: impl FnOnce(Value<'t>) -> Result<T, String>,
    ) -> Option<T> {
        let found = self.optional(key, parse);
        if self.entry(key).is_none() {
            let place = self.place();
            self.problems.push_at(&self.at, format!("`{key}` is missing{place}: add `{key} = {example}`"));
        }
        found
    }

    /// A value that need not be there.
    pub(super) fn optional<T>(
        &mut self,
        key: &'static str,
        parse: impl FnOnce(Value<'t>) -> Result<T, String>,
    ) -> Option<T> {
        self.known.push(key);
        let (at, node) = self.entry(key)?;
        match parse(Value { node, at: at.clone() }) {
            Ok(value) => Some(value),
            Err(reason) => {
                self.problems.push_at(&at, format!("`{key}` {reason}"));
                None
            }
        }
    }

    /// A list of values; absent is empty. What does not fit is told and left out.
    pub(super) fn list<T>(
        &mut self,
        key: &'static str,
        mut parse: impl FnMut(Value<'t>) -> Result<T, String>,
    ) -> Vec<T> {
        let Some(value) = self.optional(key, Ok) else { return Vec::new() };
        let DeValue::Array(items) = value.node.get_ref() else {
            let reason = value.instead_of("a list in brackets");
            self.problems.push_at(&value.at, format!("`{key}` {reason}"));
            return Vec::new();
        };
        let mut list = Vec::new();
        for node in items {
            let at = self.source.at(node.span().start);
            match parse(Value { node, at: at.clone() }) {
                Ok(value) => list.push(value),
                Err(reason) => self.problems.push_at(&at, format!("an entry of `{key}` {reason}")),
            }
        }
        list
    }

    /// A list of which absent or empty means nothing: told as a warning, since it may not be meant.
    pub(super) fn list_or_warn<T>(
        &mut self,
        key: &'static str,
        meaning: &str,
        parse: impl FnMut(Value<'t>) -> Result<T, String>,
    ) -> Vec<T> {
        let list = self.list(key, parse);
        let state = match self.entry(key).map(|(_, node)| node.get_ref()) {
            None => "is absent",
            Some(DeValue::Array(items)) if items.is_empty() => "is empty",
            Some(_) => return list,
        };
        let text = format!("`{key}` {state}{}: {meaning}", self.place());
        self.problems.warn_at(&self.at(key), text);
        list
    }

    /// [`Section::list_or_warn`], in which nothing may stand twice.
    pub(super) fn set<T: Ord>(
        &mut self,
        key: &'static str,
        meaning: &str,
        mut parse: impl FnMut(Value<'t>) -> Result<T, String>,
    ) -> BTreeSet<T> {
        let mut set = BTreeSet::new();
        self.list_or_warn(key, meaning, |value| {
            let word = value.text()?;
            if set.insert(parse(value)?) { Ok(()) } else { Err(format!("stands twice: `{}`", shown(word))) }
        });
        set
    }

    /// Whether neither a value nor an entry stands under `key`.
    pub(super) fn is_absent(&self, key: &str) -> bool {
        match self.entry(key).map(|(_, node)| node.get_ref()) {
            None => true,
            Some(DeValue::Array(items)) => items.is_empty(),
            Some(_) => false,
        }
    }

    /// The section `[key]`; an absent one is read as empty, so that its required keys are asked for.
    pub(super) fn section<T>(
        &mut self,
        key: &'static str,
        read: impl FnOnce(&mut Section<'_, '_>) -> T,
    ) -> Option<T> {
        let empty = DeTable::new();
        let (at, table) = match self.optional(key, Ok).map(|value| (value.at, value.node.get_ref())) {
            None => (self.at.clone(), &empty),
            Some((at, DeValue::Table(table))) => (at, table),
            Some((at, _)) => {
                self.problems.push_at(&at, format!("`{key}` must be a section: write `[{key}]`"));
                return None;
            }
        };
        Some(Section::read(self.source, table, format!("[{key}]"), at, self.problems, read))
    }

    /// The sections `[[key]]`; absent is none.
    pub(super) fn sections<T>(
        &mut self,
        key: &'static str,
        mut read: impl FnMut(&mut Section<'_, '_>) -> T,
    ) -> Vec<T> {
        let Some(value) = self.optional(key, Ok) else { return Vec::new() };
        let DeValue::Array(items) = value.node.get_ref() else {
            let text = format!("`{key}` can stand several times: write `[[{key}]]`");
            self.problems.push_at(&value.at, text);
            return Vec::new();
        };
        let mut list = Vec::new();
        for node in items {
            let at = self.source.at(node.span().start);
            if let DeValue::Table(table) = node.get_ref() {
                let name = format!("[[{key}]]");
                list.push(Section::read(self.source, table, name, at, self.problems, &mut read));
            } else {
                self.problems
                    .push_at(&at, format!("an entry of `{key}` must be a section: write `[[{key}]]`"));
            }
        }
        list
    }

    fn entry(&self, key: &str) -> Option<(At, &'t Spanned<DeValue<'t>>)> {
        let (name, node) = self.table.iter().find(|(name, _)| name.get_ref() == key)?;
        Some((self.source.at(name.span().start), node))
    }

    fn place(&self) -> String {
        if self.name.is_empty() { String::new() } else { format!(" in `{}`", self.name) }
    }

    fn tell_unknown(&mut self) {
        for (name, _) in self.table {
            let word: &str = name.get_ref();
            if self.known.contains(&word) {
                continue;
            }
            // A key that is already set is hardly what was meant.
            let free = self.known.iter().copied().filter(|known| self.entry(known).is_none());
            let hint = match nearest(word, free) {
                Some(known) => format!("did you mean `{known}`?"),
                None => format!("remove it; the keys here are {}", listed(self.known.iter().copied())),
            };
            let at = self.source.at(name.span().start);
            let text = format!("unknown key `{}`{}; {hint}", shown(word), self.place());
            self.problems.push_at(&at, text);
        }
    }
}
