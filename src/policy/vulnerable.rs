//! Whether the persons of a message may be victims or children, by all that its records say of each, wherever they list
//! one and the same person.

use std::cell::LazyCell;
use std::collections::BTreeSet;

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::about;
use super::consent::{self, Use};
use super::marks::Marks;
use super::same;
use super::words::Shield;
use crate::message::Document;
use crate::schema::{Age, Case, DataCategory, Finding, Record, is_victim};

/// What protects one entry of a list of persons.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Marked {
    pub(super) victim: bool,
    /// A child, or somebody who counts as one because the age is not known.
    pub(super) child: bool,
    /// Counts as a child only because the age is not known.
    pub(super) unknown: bool,
    pub(super) shield: Shield,
}

/// One entry of a list of persons.
pub(super) struct Entry<'a> {
    pub(super) person: &'a Map<String, Value>,
    pub(super) marked: Marked,
    /// Its age is the one that is not known, not that of another entry of the same person.
    pub(super) wanted: bool,
    /// The categories of data that the consents of all entries of the person cover for this use.
    pub(super) covered: Marks<DataCategory>,
}

/// The persons of a draft whose age somebody must state before it leaves, by the positions of record and person.
#[must_use]
pub fn ages_wanted(document: &Document, now: Timestamp) -> Vec<(usize, usize)> {
    let wanted = entries(&document.body.records, &Use::of(document, None, &BTreeSet::new(), now))
        .into_iter()
        .enumerate()
        .flat_map(|(record, entries)| {
            let each = entries.into_iter().enumerate();
            each.filter(|(_, entry)| entry.wanted).map(move |(person, _)| (record, person))
        });
    wanted.collect()
}

impl Marked {
    fn of(person: &Map<String, Value>, found: Finding) -> Self {
        Self {
            victim: is_victim(person),
            child: found.age != Age::Adult,
            unknown: found.age == Age::Unknown,
            shield: shield(person),
        }
    }

    /// The marks of one person of whom both are told. A date that shows a child leaves nothing to be stated.
    fn join(&mut self, other: Self) {
        let shown = |one: Self| one.child && !one.unknown;
        let child = shown(*self) || shown(other);
        self.victim |= other.victim;
        self.shield = self.shield.max(other.shield);
        self.child |= other.child;
        self.unknown = !child && (self.unknown || other.unknown);
    }
}

/// The persons of each record with what protects them. Who is listed more than once, in one record or in several, counts
/// as the most vulnerable of the entries each time: a victim would lose its protection by a second entry as a suspect.
pub(super) fn entries<'a>(records: &'a [Record], wanted: &Use<'_>) -> Vec<Vec<Entry<'a>>> {
    let mut all: Vec<Vec<Entry<'_>>> = records
        .iter()
        .enumerate()
        .map(|(number, record)| {
            let case = Case::of(record.members(), Some(wanted.now));
            let people: Vec<_> = about::persons(record).collect();
            let stated = |person: usize| wanted.ages.contains(&(number, person));
            let each = people.iter().enumerate();
            let mut found: Vec<Finding> = each.map(|(n, person)| case.person(person, stated(n))).collect();
            case.settle(&mut found);
            let entry = |(person, found): (&'a Map<String, Value>, Finding)| {
                let marked = Marked::of(person, found);
                Entry { person, marked, wanted: marked.unknown, covered: Marks::full() }
            };
            people.into_iter().zip(found).map(entry).collect()
        })
        .collect();
    let mut flat: Vec<&mut Entry<'_>> = all.iter_mut().flatten().collect();
    let people: Vec<_> = flat.iter().map(|entry| entry.person).collect();
    // Who is one person is found out at most once, and mostly not at all.
    let groups = LazyCell::new(|| same::groups(&people));
    join(&mut flat, &groups, |entry| &mut entry.marked, Marked::join);
    for entry in &mut flat {
        if entry.marked.victim {
            entry.covered = consent::covered(entry.person, wanted);
        }
    }
    join(&mut flat, &groups, |entry| &mut entry.covered, |all, one| *all = all.shared(one));
    all
}

/// Gives every entry of one person what all of them come to. Mostly there is one person, or several who are alike: then
/// nothing changes, and nobody is compared.
fn join<T: Copy + PartialEq>(
    entries: &mut [&mut Entry<'_>],
    groups: &LazyCell<Vec<usize>, impl FnOnce() -> Vec<usize>>,
    part: impl for<'e> Fn(&'e mut Entry<'_>) -> &'e mut T,
    with: impl Fn(&mut T, T),
) {
    let parts: Vec<T> = entries.iter_mut().map(|entry| *part(entry)).collect();
    if parts.windows(2).all(|pair| pair[0] == pair[1]) {
        return;
    }
    // The entry that stands for a person is one of that person's.
    let mut joined = parts.clone();
    for (one, group) in parts.into_iter().zip(groups.iter()) {
        if let Some(all) = joined.get_mut(*group) {
            with(all, one);
        }
    }
    for (entry, all) in entries.iter_mut().zip(groups.iter().filter_map(|group| joined.get(*group))) {
        *part(entry) = *all;
    }
}

/// How secret the record keeps who the person is. Of several marks the strictest counts.
fn shield(person: &Map<String, Value>) -> Shield {
    let one = |mark: &Value| match mark {
        Value::Null => Shield::None,
        Value::String(word) => match word.as_str() {
            "NotProtected" => Shield::None,
            "Requested" | "Protected" => Shield::Protected,
            _ => Shield::Anonymous,
        },
        _ => Shield::Anonymous,
    };
    match person.get("x_WitnessProtection") {
        None => Shield::None,
        Some(Value::Array(marks)) => marks.iter().map(one).max().unwrap_or_default(),
        Some(mark) => one(mark),
    }
}

/// Victim, child and age unknown of every entry, one after the other.
#[cfg(test)]
pub(super) fn marks_for_tests(document: &Document, now: Timestamp) -> Vec<(bool, bool, bool)> {
    let ages = BTreeSet::new();
    let all = entries(&document.body.records, &Use::of(document, None, &ages, now));
    let marks = |entry: Entry<'_>| (entry.marked.victim, entry.marked.child, entry.marked.unknown);
    all.into_iter().flatten().map(marks).collect()
}
