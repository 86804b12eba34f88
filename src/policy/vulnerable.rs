//! Whether somebody may be a victim or a child, by all that the record says and not by one mark alone: whoever writes
//! a record chooses its marks, and what they lift is what protects the person.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hasher as _};

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan as _};
use serde_json::{Map, Value};

use crate::schema::{Record, SubjectCategory};

/// Full age in all states of the exchange.
const FULL_AGE: i32 = 18;
/// Age bands that lie below it.
const CHILD_BANDS: [&str; 2] = ["0--8", "9--17"];
/// What only a record about a victim says of a person.
const OF_VICTIMS: [&str; 2] = ["x_Shelter", "x_Return"];

/// The days on which age is asked about.
pub(super) struct Acts {
    /// Today where it is earliest: nobody comes of age by a time zone.
    now: Date,
    /// The first day on which the acts may have begun, where the record says so.
    first: Option<Date>,
}

impl Acts {
    pub(super) fn of(record: &Record, now: Timestamp) -> Self {
        let earliest = now.saturating_sub(SignedDuration::from_hours(12)).unwrap_or(now);
        let now = TimeZone::UTC.to_datetime(earliest).date();
        let events = record.members().get("x_Events").and_then(Value::as_array);
        let begun = |event: &Value| days(event.get("hte_Date")?.as_str()?).map(|(first, _)| first);
        Self { now, first: events.into_iter().flatten().filter_map(begun).min() }
    }
}

/// What protects one entry of the list of persons.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Marked {
    pub(super) victim: bool,
    pub(super) child: bool,
}

impl Marked {
    pub(super) fn of(person: &Map<String, Value>, acts: &Acts) -> Self {
        Self { victim: is_victim(person), child: is_child(person, acts) }
    }
}

/// Lets people whom the record lists more than once count as the most vulnerable of their entries each time: a victim
/// would lose its protection by a second entry as a suspect.
pub(super) fn join_twins<'a>(entries: &mut [(&'a Map<String, Value>, Marked)]) {
    let same = |pair: &[(&'a Map<String, Value>, Marked)]| pair[0].1 == pair[1].1;
    // Mostly there is one person, or several who are alike: then a twin changes nothing.
    if entries.windows(2).all(same) {
        return;
    }
    let mut known: HashMap<u64, Marked> = HashMap::new();
    let named: Vec<Vec<u64>> = entries.iter().map(|(person, _)| names(person)).collect();
    for (names, (_, marked)) in named.iter().zip(entries.iter()) {
        for name in names {
            let twin = known.entry(*name).or_insert(*marked);
            twin.victim |= marked.victim;
            twin.child |= marked.child;
        }
    }
    for (names, (_, marked)) in named.iter().zip(entries) {
        for twin in names.iter().filter_map(|name| known.get(name)) {
            marked.victim |= twin.victim;
            marked.child |= twin.child;
        }
    }
}

/// A victim, somebody who may be one, or of whom the record does not say what he is.
pub(super) fn is_victim(person: &Map<String, Value>) -> bool {
    let category =
        person.get("x_SubjectCategory").and_then(Value::as_str).and_then(SubjectCategory::from_word);
    category.is_none_or(SubjectCategory::is_victim) || marked_as_victim(person)
}

/// Whatever the category says: the record holds of this person what is told of victims only.
fn marked_as_victim(person: &Map<String, Value>) -> bool {
    let said = |value: &Value| !value.is_null() && value.as_array().is_none_or(|items| !items.is_empty());
    person.iter().filter(|(_, value)| said(value)).any(|(name, value)| match name.as_str() {
        "vic_TraffickingStatus" => value.as_str() != Some("NotAVictimOfTrafficking"),
        // Who decided is also told of somebody who is none.
        "vic_TraffickingStatusDecisionMakingOrg" => false,
        "x_NonPunishment" => *value != Value::Bool(false),
        name => name.starts_with("vic_") || OF_VICTIMS.contains(&name),
    })
}

/// A child when the acts happened or now, or somebody who may be one: a mark that says so, or that is neither yes nor
/// no; an age or a date of birth that leaves it possible.
pub(super) fn is_child(person: &Map<String, Value>, acts: &Acts) -> bool {
    let marked = ["x_ChildAtOffence", "x_ChildNow", "x_AgeDisputed"]
        .into_iter()
        .any(|name| person.get(name).is_some_and(|mark| !matches!(mark, Value::Bool(false) | Value::Null)));
    let aged = || {
        let age = person.get("vic_AgeWhenTrafficked");
        age.and_then(Value::as_i64).is_some_and(|age| age < i64::from(FULL_AGE))
    };
    let banded = || {
        let bands = person.get("x_AgeBand");
        let bands = bands.map(|it| it.as_array().map_or(std::slice::from_ref(it), Vec::as_slice));
        bands.into_iter().flatten().filter_map(Value::as_str).any(|band| CHILD_BANDS.contains(&band))
    };
    let born = || {
        let born = person.get("prs_Birthdate").and_then(Value::as_str).and_then(days);
        let of_age = born.and_then(|(_, last)| last.checked_add(FULL_AGE.years()).ok());
        of_age.is_some_and(|of_age| acts.now < of_age || acts.first.is_some_and(|first| first < of_age))
    };
    marked || aged() || banded() || born()
}

/// The first and the last day that a date of the schema may mean: `1985`, `1985-06` or `1985-06-15`.
fn days(text: &str) -> Option<(Date, Date)> {
    let number = |from: usize, to: usize| text.get(from..to)?.parse::<i8>().ok();
    let year = text.get(..4)?.parse::<i16>().ok()?;
    let date = |month, day| Date::new(year, month, day).ok();
    match text.len() {
        4 => Some((date(1, 1)?, date(12, 31)?)),
        7 => date(number(5, 7)?, 1).map(|first| (first, first.last_of_month())),
        _ => date(number(5, 7)?, number(8, 10)?).map(|day| (day, day)),
    }
}

/// By what two entries are known to be one person, as digests: number in the exchange, number of identity, name with
/// date of birth. Letters and digits count, in either case.
fn names(person: &Map<String, Value>) -> Vec<u64> {
    let text = |members: &'_ Map<String, Value>, name: &str| -> Option<u64> {
        let plain = |c: char| c.is_alphanumeric().then(|| c.to_lowercase()).into_iter().flatten();
        let text: String = members.get(name)?.as_str()?.chars().flat_map(plain).collect();
        let mut digest = DefaultHasher::new();
        digest.write(text.as_bytes());
        (!text.is_empty()).then(|| digest.finish())
    };
    let joined = |kind: u64, parts: [u64; 3]| {
        let mut digest = DefaultHasher::new();
        digest.write_u64(kind);
        for part in parts {
            digest.write_u64(part);
        }
        digest.finish()
    };
    let numbers = [(0, "x_PersonId"), (1, "prs_IdentityNumber")];
    let mut found: Vec<u64> = Vec::new();
    found.extend(numbers.iter().filter_map(|(kind, name)| Some(joined(*kind, [text(person, name)?, 0, 0]))));
    if let Some(born) = text(person, "prs_Birthdate") {
        let listed = person.get("x_Names").and_then(Value::as_array);
        let each = listed.into_iter().flatten().filter_map(Value::as_object);
        let pairs = each.map(|name| (text(name, "given"), text(name, "family")));
        let own = (text(person, "prs_FirstName"), text(person, "prs_SecondName"));
        let pairs = pairs.chain([own]).filter_map(|(given, family)| given.zip(family));
        found.extend(pairs.map(|(given, family)| joined(2, [born, given, family])));
    }
    found
}
