//! What the values of one place look like, told without telling any of them.

use std::collections::BTreeMap;

use super::super::country;
use super::super::date;
use crate::schema::script::script_of;
use crate::schema::{check_jmbg, check_svnr};

/// Most different values that are kept of one place.
const MOST_KEPT: usize = 1_000;
/// Most different words of a closed set.
const MOST_WORDS: usize = 16;

/// The values of one place.
#[derive(Default)]
pub(super) struct Values {
    /// Each different value, and how often it stands.
    seen: BTreeMap<String, usize>,
    /// How many stand there that are not empty.
    pub(super) count: usize,
    /// CSV: whether a value came again after another one stood between.
    again: bool,
}

/// Whether a value is of a kind.
type Rule<'r> = &'r dyn Fn(&str) -> bool;

/// What all values of a place are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Nothing,
    Date(Dates),
    /// RFC 3339.
    Timestamp,
    /// A valid JMBG or EMŠO.
    Jmbg,
    Svnr,
    Boolean,
    Digits,
    Country,
    Phone,
    /// Few different words: a closed set.
    Words,
    Text,
}

/// How dates are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Dates {
    Iso,
    Rs,
    At,
    Si,
}

impl Dates {
    /// The word of the table's head.
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Iso => "iso",
            Self::Rs => "rs",
            Self::At => "at",
            Self::Si => "si",
        }
    }

    /// The same made-up date in each form.
    const fn example(self) -> &'static str {
        match self {
            Self::Iso => "2024-03-05",
            Self::Rs => "05.03.2024.",
            Self::At => "05.03.2024",
            Self::Si => "5. 3. 2024",
        }
    }
}

impl Values {
    pub(super) fn add(&mut self, value: &str) {
        if value.is_empty() {
            return;
        }
        self.count += 1;
        if let Some(times) = self.seen.get_mut(value) {
            *times += 1;
        } else if self.seen.len() < MOST_KEPT {
            self.seen.insert(value.to_owned(), 1);
        }
    }

    /// Adds the value of the next row; `same` when the row before has it too.
    pub(super) fn run(&mut self, value: &str, same: bool) {
        self.again |= !same && self.seen.contains_key(value);
        self.add(value);
    }

    /// Whether they may tell one case from another: each has a digit, and none comes again once another has come.
    pub(super) fn may_number_cases(&self) -> bool {
        let digit = |value: &str| value.bytes().any(|byte| byte.is_ascii_digit());
        !self.again
            && !self.seen.is_empty()
            && self.words().all(digit)
            && !matches!(self.kind(), Kind::Date(_))
    }

    /// The different words of a closed set.
    pub(super) fn words(&self) -> impl Iterator<Item = &str> {
        self.seen.keys().map(String::as_str)
    }

    pub(super) fn ascii(&self) -> bool {
        self.words().all(str::is_ascii)
    }

    pub(super) fn cyrillic(&self) -> usize {
        self.words().filter(|word| script_of(word) == "Cyrl").count()
    }

    pub(super) fn kind(&self) -> Kind {
        let all = |fits: &dyn Fn(&str) -> bool| self.words().all(fits);
        if self.seen.is_empty() {
            return Kind::Nothing;
        }
        // Some may be known to the year or the month only.
        if let (Some(style), true) =
            (self.words().find_map(date_style), all(&|word| date::parse(word).is_some()))
        {
            return Kind::Date(style);
        }
        let digits = |word: &str| word.bytes().all(|byte| byte.is_ascii_digit());
        let rules: [(Kind, Rule<'_>); 6] = [
            (Kind::Timestamp, &|word| word.parse::<jiff::Timestamp>().is_ok()),
            (Kind::Jmbg, &|word| check_jmbg(word).is_ok()),
            (Kind::Svnr, &|word| check_svnr(word).is_ok()),
            (Kind::Boolean, &|word| matches!(word, "true" | "false")),
            (Kind::Digits, &digits),
            (Kind::Phone, &phone),
        ];
        if let Some((kind, _)) = rules.iter().find(|(_, fits)| all(*fits)) {
            return *kind;
        }
        let capitals = |word: &str| word.chars().all(char::is_uppercase);
        if all(&|word| capitals(word) && country::read(word).is_some()) {
            return Kind::Country;
        }
        let coded = |word: &str| {
            word.chars().any(char::is_uppercase)
                && word.chars().all(|c| c.is_uppercase() || c.is_ascii_digit() || c == '_')
        };
        let often = self.count >= 4 && self.count >= 2 * self.seen.len();
        if self.few() && (all(&coded) || often) { Kind::Words } else { Kind::Text }
    }

    /// Whether there are so few different values that they may be words of a closed set.
    pub(super) fn few(&self) -> bool {
        (1..=MOST_WORDS).contains(&self.seen.len())
    }

    /// The kind in words, without a value.
    pub(super) fn describe(&self) -> String {
        let different = self.seen.len();
        let told = match self.kind() {
            Kind::Nothing => return "never filled in".to_owned(),
            Kind::Date(style) => format!("date, written like {}", style.example()),
            Kind::Timestamp => "date and time with zone (RFC 3339)".to_owned(),
            Kind::Jmbg => "13 digits with a valid check digit: a JMBG or EMŠO?".to_owned(),
            Kind::Svnr => "10 digits with a valid check digit: an Austrian SVNR?".to_owned(),
            Kind::Boolean => "true or false".to_owned(),
            Kind::Digits => self.lengths("digit"),
            Kind::Country => "an ISO 3166-1 country code?".to_owned(),
            Kind::Phone => "a telephone number?".to_owned(),
            Kind::Words if different == 1 => {
                "one word, in capitals or repeated: make a code table?".to_owned()
            }
            Kind::Words => format!("{different} different words: make a code table"),
            Kind::Text => format!("text, {}, {}", self.lengths("character"), self.scripts()),
        };
        match self.count {
            1 => told,
            count => format!("{told} ({count} values)"),
        }
    }

    fn lengths(&self, unit: &str) -> String {
        let lengths = || self.words().map(|word| word.chars().count());
        match (lengths().min(), lengths().max()) {
            (Some(least), Some(most)) if least != most => format!("{least} to {most} {unit}s"),
            (Some(1), _) => format!("1 {unit}"),
            (least, _) => format!("{} {unit}s", least.unwrap_or_default()),
        }
    }

    fn scripts(&self) -> &'static str {
        let letters = self.words().filter(|word| word.chars().any(char::is_alphabetic)).count();
        match self.cyrillic() {
            _ if letters == 0 => "no letters",
            0 => "Latin",
            all if all >= letters => "Cyrillic",
            _ => "Latin and Cyrillic",
        }
    }
}

fn date_style(text: &str) -> Option<Dates> {
    date::parse(text)?;
    let digits = text.chars().filter(char::is_ascii_digit).count();
    match text {
        // A year or a month alone says nothing about the form.
        _ if digits < 6 => None,
        _ if text.contains('-') => (digits == 8).then_some(Dates::Iso),
        _ if text.contains(' ') => Some(Dates::Si),
        _ if text.ends_with('.') => Some(Dates::Rs),
        _ if text.contains('.') => Some(Dates::At),
        _ => None,
    }
}

fn phone(text: &str) -> bool {
    let digits = text.chars().filter(char::is_ascii_digit).count();
    (7..=15).contains(&digits)
        && (text.starts_with('+')
            || text.starts_with("00")
            || text.starts_with('0') && text.contains(['/', ' ']))
        && text.chars().all(|c| c.is_ascii_digit() || matches!(c, '+' | ' ' | '/' | '-' | '(' | ')'))
}
