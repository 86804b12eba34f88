//! A person with a role.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use crate::message::PartyId;
use crate::partner::Role;

/// One person of `people.toml`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    pub id: PersonId,
    pub seat: Seat,
    pub roles: BTreeSet<Role>,
    /// The number of the operating system's user under which alone commands act as this person; none: any.
    pub uid: Option<u32>,
}

/// Whom a person works for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Seat {
    /// The gateway itself: its administrators.
    Gateway,
    Agency(PartyId),
}

/// An opaque id: 1 to 128 printable ASCII characters without white space. Case does not tell two apart.
#[derive(Debug, Clone)]
pub struct PersonId(String);

/// Not the id of a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a person's id has 1 to 128 printable ASCII characters and no white space")]
pub struct PersonIdError;

impl PersonId {
    /// As it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The same for every spelling of one person's id.
    #[must_use]
    pub fn key(&self) -> String {
        self.0.to_ascii_lowercase()
    }
}

impl FromStr for PersonId {
    type Err = PersonIdError;

    fn from_str(text: &str) -> Result<Self, PersonIdError> {
        let fits = (1..=128).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic());
        if fits { Ok(Self(text.to_owned())) } else { Err(PersonIdError) }
    }
}

impl PartialEq for PersonId {
    fn eq(&self, other: &Self) -> bool {
        self.0.eq_ignore_ascii_case(&other.0)
    }
}

impl Eq for PersonId {}

impl fmt::Display for PersonId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
