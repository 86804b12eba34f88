//! One value of a configuration file, and what it may be.

use std::fmt::Display;
use std::ops::RangeInclusive;
use std::str::FromStr;

use jiff::Timestamp;
use toml::Spanned;
use toml::de::DeValue;

use super::problems::At;
use crate::message::PartyId;

/// A value with its place. The getters answer with the value, or with what it must be instead.
#[derive(Clone)]
pub(super) struct Value<'t> {
    pub(super) node: &'t Spanned<DeValue<'t>>,
    pub(super) at: At,
}

impl<'t> Value<'t> {
    pub(super) fn text(&self) -> Result<&'t str, String> {
        match self.node.get_ref() {
            DeValue::String(text) if text.is_empty() => Err("must not be empty".to_owned()),
            DeValue::String(text) => Ok(text),
            _ => Err(self.instead_of("a text in quotes")),
        }
    }

    pub(super) fn flag(&self) -> Result<bool, String> {
        self.node.get_ref().as_bool().ok_or_else(|| self.instead_of("`true` or `false`"))
    }

    pub(super) fn number<T>(&self, range: RangeInclusive<T>) -> Result<T, String>
    where
        T: TryFrom<u64> + PartialOrd + Display,
    {
        let DeValue::Integer(integer) = self.node.get_ref() else {
            return Err(self.instead_of("a whole number"));
        };
        u64::from_str_radix(integer.as_str(), integer.radix())
            .ok()
            .and_then(|number| T::try_from(number).ok())
            .filter(|number| range.contains(number))
            .ok_or_else(|| {
                format!("must be {} to {}, not {}", range.start(), range.end(), shown(&integer.to_string()))
            })
    }

    /// An instant: a date and time with its zone, or a date, which means its first instant in UTC.
    pub(super) fn time(&self) -> Result<Timestamp, String> {
        let DeValue::Datetime(datetime) = self.node.get_ref() else {
            return Err(self.instead_of("a date without quotes, such as 2026-01-01"));
        };
        let text = match (datetime.date, datetime.time, datetime.offset) {
            (Some(_), Some(_), Some(_)) => datetime.to_string(),
            (Some(_), None, None) => format!("{datetime}T00:00:00Z"),
            (Some(_), ..) => return Err("must say its zone: end it in `Z` for UTC".to_owned()),
            (None, ..) => return Err("must have a date, such as 2026-01-01".to_owned()),
        };
        text.parse().map_err(|_| format!("`{}` is no date that exists", shown(&text)))
    }

    /// A text that `T` reads; `wanted` says what that is.
    pub(super) fn parsed<T: FromStr>(&self, wanted: &str) -> Result<T, String> {
        let text = self.text()?;
        text.parse().map_err(|_| format!("must be {wanted}, not `{}`", shown(text)))
    }

    pub(super) fn party(&self) -> Result<PartyId, String> {
        self.parsed("a country and an authority in lower case, such as `si/policija`")
    }

    /// A text that is one of `words`.
    pub(super) fn one_of<T: Copy>(&self, words: &[(&str, T)]) -> Result<T, String> {
        let text = self.text()?;
        if let Some((_, meaning)) = words.iter().find(|(word, _)| *word == text) {
            return Ok(*meaning);
        }
        let hint = match nearest(text, words.iter().map(|(word, _)| *word)) {
            Some(word) => format!("did you mean `{word}`?"),
            None => format!("use one of {}", listed(words.iter().map(|(word, _)| *word))),
        };
        Err(format!("does not know `{}`; {hint}", shown(text)))
    }

    /// A name that can be connected to: host name or IP address, without port or scheme.
    pub(super) fn host(&self) -> Result<String, String> {
        let text = self.text()?;
        let label_fits = |label: &str| {
            (1..=63).contains(&label.len())
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
        };
        let fits = text.len() <= 253 && text.split('.').all(label_fits);
        if fits || text.parse::<std::net::IpAddr>().is_ok() {
            Ok(text.to_owned())
        } else {
            Err(format!(
                "must be a host name or an address without port or scheme, such as \
                 `gateway.example.org`, not `{}`",
                shown(text)
            ))
        }
    }

    pub(super) fn instead_of(&self, wanted: &str) -> String {
        let given = match self.node.get_ref() {
            DeValue::String(_) => "a text",
            DeValue::Integer(_) => "a whole number",
            DeValue::Float(_) => "a number with a fraction",
            DeValue::Boolean(_) => "`true` or `false`",
            DeValue::Datetime(_) => "a date or time",
            DeValue::Array(_) => "a list",
            DeValue::Table(_) => "a section",
        };
        format!("must be {wanted}, not {given}")
    }
}

/// The part of a file's own words that a problem repeats: short, and without control characters.
pub(super) fn shown(text: &str) -> String {
    let mut short: String = text.chars().take(60).flat_map(char::escape_debug).collect();
    if text.chars().nth(60).is_some() {
        short.push('…');
    }
    short
}

/// `a`, `b` or `c`.
pub(super) fn listed<'w>(words: impl Iterator<Item = &'w str>) -> String {
    let words: Vec<String> = words.map(|word| format!("`{word}`")).collect();
    match words.split_last() {
        None => String::new(),
        Some((only, [])) => only.clone(),
        Some((last, others)) => format!("{} or {last}", others.join(", ")),
    }
}

/// The candidate that `word` was probably meant to be.
pub(super) fn nearest<'w>(word: &str, candidates: impl Iterator<Item = &'w str>) -> Option<&'w str> {
    let length = word.chars().count();
    if length > 64 {
        return None;
    }
    let allowed = (length / 3).clamp(1, 3);
    candidates
        .map(|candidate| (distance(word, candidate), candidate))
        .filter(|(distance, _)| *distance <= allowed)
        .min()
        .map(|(_, candidate)| candidate)
}

/// Levenshtein's distance, in characters.
fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.chars().count()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut next = vec![i + 1];
        for ((y, above), diagonal) in b.chars().zip(row.iter().skip(1)).zip(&row) {
            let left = next.last().copied().unwrap_or(0);
            next.push((diagonal + usize::from(x != y)).min(above + 1).min(left + 1));
        }
        row = next;
    }
    row.last().copied().unwrap_or(0)
}
