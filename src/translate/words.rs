//! The words that a place of an inbound form gets.

use serde_json::Value;

use super::again;
use super::convert::{Convert, Flag, Word};
use super::error::MAX_VALUES;
use super::import::{Pass, address};
use super::mapping::Line;
use super::offence::Articles;
use super::table::Encoding;
use super::target::Found;
use super::write::{self, Scalar};
use crate::schema::FieldKind;
use crate::schema::script::{Script, latin_form, to_latin};

impl<'p> Pass<'p> {
    /// The values of a place, and whether they stand in a list.
    pub(super) fn values(&mut self, pattern: usize, lines: &'p [usize]) -> (Vec<Scalar>, bool) {
        let mapping = self.mapping;
        let room = mapping.room(pattern).unwrap_or(MAX_VALUES);
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
                    self.words(line, found, room, &mut words);
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
    fn words(&mut self, line: &Line, mut found: Vec<Found<'p>>, room: usize, words: &mut Vec<String>) {
        let wanted = self.mapping.script.as_str();
        // The agency's own script first.
        found.sort_by_key(|found| found.holder.get("script").and_then(Value::as_str) != Some(wanted));
        let mapping = self.mapping;
        for value in found {
            let (word, note) = match line.convert.to_national(value.value, &mapping.tables) {
                Word::Is(word) if !again::same(mapping, line, &word, value.value) => continue,
                Word::Is(word) => (word, line.lossy.as_deref()),
                Word::Lossy(word, note) => (word, Some(note)),
                Word::None => continue,
            };
            if words.iter().any(|known| *known == word || to_latin(known) == to_latin(&word)) {
                self.take(&value);
            } else if words.is_empty()
                || (line.target.many && !line.single && (line.split.is_some() || words.len() < room))
            {
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
    pub(super) fn part(&mut self, join: usize, part: usize) -> Vec<Scalar> {
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

    /// The text with nothing that the form cannot hold. A one-byte encoding has no Cyrillic letters.
    fn written(&mut self, text: String, value: &Value) -> String {
        let text = if self.mapping.script == Script::Latn && self.mapping.encoding != Encoding::Utf8 {
            let latin = latin_form(&text).unwrap_or(std::borrow::Cow::Borrowed(&text));
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
