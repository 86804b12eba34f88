//! A statement with its signature, as text that `gpg --decrypt` and `sq verify` read.

use std::fmt;

use super::armor;
use super::error::{ReceiptError, ReceiptRefusal};
use super::statement::Statement;
use crate::message::Cover;
use crate::partner::Profile;
use crate::seal::{self, OwnKey, Signer};

/// Longest receipt that is read, in bytes. A post-quantum one has some 6 KB.
pub const MAX_RECEIPT: usize = 16 << 10;

/// An ASCII-armored, signed OpenPGP message that holds a [`Statement`]. Not verified until [`verify`] says so.
#[derive(Clone, PartialEq, Eq)]
pub struct SignedReceipt {
    pub(super) text: String,
    pub(super) binary: Vec<u8>,
}

impl SignedReceipt {
    /// Reads a receipt; only its outer form is checked.
    ///
    /// # Errors
    /// [`ReceiptRefusal`] when it is longer than [`MAX_RECEIPT`] or not one armored message.
    pub fn parse(bytes: &[u8]) -> Result<Self, ReceiptRefusal> {
        if bytes.len() > MAX_RECEIPT {
            return Err(ReceiptRefusal::TooLarge);
        }
        let text = std::str::from_utf8(bytes).map_err(|_| ReceiptRefusal::NotArmored)?;
        let binary = armor::decode(text).ok_or(ReceiptRefusal::NotArmored)?;
        Ok(Self { text: text.to_owned(), binary })
    }

    /// The text to store, send and show.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The same, given away.
    #[must_use]
    pub fn into_bytes(self) -> bytes::Bytes {
        self.text.into_bytes().into()
    }

    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.text.as_bytes()
    }
}

impl fmt::Debug for SignedReceipt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignedReceipt").field("bytes", &self.text.len()).finish_non_exhaustive()
    }
}

/// Signs a statement with the key of the party that makes it, at the statement's time.
///
/// # Errors
/// [`ReceiptError`] when the key is another party's or not valid at that time.
pub fn sign(statement: &Statement, own: &OwnKey) -> Result<SignedReceipt, ReceiptError> {
    if statement.by != *own.party() {
        let (by, key) = (statement.by.to_string(), own.party().to_string());
        return Err(ReceiptError::WrongKey { by, key });
    }
    let binary = seal::sign(&statement.to_json()?, own, None, statement.at).map_err(ReceiptError::Seal)?;
    let text = armor::encode(&binary, own.profile() == Profile::V4Compat);
    Ok(SignedReceipt { text, binary })
}

/// Verifies a receipt against the certificate, or certificates, of the party that should have made it.
///
/// The signature counts if its key was valid when it was made: a receipt outlives the key.
///
/// # Errors
/// [`ReceiptRefusal`]; nothing of the statement is released with it.
pub fn verify<'a>(receipt: &SignedReceipt, by: impl Into<Signer<'a>>) -> Result<Statement, ReceiptRefusal> {
    let by = by.into();
    let signed = seal::verify(&receipt.binary, by).map_err(ReceiptRefusal::Seal)?;
    let statement = Statement::parse(signed.content())?;
    if statement.by == *by.party() { Ok(statement) } else { Err(ReceiptRefusal::WrongParty) }
}

/// Holds a statement against the cover of the message that it should be about.
///
/// # Errors
/// [`ReceiptRefusal::OtherMessage`] with the first field that differs.
pub fn matches(statement: &Statement, cover: &Cover) -> Result<(), ReceiptRefusal> {
    let checks = [
        ("message", statement.message == cover.id),
        ("digest", statement.digest == cover.digest),
        ("from", statement.from == cover.from),
        ("to", statement.to == cover.to),
    ];
    match checks.iter().find(|(_, same)| !same) {
        Some((field, _)) => Err(ReceiptRefusal::OtherMessage { field }),
        None => Ok(()),
    }
}
