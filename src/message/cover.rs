//! All that travels outside the seal.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::digest::Sha256;
use super::id::MessageId;
use super::party::PartyId;

/// The coarse class of a message: all that an outsider may learn of its content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    Request,
    Answer,
    Receipt,
    Control,
}

/// What stands on the outside of a sealed message. Nothing here names a person, a case or a purpose.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cover {
    pub id: MessageId,
    pub from: PartyId,
    pub to: PartyId,
    pub class: Class,
    /// Length of the sealed bytes.
    pub size: u64,
    /// Digest of the sealed bytes.
    pub digest: Sha256,
    /// After this time the message must not be delivered any more.
    pub expires: Timestamp,
}

/// Why a cover cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{field}` {reason}")]
pub struct CoverError {
    pub field: &'static str,
    pub reason: &'static str,
}

impl Class {
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Request => "request",
            Self::Answer => "answer",
            Self::Receipt => "receipt",
            Self::Control => "control",
        }
    }
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Class {
    type Err = CoverError;

    fn from_str(word: &str) -> Result<Self, CoverError> {
        [Self::Request, Self::Answer, Self::Receipt, Self::Control]
            .into_iter()
            .find(|class| class.as_str() == word)
            .ok_or(CoverError {
                field: "class",
                reason: "is not `request`, `answer`, `receipt` or `control`",
            })
    }
}

impl Cover {
    /// Holds the cover against the bytes that came with it.
    ///
    /// # Errors
    /// [`CoverError`] when size or digest differ: the bytes were damaged or exchanged on the way.
    pub fn matches(&self, sealed: &[u8]) -> Result<(), CoverError> {
        if self.size != sealed.len() as u64 {
            return Err(CoverError { field: "size", reason: "differs from the length of the body" });
        }
        if self.digest != Sha256::of(sealed) {
            return Err(CoverError { field: "digest", reason: "differs from the digest of the body" });
        }
        Ok(())
    }
}
