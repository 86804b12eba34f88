//! What one value must look like: its shape, which is demanded, and its content, which is only reported.

use rust_iso3166::iso3166_3;
use serde_json::{Map, Value};

use super::catalogue::{Catalogue, FieldKind};

/// How the code of a country object is to be read.
pub(super) const COUNTRY_SCHEMES: [&str; 4] = ["iso3166-1", "iso3166-3", "user-assigned", "other"];

impl FieldKind {
    /// Whether the value has this shape. A group's members are not looked at.
    #[must_use]
    pub fn holds(&self, value: &Value) -> bool {
        match (self, value) {
            (Self::Group, Value::Object(_))
            | (Self::Boolean, Value::Bool(_))
            | (Self::Number, Value::Number(_))
            | (
                Self::Text | Self::LongText | Self::Code(_) | Self::Country | Self::Language | Self::Phone,
                Value::String(_),
            ) => true,
            (Self::Integer, Value::Number(number)) => number.is_i64() || number.is_u64(),
            (Self::Date, Value::String(text)) => is_date(text),
            (Self::Timestamp, Value::String(text)) => is_timestamp(text),
            (Self::Country, Value::Object(members)) => is_country_object(members),
            _ => false,
        }
    }

    /// The shape in words, for an error.
    pub(super) const fn wanted(&self) -> &'static str {
        match self {
            Self::Group => "an object",
            Self::Text | Self::LongText | Self::Code(_) | Self::Language | Self::Phone => "text",
            Self::Boolean => "`true` or `false`",
            Self::Integer => "a whole number",
            Self::Number => "a number",
            Self::Date => "a date such as `1985-06-15`, `1985-06` or `1985`",
            Self::Timestamp => "a time such as `2026-03-06T10:15:00Z`",
            Self::Country => "a country code, or an object of `code`, `scheme` and `as_received`",
        }
    }

    /// What a reader should know of a value of the right shape: a code for programs and a text for people.
    pub(super) fn note(&self, value: &Value, catalogue: &Catalogue) -> Option<(&'static str, String)> {
        match (self, value) {
            (Self::Code(list), Value::String(code)) => (!catalogue.has_code(list, code))
                .then(|| ("unknown-code", format!("a code that list `{list}` does not have"))),
            (Self::Language, Value::String(code)) => (!is_language(code))
                .then(|| ("unknown-language", "not a language code of ISO 639-2/T such as `srp`".to_owned())),
            (Self::Phone, Value::String(number)) => (!is_phone(number))
                .then(|| ("not-e164", "not a telephone number such as `+381111234567` (E.164)".to_owned())),
            (Self::Country, Value::String(code)) => (!is_country(code))
                .then(|| ("unknown-country", "not a country code of ISO 3166-1 such as `RS`".to_owned())),
            (Self::Country, Value::Object(members)) => country_note(members),
            _ => None,
        }
    }
}

/// ISO 8601 calendar date, possibly without day or month.
fn is_date(text: &str) -> bool {
    let digits = |part: &str, n: usize| part.len() == n && part.bytes().all(|b| b.is_ascii_digit());
    let mut parts = text.split('-');
    match (parts.next(), parts.next(), parts.next(), parts.next()) {
        (Some(year), None, None, None) => digits(year, 4),
        (Some(year), Some(month), None, None) => {
            digits(year, 4) && digits(month, 2) && matches!(month.parse::<u8>(), Ok(1..=12))
        }
        (Some(year), Some(month), Some(day), None) => {
            digits(year, 4) && digits(month, 2) && digits(day, 2) && text.parse::<jiff::civil::Date>().is_ok()
        }
        _ => false,
    }
}

/// RFC 3339 in capitals, at most nanoseconds, without leap second.
fn is_timestamp(text: &str) -> bool {
    let Some((date, rest)) = text.split_once('T') else { return false };
    let (time, offset) = match rest.find(['Z', '+', '-']) {
        Some(at) => rest.split_at(at),
        None => return false,
    };
    let (time, fraction) = time.split_once('.').unwrap_or((time, "0"));
    let clock = |text: &str, parts: usize| {
        let within = |(place, part): (usize, &str)| {
            part.len() == 2
                && part.bytes().all(|b| b.is_ascii_digit())
                && part.parse::<u8>().is_ok_and(|n| n < if place == 0 { 24 } else { 60 })
        };
        text.split(':').count() == parts && text.split(':').enumerate().all(within)
    };
    date.len() == 10
        && is_date(date)
        && clock(time, 3)
        && (1..=9).contains(&fraction.len())
        && fraction.bytes().all(|b| b.is_ascii_digit())
        && (offset == "Z" || offset.strip_prefix(['+', '-']).is_some_and(|offset| clock(offset, 2)))
}

/// E.164, as the expression of HTCDS 2.0 has it: `^\+?[1-9]\d{1,14}$`.
fn is_phone(text: &str) -> bool {
    let digits = text.strip_prefix('+').unwrap_or(text);
    (2..=15).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit()) && !digits.starts_with('0')
}

/// Three small letters of ISO 639-3, which holds every single language of ISO 639-2/T.
fn is_language(text: &str) -> bool {
    text.len() == 3
        && text.bytes().all(|b| b.is_ascii_lowercase())
        && isolang::Language::from_639_3(text).is_some()
}

/// ISO 3166-1 alpha-2, in capitals.
fn is_country(text: &str) -> bool {
    is_capitals(text, 2) && rust_iso3166::from_alpha2(text).is_some()
}

fn is_capitals(text: &str, length: usize) -> bool {
    text.len() == length && text.bytes().all(|b| b.is_ascii_uppercase())
}

/// ISO 3166-3: the four letters, or the former two-letter code that they begin with.
fn is_former_country(text: &str) -> bool {
    let four = |code: &str| iso3166_3::from_code(code).is_some();
    match text.len() {
        4 => is_capitals(text, 4) && four(text),
        2 => is_capitals(text, 2) && iso3166_3::ALL.iter().any(|former| former.code.starts_with(text)),
        _ => false,
    }
}

/// The codes that ISO 3166-1 leaves to its users: AA, QM to QZ, XA to XZ, ZZ.
fn is_user_assigned(text: &str) -> bool {
    match text.as_bytes() {
        b"AA" | b"ZZ" => true,
        [b'Q', second] => (b'M'..=b'Z').contains(second),
        [b'X', second] => second.is_ascii_uppercase(),
        _ => false,
    }
}

fn is_country_object(members: &Map<String, Value>) -> bool {
    let known = |name: &str| matches!(name, "code" | "scheme" | "as_received");
    members.contains_key("code")
        && members.contains_key("scheme")
        && members.iter().all(|(name, value)| known(name) && value.is_string())
}

fn country_note(members: &Map<String, Value>) -> Option<(&'static str, String)> {
    let text = |name: &str| members.get(name).and_then(Value::as_str).unwrap_or_default();
    let (code, scheme) = (text("code"), text("scheme"));
    let known = match scheme {
        "iso3166-1" => is_country(code),
        "iso3166-3" => is_former_country(code),
        "user-assigned" => is_user_assigned(code),
        "other" => true,
        _ => {
            let text = format!("its scheme is none of `{}`", COUNTRY_SCHEMES.join("`, `"));
            return Some(("unknown-country", text));
        }
    };
    (!known).then(|| ("unknown-country", "its scheme does not have this country code".to_owned()))
}
