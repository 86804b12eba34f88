//! Tables of national words and codes.

use std::borrow::Cow;
use std::collections::HashMap;

use serde_json::Value;

use super::convert::{Common, Word, fixed};
use super::load::Codes;
use super::table::{BackEntry, CodeEntry};
use super::target::Target;
use crate::schema::script::normal;
use crate::schema::{Catalogue, FieldKind};

/// A table of words, resolved for one field.
pub(super) struct CodeTable {
    to_code: HashMap<Box<str>, (Option<Value>, Loss)>,
    to_word: HashMap<Box<str>, (Box<str>, Loss)>,
    /// How long a word is at most with which a value may begin; 0 where a value is a whole word.
    beginning: usize,
}

/// What is lost, if anything.
type Loss = Option<Box<str>>;

/// A word as it is looked up: in normal form C, and with one space where there is white space. How a program composes
/// its letters and lays out its words says nothing.
pub(super) fn plain(word: &str) -> Cow<'_, str> {
    let word = normal(word);
    let laid_out = |c: char| c.is_whitespace() && c != ' ';
    if word.trim().len() == word.len() && !word.contains(laid_out) && !word.contains("  ") {
        return word;
    }
    Cow::Owned(word.split_whitespace().collect::<Vec<_>>().join(" "))
}

impl CodeTable {
    pub(super) fn compile(
        codes: &Codes<'_>,
        target: &Target,
        catalogue: &Catalogue,
        imports: bool,
    ) -> Result<Self, String> {
        let mut table = Self { to_code: HashMap::new(), to_word: HashMap::new(), beginning: 0 };
        let mut twice: Vec<String> = Vec::new();
        for (word, entry) in codes.words {
            let word: &str = word.as_ref();
            let (code, lossy) = match entry {
                CodeEntry::Code(code) => (Some(code.as_str()).filter(|code| !code.is_empty()), None),
                CodeEntry::Lossy(entry) => (entry.code.as_deref(), Some(entry.lossy.as_str())),
            };
            let value = code.map(|code| fixed(target, code, catalogue)).transpose()?;
            // A word wider than its code may be read for it and yet be too much to say: then `without` names the code.
            let only_read = lossy.is_some() && codes.without.iter().any(|named| code == Some(named.as_ref()));
            if let Some(code) = code.filter(|_| !only_read) {
                let seen = table.to_word.insert(code.into(), (word.into(), None));
                if seen.is_some() {
                    twice.push(code.to_owned());
                }
            }
            let read = plain(word).into_owned().into_boxed_str();
            if table.to_code.insert(read, (value, lossy.map(Into::into))).is_some() {
                return Err(format!("`{word}` stands twice: the words differ in nothing that is seen"));
            }
        }
        for (code, entry) in codes.back.into_iter().flatten() {
            let code: &str = code.as_ref();
            fixed(target, code, catalogue)?;
            let (word, lossy) = match entry {
                BackEntry::Word(word) => (word.as_str(), None),
                BackEntry::Lossy(entry) => (entry.word.as_str(), Some(entry.lossy.as_str())),
            };
            if !table.to_code.contains_key(&*plain(word)) {
                return Err(format!("`{word}` is written for `{code}`, but the table does not read it"));
            }
            table.to_word.insert(code.into(), (word.into(), lossy.map(Into::into)));
            twice.retain(|known| known != code);
        }
        match twice.first() {
            Some(code) if imports => {
                Err(format!("several words stand for `{code}`; say in `[back.…]` which one is written"))
            }
            _ => Ok(table),
        }
    }

    /// The codes of the target's list for which the table neither has a word nor says that it has none.
    pub(super) fn wordless(
        &self,
        codes: &Codes<'_>,
        target: &Target,
        catalogue: &Catalogue,
    ) -> Result<Vec<String>, String> {
        let FieldKind::Code(list) = &target.kind else { return Ok(Vec::new()) };
        let known = catalogue.codes(list);
        for code in codes.without {
            let code: &str = code.as_ref();
            if !known.iter().any(|known| known == code) {
                return Err(format!("`without`: list `{list}` has no code `{code}`"));
            }
            if self.to_word.contains_key(code) {
                return Err(format!("`without` names `{code}`, but the table has a word for it"));
            }
        }
        let wordless = |code: &&String| {
            !self.to_word.contains_key(code.as_str())
                && !codes.without.iter().any(|without| without.as_ref() == *code)
        };
        Ok(known.iter().filter(wordless).cloned().collect())
    }

    /// The words that the table reads.
    pub(super) fn words(&self) -> impl Iterator<Item = &str> {
        self.to_code.keys().map(|word| &**word)
    }

    pub(super) fn code<'m>(&'m self, word: &str) -> Common<'m> {
        let word = plain(word);
        match self.to_code.get(&*word) {
            Some((value, Some(note))) => Common::Lossy(value.clone(), note),
            Some((Some(value), None)) => Common::Is(value.clone()),
            Some((None, None)) => Common::Nothing,
            None => self.code_of_beginning(&word),
        }
    }

    /// The table with words that are beginnings of values.
    pub(super) fn of_beginnings(self) -> Self {
        let beginning = self.to_code.keys().map(|word| word.len()).max().unwrap_or_default();
        Self { beginning, ..self }
    }

    /// The code of the longest word with which a value begins.
    fn code_of_beginning(&self, value: &str) -> Common<'_> {
        // No more is looked up than a word may be long, for a value may be very long.
        let mut beginnings = (1..=self.beginning.min(value.len())).rev().filter_map(|end| value.get(..end));
        match beginnings.find_map(|beginning| self.to_code.get(beginning)) {
            Some((Some(code), Some(note))) => Common::Lossy(Some(code.clone()), note),
            Some((Some(code), None)) => Common::Is(code.clone()),
            // A word that says nothing does not say it of what only begins like it.
            _ => Common::Unknown,
        }
    }

    pub(super) fn word(&self, value: &Value) -> Word<'_> {
        // A former country stands with what kind of code it has.
        let value = value.get("code").unwrap_or(value);
        let code: Cow<'_, str> = match value {
            Value::String(code) => code.as_str().into(),
            Value::Bool(is) => if *is { "true" } else { "false" }.into(),
            _ => return Word::None,
        };
        match self.to_word.get(&*code) {
            None => Word::None,
            Some((word, None)) => Word::Is(word.to_string()),
            Some((word, Some(note))) => Word::Lossy(word.to_string(), note),
        }
    }
}

#[cfg(test)]
mod tests {
    use unicode_normalization::UnicodeNormalization;

    use super::Common;
    use crate::translate::tests::{AT, CZTLJ, JT, MINRZS, MUP, SI, catalogue, mapping};

    #[test]
    fn every_word_of_every_table_is_read_however_its_letters_are_composed_and_it_is_laid_out() {
        let catalogue = catalogue();
        let said = |value: Common<'_>| match value {
            Common::Is(value) => Some((Some(value), String::new())),
            Common::Lossy(value, note) => Some((value, note.to_owned())),
            Common::Nothing => Some((None, String::new())),
            _ => None,
        };
        for table in [MUP, JT, MINRZS, CZTLJ, SI, AT] {
            let mapping = mapping(table, &catalogue);
            for codes in &mapping.tables {
                for word in codes.words() {
                    let known = said(codes.code(word));
                    assert!(known.is_some(), "{word}");
                    let apart: String = word.nfd().collect();
                    let wide = word.replace(' ', " \u{A0}\n ");
                    for spelt in [apart.clone(), format!("\t{apart} "), format!(" {wide}\r\n")] {
                        assert_eq!(said(codes.code(&spelt)), known, "{spelt:?}");
                    }
                }
            }
        }
    }
}
