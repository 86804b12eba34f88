//! What is withheld in its own field and stands somewhere else in what leaves: a number in a file number, an address in a
//! question. No rule has to understand the text for that, because both are at hand.
//!
//! In: a draft as decided, and which kinds of data leave.
//! Out: the places where a withheld value, a number of identity with a right check digit, a telephone or an e-mail stands.
//! Must hold: a place is told, a value never.

mod folded;
mod needles;
mod numbers;

use serde::{Deserialize, Serialize};

use self::folded::Folded;
use self::needles::{Like, Needles};
use super::about::Persons;
use super::verdict::Released;
use crate::message::Document;
use crate::schema::{Catalogue, DataCategory, Field, FieldKind, Leaf};

/// Most places that are told: whoever has looked at these looks at the rest too.
const MAX_PLACES: usize = 20;

/// The numbers of a case. They stand in lists and file names of the partner, and leave with every record.
const FILE_NUMBERS: [&str; 3] = ["x_CaseId", "x_RelatedCase", "x_CourtCaseNumber"];

/// One place of what leaves that holds what should stand elsewhere or nowhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Elsewhere {
    /// Its place in the document.
    pub place: String,
    /// The field whose value stands there, without positions, or what else it is.
    pub like: String,
}

/// What was found in one message.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) places: Vec<Elsewhere>,
    /// One of them is a file number that names a person of the record or holds a number of identity.
    pub(super) file_number: bool,
}

/// Looks through everything that leaves of a draft.
pub(super) fn look(
    document: &Document,
    persons: &[Persons],
    released: &[Released],
    catalogue: &Catalogue,
) -> Found {
    let mut needles = Needles::default();
    let records = || document.body.records.iter().zip(persons);
    for (record, persons) in records() {
        let mut people = needles.of_record();
        record.leaves(catalogue, |leaf| people.take(&leaf, leaves(&leaf, persons, released)));
    }
    let mut found = Found::default();
    let mut folded = Folded::default();
    for (number, (record, persons)) in records().enumerate() {
        record.leaves(catalogue, |leaf| {
            let Some(text) = leaf.value.as_str().filter(|_| is_text(&leaf)) else { return };
            if leaves(&leaf, persons, released)
                && let Some(like) = needles.find(text, Some(leaf.field), &mut folded)
            {
                found.add(like, || format!("body.records[{number}].{}", leaf.path()));
            }
        });
    }
    for (text, place) in outside_records(document) {
        if let Some(like) = needles.find(text, None, &mut folded) {
            found.add(like, place);
        }
    }
    found
}

impl Found {
    fn add(&mut self, like: Like<'_>, place: impl FnOnce() -> String) {
        self.file_number |= like.refuses;
        if self.places.len() < MAX_PLACES {
            self.places.push(Elsewhere { place: place(), like: like.what.to_owned() });
        }
    }
}

/// The texts of a message beside its records.
fn outside_records(document: &Document) -> impl Iterator<Item = (&str, Box<dyn FnOnce() -> String>)> {
    let text = |text, list: &'static str, number: usize| -> (&str, Box<dyn FnOnce() -> String>) {
        (text, Box::new(move || format!("body.{list}[{number}].text")))
    };
    let questions = document.body.questions.iter().enumerate();
    let answers = document.body.answers.iter().enumerate();
    let note = document.envelope.handling_note.as_deref();
    let note = note.map(|note| -> (&str, Box<dyn FnOnce() -> String>) {
        (note, Box::new(|| "envelope.handling_note".to_owned()))
    });
    questions
        .map(move |(number, question)| text(&question.text, "questions", number))
        .chain(answers.map(move |(number, answer)| text(&answer.text, "answers", number)))
        .chain(note)
}

/// Whether the value was decided to leave. What was not decided about does not.
fn leaves(leaf: &Leaf<'_, '_>, persons: &Persons, released: &[Released]) -> bool {
    let about = persons.whom(leaf.field, leaf.person).about(leaf.category);
    released.iter().any(|one| one.yes && one.category == leaf.category && one.about == about)
}

/// Whether anything can stand in the value: a text, or a word in the place of a code that is none.
fn is_text(leaf: &Leaf<'_, '_>) -> bool {
    match leaf.field.kind {
        FieldKind::Text | FieldKind::LongText => true,
        FieldKind::Code(_) => {
            leaf.category == DataCategory::FreeText && leaf.field.category != DataCategory::FreeText
        }
        _ => false,
    }
}

fn is_file_number(field: &Field) -> bool {
    FILE_NUMBERS.contains(&field.path.as_str())
}
