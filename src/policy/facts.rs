//! What a rule is told about a message: attributes only, never a value of a record.

use std::hash::Hash;

use cedar_policy::{Context, RestrictedExpression};
use jiff::Timestamp;
use serde_json::{Map, Value};

use super::consent::{self, Use};
use super::words::{Consent, Subject, Words};
use crate::message::{Document, Handling, Kind, LegalBasis, PartyId, Purpose, Urgency};
use crate::partner::Body;
use crate::schema::{Catalogue, DataCategory, Field, FieldKind, Record, SubjectCategory};

/// The list of persons: the only group whose members are about one person each.
const PERSONS: &str = "x_Persons";

/// A question to the rules. All that a rule sees is in the key, so an answer holds for every equal key.
pub(super) trait Asked: Clone + Eq + Hash {
    fn sender(&self) -> &PartyId;
    fn recipient(&self) -> &PartyId;
    /// The context; nothing if a word is not one of this register's.
    fn context(&self, words: &Words) -> Option<Context>;
}

/// The message as a whole, as asked by `send` and `admit`.
#[derive(Clone, PartialEq, Eq, Hash)]
#[expect(clippy::struct_excessive_bools, reason = "each is a word of the rules, independent of the others")]
pub(super) struct Facts {
    pub(super) from: PartyId,
    pub(super) to: PartyId,
    pub(super) kind: Kind,
    pub(super) purpose: Purpose,
    pub(super) legal_basis: LegalBasis,
    pub(super) urgency: Urgency,
    pub(super) handling: Marks,
    pub(super) handling_note: bool,
    /// What kind of authority the partner is.
    pub(super) body: Body,
    /// Whether a second person has released the message.
    pub(super) approved: bool,
    pub(super) content: Content,
    pub(super) records: bool,
    pub(super) free_text: bool,
    pub(super) attachments: bool,
}

/// What the records of a message hold, and whom they are about.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a word of the rules, independent of the others")]
pub(super) struct Content {
    pub(super) data: Marks,
    pub(super) victim_data: Marks,
    pub(super) subjects: Marks,
    pub(super) child: bool,
    pub(super) child_without_guardian: bool,
    /// Something in the records singles a person out.
    pub(super) identified: bool,
    pub(super) consent_of_adults: Marks,
    pub(super) consent_of_children: Marks,
    pub(super) nrm_release: bool,
    /// A field that the catalogue does not have, or in another shape.
    pub(super) unknown: bool,
}

/// A set of words of one vocabulary, by their positions.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub(super) struct Marks(u32);

/// Whom a part of a record is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct About {
    pub(super) subject: Subject,
    /// A victim, someone who may be one, or a case with a victim.
    pub(super) victim: bool,
    /// A child when the acts happened or now, of disputed age, or a case with a child.
    pub(super) child: bool,
}

impl Marks {
    /// Position `n` of a vocabulary; none is longer than 32 words.
    fn add(&mut self, n: usize) {
        self.0 |= u32::try_from(n).ok().and_then(|n| 1_u32.checked_shl(n)).unwrap_or(0);
    }

    pub(super) fn has(self, n: usize) -> bool {
        u32::try_from(n).ok().and_then(|n| self.0.checked_shr(n)).is_some_and(|rest| rest & 1 == 1)
    }

    fn join(&mut self, other: Self) {
        self.0 |= other.0;
    }

    fn words<'a, T: Copy>(
        self,
        all: &'a [T],
        word: impl Fn(T) -> &'static str + 'a,
    ) -> impl Iterator<Item = &'static str> + 'a {
        all.iter().enumerate().filter(move |(n, _)| self.has(*n)).map(move |(_, item)| word(*item))
    }
}

impl About {
    /// Whom the members of a person's group are about.
    fn person(person: &Map<String, Value>) -> Self {
        let category =
            person.get("x_SubjectCategory").and_then(Value::as_str).and_then(SubjectCategory::from_word);
        let said = |name: &str| person.get(name).and_then(Value::as_bool).unwrap_or(false);
        let child = said("x_ChildAtOffence") || said("x_ChildNow") || said("x_AgeDisputed");
        Self {
            subject: category.map_or(Subject::Unknown, Subject::from),
            victim: category.is_none_or(SubjectCategory::is_victim),
            child,
        }
    }

    /// A person of whom the schema tells nothing.
    pub(super) const UNKNOWN: Self = Self { subject: Subject::Unknown, victim: true, child: true };
}

/// The persons of a record, however they are listed.
fn persons(record: &Record) -> impl Iterator<Item = &Map<String, Value>> {
    let listed = record.members().get(PERSONS);
    let one = listed.and_then(Value::as_object);
    let many = listed.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_object);
    one.into_iter().chain(many)
}

/// Whom the fields of the case itself are about: the most vulnerable of its persons.
pub(super) fn about_case(record: &Record) -> About {
    let mut about = About { subject: Subject::Case, victim: false, child: false };
    for person in persons(record).map(About::person) {
        about.victim |= person.victim;
        about.child |= person.child;
    }
    about
}

/// Whether a catalogue path lies in the list of persons.
pub(super) fn is_personal(path: &str) -> bool {
    path.strip_prefix(PERSONS).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
}

impl Facts {
    /// The attributes of `document`, for an exchange with a partner of kind `body`.
    pub(super) fn of(
        document: &Document,
        body: Body,
        approved: bool,
        catalogue: &Catalogue,
        now: Timestamp,
    ) -> Self {
        let envelope = &document.envelope;
        let wanted = Use { purpose: envelope.purpose, recipient: &envelope.to, now };
        let mut handling = Marks::default();
        let stricter = document.body.records.iter().flat_map(consent::handling);
        envelope.handling.iter().copied().chain(stricter).for_each(|code| handling.add(code as usize));
        Self {
            from: envelope.from.clone(),
            to: envelope.to.clone(),
            kind: envelope.kind,
            purpose: envelope.purpose,
            legal_basis: envelope.legal_basis.clone(),
            urgency: envelope.urgency,
            handling,
            handling_note: envelope.handling_note.as_ref().is_some_and(|note| !note.trim().is_empty()),
            body,
            approved,
            content: Content::of(&document.body.records, catalogue, &wanted),
            records: !document.body.records.is_empty(),
            free_text: !(document.body.questions.is_empty() && document.body.answers.is_empty()),
            attachments: !document.attachments.is_empty(),
        }
    }
}

impl Content {
    fn of(records: &[Record], catalogue: &Catalogue, wanted: &Use<'_>) -> Self {
        let mut content = Self { nrm_release: !records.is_empty(), ..Self::default() };
        for record in records {
            for person in persons(record) {
                content.person(person, wanted);
            }
            content.nrm_release &= consent::nrm_release(record.members());
            let case = about_case(record);
            for (name, value) in record.members() {
                content.value(catalogue, catalogue.top(name), value, case);
            }
        }
        content
    }

    fn person(&mut self, person: &Map<String, Value>, wanted: &Use<'_>) {
        let about = About::person(person);
        self.child |= about.child;
        self.child_without_guardian |= about.child && !consent::has_guardian(person);
        if about.victim {
            let state = consent::of(person, wanted) as usize;
            if about.child {
                self.consent_of_children.add(state);
            } else {
                self.consent_of_adults.add(state);
            }
        }
    }

    /// Walks as [`Record::withhold`] does, so that both see the same fields.
    fn value(&mut self, catalogue: &Catalogue, field: Option<&Field>, value: &Value, about: About) {
        let Some(field) = field else {
            self.unknown = true;
            return;
        };
        match value {
            Value::Array(items) => items.iter().for_each(|item| self.one(catalogue, field, item, about)),
            _ => self.one(catalogue, field, value, about),
        }
    }

    fn one(&mut self, catalogue: &Catalogue, field: &Field, value: &Value, about: About) {
        match (&field.kind, value) {
            (FieldKind::Group, Value::Object(members)) => {
                let about = if field.path == PERSONS { About::person(members) } else { about };
                for (name, value) in members {
                    self.value(catalogue, field.child(name), value, about);
                }
            }
            // Something could hide in a shape that the catalogue does not describe.
            (FieldKind::Group, _) | (_, Value::Array(_)) => self.unknown = true,
            (kind, Value::Object(_)) if !kind.holds(value) => self.unknown = true,
            _ => {
                let category =
                    value.as_str().map_or(field.category, |code| catalogue.category_of(field, code));
                let mut mark = Marks::default();
                mark.add(category as usize);
                self.identified |= category.identifies() && !field.anonymous;
                self.data.join(mark);
                self.subjects.add(about.subject as usize);
                if about.victim && about.subject != Subject::Case {
                    self.victim_data.join(mark);
                }
            }
        }
    }
}

impl Asked for Facts {
    fn sender(&self) -> &PartyId {
        &self.from
    }

    fn recipient(&self) -> &PartyId {
        &self.to
    }

    fn context(&self, words: &Words) -> Option<Context> {
        let content = &self.content;
        let data = |marks: Marks| words.set("Data", marks.words(&DataCategory::ALL, DataCategory::as_str));
        let consents = |marks: Marks| words.set("Consent", marks.words(Consent::ALL, Consent::as_str));
        let special = DataCategory::ALL.iter().any(|one| one.is_special() && content.data.has(*one as usize));
        build([
            ("kind", words.word("Kind", self.kind.as_str())?),
            ("purpose", words.word("Purpose", self.purpose.as_str())?),
            ("legal_basis", words.word("LegalBasis", self.legal_basis.as_str())?),
            ("urgency", words.word("Urgency", self.urgency.as_str())?),
            ("handling", words.set("Handling", self.handling.words(Handling::ALL, Handling::as_str))?),
            ("handling_note", yes(self.handling_note)),
            ("body", words.word("Body", self.body.as_str())?),
            ("approved", yes(self.approved)),
            ("data", data(content.data)?),
            ("victim_data", data(content.victim_data)?),
            ("subjects", words.set("Subject", content.subjects.words(Subject::ALL, Subject::as_str))?),
            ("has_special", yes(special)),
            ("child", yes(content.child)),
            ("child_without_guardian", yes(content.child_without_guardian)),
            ("identified", yes(content.identified)),
            ("consent_of_adults", consents(content.consent_of_adults)?),
            ("consent_of_children", consents(content.consent_of_children)?),
            ("nrm_release", yes(content.nrm_release)),
            ("records", yes(self.records)),
            ("free_text", yes(self.free_text)),
            ("attachments", yes(self.attachments)),
        ])
    }
}

/// A yes or no of a request.
pub(super) fn yes(said: bool) -> RestrictedExpression {
    RestrictedExpression::new_bool(said)
}

/// The context of a request.
pub(super) fn build<const N: usize>(members: [(&str, RestrictedExpression); N]) -> Option<Context> {
    Context::from_pairs(members.into_iter().map(|(name, value)| (name.to_owned(), value))).ok()
}
