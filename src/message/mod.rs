//! The unit of exchange: ids, parties, kinds, the envelope inside the seal and the cover outside it.
//!
//! In: text and JSON from agencies, partners and files.
//! Out: checked types; [`Document`], which is what a seal holds, and [`Cover`], which is all that travels outside.
//! Must hold: a value of these types is well formed; a [`Cover`] tells nothing about a person or a case.

mod cover;
mod digest;
mod document;
mod id;
mod kind;
mod party;
mod secret;
mod terms;

pub use cover::{Class, Cover, CoverError};
pub use digest::Sha256;
pub use document::{
    Answer, Asks, Attachment, Body, Document, DocumentError, Envelope, MAX_DOCUMENT, Question, Withheld,
};
pub use id::{ConversationId, IdError, MessageId};
pub use kind::Kind;
pub use party::{PartyError, PartyId};
pub use secret::{Secret, SecretUse};
pub use terms::{
    Evaluation, FurtherUse, Handling, LegalBasis, Permission, Purpose, Reason, RefusalCode, TermError,
    TransferBasis, Urgency,
};
