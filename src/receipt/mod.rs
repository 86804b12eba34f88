//! Signed proof of each stage, matched to its message.
//!
//! In: a stage that a message has reached.
//! Out: an OpenPGP-signed JSON statement quoting the digest of the sealed bytes.
//! Must hold: a receipt can be checked offline by anyone who has the signer's certificate.

mod armor;
mod error;
mod ladder;
mod signed;
mod statement;

#[cfg(test)]
mod tests;

pub use error::{ReceiptError, ReceiptRefusal};
pub use signed::{MAX_RECEIPT, SignedReceipt, matches, sign, verify};
pub use statement::{Stage, Statement, Verdict};
