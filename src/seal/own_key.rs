//! Own secret keys, and signing and key agreement with them in aws-lc-rs.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use aws_lc_rs::agreement::{PrivateKey, X25519};
use aws_lc_rs::signature::{Ed25519KeyPair, ML_DSA_65_SIGNING, PqdsaKeyPair};
use jiff::{SignedDuration, Timestamp};
use sequoia_openpgp::Cert;
use sequoia_openpgp::cert::{CertBuilder, CipherSuite};
use sequoia_openpgp::crypto::KeyPair;
use sequoia_openpgp::crypto::mpi::SecretKeyMaterial;
use sequoia_openpgp::packet::signature::SignatureBuilder;
use sequoia_openpgp::serialize::SerializeInto;
use sequoia_openpgp::types::{
    AEADAlgorithm, CompressionAlgorithm, Features, HashAlgorithm, KeyFlags, SignatureType, SymmetricAlgorithm,
};
use zeroize::Zeroizing;

use super::certificate::{Certificate, parse_cert, policy, system_time};
use super::error::{CertificateError, SealError};
use super::fingerprint::Fingerprint;
use super::public::{COMPOSITE_SIGNATURE, SealingKey, Span, VerifyingKey, put_integer};
use crate::message::PartyId;
use crate::partner::Profile;

/// How long a new key lasts: two years.
const VALIDITY: Duration = Duration::from_hours(2 * 365 * 24);

/// The secret key of an agency or a gateway, for one profile. Cheap to clone.
///
/// aws-lc clears its copies of the secrets when they are freed, Sequoia keeps its own encrypted in memory.
#[derive(Clone)]
pub struct OwnKey(Arc<Inner>);

struct Inner {
    /// With its secrets.
    cert: Cert,
    certificate: Certificate,
    signer: Signer,
    openers: Vec<Opener>,
}

/// The key that signs.
struct Signer {
    fingerprint: Fingerprint,
    algorithm: u8,
    span: Span,
    secret: SigningSecret,
}

enum SigningSecret {
    Ed25519(Ed25519KeyPair),
    Legacy(Ed25519KeyPair),
    Composite { ed25519: Ed25519KeyPair, ml_dsa: PqdsaKeyPair },
}

/// A key that unwraps session keys. Expired ones still do, since a message may have been long on its way.
pub(super) struct Opener {
    pub(super) public: SealingKey,
    pub(super) secret: OpeningSecret,
}

pub(super) enum OpeningSecret {
    X25519(PrivateKey),
    Composite(Box<KeyPair>),
}

impl OwnKey {
    /// Makes a new key for `party`: a primary key that certifies and signs, a subkey for encryption; valid two years.
    ///
    /// # Errors
    /// [`CertificateError::Generation`] when the machine cannot make keys.
    pub fn generate(party: &PartyId, profile: Profile, now: Timestamp) -> Result<Self, CertificateError> {
        Self::generated(party, profile, now).map_err(|_| CertificateError::Generation)
    }

    fn generated(party: &PartyId, profile: Profile, now: Timestamp) -> sequoia_openpgp::Result<Self> {
        let ciphers = vec![
            (SymmetricAlgorithm::AES256, AEADAlgorithm::GCM),
            (SymmetricAlgorithm::AES256, AEADAlgorithm::OCB),
        ];
        // GnuPG compresses for everybody who does not say otherwise.
        let mut user = SignatureBuilder::new(SignatureType::PositiveCertification)
            .set_hash_algo(HashAlgorithm::SHA512)
            .set_preferred_compression_algorithms(vec![CompressionAlgorithm::Uncompressed])?;
        if profile != Profile::V4Compat {
            user = user.set_preferred_aead_ciphersuites(ciphers)?;
        }
        let (version, suite, features) = match profile {
            Profile::V6 => (sequoia_openpgp::Profile::RFC9580, CipherSuite::Cv25519, Features::sequoia()),
            Profile::V6Pq => {
                (sequoia_openpgp::Profile::RFC9580, CipherSuite::MLDSA65_Ed25519, Features::sequoia())
            }
            // GnuPG 2.2 reads nothing newer; with more features peers would write to it in version 6.
            Profile::V4Compat => {
                (sequoia_openpgp::Profile::RFC4880, CipherSuite::Cv25519, Features::empty().set_seipdv1())
            }
        };
        let (cert, _revocation) = CertBuilder::new()
            .set_profile(version)?
            .set_cipher_suite(suite)
            .set_features(features)?
            .set_creation_time(system_time(now))
            .set_validity_period(VALIDITY)
            .set_primary_key_flags(KeyFlags::empty().set_certification().set_signing())
            .add_userid_with(party.uri(), user)?
            .add_transport_encryption_subkey()
            .generate()?;
        Ok(Self::evaluate(cert, now)?)
    }

    /// Reads one secret key, armored or binary, without a password.
    ///
    /// # Errors
    /// [`CertificateError`], as for [`Certificate::parse`], or when a secret is missing or under a password.
    pub fn parse(bytes: &[u8], now: Timestamp) -> Result<Self, CertificateError> {
        Self::evaluate(parse_cert(bytes)?, now)
    }

    /// Reads a secret key that may have expired, only for opening what was sealed to it before: see
    /// [`OwnKeys::with_retired`](super::OwnKeys::with_retired).
    ///
    /// # Errors
    /// [`CertificateError`], as for [`OwnKey::parse`]; a revoked key is refused.
    pub fn parse_retired(bytes: &[u8], now: Timestamp) -> Result<Self, CertificateError> {
        let cert = parse_cert(bytes)?;
        let end = cert
            .with_policy(&policy(now), system_time(now))
            .ok()
            .and_then(|valid| valid.primary_key().key_expiration_time())
            .and_then(|end| Timestamp::try_from(end).ok());
        // The last second of its life.
        let last = end.and_then(|end| end.checked_sub(SignedDuration::from_secs(1)).ok());
        Self::evaluate(cert, last.map_or(now, |last| last.min(now)))
    }

    fn evaluate(cert: Cert, now: Timestamp) -> Result<Self, CertificateError> {
        let certificate = Certificate::evaluate(cert.clone(), now)?;
        let newest = certificate.verifying().iter().max_by_key(|key| key.span.from);
        let newest = newest.ok_or(CertificateError::NoSigningKey)?;
        let signer = signer(&cert, newest)?;
        let openers = openers(&cert, now);
        let current = &certificate.sealing().fingerprint;
        if !openers.iter().any(|opener| opener.public.fingerprint == *current) {
            return Err(CertificateError::NoSecret);
        }
        Ok(Self(Arc::new(Inner { cert, certificate, signer, openers })))
    }

    /// The certificate that belongs to the key, to be given to partners.
    #[must_use]
    pub fn certificate(&self) -> Certificate {
        self.0.certificate.clone()
    }

    #[must_use]
    pub fn fingerprint(&self) -> &Fingerprint {
        self.0.certificate.fingerprint()
    }

    #[must_use]
    pub fn party(&self) -> &PartyId {
        self.0.certificate.party()
    }

    #[must_use]
    pub fn profile(&self) -> Profile {
        self.0.certificate.profile()
    }

    /// The secret key as text, for a guarded file. Not under a password.
    #[must_use]
    pub fn to_armored_secret(&self) -> Zeroizing<String> {
        let bytes = SerializeInto::to_vec(&self.0.cert.as_tsk().armored()).unwrap_or_default();
        Zeroizing::new(String::from_utf8(bytes).unwrap_or_default())
    }

    pub(super) fn openers(&self) -> &[Opener] {
        &self.0.openers
    }

    /// Whether the signing key may sign at `at`.
    pub(super) fn signs_at(&self, at: Timestamp) -> bool {
        self.0.signer.span.contains(at)
    }

    pub(super) fn signing_fingerprint(&self) -> &Fingerprint {
        &self.0.signer.fingerprint
    }

    pub(super) fn signing_algorithm(&self) -> u8 {
        self.0.signer.algorithm
    }

    /// Signs a digest; the algorithm's own part of a signature packet.
    pub(super) fn sign(&self, digest: &[u8]) -> Result<Vec<u8>, SealError> {
        let failed = SealError::Crypto { what: "sign" };
        match &self.0.signer.secret {
            SigningSecret::Ed25519(pair) => Ok(pair.sign(digest).as_ref().to_vec()),
            SigningSecret::Legacy(pair) => {
                let signature = pair.sign(digest);
                let (r, s) = signature.as_ref().split_at_checked(32).ok_or(failed)?;
                let mut values = Vec::with_capacity(68);
                put_integer(&mut values, r);
                put_integer(&mut values, s);
                Ok(values)
            }
            SigningSecret::Composite { ed25519, ml_dsa } => {
                let mut values = vec![0; COMPOSITE_SIGNATURE];
                let (first, second) = values.split_at_mut(64);
                first.copy_from_slice(ed25519.sign(digest).as_ref());
                ml_dsa.sign(digest, second).map_err(|_| failed)?;
                Ok(values)
            }
        }
    }
}

impl fmt::Debug for OwnKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OwnKey")
            .field("party", self.party())
            .field("profile", &self.profile())
            .field("fingerprint", self.fingerprint())
            .finish_non_exhaustive()
    }
}

fn signer(cert: &Cert, public: &VerifyingKey) -> Result<Signer, CertificateError> {
    let pair = cert
        .keys()
        .unencrypted_secret()
        .find(|key| key.key().fingerprint().as_bytes() == public.fingerprint.as_bytes())
        .and_then(|key| key.key().clone().into_keypair().ok())
        .ok_or(CertificateError::NoSecret)?;
    let point = public.ed25519();
    let secret =
        pair.secret().map(|secret| signing_secret(secret, point)).ok_or(CertificateError::NoSecret)?;
    let fingerprint = public.fingerprint.clone();
    Ok(Signer { fingerprint, algorithm: public.algorithm, span: public.span, secret })
}

fn signing_secret(secret: &SecretKeyMaterial, point: &[u8; 32]) -> Option<SigningSecret> {
    Some(match secret {
        SecretKeyMaterial::Ed25519 { x } => {
            SigningSecret::Ed25519(Ed25519KeyPair::from_seed_and_public_key(x, point).ok()?)
        }
        SecretKeyMaterial::EdDSA { scalar } => {
            let seed = scalar.value_padded(32);
            SigningSecret::Legacy(Ed25519KeyPair::from_seed_and_public_key(&seed, point).ok()?)
        }
        SecretKeyMaterial::MLDSA65_Ed25519 { eddsa, mldsa } => SigningSecret::Composite {
            ed25519: Ed25519KeyPair::from_seed_and_public_key(eddsa, point).ok()?,
            ml_dsa: PqdsaKeyPair::from_seed(&ML_DSA_65_SIGNING, mldsa).ok()?,
        },
        _ => return None,
    })
}

/// Every encryption key that has its secret, expired or not. Revoked ones are left out.
fn openers(cert: &Cert, now: Timestamp) -> Vec<Opener> {
    let policy = policy(now);
    cert.keys()
        .with_policy(&policy, system_time(now))
        .revoked(false)
        .for_transport_encryption()
        .unencrypted_secret()
        .filter_map(|key| {
            let span = Span { from: Timestamp::try_from(key.key().creation_time()).ok()?, until: None };
            let pair = key.key().clone().into_keypair().ok()?;
            let public = SealingKey::new(pair.public(), span)?;
            let secret = if public.is_composite() {
                OpeningSecret::Composite(Box::new(pair))
            } else {
                OpeningSecret::X25519(agreement_key(&pair)?)
            };
            Some(Opener { public, secret })
        })
        .collect()
}

fn agreement_key(pair: &KeyPair) -> Option<PrivateKey> {
    pair.secret().map(|secret| match secret {
        SecretKeyMaterial::X25519 { x } => PrivateKey::from_private_key(&X25519, x).ok(),
        SecretKeyMaterial::ECDH { scalar } => {
            // Version 4 writes the scalar the other way round.
            let mut scalar = scalar.value_padded(32);
            scalar.reverse();
            PrivateKey::from_private_key(&X25519, &scalar).ok()
        }
        _ => None,
    })
}
