//! The own certificate chain and key.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::sign::{CertifiedKey, SingleCertAndKey};

use super::certificate::{Facts, chain};
use super::provider::provider;
use super::{PeerRefusal, Side, TlsError};
use crate::message::{PartyId, Sha256};

/// No private key file is larger.
const MAX_KEY_FILE: usize = 64 * 1024;

/// Who this gateway is: a certificate that names every party it speaks for, and the key to it.
pub struct Identity {
    key: Arc<SingleCertAndKey>,
    facts: Facts,
}

impl Identity {
    /// Reads the own chain (PEM, own certificate first) and its key (PEM, PKCS#8, unencrypted).
    ///
    /// # Errors
    /// [`TlsError::CertificateUnreadable`], [`TlsError::KeyUnreadable`], [`TlsError::KeyMismatch`]; and
    /// [`TlsError::OwnCertificate`] if the certificate is not valid at `now`, names no party, or is an authority's.
    pub fn parse(chain_pem: &[u8], key_pem: &[u8], now: Timestamp) -> Result<Self, TlsError> {
        let chain = chain(chain_pem).ok_or(TlsError::CertificateUnreadable)?;
        let own = chain.first().ok_or(TlsError::CertificateUnreadable)?;
        let facts = Facts::read(own).map_err(|refusal| match refusal {
            PeerRefusal::Malformed => TlsError::CertificateUnreadable,
            other => TlsError::OwnCertificate(other),
        })?;
        if facts.is_authority() {
            return Err(TlsError::OwnCertificate(PeerRefusal::WrongKeyUsage));
        }
        if facts.parties.is_empty() {
            return Err(TlsError::OwnCertificate(PeerRefusal::NoParty));
        }
        facts.holds(now).map_err(TlsError::OwnCertificate)?;

        if key_pem.len() > MAX_KEY_FILE {
            return Err(TlsError::KeyUnreadable);
        }
        let key = PrivatePkcs8KeyDer::from_pem_slice(key_pem).map_err(|_| TlsError::KeyUnreadable)?;
        let key = provider()
            .key_provider
            .load_private_key(PrivateKeyDer::Pkcs8(key))
            .map_err(|_| TlsError::KeyUnreadable)?;
        let certified = CertifiedKey::new(chain, key);
        certified.keys_match().map_err(|_| TlsError::KeyMismatch)?;
        Ok(Self { key: Arc::new(SingleCertAndKey::from(certified)), facts })
    }

    /// The parties that the certificate names.
    #[must_use]
    pub const fn parties(&self) -> &BTreeSet<PartyId> {
        &self.facts.parties
    }

    /// The last second at which the certificate is valid.
    #[must_use]
    pub const fn not_after(&self) -> Timestamp {
        self.facts.not_after
    }

    /// SHA-256 over the certificate's DER form.
    #[must_use]
    pub const fn fingerprint(&self) -> Sha256 {
        self.facts.fingerprint
    }

    /// Whether the certificate may be used at `side`.
    pub(super) fn fits(&self, side: Side) -> Result<(), TlsError> {
        self.facts.fits(side).map_err(TlsError::OwnCertificate)
    }

    pub(super) fn key(&self) -> Arc<SingleCertAndKey> {
        Arc::clone(&self.key)
    }
}

/// Never shows the key.
impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Identity")
            .field("parties", &self.facts.parties)
            .field("fingerprint", &self.facts.fingerprint)
            .field("not_after", &self.facts.not_after)
            .finish_non_exhaustive()
    }
}
