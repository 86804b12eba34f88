//! What is put before policy: a draft, who wrote it, who else has looked at it.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;

use crate::message::Document;

/// A draft that someone wants to send.
#[derive(Clone, PartialEq)]
pub struct Submission {
    /// The message as drafted: `policy_version` and `withheld` empty, whatever stands there is replaced.
    pub document: Document,
    pub author: Actor,
    /// Releases given so far. Only those of another person than the author count.
    pub approvals: Vec<Approval>,
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
}

/// An officer or a system, by an opaque id.
#[derive(Clone, PartialEq, Eq)]
pub struct Actor(String);

/// Not the id of an actor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an actor's id has 1 to 128 printable ASCII characters and no white space")]
pub struct ActorError;

impl Submission {
    /// Whether a second person has released the draft by `now`.
    pub(super) fn approved(&self, now: Timestamp) -> bool {
        self.approvals.iter().any(|approval| approval.at <= now && !approval.by.is(&self.author))
    }
}

impl Actor {
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether both ids are one actor's. Case is ignored, so that nobody becomes two persons by writing it
    /// otherwise.
    fn is(&self, other: &Self) -> bool {
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
