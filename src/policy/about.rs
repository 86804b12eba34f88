//! Whom a part of a record is about.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::consent::Use;
use super::marks::Marks;
use super::vulnerable::{self, Entry};
use super::words::{Shield, Subject};
use crate::schema::{DataCategory, Field, Record, SubjectCategory};

/// The list of persons: the only group whose members are about one person each.
pub(super) const PERSONS: &str = "x_Persons";

/// Whom a field is about, as far as rules are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct About {
    pub subject: Subject,
    /// A victim, someone who may be one, or a case with a victim.
    pub victim: bool,
    /// A child when the acts happened or now, of disputed age, or a case with a child.
    pub child: bool,
    /// How secret it is who the person is; of a case, who any of its persons is. Decisions from before this word lack it.
    #[serde(default)]
    pub shield: Shield,
    /// The consents of the victims meant cover this category of data for this use, or none is concerned.
    pub consented: bool,
}

/// A person of a record, or all of them together.
#[derive(Debug, Clone, Copy)]
pub(super) struct Whom {
    pub(super) subject: Subject,
    pub(super) victim: bool,
    pub(super) child: bool,
    /// Counts as a child only because the age is not known.
    pub(super) unknown: bool,
    pub(super) shield: Shield,
    /// Categories of data that consent covers for this use.
    pub(super) covered: Marks<DataCategory>,
}

/// The persons of one record and the case itself.
pub(super) struct Persons {
    pub(super) each: Vec<Whom>,
    pub(super) case: Whom,
}

impl Whom {
    fn of(entry: &Entry<'_>) -> Self {
        let category = entry
            .person
            .get("x_SubjectCategory")
            .and_then(Value::as_str)
            .and_then(SubjectCategory::from_word);
        Self {
            subject: category.map_or(Subject::Unknown, Subject::from),
            victim: entry.marked.victim,
            child: entry.marked.child,
            unknown: entry.marked.unknown,
            shield: entry.marked.shield,
            covered: entry.covered,
        }
    }

    /// Someone of whom the record tells nothing.
    fn nobody_known() -> Self {
        let (covered, shield) = (Marks::default(), Shield::None);
        Self { subject: Subject::Unknown, victim: true, child: true, unknown: true, shield, covered }
    }

    pub(super) fn about(self, category: DataCategory) -> About {
        About {
            subject: self.subject,
            victim: self.victim,
            child: self.child,
            shield: self.shield,
            consented: self.covered.has(category),
        }
    }
}

impl Persons {
    /// Looks at every person of every record.
    pub(super) fn of(records: &[Record], wanted: &Use<'_>) -> Vec<Self> {
        let entries = vulnerable::entries(records, wanted);
        records.iter().zip(&entries).map(|(record, entries)| Self::of_record(record, entries)).collect()
    }

    /// The case itself is about the most vulnerable of its persons; where the record lists nobody, about somebody of
    /// whom nothing is known.
    fn of_record(record: &Record, entries: &[Entry<'_>]) -> Self {
        let items = match record.members().get(PERSONS) {
            Some(Value::Array(items)) => items.as_slice(),
            Some(item) => std::slice::from_ref(item),
            None => &[],
        };
        let mut people = entries.iter();
        let mut next = || people.next().map(Whom::of);
        let one = |item: &Value| item.as_object().and_then(|_| next()).unwrap_or_else(Whom::nobody_known);
        let each: Vec<Whom> = items.iter().map(one).collect();
        if each.is_empty() {
            return Self { each, case: Whom { subject: Subject::Case, ..Whom::nobody_known() } };
        }
        let mut case = Whom {
            subject: Subject::Case,
            victim: false,
            child: false,
            unknown: false,
            shield: Shield::None,
            covered: Marks::full(),
        };
        for person in &each {
            case.victim |= person.victim;
            case.child |= person.child;
            case.shield = case.shield.max(person.shield);
            case.covered = case.covered.shared(person.covered);
        }
        Self { each, case }
    }

    /// Whom a field is about: the person at `position` of the list of persons, or the case.
    pub(super) fn whom(&self, field: &Field, position: Option<usize>) -> Whom {
        match position {
            Some(position) => self.each.get(position).copied().unwrap_or_else(Whom::nobody_known),
            None if is_personal(&field.path) => Whom::nobody_known(),
            None => self.case,
        }
    }
}

/// The persons of a record, however they are listed.
pub(super) fn persons(record: &Record) -> impl Iterator<Item = &Map<String, Value>> {
    let listed = record.members().get(PERSONS);
    let one = listed.and_then(Value::as_object);
    let many = listed.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_object);
    one.into_iter().chain(many)
}

/// Whether a catalogue path lies in the list of persons.
fn is_personal(path: &str) -> bool {
    path.strip_prefix(PERSONS).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
}
