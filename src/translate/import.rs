//! A common record into an agency's own inbound form.

use std::collections::HashSet;
use std::fmt::Write as _;

use serde_json::{Map, Value};

use super::convert::{Convert, Flag, Word};
use super::elements;
use super::error::{MAX_ENTRIES, MAX_VALUES, TranslateError};
use super::mapping::{Format, Line, Mapping};
use super::offence::Articles;
use super::report::{Loss, National, Report};
use super::table::Encoding;
use super::target::{Bound, Found};
use super::write::{self, Out, Scalar};
use crate::schema::script::{Script, to_latin};
use crate::schema::{Catalogue, FieldKind, Record};

/// Members that speak about the common record itself; no form has, or needs, a place for them.
const OWN: [&str; 4] = ["x_PersonId", "x_RecordVersion", "x_Schema", "x_Source"];

/// Translates a common record into the agency's inbound form.
///
/// Fields that the form has no place for are named in the report as unmapped.
///
/// # Errors
/// [`TranslateError::NoImport`] when the table describes no inbound form, [`TranslateError::TooManyEntries`] for a
/// record with more persons or values than any form is meant for.
pub fn import(
    mapping: &Mapping,
    _catalogue: &Catalogue,
    record: &Record,
) -> Result<National, TranslateError> {
    if !mapping.imports {
        return Err(TranslateError::NoImport { mapping: mapping.name().to_owned() });
    }
    let mut pass = Pass {
        mapping,
        record: record.members(),
        bound: vec![None; mapping.groups.len()],
        used: Vec::new(),
        report: Report::default(),
    };
    for constant in mapping.constants.iter().filter(|constant| !constant.in_group) {
        pass.use_fixed(constant);
    }
    let mut roots = Vec::new();
    pass.place(0, &mut roots);
    let root = roots.into_iter().next().unwrap_or_default();
    let (mut report, mut used) = (pass.report, pass.used);
    used.sort_unstable();
    used.dedup();
    let mut unplaced = |path: &str, value: &Value| {
        if used.binary_search(&address(value)).is_err() {
            report.unmapped.push(path.to_owned());
        }
    };
    for (name, value) in record.members() {
        leaves(name, &mut name.clone(), value, &mut unplaced)?;
    }
    report.partial = !report.unmapped.is_empty();
    report.warnings.extend(elements::missing_for(record.members(), mapping.country()));
    report.mapped = used.len() - report.lossy.iter().map(|l| &l.path).collect::<HashSet<_>>().len();
    let bytes = match mapping.format() {
        Format::Xml => write::xml(&root, mapping),
        Format::Json => write::json(&root),
        Format::Csv => write::csv(&root, &mapping.columns, mapping.delimiter, mapping.encoding),
    };
    Ok(National { bytes, report })
}

/// Tells of every value of the record and its place.
fn leaves(
    name: &str,
    path: &mut String,
    value: &Value,
    tell: &mut impl FnMut(&str, &Value),
) -> Result<(), TranslateError> {
    let length = path.len();
    match value {
        _ if OWN.contains(&name) => {}
        Value::Object(members) => {
            for (name, value) in members {
                path.push('.');
                path.push_str(name);
                leaves(name, path, value, tell)?;
                path.truncate(length);
            }
        }
        Value::Array(items) => {
            let limit = if items.iter().any(Value::is_object) { MAX_ENTRIES } else { MAX_VALUES };
            if items.len() > limit {
                return Err(TranslateError::TooManyEntries { path: path.clone(), limit });
            }
            for (index, item) in items.iter().enumerate() {
                // Writing to a String cannot fail.
                let _ = write!(path, "[{index}]");
                leaves("", path, item, tell)?;
                path.truncate(length);
            }
        }
        value => tell(path, value),
    }
    Ok(())
}

/// A value's own mark while the record stands still: two equal values at different places have different ones.
fn address(value: &Value) -> usize {
    std::ptr::from_ref(value).addr()
}

struct Pass<'p> {
    mapping: &'p Mapping,
    record: &'p Map<String, Value>,
    bound: Bound,
    /// The values that have gone into the form, by their [`address`].
    used: Vec<usize>,
    report: Report,
}

impl<'p> Pass<'p> {
    /// Writes a place of the form: once, or once for each entry of its group.
    fn place(&mut self, pattern: usize, out: &mut Vec<Out>) {
        let mapping = self.mapping;
        let Some(place) = mapping.nodes.get(pattern) else { return };
        let Some((number, group)) = place.group.and_then(|n| Some((n, mapping.groups.get(n)?))) else {
            self.one(pattern, false, out);
            return;
        };
        let mut written = false;
        for (index, found) in group.target.find(self.record, &self.bound).into_iter().enumerate() {
            if let Some(only) = &group.only {
                let member = found.value.get(&only.member).and_then(Value::as_str);
                if !member.is_some_and(|member| only.values.iter().any(|value| value == member)) {
                    continue;
                }
                if only.values.len() == 1 {
                    self.used.extend(found.value.get(&only.member).map(address));
                }
            }
            self.bind(number, Some(index));
            for constant in group.constants.iter().filter_map(|n| mapping.constants.get(*n)) {
                self.use_fixed(constant);
            }
            self.one(pattern, !group.single, out);
            written = true;
            if group.single {
                break;
            }
        }
        // The last entry stays bound only while it is written.
        self.bind(number, None);
        if !written && (pattern == 0 || mapping.format() == Format::Csv) {
            self.one(pattern, false, out);
        }
    }

    fn bind(&mut self, group: usize, entry: Option<usize>) {
        if let Some(bound) = self.bound.get_mut(group) {
            *bound = entry;
        }
    }

    fn use_fixed(&mut self, constant: &super::mapping::Constant) {
        for found in constant.target.find(self.record, &self.bound) {
            if *found.value == constant.value {
                self.take(&found);
            }
        }
    }

    fn one(&mut self, pattern: usize, list: bool, out: &mut Vec<Out>) {
        let mapping = self.mapping;
        let Some(place) = mapping.nodes.get(pattern) else { return };
        let (values, repeats) = match (place.joined, &place.literal) {
            (_, Some(literal)) => (vec![Scalar::Text(literal.to_string())], false),
            (Some((join, part)), None) => (self.part(join, part), false),
            (None, None) => self.values(&place.lines),
        };
        let mut children = Vec::new();
        for child in &place.order {
            self.place(*child, &mut children);
        }
        let list = list || (repeats && children.is_empty());
        let mut values = values.into_iter();
        let first = values.next();
        if first.is_some() || !children.is_empty() || pattern == 0 {
            out.push(Out { name: place.name.to_string(), value: first, children, list });
        }
        let more =
            |value| Out { name: place.name.to_string(), value: Some(value), children: Vec::new(), list };
        out.extend(values.map(more));
    }

    /// The values of a place, and whether they stand in a list.
    fn values(&mut self, lines: &'p [usize]) -> (Vec<Scalar>, bool) {
        let mapping = self.mapping;
        let lines = || lines.iter().filter_map(|n| mapping.lines.get(*n)).filter(|line| line.imports);
        let mut words: Vec<String> = Vec::new();
        let mut chosen: Option<&Line> = None;
        for line in lines() {
            let found = line.target.find(self.record, &self.bound);
            match &line.convert {
                Convert::Flag(flag) if flag.code.is_some() => {
                    words.extend(self.flag(line, flag, &found));
                    chosen = (!words.is_empty()).then_some(line);
                }
                Convert::Set(value) => {
                    found.iter().filter(|found| found.value == value).for_each(|found| self.take(found));
                }
                _ if chosen.is_some() => self.take_equal(line, &found, &words),
                Convert::Offence(articles) => {
                    words.extend(self.offence(&found, articles));
                    chosen = (!words.is_empty()).then_some(line);
                }
                _ => {
                    self.words(line, found, &mut words);
                    chosen = (!words.is_empty()).then_some(line);
                }
            }
        }
        let Some(line) = chosen else {
            return (lines().find_map(blank).map(Scalar::Text).into_iter().collect(), false);
        };
        if let Some(mark) = &line.split {
            return (vec![Scalar::Text(words.join(mark))], false);
        }
        let plain_boolean = matches!(&line.convert, Convert::Boolean([yes, _]) if yes == "true");
        let scalar = |word: String| match line.target.kind {
            FieldKind::Boolean if plain_boolean => Scalar::Bool(word == "true"),
            FieldKind::Integer | FieldKind::Number => word.parse().map_or(Scalar::Text(word), Scalar::Number),
            _ => Scalar::Text(word),
        };
        let list = line.target.many && !matches!(line.convert, Convert::Offence(_));
        (words.into_iter().map(scalar).collect(), list)
    }

    /// The national words of the values that a line finds.
    fn words(&mut self, line: &Line, mut found: Vec<Found<'p>>, words: &mut Vec<String>) {
        let wanted = self.mapping.script.as_str();
        // The agency's own script first.
        found.sort_by_key(|found| found.holder.get("script").and_then(Value::as_str) != Some(wanted));
        let mapping = self.mapping;
        for value in found {
            let (word, note) = match line.convert.to_national(value.value, &mapping.tables) {
                Word::Is(word) => (word, line.lossy.as_deref()),
                Word::Lossy(word, note) => (word, Some(note)),
                Word::None => continue,
            };
            if words.iter().any(|known| *known == word || to_latin(known) == to_latin(&word)) {
                self.take(&value);
            } else if (line.target.many && !line.single) || words.is_empty() {
                let word = self.written(word, value.value);
                self.take(&value);
                words.push(word);
            } else {
                continue;
            }
            if let Some(note) = note {
                self.lose(value.value, note);
            }
        }
    }

    /// Whether the record has the flag's code, says that it does not apply, or is silent.
    fn flag(&mut self, line: &Line, flag: &Flag, found: &[Found<'_>]) -> Option<String> {
        let is = |found: &&Found<'_>| Some(found.value) == flag.code.as_ref();
        if let Some(found) = found.iter().find(is) {
            self.take(found);
            if let Some(note) = &flag.lossy {
                self.lose(found.value, note);
            }
            return Some(flag.words.yes.clone());
        }
        let absent = flag.absent.as_ref().unwrap_or(&line.target).find(self.record, &self.bound);
        let found = absent.iter().find(is)?;
        self.take(found);
        flag.words.no.clone()
    }

    /// Values that say what has been written already have their place too.
    fn take_equal(&mut self, line: &Line, found: &[Found<'_>], words: &[String]) {
        for value in found {
            if let Word::Is(word) = line.convert.to_national(value.value, &self.mapping.tables)
                && words.iter().any(|known| to_latin(known) == to_latin(&word))
            {
                self.take(value);
            }
        }
    }

    fn offence(&mut self, found: &[Found<'_>], articles: &Articles) -> Option<String> {
        let own = |found: &&Found<'_>| {
            found.value.get("jurisdiction").and_then(Value::as_str) == Some(&*articles.jurisdiction)
        };
        let text = articles.write(found.iter().filter(own).filter_map(|found| found.value.as_object()))?;
        for entry in found.iter().filter(own) {
            for name in ["article", "jurisdiction", "paragraph"] {
                self.used.extend(entry.value.get(name).map(address));
            }
        }
        Some(text)
    }

    /// One part of a joined value.
    fn part(&mut self, join: usize, part: usize) -> Vec<Scalar> {
        let mapping = self.mapping;
        let Some(join) = mapping.joins.get(join) else { return Vec::new() };
        for found in join.target.find(self.record, &self.bound) {
            let Word::Is(text) = join.convert.to_national(found.value, &mapping.tables) else { continue };
            if let Some(part) = split(&text, &join.between).and_then(|parts| parts.into_iter().nth(part)) {
                self.take(&found);
                let part = self.written(part.to_owned(), found.value);
                return vec![Scalar::Text(part)];
            }
        }
        Vec::new()
    }

    fn take(&mut self, found: &Found<'_>) {
        self.used.extend(found.chosen_by.iter().map(|value| address(value)));
        if !found.chosen_by.is_empty() {
            self.used.extend(found.holder.get("script").map(address));
        }
        self.used.push(address(found.value));
        // A country that is more than a plain code goes as one value.
        self.used.extend(found.value.as_object().into_iter().flat_map(Map::values).map(address));
    }

    fn lose(&mut self, value: &Value, note: &str) {
        let value = value.get("code").unwrap_or(value);
        let mut path = String::new();
        let mut told = |here: &str, found: &Value| {
            if std::ptr::eq(found, value) {
                here.clone_into(&mut path);
            }
        };
        for (name, value) in self.record {
            // A record beyond the limits is refused when its unplaced values are listed.
            let _ = leaves(name, &mut name.clone(), value, &mut told);
        }
        self.report.lossy.push(Loss { path, note: note.to_owned() });
    }

    /// The text with nothing that the form cannot hold. A one-byte encoding has no Cyrillic letters.
    fn written(&mut self, text: String, value: &Value) -> String {
        let text = if self.mapping.script == Script::Latn && self.mapping.encoding != Encoding::Utf8 {
            let latin = to_latin(&text);
            if *latin != *text {
                self.lose(value, "written in Latin script");
            }
            latin.into_owned()
        } else {
            text
        };
        match write::holdable(&text, self.mapping.format(), self.mapping.encoding) {
            Some(held) => {
                self.lose(value, "characters that the form cannot hold are written as `?`");
                held
            }
            None => text,
        }
    }
}

/// What the form says where a line has no value.
fn blank(line: &Line) -> Option<String> {
    let unknown = || match &line.convert {
        Convert::Flag(flag) => flag.words.unknown.first().filter(|word| !word.is_empty()).cloned(),
        _ => None,
    };
    line.blank.clone().or_else(unknown)
}

fn split<'t>(text: &'t str, between: &[String]) -> Option<Vec<&'t str>> {
    let (first, after) = between.split_first()?;
    let mut rest = text.strip_prefix(first.as_str())?;
    let mut out = Vec::new();
    for (index, mark) in after.iter().enumerate() {
        if index + 1 == after.len() {
            out.push(rest.strip_suffix(mark.as_str())?);
        } else {
            let (part, next) = rest.split_once(mark.as_str())?;
            out.push(part);
            rest = next;
        }
    }
    Some(out)
}
