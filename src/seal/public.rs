//! Public key material, taken out of an evaluated certificate, and verification with aws-lc-rs.

use aws_lc_rs::signature::{ED25519, ML_DSA_65, UnparsedPublicKey};
use jiff::Timestamp;
use sequoia_openpgp::crypto::mpi;
use sequoia_openpgp::packet::{Key, key};
use sequoia_openpgp::types::{Curve, SymmetricAlgorithm};

use super::error::OpenRefusal;
use super::fingerprint::Fingerprint;
use super::packet::Cursor;
use super::signature::Hash;

pub(super) type AnyKey = Key<key::PublicParts, key::UnspecifiedRole>;

/// Length of the values of an ML-DSA-65+Ed25519 signature (RFC 9980 section 5.2.2).
pub(super) const COMPOSITE_SIGNATURE: usize = 64 + 3309;

/// When a key may be used: from (inclusive) until (exclusive).
#[derive(Debug, Clone, Copy)]
pub(super) struct Span {
    pub(super) from: Timestamp,
    pub(super) until: Option<Timestamp>,
}

impl Span {
    pub(super) fn contains(&self, at: Timestamp) -> bool {
        self.from <= at && self.until.is_none_or(|until| at < until)
    }
}

/// A key that verifies signatures.
pub(super) struct VerifyingKey {
    pub(super) fingerprint: Fingerprint,
    pub(super) span: Span,
    pub(super) algorithm: u8,
    material: Verifier,
}

enum Verifier {
    /// Ed25519 as version 6 writes it (algorithm 27).
    Ed25519([u8; 32]),
    /// Ed25519 as version 4 writes it (algorithm 22): the values are two integers.
    Legacy([u8; 32]),
    /// Ed25519 and ML-DSA-65, both of which must verify (RFC 9980 section 5.2).
    Composite { ed25519: [u8; 32], ml_dsa: Box<[u8; 1952]> },
}

impl VerifyingKey {
    /// The key, if its algorithm is one that signs in this exchange.
    pub(super) fn new(key: &AnyKey, span: Span) -> Option<Self> {
        let material = match (key.version(), key.mpis()) {
            (6, mpi::PublicKey::Ed25519 { a }) => Verifier::Ed25519(*a),
            (6, mpi::PublicKey::MLDSA65_Ed25519 { eddsa, mldsa }) => {
                Verifier::Composite { ed25519: **eddsa, ml_dsa: mldsa.clone() }
            }
            (4, mpi::PublicKey::EdDSA { curve: Curve::Ed25519, q }) => Verifier::Legacy(legacy_point(q)?),
            _ => return None,
        };
        let fingerprint = Fingerprint::new(&key.fingerprint());
        Some(Self { fingerprint, span, algorithm: key.pk_algo().into(), material })
    }

    /// The Ed25519 point, for the signing key that belongs to it.
    pub(super) const fn ed25519(&self) -> &[u8; 32] {
        match &self.material {
            Verifier::Ed25519(point) | Verifier::Legacy(point) => point,
            Verifier::Composite { ed25519, .. } => ed25519,
        }
    }

    pub(super) const fn is_composite(&self) -> bool {
        matches!(self.material, Verifier::Composite { .. })
    }

    /// Verifies a signature's `values` over `digest`. Sequoia's signature cache is not involved.
    pub(super) fn verify(&self, digest: &[u8], values: &[u8]) -> Result<(), OpenRefusal> {
        match &self.material {
            Verifier::Ed25519(point) if values.len() == 64 => verify_ed25519(point, digest, values),
            Verifier::Legacy(point) => {
                let values = legacy_values(values).ok_or(OpenRefusal::BadSignature)?;
                verify_ed25519(point, digest, &values)
            }
            Verifier::Composite { ed25519, ml_dsa } if values.len() == COMPOSITE_SIGNATURE => {
                let (first, second) = values.split_at_checked(64).ok_or(OpenRefusal::BadSignature)?;
                verify_ed25519(ed25519, digest, first)?;
                let key = UnparsedPublicKey::new(&ML_DSA_65, ml_dsa.as_slice());
                key.verify(digest, second).map_err(|_| OpenRefusal::BadSignature)
            }
            _ => Err(OpenRefusal::BadSignature),
        }
    }
}

fn verify_ed25519(point: &[u8; 32], digest: &[u8], values: &[u8]) -> Result<(), OpenRefusal> {
    UnparsedPublicKey::new(&ED25519, point).verify(digest, values).map_err(|_| OpenRefusal::BadSignature)
}

/// The 64 octets of an Ed25519 signature out of its two integers (RFC 9580 section 5.2.3.3.1).
fn legacy_values(values: &[u8]) -> Option<[u8; 64]> {
    let mut input = Cursor(values);
    let mut out = [0; 64];
    let (r, s) = out.split_at_mut(32);
    for half in [r, s] {
        let integer = integer(&mut input)?;
        half.get_mut(32usize.checked_sub(integer.len())?..)?.copy_from_slice(integer);
    }
    input.0.is_empty().then_some(out)
}

/// An integer of exactly the bit length it states (RFC 9580 section 3.2).
pub(super) fn integer<'a>(input: &mut Cursor<'a>) -> Option<&'a [u8]> {
    let bits = input.u16()?;
    let bytes = input.take(bits.div_ceil(8))?;
    match bytes.first() {
        Some(first) => (bytes.len() * 8 - first.leading_zeros() as usize == bits).then_some(bytes),
        None => Some(bytes),
    }
}

/// Writes an integer.
pub(super) fn put_integer(out: &mut Vec<u8>, bytes: &[u8]) {
    let bytes = bytes.get(bytes.iter().take_while(|byte| **byte == 0).count()..).unwrap_or_default();
    let bits = bytes.first().map_or(0, |first| bytes.len() * 8 - first.leading_zeros() as usize);
    // At most 33 octets are ever written: a point with its prefix.
    out.extend_from_slice(&u16::try_from(bits).unwrap_or(u16::MAX).to_be_bytes());
    out.extend_from_slice(bytes);
}

fn legacy_point(q: &mpi::MPI) -> Option<[u8; 32]> {
    q.value().strip_prefix(&[0x40])?.try_into().ok()
}

/// A key that messages are sealed to.
pub(super) struct SealingKey {
    pub(super) fingerprint: Fingerprint,
    pub(super) span: Span,
    pub(super) material: Recipient,
}

pub(super) enum Recipient {
    X25519([u8; 32]),
    Legacy(LegacyEcdh),
    /// X25519 and ML-KEM-768, combined (RFC 9980 section 4).
    Composite {
        x25519: [u8; 32],
        ml_kem: Box<[u8; 1184]>,
    },
}

/// ECDH over Curve25519 as version 4 does it (RFC 9580 section 11.5).
pub(super) struct LegacyEcdh {
    pub(super) point: [u8; 32],
    pub(super) kdf_hash: Hash,
    /// 16 or 32: the key length of the AES that wraps.
    pub(super) wrap_key_len: usize,
    pub(super) wrap_cipher: u8,
}

impl SealingKey {
    /// The key, if its algorithm is one that messages are sealed to in this exchange.
    pub(super) fn new(key: &AnyKey, span: Span) -> Option<Self> {
        let material = match (key.version(), key.mpis()) {
            (6, mpi::PublicKey::X25519 { u }) => Recipient::X25519(*u),
            (6, mpi::PublicKey::MLKEM768_X25519 { ecdh, mlkem }) => {
                Recipient::Composite { x25519: **ecdh, ml_kem: mlkem.clone() }
            }
            (4, mpi::PublicKey::ECDH { curve: Curve::Cv25519, q, hash, sym }) => {
                let wrap_key_len = match sym {
                    SymmetricAlgorithm::AES128 => 16,
                    SymmetricAlgorithm::AES256 => 32,
                    _ => return None,
                };
                Recipient::Legacy(LegacyEcdh {
                    point: legacy_point(q)?,
                    kdf_hash: Hash::from_id((*hash).into())?,
                    wrap_key_len,
                    wrap_cipher: (*sym).into(),
                })
            }
            _ => return None,
        };
        Some(Self { fingerprint: Fingerprint::new(&key.fingerprint()), span, material })
    }

    pub(super) const fn is_composite(&self) -> bool {
        matches!(self.material, Recipient::Composite { .. })
    }
}

/// Whether a key of this algorithm may stand in a certificate at all.
pub(super) fn is_allowed(key: &AnyKey) -> bool {
    match key.mpis() {
        mpi::PublicKey::EdDSA { curve, .. } => *curve == Curve::Ed25519,
        mpi::PublicKey::ECDH { curve, .. } => *curve == Curve::Cv25519,
        mpi::PublicKey::Ed25519 { .. }
        | mpi::PublicKey::X25519 { .. }
        | mpi::PublicKey::MLDSA65_Ed25519 { .. }
        | mpi::PublicKey::MLKEM768_X25519 { .. } => true,
        _ => false,
    }
}
