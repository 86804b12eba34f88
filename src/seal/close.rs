//! The way out: from what policy permitted to sealed bytes.

use std::fmt;

use jiff::Timestamp;
use zeroize::Zeroizing;

use super::certificate::Certificate;
use super::error::SealError;
use super::message::seal;
use super::own_key::OwnKey;
use crate::message::{Cover, Sha256};
use crate::policy::Permitted;

/// A sealed message with the cover that travels outside.
#[derive(Clone, PartialEq, Eq)]
pub struct Sealed {
    pub cover: Cover,
    pub bytes: Vec<u8>,
}

impl fmt::Debug for Sealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sealed").field("cover", &self.cover).finish_non_exhaustive()
    }
}

/// Seals what policy permitted: one binary OpenPGP message, signed by `own`, encrypted to `to`, never compressed.
///
/// # Errors
/// [`SealError`] when key, certificate and document do not belong together or are not valid at `now`.
pub fn close(
    permitted: &Permitted,
    own: &OwnKey,
    to: &Certificate,
    now: Timestamp,
) -> Result<Sealed, SealError> {
    let document = permitted.document();
    let envelope = &document.envelope;
    if envelope.from != *own.party() || envelope.to != *to.party() {
        let (from, to) = (envelope.from.to_string(), envelope.to.to_string());
        return Err(SealError::WrongParties { from, to });
    }
    let plain = Zeroizing::new(document.to_bytes());
    let bytes = seal(&plain, own, to, now)?;
    let cover = Cover {
        id: envelope.id,
        from: envelope.from.clone(),
        to: envelope.to.clone(),
        class: document.class(),
        size: bytes.len() as u64,
        digest: Sha256::of(&bytes),
        expires: envelope.expires,
    };
    Ok(Sealed { cover, bytes })
}
