//! The other end of a connection.

use std::collections::BTreeSet;

use jiff::Timestamp;

use crate::message::{PartyId, Sha256};

/// Who stands at the other end, as its certificate proved when the connection was made.
///
/// Made only by a handshake. Ask [`Trust::still_good`](super::Trust::still_good) at every later request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Peer {
    pub(super) parties: BTreeSet<PartyId>,
    pub(super) serial: Box<[u8]>,
    pub(super) issuer: Sha256,
    pub(super) fingerprint: Sha256,
    pub(super) not_after: Timestamp,
    pub(super) paths: Vec<Path>,
}

/// The verified way from the certificate to one partner's anchor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Path {
    /// The parties for whom this way counts.
    pub(super) parties: BTreeSet<PartyId>,
    /// SHA-256 over the anchor's subject and public key.
    pub(super) anchor: Sha256,
    /// The certificate and those between it and the anchor.
    pub(super) links: Vec<Link>,
}

/// What a revocation list knows a certificate by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Link {
    /// SHA-256 over the issuer's name.
    pub(super) issuer: Sha256,
    pub(super) serial: Box<[u8]>,
}

impl Peer {
    /// The parties that the peer speaks for; at least one.
    #[must_use]
    pub const fn parties(&self) -> &BTreeSet<PartyId> {
        &self.parties
    }

    /// Whether the peer may send and receive in `party`'s name.
    #[must_use]
    pub fn speaks_for(&self, party: &PartyId) -> bool {
        self.parties.contains(party)
    }

    /// The certificate's serial number, big-endian, without leading zeros.
    #[must_use]
    pub const fn serial(&self) -> &[u8] {
        &self.serial
    }

    /// SHA-256 over the content of the issuer's name (DER, without the outer tag and length).
    #[must_use]
    pub const fn issuer(&self) -> Sha256 {
        self.issuer
    }

    /// SHA-256 over the certificate's DER form.
    #[must_use]
    pub const fn fingerprint(&self) -> Sha256 {
        self.fingerprint
    }

    /// The last second at which the certificate and all above it are valid.
    #[must_use]
    pub const fn not_after(&self) -> Timestamp {
        self.not_after
    }
}

/// A serial number in the one form in which it is compared: leading zeros say nothing.
pub(super) fn serial(raw: &[u8]) -> Box<[u8]> {
    let zeros = raw.iter().take_while(|byte| **byte == 0).count();
    raw.get(zeros..).unwrap_or_default().into()
}
