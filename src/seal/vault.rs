//! What an agency keeps to itself in the store: one data key, wrapped to the agency's OpenPGP key.
//!
//! An OpenPGP seal per row would cost more than the message that the row is about.

use std::fmt;

use aws_lc_rs::aead::{AES_256_GCM, Aad, Nonce, RandomizedNonceKey};
use aws_lc_rs::rand;
use jiff::Timestamp;
use zeroize::Zeroizing;

use super::error::{OpenRefusal, SealError};
use super::own_key::OwnKey;
use super::own_keys::OwnKeys;
use super::park::{park, unpark};
use crate::message::{Secret, SecretUse};

/// Bytes of a data key.
const KEY: usize = 32;
/// Bytes of the nonce before, and of the tag after, the sealed bytes.
const NONCE: usize = 12;
const TAG: usize = 16;

/// Seals and opens rows of one agency with AES-256-GCM. Each is bound to its place: a row that was copied to another
/// place does not open.
///
/// From the same key come the agency's secrets for keyed digests.
pub struct Vault {
    key: RandomizedNonceKey,
    records: Secret,
    requests: Secret,
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Vault(secret)")
    }
}

impl Vault {
    /// A new data key, wrapped to `own`.
    ///
    /// # Errors
    /// [`SealError`] when the key is not valid at `now` or there is no randomness.
    pub fn new_key(own: &OwnKey, now: Timestamp) -> Result<Vec<u8>, SealError> {
        let mut key = Zeroizing::new([0; KEY]);
        rand::fill(&mut *key).map_err(|_| SealError::Crypto { what: "give random bytes" })?;
        park(&*key, own, now)
    }

    /// The vault of a wrapped data key, with whichever of the agency's keys it was wrapped to.
    ///
    /// # Errors
    /// [`OpenRefusal`] when none of them opens it, or it holds no data key.
    pub fn unwrap(wrapped: &[u8], own: &OwnKeys) -> Result<Self, OpenRefusal> {
        let key = unpark(wrapped, own)?;
        let [records, requests] =
            [SecretUse::Records, SecretUse::Requests].map(|purpose| Secret::derive(&key, purpose));
        let key = RandomizedNonceKey::new(&AES_256_GCM, &key).map_err(|_| OpenRefusal::Damaged)?;
        Ok(Self { key, records, requests })
    }

    /// The agency's secret for one use of keyed digests: the same as long as it has this data key, whichever OpenPGP key
    /// wraps it.
    #[must_use]
    pub const fn secret(&self, purpose: SecretUse) -> &Secret {
        match purpose {
            SecretUse::Records => &self.records,
            SecretUse::Requests => &self.requests,
        }
    }

    /// Seals `plain` for `place`, such as table and row.
    ///
    /// # Errors
    /// [`SealError::Crypto`] when there is no randomness.
    pub fn seal(&self, place: &str, plain: &[u8]) -> Result<Vec<u8>, SealError> {
        let mut sealed = Vec::with_capacity(NONCE + plain.len() + TAG);
        sealed.extend_from_slice(plain);
        let nonce = self
            .key
            .seal_in_place_append_tag(Aad::from(place.as_bytes()), &mut sealed)
            .map_err(|_| SealError::Crypto { what: "seal a row of the store" })?;
        sealed.splice(0..0, nonce.as_ref().iter().copied());
        Ok(sealed)
    }

    /// Opens what [`Vault::seal`] made for the same place.
    ///
    /// # Errors
    /// [`OpenRefusal`] for anything else.
    pub fn open(&self, place: &str, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, OpenRefusal> {
        let (nonce, sealed) = sealed.split_first_chunk::<NONCE>().ok_or(OpenRefusal::Damaged)?;
        let mut bytes = Zeroizing::new(sealed.to_vec());
        let nonce = Nonce::assume_unique_for_key(*nonce);
        let length = self
            .key
            .open_in_place(nonce, Aad::from(place.as_bytes()), &mut bytes)
            .map_err(|_| OpenRefusal::Damaged)?
            .len();
        bytes.truncate(length);
        Ok(bytes)
    }
}
