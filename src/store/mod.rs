//! All SQL: the embedded database, its schema and its one writer.
//!
//! In: operations, each in a named transaction.
//! Out: rows, after the commit that makes them true.
//! Must hold: a stored body is checked against its digest whenever it is read; an answer follows its commit.

mod audit;
mod decisions;
mod disclosures;
mod duties;
mod expired;
mod held;
mod lookup;
mod mailbox;
mod permissions;
mod policies;
mod quarantine;
mod quotas;
mod receipts;
mod rows;
mod sqlite;
mod terms;

pub use decisions::{DecisionRow, VaultRow};
pub use disclosures::{DisclosureRow, DisclosureState, EraseRow, Hindrance, NewDisclosure};
pub use duties::{DutyRow, NewDuty};
pub use held::{Ended, HeldReleaseRow, HeldRow, HeldState};
pub use mailbox::{Claimed, Deposit, Deposited, MailboxRow, Side, State, Unread};
pub use permissions::{NewPermission, PermissionRow};
pub use policies::{NewVersion, VersionRow};
pub use quarantine::QuarantineRow;
pub use quotas::QuotaShare;
pub use receipts::{DueReceipt, ReceiptRow};
pub use sqlite::{Store, Tx, version_at};
pub use terms::TermsRow;

/// Why the store could not do what was asked.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StoreError {
    #[error("cannot open the store `{path}`: {reason}; check that the folder exists and is writable")]
    Open { path: String, reason: String },
    #[error("the store is of version {found}, newer than this program's {known}; use a newer casebridge")]
    TooNew { found: i64, known: i64 },
    #[error("the transaction `{name}` failed: {reason}")]
    Transaction { name: &'static str, reason: String },
    #[error("message {id} is damaged in the store: its bytes do not have the digest they were stored with")]
    Damaged { id: String },
    #[error("policy version {number} is damaged in the store: its bytes do not have its digest")]
    DamagedPolicy { number: u32 },
    #[error("a stored row cannot be read: `{column}` holds what no version of this program wrote")]
    Row { column: &'static str },
    #[error("the store has stopped")]
    Stopped,
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        // The text names tables and conditions; bound values are not part of it.
        Self::Transaction { name: "statement", reason: error.to_string() }
    }
}

#[cfg(test)]
mod tests;
