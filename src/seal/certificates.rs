//! The certificates of one party: one, and two or more while its keys change.

use jiff::Timestamp;

use super::certificate::Certificate;
use super::error::CertificateError;
use super::public::VerifyingKey;
use crate::message::PartyId;
use crate::partner::Profile;

/// More certificates than this no party has in use.
const MAX_CERTIFICATES: usize = 8;

/// The certificates of one party, of one profile. The first is sealed to; signatures under any of them count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificates {
    first: Certificate,
    others: Vec<Certificate>,
}

impl Certificates {
    /// The certificates of one party, the one to seal to first.
    ///
    /// # Errors
    /// [`CertificateError::CertificateSet`] for none, more than 8, or those of several parties or profiles.
    pub fn new(certificates: impl IntoIterator<Item = Certificate>) -> Result<Self, CertificateError> {
        let mut certificates = certificates.into_iter();
        let first = certificates.next().ok_or(CertificateError::CertificateSet)?;
        let others: Vec<_> = certificates.take(MAX_CERTIFICATES).collect();
        let alike =
            |other: &Certificate| other.party() == first.party() && other.profile() == first.profile();
        if others.len() < MAX_CERTIFICATES && others.iter().all(alike) {
            Ok(Self { first, others })
        } else {
            Err(CertificateError::CertificateSet)
        }
    }

    /// The one to seal to at `now`: the first that is usable then. The very first when none is; sealing says why not.
    #[must_use]
    pub fn to_seal(&self, now: Timestamp) -> &Certificate {
        let mut all = std::iter::once(&self.first).chain(&self.others);
        all.find(|certificate| certificate.usable_at(now)).unwrap_or(&self.first)
    }
}

impl From<Certificate> for Certificates {
    fn from(first: Certificate) -> Self {
        Self { first, others: Vec::new() }
    }
}

/// Whose signature is expected: one certificate or several of one party.
#[derive(Debug, Clone, Copy)]
pub struct Signer<'a> {
    first: &'a Certificate,
    others: &'a [Certificate],
}

impl<'a> Signer<'a> {
    #[must_use]
    pub fn party(self) -> &'a PartyId {
        self.first.party()
    }

    pub(super) fn profile(self) -> Profile {
        self.first.profile()
    }

    /// The key of that fingerprint. Where two certificates have it, the first listed says how long it is valid.
    pub(super) fn verifying_key(self, fingerprint: &[u8]) -> Option<&'a VerifyingKey> {
        let mut all = std::iter::once(self.first).chain(self.others);
        all.find_map(|certificate| certificate.verifying_key(fingerprint))
    }
}

impl<'a> From<&'a Certificate> for Signer<'a> {
    fn from(first: &'a Certificate) -> Self {
        Self { first, others: &[] }
    }
}

impl<'a> From<&'a Certificates> for Signer<'a> {
    fn from(all: &'a Certificates) -> Self {
        Self { first: &all.first, others: &all.others }
    }
}
