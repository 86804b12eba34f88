//! What a receipt says.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::error::{ReceiptError, ReceiptRefusal};
use crate::message::{MessageId, PartyId, Sha256};
use crate::schema::json::{self, Limits};

/// Longest code of a refusal.
const MAX_CODE: usize = 64;
const LIMITS: Limits = Limits { bytes: 8 << 10, depth: 3 };

/// A stage that a message reaches on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// In the recipient's mailbox, durably.
    Stored,
    /// Fetched by the recipient.
    Collected,
    /// Opened and verified by the recipient.
    Opened,
    /// Admitted and handed to its reader, or not.
    Outcome,
}

/// How the stage ended.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Verdict {
    Done,
    /// Refused, with the stable code of the reason.
    Refused {
        code: String,
    },
    /// Not reached in the time agreed.
    TimedOut,
}

/// A statement about one message: which stage, how it ended, who says so and when.
///
/// It names no person, no case and no purpose; it may stand in logs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Statement {
    pub message: MessageId,
    /// Digest of the sealed bytes.
    pub digest: Sha256,
    /// Sender of the message.
    pub from: PartyId,
    /// Recipient of the message.
    pub to: PartyId,
    pub stage: Stage,
    pub verdict: Verdict,
    /// Who makes the statement.
    pub by: PartyId,
    pub at: Timestamp,
}

impl Stage {
    /// Every stage, in the order of the path.
    pub const ALL: &'static [Self] = &[Self::Stored, Self::Collected, Self::Opened, Self::Outcome];

    /// The word used on the wire and in documents.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Stored => "stored",
            Self::Collected => "collected",
            Self::Opened => "opened",
            Self::Outcome => "outcome",
        }
    }
}

impl Verdict {
    fn is_well_formed(&self) -> bool {
        match self {
            Self::Done | Self::TimedOut => true,
            Self::Refused { code } => {
                (1..=MAX_CODE).contains(&code.len())
                    && code.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
            }
        }
    }
}

impl Statement {
    /// The JSON that is signed.
    ///
    /// # Errors
    /// [`ReceiptError::Statement`] when a refusal's code is not kebab-case of at most 64 characters.
    pub fn to_json(&self) -> Result<Vec<u8>, ReceiptError> {
        if !self.verdict.is_well_formed() {
            return Err(ReceiptError::Statement);
        }
        serde_json::to_vec(self).map_err(|_| ReceiptError::Statement)
    }

    /// Reads a statement, strictly.
    ///
    /// # Errors
    /// [`ReceiptRefusal::BadStatement`] for anything but a statement as [`Statement::to_json`] writes it.
    pub fn parse(bytes: &[u8]) -> Result<Self, ReceiptRefusal> {
        let bad = |path: String| ReceiptRefusal::BadStatement { path };
        let value = json::parse(bytes, LIMITS).map_err(|_| bad(".".to_owned()))?;
        let statement: Self =
            serde_path_to_error::deserialize(value).map_err(|error| bad(error.path().to_string()))?;
        if statement.verdict.is_well_formed() { Ok(statement) } else { Err(bad("verdict.code".to_owned())) }
    }
}
