//! The closed set of conversions, each in both directions.

use std::borrow::Cow;

use super::codes::{CodeTable, plain};
use super::country::{self, Form, Scheme};
use super::date::{self, DateStyle};
use super::offence::Articles;
use super::table::{ConvertName, FieldEntry, FlagWords};
use super::target::Target;
use super::{language, phone};
use crate::schema::script::{has_several_scripts, latin_form, normal, to_latin};
use crate::schema::{Catalogue, FieldKind, check_jmbg, check_svnr};
use serde_json::{Map, Number, Value};

/// What is lost where a text has no Latin form: there is a rule for Serbian letters alone.
const NO_LATIN: &str =
    "no form in Latin letters: there is a rule for Serbian letters alone, so only the original goes";

/// A conversion between a national text and a common value.
pub(super) enum Convert {
    Text,
    Name,
    /// In Latin letters. A name is one in all its words.
    Latin {
        name: bool,
    },
    Date(DateStyle),
    Integer,
    Decimal,
    Boolean([String; 2]),
    /// The number of the code table.
    Code(usize),
    Country {
        words: Option<usize>,
        form: Form,
    },
    /// The alpha-2 code of the country in which numbers without `+` are dialled.
    Phone(String),
    Language {
        two_letters: bool,
    },
    /// A number with a check digit.
    Number(fn(&str) -> Result<(), &'static str>),
    Timestamp,
    Flag(Box<Flag>),
    Offence(Articles),
    /// The agency's name and a colon.
    Case(String),
    Set(Value),
}

/// A column that says yes, no or nothing.
pub(super) struct Flag {
    pub(super) words: FlagWords,
    /// The code that it is about; the target is a boolean when absent.
    pub(super) code: Option<Value>,
    /// Where the codes stand that are said not to apply.
    pub(super) absent: Option<Target>,
    pub(super) lossy: Option<String>,
}

/// What a national text became.
pub(super) enum Common<'m> {
    Is(Value),
    /// A value, or none at all, with what was lost.
    Lossy(Option<Value>, &'m str),
    /// Stands at another target than the line's own.
    Beside(&'m Target, Value),
    /// The text says that nothing is said.
    Nothing,
    /// Kept among the values without a place.
    Unknown,
    /// The original may go along another line; what this one wants of it there is not.
    NoForm(&'static str),
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
            ConvertName::Country => Self::Country { words: Some(table), form: form(entry) },
            _ => Self::Code(table),
        }
    }

    pub(super) fn simple(name: ConvertName, dates: DateStyle, agency: &str) -> Self {
        match name {
            ConvertName::Name => Self::Name,
            ConvertName::Latin => Self::Latin { name: false },
            ConvertName::Date => Self::Date(dates),
            ConvertName::Integer => Self::Integer,
            ConvertName::Number => Self::Decimal,
            ConvertName::Jmbg | ConvertName::Emso => Self::Number(check_jmbg),
            ConvertName::Svnr => Self::Number(check_svnr),
            ConvertName::Timestamp => Self::Timestamp,
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
            ConvertName::Country => Self::Country { words: None, form: form(entry) },
            ConvertName::Language => Self::Language { two_letters: entry.two_letters },
            ConvertName::Phone => {
                // An agency of no country, such as `xx/ctdc`, reads only numbers that name their own.
                let own = || agency.split('/').next().unwrap_or_default().to_uppercase();
                let is_country =
                    |region: &str| country::read(region).is_some_and(|found| found.code == region);
                if let Some(region) = entry.value.as_deref().filter(|region| !is_country(region)) {
                    return Err(format!(
                        "`{region}` is not a country, in which a number without `+` is dialled"
                    ));
                }
                Self::Phone(entry.value.clone().unwrap_or_else(own))
            }
            ConvertName::Latin => Self::Latin { name: target.leaf.ends_with("Name") },
            ConvertName::Offence => Self::Offence(Articles::new(value()?, catalogue)),
            ConvertName::Set => Self::Set(fixed(target, &value()?, catalogue)?),
            name => Self::simple(name, dates, agency),
        })
    }

    /// Whether the field can hold what the conversion makes.
    pub(super) fn fits(&self, target: &Target) -> Result<(), String> {
        let text = matches!(target.kind, FieldKind::Text | FieldKind::LongText);
        let fits = match self {
            Self::Text | Self::Latin { .. } | Self::Number(_) | Self::Case(_) => text,
            Self::Country { .. } => target.kind == FieldKind::Country,
            Self::Language { .. } => target.kind == FieldKind::Language,
            Self::Phone(_) => target.kind == FieldKind::Phone,
            Self::Name => text && target.text.contains("x_Names["),
            Self::Date(_) => target.kind == FieldKind::Date,
            Self::Integer => target.kind == FieldKind::Integer,
            Self::Decimal => target.kind == FieldKind::Number,
            Self::Boolean(_) => target.kind == FieldKind::Boolean,
            Self::Timestamp => target.kind == FieldKind::Timestamp,
            Self::Code(_) | Self::Set(_) | Self::Flag(_) => true,
            Self::Offence(_) => target.kind == FieldKind::Group && target.many,
        };
        if fits { Ok(()) } else { Err(format!("`{}` cannot hold what this conversion makes", target.text)) }
    }

    /// The common value of a national text that is not empty.
    pub(super) fn to_common<'m>(&'m self, text: &str, tables: &'m [CodeTable]) -> Common<'m> {
        let known = |value: Option<Value>| value.map_or(Common::Unknown, Common::Is);
        match self {
            Self::Text => Common::Is(Value::String(text.to_owned())),
            Self::Name => Common::Is(Value::String(normal(text).into_owned())),
            Self::Latin { name } => {
                let text = normal(text);
                match latin_form(&text) {
                    Some(form) if !(*name && has_several_scripts(&text)) => {
                        Common::Is(Value::String(form.into_owned()))
                    }
                    _ => Common::NoForm(NO_LATIN),
                }
            }
            Self::Date(_) => known(date::parse(text).map(Value::String)),
            Self::Integer => known(text.parse::<u32>().ok().map(Value::from)),
            Self::Decimal => known(decimal(text).map(Value::Number)),
            Self::Boolean([yes, no]) => known(match plain(text) {
                text if text == *yes => Some(Value::Bool(true)),
                text if text == *no => Some(Value::Bool(false)),
                _ => None,
            }),
            Self::Code(table) => tables.get(*table).map_or(Common::Unknown, |table| table.code(text)),
            Self::Country { words, .. } => {
                match words.and_then(|table| tables.get(table)).map(|t| t.code(text)) {
                    Some(Common::Is(code)) => Common::Is(received(plain_code(code), text)),
                    Some(Common::Lossy(code, loss)) => {
                        Common::Lossy(code.map(|code| received(plain_code(code), text)), loss)
                    }
                    Some(Common::Nothing) => Common::Nothing,
                    _ => known(country::read(text).map(|country| received(Value::from(country.code), text))),
                }
            }
            Self::Number(check) => match check(text) {
                Ok(()) => Common::Is(Value::String(text.to_owned())),
                Err(reason) => Common::Bad(reason),
            },
            Self::Timestamp => {
                known(Some(Value::from(text)).filter(|value| FieldKind::Timestamp.holds(value)))
            }
            Self::Phone(region) => known(phone::to_e164(text, region).map(Value::String)),
            Self::Language { .. } => known(language::read(text).map(Value::from)),
            Self::Flag(flag) => flag.to_common(text),
            Self::Offence(articles) => known(articles.read(text)),
            Self::Case(prefix) => Common::Is(Value::String(format!("{prefix}{text}"))),
            Self::Set(value) => Common::Is(value.clone()),
        }
    }

    /// Whether the common value is the text in another script.
    pub(super) fn leaves_the_script(&self, text: &str) -> bool {
        matches!(self, Self::Latin { .. }) && matches!(to_latin(text), Cow::Owned(_))
    }

    /// The national text of a common value.
    pub(super) fn to_national<'m>(&self, value: &Value, tables: &'m [CodeTable]) -> Word<'m> {
        let word = |word: Option<String>| word.map_or(Word::None, Word::Is);
        let text = value.as_str();
        match self {
            Self::Text
            | Self::Name
            | Self::Timestamp
            | Self::Phone(_)
            | Self::Language { two_letters: false } => word(text.map(str::to_owned)),
            Self::Latin { .. } => match text.map(|text| latin_form(text).unwrap_or(Cow::Borrowed(text))) {
                Some(Cow::Borrowed(text)) => Word::Is(text.to_owned()),
                Some(Cow::Owned(latin)) => Word::Lossy(latin, "written in Latin script"),
                None => Word::None,
            },
            Self::Date(style) => word(text.and_then(|text| date::format(text, *style))),
            Self::Integer => word(value.as_u64().map(|n| n.to_string())),
            Self::Decimal => word(value.as_number().map(ToString::to_string)),
            Self::Boolean([yes, no]) => word(value.as_bool().map(|is| if is { yes } else { no }.clone())),
            Self::Code(table) => tables.get(*table).map_or(Word::None, |table| table.word(value)),
            Self::Country { words, form } => {
                let code = value.get("code").unwrap_or(value);
                match words.and_then(|table| tables.get(table)).map(|table| table.word(code)) {
                    Some(found @ (Word::Is(_) | Word::Lossy(..))) if *form == Form::Alpha2 => found,
                    words => match (code.as_str().and_then(|code| country::write(code, *form)), words) {
                        (Some(code), _) => Word::Is(code),
                        (None, Some(found @ (Word::Is(_) | Word::Lossy(..)))) => found,
                        // Two letters say more than an empty place: there is no number for `XK`.
                        _ => word(code.as_str().map(str::to_owned)),
                    },
                }
            }
            Self::Language { two_letters: true } => {
                word(text.map(|code| language::two_letters(code).unwrap_or(code).to_owned()))
            }
            Self::Number(check) => word(text.filter(|text| check(text).is_ok()).map(str::to_owned)),
            Self::Flag(flag) => word(match value.as_bool() {
                Some(true) => Some(flag.words.yes.clone()),
                Some(false) => flag.words.no.clone(),
                None => None,
            }),
            // Its entries are read together: see `Articles::write`.
            Self::Offence(_) | Self::Set(_) => Word::None,
            Self::Case(prefix) => word(text.map(|text| text.strip_prefix(prefix).unwrap_or(text).to_owned())),
        }
    }
}

impl Flag {
    fn to_common(&self, text: &str) -> Common<'_> {
        let code = || self.code.clone();
        let text = &*plain(text);
        match text {
            _ if text == self.words.yes => match &self.lossy {
                Some(loss) => Common::Lossy(Some(code().unwrap_or(Value::Bool(true))), loss),
                None => Common::Is(code().unwrap_or(Value::Bool(true))),
            },
            _ if self.words.no.as_deref() == Some(text) => match (&self.absent, code()) {
                (_, None) => Common::Is(Value::Bool(false)),
                (Some(absent), Some(code)) => Common::Beside(absent, code),
                (None, Some(_)) => Common::Lossy(None, "that it does not apply is not carried"),
            },
            _ if self.words.unknown.iter().any(|word| word == text) => Common::Nothing,
            _ => Common::Unknown,
        }
    }
}

/// Digits with at most one point or comma among them, and a sign; never an exponent.
fn decimal(text: &str) -> Option<Number> {
    let digits = |text: &str| (1..=15).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    let text = text.replacen(',', ".", 1);
    let plain = text.strip_prefix('-').unwrap_or(&text);
    let fits =
        plain.split_once('.').map_or_else(|| digits(plain), |(whole, part)| digits(whole) && digits(part));
    fits.then(|| text.parse::<f64>().ok().and_then(Number::from_f64))?
}

fn form(entry: &FieldEntry) -> Form {
    match (entry.numeric, entry.alpha3) {
        (true, _) => Form::Numeric,
        (false, true) => Form::Alpha3,
        (false, false) => Form::Alpha2,
    }
}

/// A country as the common record has it: a plain code of ISO 3166-1, and for every other one also what kind of code it
/// is and what was received (docs/decisions/0006).
fn received(code: Value, text: &str) -> Value {
    let Some(scheme) = code.as_str().and_then(country::read).map(|country| country.scheme) else {
        return code;
    };
    if scheme == Scheme::Iso3166 {
        return code;
    }
    let mut members = Map::new();
    if code.as_str() != Some(text) {
        members.insert("as_received".to_owned(), Value::from(text));
    }
    members.insert("code".to_owned(), code);
    members.insert("scheme".to_owned(), Value::from(scheme.as_str()));
    Value::Object(members)
}

/// The code of a country, whichever way it stands.
fn plain_code(mut value: Value) -> Value {
    value.get_mut("code").map(Value::take).unwrap_or(value)
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
        FieldKind::Country => country::fixed(text).map(|code| received(Value::from(code), code)),
        FieldKind::Language => language::fixed(text).map(Value::from),
        FieldKind::Phone => phone::fixed(text).map(Value::from),
        FieldKind::Text | FieldKind::LongText => Ok(Value::String(text.to_owned())),
        _ => Err(format!("`{}` takes no fixed value", target.text)),
    }
}

#[cfg(test)]
mod tests {
    use super::decimal;

    #[test]
    fn a_number_has_one_point_or_comma_and_nothing_else() {
        for (text, number) in [("46,0569", 46.0569), ("-14.5", -14.5), ("7", 7.0)] {
            assert_eq!(decimal(text).and_then(|n| n.as_f64()), Some(number), "{text}");
        }
        for bad in
            ["", "-", ".5", "5.", "1.2.3", "1,2,3", "1e5", "NaN", "inf", "+5", "1 000", "0000000000000001"]
        {
            assert_eq!(decimal(bad), None, "{bad}");
        }
    }
}
