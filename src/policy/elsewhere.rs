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
use serde_json::{Map, Value};

use self::folded::Folded;
use self::needles::{Like, Needles};
use super::content::Saying;
use super::verdict::Released;
use crate::message::Document;
use crate::schema::{Field, FieldKind, FieldPath};

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

/// Looks through everything that leaves of a draft. `sayings` are what is written in each of its records.
pub(super) fn look(document: &Document, sayings: &[Vec<Saying<'_>>], released: &[Released]) -> Found {
    let mut needles = Needles::default();
    let mut leaving = Vec::new();
    for (number, sayings) in sayings.iter().enumerate() {
        let mut people = needles.of_record();
        for saying in sayings {
            let leaves = released
                .iter()
                .any(|one| one.yes && one.category == saying.category && one.about == saying.about);
            people.take(saying, leaves);
            if leaves
                && !matches!(saying.field.kind, FieldKind::Date | FieldKind::Phone)
                && !is_digest(saying)
            {
                leaving.push((number, saying));
            }
        }
    }
    let mut found = Found::default();
    let mut folded = Folded::default();
    for (number, saying) in leaving {
        if let Some(like) = needles.find(saying.text, Some(saying.field), &mut folded) {
            found.add(like, || place(document, (number, saying.text)));
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

/// Where this very text of a record stands: most need no place, so none is kept.
fn place(document: &Document, (number, text): (usize, &str)) -> String {
    let record = document.body.records.get(number);
    match record.and_then(|record| in_members(record.members(), &FieldPath::root(), text)) {
        Some(path) => format!("body.records[{number}].{}", path.as_str()),
        None => format!("body.records[{number}]"),
    }
}

fn in_members(members: &Map<String, Value>, path: &FieldPath, text: &str) -> Option<FieldPath> {
    members.iter().find_map(|(name, value)| in_value(value, &path.member(name), text))
}

fn in_value(value: &Value, path: &FieldPath, text: &str) -> Option<FieldPath> {
    match value {
        Value::String(one) => std::ptr::eq(one.as_str(), text).then(|| path.clone()),
        Value::Array(items) => {
            items.iter().enumerate().find_map(|(at, item)| in_value(item, &path.element(at), text))
        }
        Value::Object(members) => in_members(members, path, text),
        _ => None,
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

/// A keyed digest of the gateway's own: some of its digits look like any number.
fn is_digest(saying: &Saying<'_>) -> bool {
    let own = ["x_Source.hmac_sha256", "x_Persons[].x_PersonId"].contains(&saying.field.path.as_str());
    let hexadecimal = |b: u8| matches!(b, b'0'..=b'9' | b'a'..=b'f');
    own && saying.text.len() >= 32 && saying.text.bytes().all(hexadecimal)
}

fn is_file_number(field: &Field) -> bool {
    FILE_NUMBERS.contains(&field.path.as_str())
}
