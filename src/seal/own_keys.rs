//! The keys of one party.

use super::error::CertificateError;
use super::own_key::OwnKey;
use crate::message::PartyId;
use crate::partner::Profile;

/// More retired keys than this no party keeps.
const MAX_RETIRED: usize = 32;

/// The keys with which one party acts: one for each profile that its partners use.
#[derive(Debug, Clone)]
pub struct OwnKeys {
    party: PartyId,
    keys: Vec<OwnKey>,
    retired: Vec<OwnKey>,
}

impl OwnKeys {
    /// The keys of one party.
    ///
    /// # Errors
    /// [`CertificateError::KeySet`] for no key, for keys of several parties, or two of one profile.
    pub fn new(keys: impl IntoIterator<Item = OwnKey>) -> Result<Self, CertificateError> {
        // A fourth key is too many in any case.
        let keys: Vec<_> = keys.into_iter().take(4).collect();
        let party = keys.first().ok_or(CertificateError::KeySet)?.party().clone();
        let one_party = keys.iter().all(|key| *key.party() == party);
        let one_each = keys
            .iter()
            .enumerate()
            .all(|(n, key)| keys.iter().skip(n + 1).all(|other| other.profile() != key.profile()));
        if one_party && one_each {
            Ok(Self { party, keys, retired: Vec::new() })
        } else {
            Err(CertificateError::KeySet)
        }
    }

    /// Adds keys that were replaced: they open what was sealed to them before, and sign nothing.
    ///
    /// # Errors
    /// [`CertificateError::KeySet`] for a key of another party, or more than 32 keys.
    pub fn with_retired(self, retired: impl IntoIterator<Item = OwnKey>) -> Result<Self, CertificateError> {
        let retired: Vec<_> = retired.into_iter().take(MAX_RETIRED + 1).collect();
        let one_party = retired.iter().all(|key| *key.party() == self.party);
        if one_party && retired.len() <= MAX_RETIRED {
            Ok(Self { retired, ..self })
        } else {
            Err(CertificateError::KeySet)
        }
    }

    /// The party whose keys these are.
    #[must_use]
    pub const fn party(&self) -> &PartyId {
        &self.party
    }

    /// The key to use towards partners of `profile`: never one of another version.
    #[must_use]
    pub fn for_profile(&self, profile: Profile) -> Option<&OwnKey> {
        self.keys.iter().find(|key| key.profile() == profile)
    }

    /// The keys that may open a message from a partner of `profile`.
    pub(super) fn for_opening(&self, profile: Profile) -> impl Iterator<Item = &OwnKey> {
        self.with_all_retired().filter(move |key| key.profile() == profile)
    }

    pub(super) fn with_all_retired(&self) -> impl Iterator<Item = &OwnKey> {
        self.keys.iter().chain(&self.retired)
    }

    /// Every key that is in use.
    pub fn iter(&self) -> impl Iterator<Item = &OwnKey> {
        self.keys.iter()
    }
}

impl From<OwnKey> for OwnKeys {
    fn from(key: OwnKey) -> Self {
        Self { party: key.party().clone(), keys: vec![key], retired: Vec::new() }
    }
}
