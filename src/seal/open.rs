//! The way in: from sealed bytes to a document whose signer is known.

use std::fmt;

use jiff::Timestamp;

use super::certificates::Signer;
use super::error::OpenRefusal;
use super::message;
use super::own_keys::OwnKeys;
use crate::message::{Cover, Document, DocumentError};
use crate::policy::{Admitted, Circumstances, Engine, Refusal};

/// A document whose signature was verified: it comes from the party on its cover and is meant for us.
///
/// Only [`open`] makes one.
pub struct Opened {
    document: Document,
}

impl Opened {
    #[must_use]
    pub const fn document(&self) -> &Document {
        &self.document
    }

    /// Asks policy whether the document may enter: the only way from an opened message to an admitted one.
    ///
    /// # Errors
    /// The policy's [`Refusal`] with its reasons.
    pub fn admit(
        self,
        engine: &Engine,
        circumstances: &Circumstances,
        now: Timestamp,
    ) -> Result<Admitted, Refusal> {
        engine.admission(self.document, circumstances, now)
    }
}

impl fmt::Debug for Opened {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Opened").field("id", &self.document.envelope.id).finish_non_exhaustive()
    }
}

/// Opens a sealed message from `sender`, the party that the TLS connection belongs to; under any of its
/// certificates.
///
/// The message must be PKESK packets and one encrypted container that holds a one-pass packet, literal data and one
/// signature, in the packet versions of the sender's profile; not compressed.
///
/// # Errors
/// [`OpenRefusal`]; nothing of the plaintext is released with it. A signer whose key is not valid at `now` is a
/// wrong signer.
pub fn open<'a>(
    cover: &Cover,
    bytes: &[u8],
    own: &OwnKeys,
    sender: impl Into<Signer<'a>>,
    now: Timestamp,
) -> Result<Opened, OpenRefusal> {
    let sender = sender.into();
    if bytes.len() > message::MAX_SEALED {
        return Err(OpenRefusal::TooLarge);
    }
    cover.matches(bytes).map_err(|_| OpenRefusal::DigestMismatch)?;
    if cover.from != *sender.party() {
        return Err(OpenRefusal::WrongSigner);
    }
    if cover.to != *own.party() {
        return Err(OpenRefusal::NotForUs);
    }
    if cover.expires <= now {
        return Err(OpenRefusal::Expired);
    }
    let own: Vec<_> = own.for_opening(sender.profile()).collect();
    message::open(bytes, &own, sender, |signed| {
        message::timely(signed, now)?;
        let document = Document::parse(signed.content()).map_err(OpenRefusal::BadDocument)?;
        match document.agrees_with(cover) {
            Ok(()) => Ok(Opened { document }),
            Err(DocumentError::Cover { field }) => Err(OpenRefusal::CoverMismatch { field }),
            Err(error) => Err(OpenRefusal::BadDocument(error)),
        }
    })
}
