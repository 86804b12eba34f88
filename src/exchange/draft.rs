//! A draft that waits: what its author wrote, sealed together with who wrote it, under which rules, and what it passes on.
//!
//! The columns of its row repeat some of that, for lists. Whoever can write to the database can change them, and put one
//! draft in the place of another: so nothing is believed but what stands inside the seal.

use serde::{Deserialize, Serialize};

use super::ExchangeError;
use crate::message::{Document, MessageId};
use crate::policy::Held;
use crate::store::HeldRow;

/// A draft as it was parked.
#[derive(Debug)]
pub(super) struct HeldDraft {
    pub(super) document: Document,
    pub(super) author: String,
    pub(super) passes_on: Vec<MessageId>,
}

/// What stands before the document, in one line.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Head {
    author: String,
    passes_on: Vec<MessageId>,
    /// The rules and agreements under which it was held.
    policy_version: String,
}

/// The bytes to be parked.
pub(super) fn to_bytes(held: &Held, passes_on: &[MessageId]) -> Vec<u8> {
    let written = Head {
        author: held.submission.author.as_str().to_owned(),
        passes_on: passes_on.to_vec(),
        policy_version: held.basis.version.clone(),
    };
    // Texts and ids only, so writing them cannot fail; JSON in one line has no line break inside.
    let mut bytes = serde_json::to_vec(&written).unwrap_or_default();
    bytes.push(b'\n');
    bytes.extend_from_slice(&held.submission.document.to_bytes());
    bytes
}

impl HeldDraft {
    /// Reads what was parked, and holds it against the row that it was found in.
    ///
    /// # Errors
    /// [`ExchangeError::Altered`] with the first thing that was changed in the row.
    pub(super) fn parse(bytes: &[u8], row: &HeldRow) -> Result<Self, ExchangeError> {
        let altered = |what| ExchangeError::Altered { id: row.id, what };
        // What an earlier version parked does not say who wrote it.
        let unbound = || ExchangeError::Unreadable { code: "draft-of-earlier-version" };
        let place = bytes.iter().position(|byte| *byte == b'\n').ok_or_else(unbound)?;
        let (head, document) = bytes.split_at(place);
        let head: Head = serde_json::from_slice(head).map_err(|_| unbound())?;
        let document = Document::parse(document.get(1..).unwrap_or_default())
            .map_err(|_| ExchangeError::Unreadable { code: "bad-document" })?;
        let envelope = &document.envelope;
        let checks = [
            ("the draft", envelope.id == row.id),
            ("the agency", envelope.from == row.own),
            ("the author", head.author == row.author),
            ("what it passes on", head.passes_on == row.passes_on),
            ("the conversation", row.conversation == Some(envelope.conversation)),
        ];
        if let Some((what, _)) = checks.iter().find(|(_, same)| !same) {
            return Err(altered(what));
        }
        Ok(Self { document, author: head.author, passes_on: head.passes_on })
    }
}
