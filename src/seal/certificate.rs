//! A party's OpenPGP certificate, evaluated once.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use jiff::Timestamp;
use sequoia_openpgp::Cert;
use sequoia_openpgp::cert::amalgamation::ValidAmalgamation;
use sequoia_openpgp::cert::{Preferences, ValidCert};
use sequoia_openpgp::parse::Parse;
use sequoia_openpgp::policy::StandardPolicy;
use sequoia_openpgp::serialize::SerializeInto;
use sequoia_openpgp::types::{AEADAlgorithm, HashAlgorithm, RevocationStatus, SymmetricAlgorithm};

use super::error::CertificateError;
use super::fingerprint::Fingerprint;
use super::public::{AnyKey, SealingKey, Span, VerifyingKey, is_allowed};
use crate::message::PartyId;
use crate::partner::Profile;

/// Longest certificate that is read. A post-quantum one with several subkeys has some 70 KB.
pub(super) const MAX_CERTIFICATE: usize = 256 << 10;

/// A party's certificate: its algorithms, self-signatures, expiry and revocation were checked when it was read.
///
/// Cheap to clone. Keep it and evaluate it again when it changes or on a timer: reading costs some 200 µs, and each
/// first reading leaves an entry in Sequoia's process-wide cache.
#[derive(Clone)]
pub struct Certificate(Arc<Inner>);

struct Inner {
    cert: Cert,
    fingerprint: Fingerprint,
    party: PartyId,
    profile: Profile,
    verifying: Vec<VerifyingKey>,
    sealing: SealingKey,
    reads_gcm: bool,
}

impl Certificate {
    /// Reads one certificate, armored or binary.
    ///
    /// # Errors
    /// [`CertificateError`] for anything but one certificate of the allowed algorithms (Curve25519, and with ML-DSA-65
    /// and ML-KEM-768 as in RFC 9980) that is valid at `now`, can sign and be sealed to, and names one party.
    pub fn parse(bytes: &[u8], now: Timestamp) -> Result<Self, CertificateError> {
        Self::evaluate(parse_cert(bytes)?, now)
    }

    pub(super) fn evaluate(cert: Cert, now: Timestamp) -> Result<Self, CertificateError> {
        let cert = cert.strip_secret_key_material();
        for key in cert.keys() {
            if !is_allowed(key.key()) {
                return Err(CertificateError::Algorithm { algorithm: key.key().pk_algo().to_string() });
            }
        }
        let policy = policy(now);
        let valid =
            cert.with_policy(&policy, system_time(now)).map_err(|_| CertificateError::SelfSignature)?;
        if let RevocationStatus::Revoked(_) = valid.revocation_status() {
            return Err(CertificateError::Revoked);
        }
        valid.alive().map_err(|_| CertificateError::NotAlive)?;
        let party = party(&valid)?;
        let sealing = sealing_key(&valid).ok_or(CertificateError::NoEncryptionKey)?;
        let profile = match (cert.primary_key().key().version(), sealing.is_composite()) {
            (4, false) => Profile::V4Compat,
            (6, false) => Profile::V6,
            (6, true) => Profile::V6Pq,
            _ => return Err(CertificateError::SelfSignature),
        };
        let verifying: Vec<_> = verifying_keys(&valid)
            .into_iter()
            .filter(|key| key.is_composite() == (profile == Profile::V6Pq))
            .collect();
        if verifying.is_empty() {
            return Err(CertificateError::NoSigningKey);
        }
        let reads_gcm = valid
            .preferred_aead_ciphersuites()
            .is_some_and(|suites| suites.contains(&(SymmetricAlgorithm::AES256, AEADAlgorithm::GCM)));
        let fingerprint = Fingerprint::new(&cert.fingerprint());
        Ok(Self(Arc::new(Inner { cert, fingerprint, party, profile, verifying, sealing, reads_gcm })))
    }

    #[must_use]
    pub fn fingerprint(&self) -> &Fingerprint {
        &self.0.fingerprint
    }

    /// The party that the user id names.
    #[must_use]
    pub fn party(&self) -> &PartyId {
        &self.0.party
    }

    #[must_use]
    pub fn profile(&self) -> Profile {
        self.0.profile
    }

    /// Whether the certificate can be sealed to, and its signatures be accepted, at `now`.
    ///
    /// Revocation is learnt only by reading the certificate again.
    #[must_use]
    pub fn usable_at(&self, now: Timestamp) -> bool {
        self.0.sealing.span.contains(now) && self.0.verifying.iter().any(|key| key.span.contains(now))
    }

    /// The certificate as text, to be exchanged with partners.
    #[must_use]
    pub fn to_armored(&self) -> String {
        let bytes = self.0.cert.armored().to_vec().unwrap_or_default();
        String::from_utf8(bytes).unwrap_or_default()
    }

    pub(super) fn sealing(&self) -> &SealingKey {
        &self.0.sealing
    }

    /// Whether the holder says that it reads AES-256 with GCM. OCB everybody reads (RFC 9580 section 9.6).
    pub(super) fn reads_gcm(&self) -> bool {
        self.0.reads_gcm
    }

    pub(super) fn verifying_key(&self, fingerprint: &[u8]) -> Option<&VerifyingKey> {
        self.0.verifying.iter().find(|key| key.fingerprint.as_bytes() == fingerprint)
    }

    pub(super) fn verifying(&self) -> &[VerifyingKey] {
        &self.0.verifying
    }
}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Certificate")
            .field("party", self.party())
            .field("profile", &self.profile())
            .field("fingerprint", self.fingerprint())
            .finish_non_exhaustive()
    }
}

impl PartialEq for Certificate {
    fn eq(&self, other: &Self) -> bool {
        self.0.cert == other.0.cert
    }
}

impl Eq for Certificate {}

pub(super) fn parse_cert(bytes: &[u8]) -> Result<Cert, CertificateError> {
    if bytes.len() > MAX_CERTIFICATE {
        return Err(CertificateError::TooLarge { bytes: bytes.len(), limit: MAX_CERTIFICATE });
    }
    Cert::from_bytes(bytes).map_err(|_| CertificateError::Malformed)
}

/// Sequoia's policy at `now`, without SHA-1 at any time.
pub(super) fn policy(now: Timestamp) -> StandardPolicy<'static> {
    let mut policy = StandardPolicy::at(system_time(now));
    policy.reject_hash(HashAlgorithm::SHA1);
    policy
}

/// OpenPGP counts whole seconds from 1970.
pub(super) fn system_time(at: Timestamp) -> SystemTime {
    let seconds = Duration::from_secs(u64::try_from(at.as_second()).unwrap_or(0));
    SystemTime::UNIX_EPOCH.checked_add(seconds).unwrap_or(SystemTime::UNIX_EPOCH)
}

fn party(valid: &ValidCert<'_>) -> Result<PartyId, CertificateError> {
    let mut parties = valid
        .userids()
        .filter(|id| !matches!(id.revocation_status(), RevocationStatus::Revoked(_)))
        .filter_map(|id| std::str::from_utf8(id.userid().value()).ok())
        .filter_map(|id| PartyId::from_uri(id).ok());
    let party = parties.next().ok_or(CertificateError::NoParty)?;
    if parties.all(|other| other == party) { Ok(party) } else { Err(CertificateError::ManyParties) }
}

fn verifying_keys(valid: &ValidCert<'_>) -> Vec<VerifyingKey> {
    valid
        .keys()
        .supported()
        .alive()
        .revoked(false)
        .for_signing()
        .filter_map(|key| VerifyingKey::new(key.key(), span(valid, key.key(), key.key_expiration_time())?))
        .collect()
}

/// The newest of the keys that messages may be sealed to.
fn sealing_key(valid: &ValidCert<'_>) -> Option<SealingKey> {
    valid
        .keys()
        .supported()
        .alive()
        .revoked(false)
        .for_transport_encryption()
        .filter_map(|key| SealingKey::new(key.key(), span(valid, key.key(), key.key_expiration_time())?))
        .max_by_key(|key| key.span.from)
}

/// A key is good as long as it and its certificate are.
fn span(valid: &ValidCert<'_>, key: &AnyKey, until: Option<SystemTime>) -> Option<Span> {
    let primary = valid.primary_key();
    let from = key.creation_time().max(primary.key().creation_time());
    let until = [until, primary.key_expiration_time()].into_iter().flatten().min();
    Some(Span {
        from: Timestamp::try_from(from).ok()?,
        until: until.map(Timestamp::try_from).transpose().ok()?,
    })
}
