//! The session key: wrapped for the recipient, unwrapped with an own key (RFC 9580 sections 5.1 and 11.5).

use aws_lc_rs::agreement::{PrivateKey, UnparsedPublicKey, X25519, agree};
use aws_lc_rs::kem::{EncapsulationKey, ML_KEM_768};
use aws_lc_rs::key_wrap::{AES_128, AES_256, AesKek, KeyWrap};
use aws_lc_rs::{digest, hkdf};
use sequoia_openpgp::crypto::{KeyPair, mpi};
use sequoia_openpgp::packet::pkesk::PKESK6;
use sequoia_openpgp::types::{PublicKeyAlgorithm, SymmetricAlgorithm};
use zeroize::Zeroizing;

use super::error::{OpenRefusal, SealError};
use super::own_key::{Opener, OpeningSecret, OwnKey};
use super::packet::{Cursor, PKESK, put_header};
use super::public::{LegacyEcdh, Recipient, SealingKey, integer, put_integer};
use super::signature::{Hash, key_id};

/// AES-256 (RFC 9580 section 9.3); the only cipher that is written.
pub(super) const AES256: u8 = 9;
const AES128: u8 = 7;
const ECDH: u8 = 18;
const X25519_ID: u8 = 25;
const X25519_INFO: &[u8] = b"OpenPGP X25519";
/// Domain separation, and its length.
const COMPOSITE_INFO: &[u8] = b"OpenPGPCompositeKDFv1\x15";
/// A 32-octet session key, wrapped.
const WRAPPED: usize = 40;
/// Curve25519 as version 4 names it, with the length before it.
const CURVE25519_OID: [u8; 11] = [10, 0x2b, 0x06, 0x01, 0x04, 0x01, 0x97, 0x55, 0x01, 0x05, 0x01];

/// A session key and, where the packet tells it, its cipher.
pub(super) struct SessionKey {
    pub(super) key: Zeroizing<Vec<u8>>,
    pub(super) cipher: Option<u8>,
}

/// Appends the packet that tells `session_key` to the holder of `to`.
pub(super) fn wrap(out: &mut Vec<u8>, session_key: &[u8; 32], to: &SealingKey) -> Result<(), SealError> {
    let body = match &to.material {
        Recipient::X25519(point) => wrap_x25519(session_key, point, to),
        Recipient::Legacy(ecdh) => wrap_legacy(session_key, ecdh, to.fingerprint.as_bytes()),
        Recipient::Composite { x25519, ml_kem } => wrap_composite(session_key, x25519, ml_kem, to),
    };
    let body = body.ok_or(SealError::Crypto { what: "wrap a session key" })?;
    put_header(out, PKESK, body.len());
    out.extend_from_slice(&body);
    Ok(())
}

fn wrap_x25519(session_key: &[u8; 32], point: &[u8; 32], to: &SealingKey) -> Option<Vec<u8>> {
    let (ephemeral, public) = ephemeral()?;
    let kek = diffie_hellman(&ephemeral, point, |shared| x25519_kek(&public, point, shared))?;
    let mut body = Vec::with_capacity(128);
    body.extend_from_slice(&[6, 33, 6]);
    body.extend_from_slice(to.fingerprint.as_bytes());
    body.push(X25519_ID);
    body.extend_from_slice(&public);
    body.push(40);
    let mut wrapped = [0; WRAPPED];
    body.extend_from_slice(AesKek::new(&AES_128, &*kek).ok()?.wrap(session_key, &mut wrapped).ok()?);
    Some(body)
}

fn wrap_composite(
    session_key: &[u8; 32],
    x25519: &[u8; 32],
    ml_kem: &[u8; 1184],
    to: &SealingKey,
) -> Option<Vec<u8>> {
    let (ephemeral, public) = ephemeral()?;
    let (encapsulated, share) = EncapsulationKey::new(&ML_KEM_768, ml_kem).ok()?.encapsulate().ok()?;
    let kek = diffie_hellman(&ephemeral, x25519, |shared| {
        // RFC 9980 section 4.2.1.
        let mut hasher = digest::Context::new(&digest::SHA3_256);
        hasher.update(share.as_ref());
        hasher.update(shared);
        hasher.update(&public);
        hasher.update(x25519);
        hasher.update(&[to.algorithm()]);
        hasher.update(COMPOSITE_INFO);
        AesKek::new(&AES_256, hasher.finish().as_ref()).ok()
    })?;
    let mut body = Vec::with_capacity(1280);
    body.extend_from_slice(&[6, 33, 6]);
    body.extend_from_slice(to.fingerprint.as_bytes());
    body.push(to.algorithm());
    body.extend_from_slice(&public);
    body.extend_from_slice(encapsulated.as_ref());
    body.push(40);
    let mut wrapped = [0; WRAPPED];
    body.extend_from_slice(kek.wrap(session_key, &mut wrapped).ok()?);
    Some(body)
}

fn ephemeral() -> Option<(PrivateKey, [u8; 32])> {
    let private = PrivateKey::generate(&X25519).ok()?;
    let public = private.compute_public_key().ok()?.as_ref().try_into().ok()?;
    Some((private, public))
}

fn diffie_hellman<T>(own: &PrivateKey, peer: &[u8; 32], then: impl FnOnce(&[u8]) -> Option<T>) -> Option<T> {
    // aws-lc refuses points of low order, for which the shared secret is zero.
    agree(own, UnparsedPublicKey::new(&X25519, peer), (), |shared| then(shared).ok_or(())).ok()
}

/// RFC 9580 section 5.1.6.
fn x25519_kek(ephemeral: &[u8; 32], recipient: &[u8; 32], shared: &[u8]) -> Option<Zeroizing<[u8; 16]>> {
    let mut input = Zeroizing::new([0; 96]);
    let (first, rest) = input.split_at_mut(32);
    let (second, third) = rest.split_at_mut(32);
    first.copy_from_slice(ephemeral);
    second.copy_from_slice(recipient);
    third.copy_from_slice(shared.get(..32)?);
    let mut kek = Zeroizing::new([0; 16]);
    derive(&*input, &[], X25519_INFO, &mut *kek)?;
    Some(kek)
}

/// HKDF with SHA-256 (RFC 5869).
pub(super) fn derive(secret: &[u8], salt: &[u8], info: &[u8], out: &mut [u8]) -> Option<()> {
    struct Len(usize);
    impl hkdf::KeyType for Len {
        fn len(&self) -> usize {
            self.0
        }
    }
    let prk = hkdf::Salt::new(hkdf::HKDF_SHA256, salt).extract(secret);
    prk.expand(&[info], Len(out.len())).ok()?.fill(out).ok()
}

fn wrap_legacy(session_key: &[u8; 32], ecdh: &LegacyEcdh, fingerprint: &[u8]) -> Option<Vec<u8>> {
    let (ephemeral, public) = ephemeral()?;
    let kek = diffie_hellman(&ephemeral, &ecdh.point, |shared| ecdh.kek(fingerprint, shared))?;
    // Cipher, key, checksum, padding to a multiple of eight (RFC 9580 section 5.1.3 and 11.5).
    let mut plain = Zeroizing::new([5; 40]);
    let (first, rest) = plain.split_at_mut(1);
    first.copy_from_slice(&[AES256]);
    let (key, rest) = rest.split_at_mut(32);
    key.copy_from_slice(session_key);
    rest.split_at_mut(2).0.copy_from_slice(&checksum(session_key));
    let mut body = Vec::with_capacity(96);
    body.push(3);
    body.extend_from_slice(key_id(fingerprint));
    body.push(ECDH);
    let mut point = [0x40; 33];
    point.split_at_mut(1).1.copy_from_slice(&public);
    put_integer(&mut body, &point);
    let mut wrapped = [0; 48];
    let wrapped = ecdh.cipher(&kek)?.wrap(&*plain, &mut wrapped).ok()?;
    body.push(u8::try_from(wrapped.len()).ok()?);
    body.extend_from_slice(wrapped);
    Some(body)
}

impl LegacyEcdh {
    /// The key that wraps (RFC 9580 section 11.5).
    fn kek(&self, fingerprint: &[u8], shared: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let algorithm = match self.kdf_hash {
            Hash::Sha256 => &digest::SHA256,
            Hash::Sha384 => &digest::SHA384,
            Hash::Sha512 => &digest::SHA512,
            Hash::Sha3_256 | Hash::Sha3_512 => return None,
        };
        let mut context = digest::Context::new(algorithm);
        context.update(&[0, 0, 0, 1]);
        context.update(shared);
        context.update(&CURVE25519_OID);
        context.update(&[ECDH, 3, 1, self.kdf_hash.id(), self.wrap_cipher]);
        context.update(b"Anonymous Sender    ");
        context.update(fingerprint);
        Some(Zeroizing::new(context.finish().as_ref().get(..self.wrap_key_len)?.to_vec()))
    }

    fn cipher(&self, kek: &[u8]) -> Option<AesKek> {
        AesKek::new(if self.wrap_key_len == 32 { &AES_256 } else { &AES_128 }, kek).ok()
    }
}

/// The sum of the octets (RFC 9580 section 5.1.3).
fn checksum(key: &[u8]) -> [u8; 2] {
    key.iter().fold(0u16, |sum, byte| sum.wrapping_add(u16::from(*byte))).to_be_bytes()
}

/// A packet with a session key for one of the own keys.
pub(super) struct ForUs<'a> {
    pub(super) own: &'a OwnKey,
    opener: &'a Opener,
    /// 3 or 6.
    pub(super) version: u8,
    values: Vec<u8>,
}

/// Whether the packet's `body` names one of the keys `own`.
pub(super) fn addressed_to<'a>(body: &[u8], own: &[&'a OwnKey]) -> Result<Option<ForUs<'a>>, OpenRefusal> {
    let mut input = Cursor(body);
    let version = input.u8().ok_or(OpenRefusal::NotOpenPgp)?;
    let name = match version {
        3 => input.take(8),
        6 => input.u8().map(usize::from).and_then(|n| input.take(n)),
        _ => return Err(OpenRefusal::AlgorithmRefused),
    };
    let name = name.ok_or(OpenRefusal::NotOpenPgp)?;
    let algorithm = input.u8().ok_or(OpenRefusal::NotOpenPgp)?;
    let mut all = own.iter().flat_map(|own| own.openers().iter().map(|opener| (*own, opener)));
    let named = all.find(|(_, opener)| {
        let print = opener.public.fingerprint.as_bytes();
        match version {
            3 => print.len() == 20 && key_id(print) == name,
            _ => print.len() == 32 && name.split_first() == Some((&6, print)),
        }
    });
    match named {
        None => Ok(None),
        Some((_, opener)) if algorithm != opener.public.algorithm() => Err(OpenRefusal::AlgorithmRefused),
        Some((own, opener)) => Ok(Some(ForUs { own, opener, version, values: input.0.to_vec() })),
    }
}

impl SealingKey {
    fn algorithm(&self) -> u8 {
        match &self.material {
            Recipient::X25519(_) => X25519_ID,
            Recipient::Legacy(_) => ECDH,
            Recipient::Composite { .. } => PublicKeyAlgorithm::MLKEM768_X25519.into(),
        }
    }
}

impl ForUs<'_> {
    /// The session key.
    ///
    /// # Errors
    /// `damaged`, whatever the reason: one answer only, so that it tells a forger nothing.
    pub(super) fn unwrap(&self) -> Result<SessionKey, OpenRefusal> {
        match (&self.opener.secret, &self.opener.public.material) {
            (OpeningSecret::X25519(secret), Recipient::X25519(point)) => self.unwrap_x25519(secret, point),
            (OpeningSecret::X25519(secret), Recipient::Legacy(ecdh)) => self.unwrap_legacy(secret, ecdh),
            (OpeningSecret::Composite(pair), _) => self.unwrap_composite(pair),
            (OpeningSecret::X25519(_), Recipient::Composite { .. }) => None,
        }
        .ok_or(OpenRefusal::Damaged)
    }

    fn unwrap_x25519(&self, secret: &PrivateKey, point: &[u8; 32]) -> Option<SessionKey> {
        let mut input = Cursor(&self.values);
        let ephemeral: [u8; 32] = input.array()?;
        let wrapped = input.u8().map(usize::from).and_then(|n| input.take(n))?;
        if !input.0.is_empty() || wrapped.len() > WRAPPED {
            return None;
        }
        let kek = diffie_hellman(secret, &ephemeral, |shared| x25519_kek(&ephemeral, point, shared))?;
        let mut key = Zeroizing::new([0; WRAPPED]);
        let key = AesKek::new(&AES_128, &*kek).ok()?.unwrap(wrapped, &mut *key).ok()?;
        Some(SessionKey { key: Zeroizing::new(key.to_vec()), cipher: None })
    }

    fn unwrap_legacy(&self, secret: &PrivateKey, ecdh: &LegacyEcdh) -> Option<SessionKey> {
        let mut input = Cursor(&self.values);
        let ephemeral: [u8; 32] = integer(&mut input)?.strip_prefix(&[0x40])?.try_into().ok()?;
        let wrapped = input.u8().map(usize::from).and_then(|n| input.take(n))?;
        // The top bit of a point is ignored by the curve and, here, bound by nothing else.
        if !input.0.is_empty() || wrapped.len() > 64 || ephemeral.last().is_none_or(|byte| byte & 0x80 != 0) {
            return None;
        }
        let print = self.opener.public.fingerprint.as_bytes();
        let kek = diffie_hellman(secret, &ephemeral, |shared| ecdh.kek(print, shared))?;
        let mut plain = Zeroizing::new([0; 64]);
        let plain = ecdh.cipher(&kek)?.unwrap(wrapped, &mut *plain).ok()?;
        let pad = usize::from(*plain.last()?);
        let (content, padding) = plain.split_at_checked(plain.len().checked_sub(pad)?)?;
        if pad == 0 || padding.iter().any(|byte| usize::from(*byte) != pad) {
            return None;
        }
        let (cipher, rest) = content.split_first()?;
        let (key, sum) = rest.split_last_chunk::<2>()?;
        (checksum(key) == *sum)
            .then(|| SessionKey { key: Zeroizing::new(key.to_vec()), cipher: Some(*cipher) })
    }

    fn unwrap_composite(&self, pair: &KeyPair) -> Option<SessionKey> {
        // ML-KEM-768+X25519: two shares of fixed size, a length, the wrapped key (RFC 9980 section 4.3.1).
        if self.values.len() != 32 + 1088 + 1 + WRAPPED {
            return None;
        }
        let algorithm = PublicKeyAlgorithm::MLKEM768_X25519;
        let values = mpi::Ciphertext::parse(algorithm, self.values.as_slice()).ok()?;
        let packet = PKESK6::new(None, algorithm, values).ok()?;
        let key = packet.decrypt(&mut pair.clone(), Some(SymmetricAlgorithm::AES256))?;
        Some(SessionKey { key: Zeroizing::new(key.to_vec()), cipher: None })
    }
}

/// The length of a cipher's key, for the two that are read.
pub(super) const fn key_len(cipher: u8) -> Option<usize> {
    match cipher {
        AES256 => Some(32),
        AES128 => Some(16),
        _ => None,
    }
}
