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
    let mut texts = Vec::new();
    for (number, (record, persons)) in document.body.records.iter().zip(persons).enumerate() {
        let mut people = needles.of_record();
        let mut order = 0;
        record.leaves(catalogue, |leaf| {
            order += 1;
            let Some(text) = leaf.value.as_str() else { return };
            let leaves = leaves(&leaf, persons, released);
            people.take(&leaf, text, leaves);
            if leaves && is_text(&leaf) {
                texts.push((text, leaf.field, (number, order)));
            }
        });
    }
    let mut found = Found::default();
    let mut folded = Folded::default();
    for (text, field, at) in texts {
        if let Some(like) = needles.find(text, Some(field), &mut folded) {
            found.add(like, || place(document, catalogue, at));
        }
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

/// Where the value stands that comes at this place of the order of a record: most texts need no place.
fn place(document: &Document, catalogue: &Catalogue, (number, order): (usize, usize)) -> String {
    let mut place = format!("body.records[{number}]");
    let mut at = 0;
    if let Some(record) = document.body.records.get(number) {
        record.leaves(catalogue, |leaf| {
            at += 1;
            if at == order {
                place = format!("{place}.{}", leaf.path());
            }
        });
    }
    place
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
