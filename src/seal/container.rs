//! The encrypted container (RFC 9580 section 5.13): version 2 with AEAD, version 1 for partners on GnuPG 2.2.

use aws_lc_rs::aead::{AES_128_GCM, AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::cipher::{
    AES_128, AES_256, DecryptingKey, DecryptionContext, EncryptingKey, EncryptionContext, UnboundCipherKey,
};
use aws_lc_rs::iv::FixedLength;
use aws_lc_rs::{constant_time, digest, rand};
use sequoia_openpgp::crypto::SessionKey as SequoiaSessionKey;
use sequoia_openpgp::types::{AEADAlgorithm, SymmetricAlgorithm};
use zeroize::{Zeroize, Zeroizing};

use super::error::{OpenRefusal, SealError};
use super::packet::{Cursor, SEIPD};
use super::session::{AES256, SessionKey, derive, key_len};

const BLOCK: usize = 16;
const TAG: usize = 16;
/// The packet that ends a version 1 container: header, SHA-1 of everything before.
const MDC: [u8; 2] = [0xd3, 20];
const OCB: u8 = 2;
const GCM: u8 = 3;
/// 64 KiB chunks: 2^(10+6).
const CHUNK: u8 = 10;
/// 4 MiB, the largest that RFC 9580 section 5.13.2 allows.
const MAX_CHUNK: u8 = 16;

/// Which authenticated mode to write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    Ocb,
    Gcm,
}

/// Encrypts with AEAD; the body of the packet.
pub(super) fn encrypt_v2(mode: Mode, session_key: &[u8; 32], plain: &[u8]) -> Result<Vec<u8>, SealError> {
    let mode = match mode {
        Mode::Ocb => OCB,
        Mode::Gcm => GCM,
    };
    let mut salt = [0; 32];
    rand::fill(&mut salt).map_err(|_| SealError::Crypto { what: "draw random numbers" })?;
    let head = [2, AES256, mode, CHUNK];
    seal_chunks(head, &salt, session_key, plain).ok_or(SealError::Crypto { what: "encrypt" })
}

fn seal_chunks(head: [u8; 4], salt: &[u8; 32], session_key: &[u8; 32], plain: &[u8]) -> Option<Vec<u8>> {
    let aead = Aead::new(head, salt, session_key)?;
    let chunk = 1usize << (CHUNK + 6);
    let mut out = Vec::with_capacity(36 + plain.len() + (plain.len() / chunk + 2) * TAG);
    out.extend_from_slice(&head);
    out.extend_from_slice(salt);
    let mut index = 0;
    for part in plain.chunks(chunk) {
        aead.seal(&mut out, index, None, part)?;
        index += 1;
    }
    aead.seal(&mut out, index, Some(plain.len()), &[])?;
    Some(out)
}

/// Decrypts the body of an AEAD container. Nothing is given out before the last tag was checked.
pub(super) fn decrypt_v2(session: &SessionKey, body: &[u8]) -> Result<Zeroizing<Vec<u8>>, OpenRefusal> {
    let mut input = Cursor(body);
    let head: [u8; 4] = input.array().ok_or(OpenRefusal::Damaged)?;
    let salt: [u8; 32] = input.array().ok_or(OpenRefusal::Damaged)?;
    let [_, cipher, mode, chunk] = head;
    if key_len(cipher).is_none() || !matches!(mode, OCB | GCM) || chunk > MAX_CHUNK {
        return Err(OpenRefusal::AlgorithmRefused);
    }
    open_chunks(head, &salt, session, 1 << (chunk + 6), input.0).ok_or(OpenRefusal::Damaged)
}

fn open_chunks(
    head: [u8; 4],
    salt: &[u8; 32],
    session: &SessionKey,
    chunk: usize,
    sealed: &[u8],
) -> Option<Zeroizing<Vec<u8>>> {
    let aead = Aead::new(head, salt, &session.key)?;
    let (parts, last) = sealed.split_at_checked(sealed.len().checked_sub(TAG)?)?;
    let mut plain = Zeroizing::new(Vec::with_capacity(parts.len()));
    let mut index = 0;
    for part in parts.chunks(chunk + TAG) {
        aead.open(&mut plain, index, None, part)?;
        index += 1;
    }
    let total = plain.len();
    aead.open(&mut plain, index, Some(total), last)?;
    Some(plain)
}

/// Key, nonce prefix and associated data of one container.
struct Aead {
    head: [u8; 5],
    nonce: Vec<u8>,
    key: AeadKey,
}

enum AeadKey {
    Gcm(Box<LessSafeKey>),
    Ocb(SymmetricAlgorithm, SequoiaSessionKey),
}

impl Aead {
    fn new(head: [u8; 4], salt: &[u8; 32], session_key: &[u8]) -> Option<Self> {
        let [version, cipher, mode, chunk] = head;
        let head = [0xc0 | SEIPD, version, cipher, mode, chunk];
        let key_len = key_len(cipher)?;
        if session_key.len() != key_len {
            return None;
        }
        let nonce_len = if mode == GCM { 12 } else { 15 };
        let mut derived = Zeroizing::new([0; 32 + 7]);
        let derived = derived.get_mut(..key_len + nonce_len - 8)?;
        derive(session_key, salt, &head, derived)?;
        let (key, nonce) = derived.split_at_checked(key_len)?;
        let key = match (mode, cipher) {
            (GCM, AES256) => {
                AeadKey::Gcm(Box::new(LessSafeKey::new(UnboundKey::new(&AES_256_GCM, key).ok()?)))
            }
            (GCM, _) => AeadKey::Gcm(Box::new(LessSafeKey::new(UnboundKey::new(&AES_128_GCM, key).ok()?))),
            _ => AeadKey::Ocb(cipher.into(), SequoiaSessionKey::from(key)),
        };
        Some(Self { head, nonce: nonce.to_vec(), key })
    }

    fn nonce(&self, index: u64) -> Vec<u8> {
        [self.nonce.as_slice(), &index.to_be_bytes()].concat()
    }

    /// The head and, for the last tag, the number of octets before.
    fn associated(&self, total: Option<usize>) -> Vec<u8> {
        let mut out = self.head.to_vec();
        if let Some(total) = total {
            out.extend_from_slice(&(total as u64).to_be_bytes());
        }
        out
    }

    fn seal(&self, out: &mut Vec<u8>, index: u64, total: Option<usize>, part: &[u8]) -> Option<()> {
        let (nonce, associated) = (self.nonce(index), self.associated(total));
        let start = out.len();
        match &self.key {
            AeadKey::Gcm(key) => {
                out.extend_from_slice(part);
                let nonce = Nonce::try_assume_unique_for_key(&nonce).ok()?;
                let buffer = out.get_mut(start..)?;
                let tag = key.seal_in_place_separate_tag(nonce, Aad::from(&associated), buffer).ok()?;
                out.extend_from_slice(tag.as_ref());
            }
            AeadKey::Ocb(cipher, key) => {
                out.resize(start + part.len() + TAG, 0);
                let context = AEADAlgorithm::OCB.context(*cipher, key, &associated, &nonce).ok()?;
                context.for_encryption().ok()?.encrypt_seal(out.get_mut(start..)?, part).ok()?;
            }
        }
        Some(())
    }

    fn open(&self, out: &mut Vec<u8>, index: u64, total: Option<usize>, part: &[u8]) -> Option<()> {
        let (nonce, associated) = (self.nonce(index), self.associated(total));
        let start = out.len();
        match &self.key {
            AeadKey::Gcm(key) => {
                let (text, tag) = part.split_at_checked(part.len().checked_sub(TAG)?)?;
                out.resize(start + text.len(), 0);
                let nonce = Nonce::try_assume_unique_for_key(&nonce).ok()?;
                let buffer = out.get_mut(start..)?;
                key.open_separate_gather(nonce, Aad::from(&associated), text, tag, buffer).ok()
            }
            AeadKey::Ocb(cipher, key) => {
                out.resize(start + part.len().checked_sub(TAG)?, 0);
                let context = AEADAlgorithm::OCB.context(*cipher, key, &associated, &nonce).ok()?;
                context.for_decryption().ok()?.decrypt_verify(out.get_mut(start..)?, part).ok()
            }
        }
    }
}

/// Encrypts in cipher feedback with a SHA-1 over the whole; the body of the packet.
pub(super) fn encrypt_v1(session_key: &[u8; 32], plain: &[u8]) -> Result<Vec<u8>, SealError> {
    let mut body = Vec::with_capacity(1 + BLOCK + 2 + plain.len() + 22);
    let mut prefix = [0; BLOCK];
    rand::fill(&mut prefix).map_err(|_| SealError::Crypto { what: "draw random numbers" })?;
    body.push(1);
    body.extend_from_slice(&prefix);
    body.extend_from_slice(&prefix[BLOCK - 2..]);
    body.extend_from_slice(plain);
    body.extend_from_slice(&MDC);
    let sum = digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, body.get(1..).unwrap_or_default());
    body.extend_from_slice(sum.as_ref());
    if feed_back(session_key, body.get_mut(1..).unwrap_or_default()).is_none() {
        body.zeroize();
        return Err(SealError::Crypto { what: "encrypt" });
    }
    Ok(body)
}

fn feed_back(session_key: &[u8; 32], buffer: &mut [u8]) -> Option<()> {
    let key = EncryptingKey::cfb128(UnboundCipherKey::new(&AES_256, session_key).ok()?).ok()?;
    // The random first block makes the zero vector safe (RFC 9580 section 5.13.1).
    let start = EncryptionContext::Iv128(FixedLength::from([0; BLOCK]));
    key.less_safe_encrypt(buffer, start).ok().map(|_| ())
}

/// Decrypts the body of a version 1 container. The quick check of the prefix is not made: it would be an oracle.
pub(super) fn decrypt_v1(session: &SessionKey, body: &[u8]) -> Result<Zeroizing<Vec<u8>>, OpenRefusal> {
    let cipher = session.cipher.ok_or(OpenRefusal::AlgorithmRefused)?;
    let key_len = key_len(cipher).ok_or(OpenRefusal::AlgorithmRefused)?;
    if session.key.len() != key_len {
        return Err(OpenRefusal::Damaged);
    }
    let sealed = body.get(1..).unwrap_or_default();
    open_v1(cipher, &session.key, sealed).ok_or(OpenRefusal::Damaged)
}

fn open_v1(cipher: u8, key: &[u8], sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let algorithm = if cipher == AES256 { &AES_256 } else { &AES_128 };
    let key = DecryptingKey::cfb128(UnboundCipherKey::new(algorithm, key).ok()?).ok()?;
    let mut plain = Zeroizing::new(sealed.to_vec());
    key.decrypt(&mut plain, DecryptionContext::Iv128(FixedLength::from([0; BLOCK]))).ok()?;
    let (hashed, sum) = plain.split_last_chunk::<20>()?;
    let is = digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, hashed);
    constant_time::verify_slices_are_equal(is.as_ref(), sum).ok()?;
    let content = hashed.strip_suffix(&MDC)?.get(BLOCK + 2..)?.to_vec();
    Some(Zeroizing::new(content))
}
