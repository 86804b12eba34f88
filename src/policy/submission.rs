//! What is put before policy: a draft, who wrote it, who else has looked at it.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::about::PERSONS;
use super::marks::Marks;
use super::vulnerable::ages_wanted;
use crate::message::{Document, Handling, PartyId, Permission, Purpose};
use crate::partner::Role;
use crate::schema::{DataCategory, Record};

/// A draft that someone wants to send.
#[derive(Clone, PartialEq)]
pub struct Submission {
    /// The message as drafted: `policy_version` and `withheld` empty, whatever stands there is replaced.
    pub document: Document,
    pub author: Actor,
    /// Releases given so far. Only those of another person than the author count.
    pub approvals: Vec<Approval>,
    pub circumstances: Circumstances,
    /// The message waits for whoever may release the fields that would be withheld, instead of leaving without them.
    pub waits_for_release: bool,
}

/// What the gateway knows about a message beside its text: taken from its own store, never from the sender.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Circumstances {
    /// What the sender has permitted the recipient for this message or its conversation: as provider of the content.
    /// Whether the permitted purpose is this message's was looked at before.
    pub permissions: BTreeSet<Permission>,
    /// The terms of each received message whose content this one passes on.
    pub sources: Vec<ReceivedTerms>,
    /// The purpose of the message that this one follows, where both parties' messages are known.
    pub follows: Option<Purpose>,
    /// It is the `accept` of a request for permission.
    pub grants: bool,
}

/// The terms under which content was received.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReceivedTerms {
    pub provider: PartyId,
    pub purpose: Purpose,
    pub handling: BTreeSet<Handling>,
    pub delete_by: Timestamp,
    /// What the provider has permitted since.
    pub permissions: BTreeSet<Permission>,
}

// The envelope has free text too: no debug output may show it.
impl fmt::Debug for Submission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let id = &self.document.envelope.id;
        f.debug_struct("Submission")
            .field("id", id)
            .field("approvals", &self.approvals.len())
            .finish_non_exhaustive()
    }
}

/// One person's release of a held message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approval {
    pub by: Actor,
    pub at: Timestamp,
    /// The roles of that person at this time. Without one that reviews, the approval counts for nothing.
    pub roles: BTreeSet<Role>,
    /// What the person releases.
    pub extent: Extent,
    /// The ages that the person states. They count with the role of protection reviewer only.
    pub ages: Vec<StatedAge>,
}

/// The age of one person of a draft, as somebody believes it to be, and on what ground.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StatedAge {
    /// The positions of the record in the message and of the person in the record.
    pub record: usize,
    pub person: usize,
    pub years: u8,
    /// A code of the list `x_AgeGround`.
    pub ground: String,
}

// An age is personal: no debug output may show it.
impl fmt::Debug for StatedAge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("StatedAge(..)")
    }
}

/// The kinds of data that a person releases. What is not released is decided as if nobody had released it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Extent {
    #[default]
    Everything,
    /// Nothing but these.
    Only(BTreeSet<DataCategory>),
    /// Everything but these.
    Without(BTreeSet<DataCategory>),
}

impl Extent {
    /// Whether data of the category is released.
    #[must_use]
    pub fn covers(&self, category: DataCategory) -> bool {
        match self {
            Self::Everything => true,
            Self::Only(these) => these.contains(&category),
            Self::Without(these) => !these.contains(&category),
        }
    }
}

/// An officer or a system, by an opaque id.
#[derive(Clone, PartialEq, Eq)]
pub struct Actor(String);

/// Not the id of an actor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an actor's id has 1 to 128 printable ASCII characters and no white space")]
pub struct ActorError;

impl Submission {
    /// The roles of those who have released the draft by `now`, other than its author.
    pub(super) fn released_by(&self, now: Timestamp) -> Marks<Role> {
        self.counting(now).flat_map(Approval::reviewing).collect()
    }

    /// The same of those who have released data of one category.
    pub(super) fn released_for(&self, category: DataCategory, now: Timestamp) -> Marks<Role> {
        let covering = self.counting(now).filter(|approval| approval.extent.covers(category));
        covering.flat_map(Approval::reviewing).collect()
    }

    /// The persons whose age a protection reviewer has stated by `now`.
    pub(super) fn ages(&self, now: Timestamp) -> BTreeSet<(usize, usize)> {
        self.stated(now).map(|stated| (stated.record, stated.person)).collect()
    }

    /// What protection reviewers have stated by `now` of the ages of persons.
    fn stated(&self, now: Timestamp) -> impl Iterator<Item = &StatedAge> {
        let protecting = self.counting(now).filter(|it| it.roles.contains(&Role::ProtectionReviewer));
        protecting.flat_map(|approval| &approval.ages)
    }

    /// Writes the stated ages into the draft, as estimates: so the partner is told them.
    pub(super) fn state_ages(&mut self, now: Timestamp) {
        let stated: Vec<StatedAge> = self.stated(now).cloned().collect();
        if stated.is_empty() {
            return;
        }
        let wanted = ages_wanted(&self.document, now);
        for age in stated.into_iter().filter(|age| wanted.contains(&(age.record, age.person))) {
            let Some(record) = self.document.body.records.get_mut(age.record) else { continue };
            let mut members = std::mem::replace(record, Record::new(Map::new())).into_members();
            let persons = members.get_mut(PERSONS);
            let person = persons.and_then(|persons| match persons {
                Value::Array(items) => items.iter_mut().filter_map(Value::as_object_mut).nth(age.person),
                one => one.as_object_mut().filter(|_| age.person == 0),
            });
            if let Some(person) = person {
                person.insert("x_AgeStated".to_owned(), Value::from(age.years));
                person.insert("x_AgeEstimated".to_owned(), Value::Bool(true));
                person.insert("x_AgeGround".to_owned(), Value::from(age.ground.as_str()));
            }
            *record = Record::new(members);
        }
    }

    /// Releases that count: of another person than the author, and not of the future.
    fn counting(&self, now: Timestamp) -> impl Iterator<Item = &Approval> {
        self.approvals.iter().filter(move |approval| approval.at <= now && !approval.by.is(&self.author))
    }
}

impl Approval {
    fn reviewing(&self) -> impl Iterator<Item = Role> {
        self.roles.iter().copied().filter(|role| role.reviews())
    }
}

impl Actor {
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether both ids are one actor's. Case is ignored, so that nobody becomes two persons by writing it
    /// otherwise.
    #[must_use]
    pub fn is(&self, other: &Self) -> bool {
        self.0.eq_ignore_ascii_case(&other.0)
    }
}

impl FromStr for Actor {
    type Err = ActorError;

    fn from_str(text: &str) -> Result<Self, ActorError> {
        let fits = (1..=128).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic());
        if fits { Ok(Self(text.to_owned())) } else { Err(ActorError) }
    }
}

// The id names a person at an agency: it belongs in the audit log, not in debug output.
impl fmt::Debug for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Actor(..)")
    }
}
