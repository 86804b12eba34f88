//! What can go wrong here, and what is refused.

use crate::seal::{OpenRefusal, SealError};

/// A receipt could not be made. Our own side is at fault.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReceiptError {
    #[error("the receipt of `{by}` cannot be signed with the key of `{key}`; use the party's own key")]
    WrongKey { by: String, key: String },
    #[error("the statement cannot be written: a reason's code is a word in lower case with hyphens")]
    Statement,
    #[error("the receipt cannot be signed")]
    Seal(#[source] SealError),
}

/// Why a receipt is not accepted.
#[derive(Debug, thiserror::Error)]
pub enum ReceiptRefusal {
    #[error("longer than a receipt may be")]
    TooLarge,
    #[error("not one armored OpenPGP message")]
    NotArmored,
    #[error("the signed message is not acceptable: {0}")]
    Seal(#[source] OpenRefusal),
    #[error("the signed content is not a statement: member `{path}`")]
    BadStatement { path: String },
    #[error("the statement is made in the name of a party that did not sign it")]
    WrongParty,
    #[error("`{field}` differs from the message's")]
    OtherMessage { field: &'static str },
}

impl ReceiptRefusal {
    /// The stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::TooLarge => "too-large",
            Self::NotArmored => "not-openpgp",
            Self::Seal(refusal) => refusal.code(),
            Self::BadStatement { .. } => "bad-statement",
            Self::WrongParty => "wrong-party",
            Self::OtherMessage { .. } => "other-message",
        }
    }
}
