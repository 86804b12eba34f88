//! The entries of a mapping table: groups, fields, joins, constants, literals.

use std::collections::HashMap;

use super::codes::CodeTable;
use super::convert::{Convert, Flag, fixed};
use super::load::{Codes, Loader};
use super::mapping::{Constant, Format, Join, Line, Mapping};
use super::table::{ConstantEntry, ConvertName, Direction, FieldEntry, JoinEntry, LiteralEntry};
use super::target::Target;
use crate::schema::FieldKind;

impl Loader<'_> {
    pub(super) fn field(
        &mut self,
        mapping: &mut Mapping,
        entry: FieldEntry,
        codes: &mut HashMap<String, Codes<'_>>,
    ) -> Result<(), String> {
        let target = Target::parse(&entry.target, self.catalogue, &self.groups)?;
        let imports = entry.only != Some(Direction::Export) && mapping.imports;
        let convert = match (entry.convert, &entry.table) {
            (ConvertName::Code | ConvertName::Country, Some(name)) => {
                let table = codes.get_mut(name).ok_or_else(|| format!("no table `[codes.{name}]`"))?;
                table.used = true;
                let words = table.words.iter().map(|(word, entry)| (word.as_ref().as_str(), entry));
                Self::reads_every_word(&target, words)?;
                let number = mapping.tables.len();
                let written = imports && entry.convert == ConvertName::Code;
                let compiled = CodeTable::compile(table, &target, self.catalogue, written)?;
                if written {
                    let wordless = compiled.wordless(table, &target, self.catalogue)?;
                    self.written(&target, &wordless);
                }
                mapping.tables.push(if entry.prefix { compiled.of_beginnings() } else { compiled });
                Convert::with_table(&entry, number)
            }
            (ConvertName::Flag, None) => Convert::Flag(Box::new(self.flag(&entry, &target)?)),
            (ConvertName::Code, None) => return Err("`code` needs `table`".to_owned()),
            (_, Some(_)) if entry.convert != ConvertName::Country => {
                return Err("only `code` and `country` have a `table`".to_owned());
            }
            _ => Convert::plain(&entry, &target, self.dates, mapping.agency(), self.catalogue)?,
        };
        convert.fits(&target)?;
        fits_prefix(&entry, &target)?;
        Self::sets_nothing_aside(&entry, &target)?;
        if entry.split.as_ref().is_some_and(String::is_empty) {
            return Err("`split` is empty".to_owned());
        }
        if entry.split.is_some() && !target.many {
            return Err(format!("`split` needs a list, but `{}` takes one value", target.text));
        }
        let source = if mapping.format == Format::Csv {
            format!("row/{}", entry.source)
        } else {
            entry.source.clone()
        };
        if mapping.format == Format::Csv && !mapping.columns.contains(&entry.source) {
            return Err(format!("`{}` is not one of the columns", entry.source));
        }
        self.only_source(&entry, &target, &convert)?;
        let read_only = !imports || entry.first;
        if !read_only {
            writable(mapping, &source)?;
        }
        let at = mapping.place(&source);
        Self::inside(mapping, &target, at, &entry.source)?;
        let many = target.many && entry.split.is_none() && !entry.single;
        if many && !read_only && !matches!(convert, Convert::Flag(_) | Convert::Offence(_) | Convert::Set(_))
        {
            self.lists.push((self.line, at, entry.source.clone(), entry.target.clone()));
        }
        let number = mapping.lines.len();
        mapping.lines.push(Line {
            at: self.line,
            target,
            convert,
            split: entry.split,
            first: entry.first,
            blank: entry.blank,
            lossy: entry.lossy.filter(|_| entry.convert != ConvertName::Flag),
            single: entry.single,
            strict: entry.strict,
            exports: entry.only != Some(Direction::Import),
            imports,
        });
        if let Some(node) = mapping.node_mut(at) {
            node.lines.push(number);
        }
        Ok(())
    }

    /// Notes which codes of a list a line does not write. Several lines may write one list.
    fn written(&mut self, target: &Target, wordless: &[String]) {
        let line = self.line;
        let known = self.wordless.entry(target.text.clone()).or_insert_with(|| (line, wordless.to_vec()));
        known.1.retain(|code| wordless.contains(code));
    }

    /// A target that takes one value has one source; with two, one of the values would have no place.
    fn only_source(&mut self, entry: &FieldEntry, target: &Target, convert: &Convert) -> Result<(), String> {
        // A number is of one kind, and each kind may have its own place in the form: a second one stays unmapped.
        let aside = entry.first
            || entry.only == Some(Direction::Import)
            || matches!(convert, Convert::Set(_) | Convert::Number(_));
        if target.many || aside {
            return Ok(());
        }
        let other = self.sources.insert(entry.target.clone(), entry.source.clone());
        match other.filter(|other| *other != entry.source) {
            Some(other) => Err(format!(
                "`{}` takes one value and has it from `{other}` already; drop one of the two, or mark the one that \
                 may stay behind with `first = true`",
                entry.target
            )),
            None => Ok(()),
        }
    }

    fn flag(&mut self, entry: &FieldEntry, target: &Target) -> Result<Flag, String> {
        let words =
            self.flags.clone().ok_or("a `flag` needs `[flags]` with its words at the head of the table")?;
        let code = match (&entry.value, &target.kind) {
            (None, FieldKind::Boolean) => None,
            (Some(value), FieldKind::Code(_)) if target.many => Some(fixed(target, value, self.catalogue)?),
            (None, _) => return Err("a `flag` needs `value`, the code that it stands for".to_owned()),
            (Some(_), _) => return Err(format!("`{}` is not a list of codes", target.text)),
        };
        let absent = match &entry.absent {
            None => None,
            Some(member) => {
                let holder = entry.target.rsplit_once('.').map_or("", |(holder, _)| holder);
                let dot = if holder.is_empty() { "" } else { "." };
                let absent = Target::parse(&format!("{holder}{dot}{member}"), self.catalogue, &self.groups)?;
                if absent.kind != target.kind || !absent.many || code.is_none() {
                    return Err(format!("`{member}` is not a list of the same codes as `{}`", target.text));
                }
                Some(absent)
            }
        };
        if let Some(code) = code.as_ref().and_then(serde_json::Value::as_str) {
            self.flagged.push((target.text.clone(), code.to_owned()));
        }
        Ok(Flag { words, code, absent, lossy: entry.lossy.clone() })
    }

    pub(super) fn literal(mapping: &mut Mapping, entry: &LiteralEntry) -> Result<(), String> {
        if mapping.format == Format::Csv && !mapping.columns.contains(&entry.source) {
            return Err(format!("`{}` is not one of the columns", entry.source));
        }
        if entry.value.is_empty() {
            return Err("a literal that is empty says nothing; leave it out".to_owned());
        }
        let prefix = if mapping.format == Format::Csv { "row/" } else { "" };
        if mapping.imports {
            writable(mapping, &entry.source)?;
        }
        let at = mapping.place(&format!("{prefix}{}", entry.source));
        match mapping.node_mut(at) {
            Some(node) if node.literal.is_none() && node.lines.is_empty() => {
                node.literal = Some(entry.value.as_str().into());
                Ok(())
            }
            _ => Err(format!("`{}` has a line already", entry.source)),
        }
    }

    pub(super) fn join(&self, mapping: &mut Mapping, entry: &JoinEntry) -> Result<(), String> {
        let target = Target::parse(&entry.target, self.catalogue, &self.groups)?;
        let between: Vec<String> = entry.template.split("{}").map(str::to_owned).collect();
        let inner = between.get(1..between.len().saturating_sub(1)).unwrap_or_default();
        if between.len() != entry.sources.len() + 1 || inner.iter().any(String::is_empty) {
            return Err("the template needs one `{}` for each source, with text between them".to_owned());
        }
        let convert = match entry.convert {
            ConvertName::Text | ConvertName::Case => {
                Convert::simple(entry.convert, self.dates, mapping.agency())
            }
            _ => return Err("a join is `text` or `case`".to_owned()),
        };
        convert.fits(&target)?;
        if mapping.imports {
            entry.sources.iter().try_for_each(|source| writable(mapping, source))?;
        }
        let prefix = if mapping.format == Format::Csv { "row/" } else { "" };
        let parts: Vec<usize> =
            entry.sources.iter().map(|source| mapping.place(&format!("{prefix}{source}"))).collect();
        let parent = |mapping: &Mapping, at: usize| mapping.nodes.get(at).map(|node| node.parent);
        let home = parts.first().and_then(|at| parent(mapping, *at)).unwrap_or_default();
        if parts.iter().any(|at| parent(mapping, *at) != Some(home)) {
            return Err("the sources of a join stand side by side".to_owned());
        }
        Self::inside(mapping, &target, home, &entry.target)?;
        let number = mapping.joins.len();
        for (part, at) in parts.iter().enumerate() {
            if let Some(node) = mapping.node_mut(*at) {
                node.joined = Some((number, part));
            }
        }
        mapping.joins.push(Join { at: self.line, parts, between, target, convert });
        if let Some(node) = mapping.node_mut(home) {
            node.joins.push(number);
        }
        Ok(())
    }

    pub(super) fn constant(&self, mapping: &mut Mapping, entry: &ConstantEntry) -> Result<(), String> {
        let target = Target::parse(&entry.target, self.catalogue, &self.groups)?;
        Self::is_not_said_for_all(entry, &target)?;
        let value = fixed(&target, &entry.value, self.catalogue)?;
        let number = mapping.constants.len();
        let longest = self
            .groups
            .iter()
            .filter(|(text, _)| entry.target.strip_prefix(text.as_str()).is_some_and(|r| r.starts_with('.')))
            .max_by_key(|(text, _)| text.len());
        if let Some(group) = longest.and_then(|(_, group)| mapping.groups.get_mut(*group)) {
            group.constants.push(number);
        }
        mapping.constants.push(Constant { target, value, in_group: longest.is_some() });
        Ok(())
    }
}

/// Whether the words of the line's table may be beginnings of values.
fn fits_prefix(entry: &FieldEntry, target: &Target) -> Result<(), String> {
    if !entry.prefix {
        return Ok(());
    }
    if entry.convert != ConvertName::Code {
        return Err("only `code` has words that are beginnings of values (`prefix`)".to_owned());
    }
    if target.protects {
        return Err(format!("`{}` protects, so a value is read as a whole; leave out `prefix`", target.text));
    }
    match entry.lossy {
        Some(_) => Ok(()),
        None => Err("with `prefix` the rest of the value is lost; say with `lossy` what it is".to_owned()),
    }
}

/// Whether a place of the form can be written so that it is read again.
pub(super) fn writable(mapping: &Mapping, source: &str) -> Result<(), String> {
    if mapping.format != Format::Xml {
        return Ok(());
    }
    let parts: Vec<&str> = source.split('/').filter(|part| !matches!(*part, "" | ".")).collect();
    for (index, part) in parts.iter().enumerate() {
        let name = match part.strip_prefix('@') {
            Some(_) if index + 1 != parts.len() => {
                return Err(format!("`{source}`: nothing stands in an attribute"));
            }
            Some(name) => name,
            None => part,
        };
        let letter = |c: char| c.is_alphabetic() || c == '_';
        let named = |name: &str| {
            name.chars().next().is_some_and(letter)
                && name.chars().all(|c| letter(c) || c.is_alphanumeric() || matches!(c, '-' | '.' | '\u{B7}'))
        };
        let (prefix, local) =
            name.split_once(':').map_or((None, name), |(prefix, local)| (Some(prefix), local));
        if !named(local) || prefix.is_some_and(|prefix| !named(prefix)) {
            return Err(format!(
                "`{part}` is no XML name, so it cannot be written; mark the line `only = \"export\"` if it is only read"
            ));
        }
    }
    Ok(())
}

/// The catalogue's form of a target: choices of entries replaced by `[]`.
pub(super) fn pattern_of(target: &str) -> String {
    let mut inside = false;
    target
        .chars()
        .filter(|c| {
            let keep = !inside || *c == ']';
            match c {
                '[' => inside = true,
                ']' => inside = false,
                _ => {}
            }
            keep
        })
        .collect()
}
