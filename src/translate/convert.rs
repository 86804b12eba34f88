//! The closed set of conversions, each in both directions.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};

use serde_json::{Map, Value};
use toml::Spanned;

use super::country;
use super::date::{self, DateStyle};
use super::identifier::check_jmbg;
use super::table::{BackEntry, CodeEntry, ConvertName, FieldEntry};
use super::target::Target;
use crate::schema::script::{normal, to_latin};
use crate::schema::{Catalogue, FieldKind};

/// A conversion between a national text and a common value.
pub(super) enum Convert {
    Text,
    Name,
    Latin,
    Date(DateStyle),
    Integer,
    Boolean([String; 2]),
    /// The number of the code table.
    Code(usize),
    Country {
        words: Option<usize>,
        numeric: bool,
    },
    Jmbg,
    Offence(String),
    /// The agency's name and a colon.
    Case(String),
    Set(Value),
}

/// What a national text became.
pub(super) enum Common<'m> {
    Is(Value),
    /// A value, or none at all, with what was lost.
    Lossy(Option<Value>, &'m str),
    /// Kept among the values without a place.
    Unknown,
    /// The record cannot go: what is wrong, without the value.
    Bad(&'static str),
}

/// What a common value became.
pub(super) enum Word<'m> {
    Is(String),
    Lossy(String, &'m str),
    /// The form has no word for it.
    None,
}

impl Convert {
    pub(super) fn with_table(entry: &FieldEntry, table: usize) -> Self {
        match entry.convert {
            ConvertName::Country => Self::Country { words: Some(table), numeric: entry.numeric },
            _ => Self::Code(table),
        }
    }

    pub(super) fn simple(name: ConvertName, dates: DateStyle, agency: &str) -> Self {
        match name {
            ConvertName::Name => Self::Name,
            ConvertName::Latin => Self::Latin,
            ConvertName::Date => Self::Date(dates),
            ConvertName::Integer => Self::Integer,
            ConvertName::Jmbg => Self::Jmbg,
            ConvertName::Case => Self::Case(format!("{agency}:")),
            _ => Self::Text,
        }
    }

    pub(super) fn plain(
        entry: &FieldEntry,
        target: &Target,
        dates: DateStyle,
        agency: &str,
        catalogue: &Catalogue,
    ) -> Result<Self, String> {
        let value = || entry.value.clone().ok_or_else(|| "this conversion needs `value`".to_owned());
        Ok(match entry.convert {
            ConvertName::Boolean => {
                Self::Boolean(entry.words.clone().unwrap_or_else(|| ["true".to_owned(), "false".to_owned()]))
            }
            ConvertName::Country => Self::Country { words: None, numeric: entry.numeric },
            ConvertName::Offence => Self::Offence(value()?),
            ConvertName::Set => Self::Set(fixed(target, &value()?, catalogue)?),
            name => Self::simple(name, dates, agency),
        })
    }

    /// Whether the field can hold what the conversion makes.
    pub(super) fn fits(&self, target: &Target) -> Result<(), String> {
        let text = matches!(
            target.kind,
            FieldKind::Text
                | FieldKind::LongText
                | FieldKind::Country
                | FieldKind::Language
                | FieldKind::Phone
        );
        let fits = match self {
            Self::Text | Self::Latin | Self::Country { .. } | Self::Jmbg | Self::Case(_) => text,
            Self::Name => text && target.text.contains("x_Names["),
            Self::Date(_) => target.kind == FieldKind::Date,
            Self::Integer => target.kind == FieldKind::Integer,
            Self::Boolean(_) => target.kind == FieldKind::Boolean,
            Self::Code(_) | Self::Set(_) => true,
            Self::Offence(_) => target.kind == FieldKind::Group && target.many,
        };
        if fits { Ok(()) } else { Err(format!("`{}` cannot hold what this conversion makes", target.text)) }
    }

    /// The common value of a national text that is not empty.
    pub(super) fn to_common<'m>(&self, text: &str, tables: &'m [CodeTable]) -> Common<'m> {
        let known = |value: Option<Value>| value.map_or(Common::Unknown, Common::Is);
        match self {
            Self::Text => Common::Is(Value::String(text.to_owned())),
            Self::Name => Common::Is(Value::String(normal(text).into_owned())),
            Self::Latin => Common::Is(Value::String(to_latin(&normal(text)).into_owned())),
            Self::Date(_) => known(date::parse(text).map(Value::String)),
            Self::Integer => known(text.parse::<u32>().ok().map(Value::from)),
            Self::Boolean([yes, no]) => known(match text {
                _ if text == yes => Some(Value::Bool(true)),
                _ if text == no => Some(Value::Bool(false)),
                _ => None,
            }),
            Self::Code(table) => tables.get(*table).map_or(Common::Unknown, |table| table.code(text)),
            Self::Country { words, .. } => {
                match words.and_then(|table| tables.get(table)).map(|t| t.code(text)) {
                    Some(found @ (Common::Is(_) | Common::Lossy(..))) => found,
                    _ => known(country::alpha2(text).map(Value::from)),
                }
            }
            Self::Jmbg => match check_jmbg(text) {
                Ok(()) => Common::Is(Value::String(text.to_owned())),
                Err(reason) => Common::Bad(reason),
            },
            Self::Offence(jurisdiction) => offences(text, jurisdiction).map_or(Common::Unknown, Common::Is),
            Self::Case(prefix) => Common::Is(Value::String(format!("{prefix}{text}"))),
            Self::Set(value) => Common::Is(value.clone()),
        }
    }

    /// The national text of a common value.
    pub(super) fn to_national<'m>(&self, value: &Value, tables: &'m [CodeTable]) -> Word<'m> {
        let word = |word: Option<String>| word.map_or(Word::None, Word::Is);
        let text = value.as_str();
        match self {
            Self::Text | Self::Name | Self::Latin => word(text.map(str::to_owned)),
            Self::Date(style) => word(text.and_then(|text| date::format(text, *style))),
            Self::Integer => word(value.as_u64().map(|n| n.to_string())),
            Self::Boolean([yes, no]) => word(value.as_bool().map(|is| if is { yes } else { no }.clone())),
            Self::Code(table) => tables.get(*table).map_or(Word::None, |table| table.word(value)),
            Self::Country { words, numeric } => {
                let Some(code) = text else { return Word::None };
                if let Some(number) = country::numeric(code).filter(|_| *numeric) {
                    return Word::Is(number.to_owned());
                }
                match words.and_then(|table| tables.get(table)).map(|table| table.word(value)) {
                    Some(found @ (Word::Is(_) | Word::Lossy(..))) => found,
                    _ => Word::Is(code.to_owned()),
                }
            }
            Self::Jmbg => word(text.filter(|text| check_jmbg(text).is_ok()).map(str::to_owned)),
            // Its entries are read together: see `offence_text`.
            Self::Offence(_) | Self::Set(_) => Word::None,
            Self::Case(prefix) => word(text.map(|text| text.strip_prefix(prefix).unwrap_or(text).to_owned())),
        }
    }
}

/// The value that a word in the table stands for, for a field of this kind.
pub(super) fn fixed(target: &Target, text: &str, catalogue: &Catalogue) -> Result<Value, String> {
    match &target.kind {
        FieldKind::Boolean => match text {
            "true" => Ok(Value::Bool(true)),
            "false" => Ok(Value::Bool(false)),
            _ => Err(format!("`{text}` is neither `true` nor `false`")),
        },
        FieldKind::Code(list) if catalogue.has_code(list, text) => Ok(Value::String(text.to_owned())),
        FieldKind::Code(list) => match catalogue.alias(list, text) {
            Some(code) => Ok(Value::String(code.to_owned())),
            None => Err(format!("list `{list}` has no code `{text}`")),
        },
        FieldKind::Text
        | FieldKind::LongText
        | FieldKind::Country
        | FieldKind::Language
        | FieldKind::Phone => Ok(Value::String(text.to_owned())),
        _ => Err(format!("`{}` takes no fixed value", target.text)),
    }
}

/// `388/3 u vezi 1`: article, paragraph, and the paragraphs or offences it stands in connection with.
fn offences(text: &str, jurisdiction: &str) -> Option<Value> {
    let number = |text: &str| {
        let fits = (1..=5).contains(&text.len())
            && text.bytes().next().is_some_and(|b| b.is_ascii_digit())
            && text.bytes().all(|b| b.is_ascii_alphanumeric());
        fits.then(|| text.to_owned())
    };
    let mut article: Option<String> = None;
    let mut out = Vec::new();
    for part in text.split("u vezi").map(str::trim) {
        let (first, paragraph) = match (part.split_once('/'), &article) {
            (Some((first, paragraph)), _) => (number(first)?, Some(number(paragraph)?)),
            // One or two characters are a paragraph of the article before; more are an article of their own.
            (None, Some(article)) if part.len() <= 2 => (article.clone(), Some(number(part)?)),
            (None, _) => (number(part)?, None),
        };
        let mut entry = Map::new();
        entry.insert("article".to_owned(), Value::String(first.clone()));
        entry.insert("jurisdiction".to_owned(), Value::String(jurisdiction.to_owned()));
        if let Some(paragraph) = paragraph {
            entry.insert("paragraph".to_owned(), Value::String(paragraph));
        }
        article = Some(first);
        out.push(Value::Object(entry));
    }
    Some(Value::Array(out))
}

/// The way back of [`offences`]. Entries of other jurisdictions have no place in the form.
pub(super) fn offence_text<'v>(entries: impl Iterator<Item = &'v Map<String, Value>>) -> Option<String> {
    let mut out = String::new();
    let mut before = None;
    for entry in entries {
        let text = |name: &str| entry.get(name).and_then(Value::as_str);
        let Some(article) = text("article") else { continue };
        if !out.is_empty() {
            out.push_str(" u vezi ");
        }
        match (before == Some(article), text("paragraph")) {
            (true, Some(paragraph)) => out.push_str(paragraph),
            (_, Some(paragraph)) => {
                out.push_str(article);
                out.push('/');
                out.push_str(paragraph);
            }
            (_, None) => out.push_str(article),
        }
        before = Some(article);
    }
    (!out.is_empty()).then_some(out)
}

/// A table of words, resolved for one field.
pub(super) struct CodeTable {
    to_code: HashMap<Box<str>, (Option<Value>, Loss)>,
    to_word: HashMap<Box<str>, (Box<str>, Loss)>,
}

/// What is lost, if anything.
type Loss = Option<Box<str>>;

impl CodeTable {
    pub(super) fn compile(
        words: &BTreeMap<Spanned<String>, CodeEntry>,
        back: Option<&BTreeMap<Spanned<String>, BackEntry>>,
        target: &Target,
        catalogue: &Catalogue,
        imports: bool,
    ) -> Result<Self, String> {
        let mut table = Self { to_code: HashMap::new(), to_word: HashMap::new() };
        let mut twice: Vec<String> = Vec::new();
        for (word, entry) in words {
            let word: &str = word.as_ref();
            let (code, lossy) = match entry {
                CodeEntry::Code(code) => (Some(code.as_str()), None),
                CodeEntry::Lossy(entry) => (entry.code.as_deref(), Some(entry.lossy.as_str())),
            };
            let value = code.map(|code| fixed(target, code, catalogue)).transpose()?;
            if let Some(code) = code {
                let seen = table.to_word.insert(code.into(), (word.into(), None));
                if seen.is_some() {
                    twice.push(code.to_owned());
                }
            }
            table.to_code.insert(word.into(), (value, lossy.map(Into::into)));
        }
        for (code, entry) in back.into_iter().flatten() {
            let code: &str = code.as_ref();
            fixed(target, code, catalogue)?;
            let (word, lossy) = match entry {
                BackEntry::Word(word) => (word.as_str(), None),
                BackEntry::Lossy(entry) => (entry.word.as_str(), Some(entry.lossy.as_str())),
            };
            if !table.to_code.contains_key(word) {
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

    fn code<'m>(&'m self, word: &str) -> Common<'m> {
        match self.to_code.get(word) {
            Some((value, Some(note))) => Common::Lossy(value.clone(), note),
            Some((Some(value), None)) => Common::Is(value.clone()),
            Some((None, None)) | None => Common::Unknown,
        }
    }

    fn word(&self, value: &Value) -> Word<'_> {
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
