//! One sealed message: signed, then encrypted, without any policy.

use aws_lc_rs::rand;
use jiff::Timestamp;
use zeroize::Zeroizing;

use super::certificate::Certificate;
use super::certificates::Signer;
use super::container::{Mode, decrypt_v1, decrypt_v2, encrypt_v1, encrypt_v2};
use super::error::{OpenRefusal, SealError};
use super::own_key::OwnKey;
use super::packet::{COMPRESSED, Cursor, LITERAL, ONE_PASS, PKESK, SEIPD, next, put_header};
use super::session::{addressed_to, wrap};
use super::signed::{Signed, sign, verify_padded};
use crate::message::MAX_DOCUMENT;
use crate::partner::Profile;

/// Longest sealed message that is read: the longest document and what a peer's framing may add.
pub(super) const MAX_SEALED: usize = MAX_DOCUMENT + (1 << 20);
/// More recipients than this no message of the exchange has.
const MAX_RECIPIENTS: usize = 8;
/// How far a signer's clock may be ahead of ours, in seconds.
const SKEW: i64 = 300;

/// Signs `plain` with `own` and encrypts it to `to`; one binary OpenPGP message.
pub(super) fn seal(
    plain: &[u8],
    own: &OwnKey,
    to: &Certificate,
    now: Timestamp,
) -> Result<Vec<u8>, SealError> {
    if own.profile() != to.profile() {
        let (own, to) = (own.profile().as_str(), to.profile().as_str());
        return Err(SealError::ProfileMismatch { own, to });
    }
    if plain.len() > MAX_DOCUMENT {
        return Err(SealError::TooLarge { bytes: plain.len(), limit: MAX_DOCUMENT });
    }
    if !to.sealing().span.contains(now) {
        return Err(SealError::RecipientNotUsable { party: to.party().to_string() });
    }
    let signed = Zeroizing::new(sign(plain, own, Some(to.fingerprint().as_bytes()), now)?);
    let mut session_key = Zeroizing::new([0; 32]);
    rand::fill(&mut *session_key).map_err(|_| SealError::Crypto { what: "draw random numbers" })?;
    let body = match to.profile() {
        Profile::V4Compat => encrypt_v1(&session_key, &signed)?,
        Profile::V6 | Profile::V6Pq if to.reads_gcm() => encrypt_v2(Mode::Gcm, &session_key, &signed)?,
        Profile::V6 | Profile::V6Pq => encrypt_v2(Mode::Ocb, &session_key, &signed)?,
    };
    let mut out = Vec::with_capacity(body.len() + 2048);
    wrap(&mut out, &session_key, to.sealing())?;
    put_header(&mut out, SEIPD, body.len());
    out.extend_from_slice(&body);
    Ok(out)
}

/// Opens a sealed message with the one of the keys `own` that it names, and hands the verified content to `then`;
/// nothing is handed over before. All keys are of the sender's profile.
pub(super) fn open<T>(
    bytes: &[u8],
    own: &[&OwnKey],
    sender: Signer<'_>,
    then: impl FnOnce(&Signed<'_>) -> Result<T, OpenRefusal>,
) -> Result<T, OpenRefusal> {
    if bytes.len() > MAX_SEALED {
        return Err(OpenRefusal::TooLarge);
    }
    let (own, plain) = decrypt(bytes, own, sender.profile())?;
    let signed = verify_padded(&plain, sender)?;
    if signed.content().len() > MAX_DOCUMENT {
        return Err(OpenRefusal::TooLarge);
    }
    // Without this a recipient could seal the signed content anew to a third party in the signer's name.
    let ours = signed.recipients.iter().any(|print| print == own.fingerprint().as_bytes());
    let must_name = sender.profile() != Profile::V4Compat;
    if !ours && (must_name || !signed.recipients.is_empty()) {
        return Err(OpenRefusal::NotForUs);
    }
    then(&signed)
}

/// The packets inside the container, and the key that it was sealed to.
pub(super) fn decrypt<'a>(
    bytes: &[u8],
    own: &[&'a OwnKey],
    profile: Profile,
) -> Result<(&'a OwnKey, Zeroizing<Vec<u8>>), OpenRefusal> {
    let old = profile == Profile::V4Compat;
    let mut input = Cursor(bytes);
    let mut for_us = None;
    for _ in 0..=MAX_RECIPIENTS {
        let packet = next(&mut input)?.ok_or(OpenRefusal::NotOpenPgp)?;
        match packet.tag {
            PKESK => for_us = for_us.or(addressed_to(&packet.body, own)?),
            SEIPD => {
                if !input.0.is_empty() {
                    return Err(OpenRefusal::NotOpenPgp);
                }
                let for_us = for_us.ok_or(OpenRefusal::NotForUs)?;
                let plain = match (old, for_us.version, packet.body.first()) {
                    (true, 3, Some(1)) => decrypt_v1(&for_us.unwrap()?, &packet.body)?,
                    (false, 6, Some(2)) => decrypt_v2(&for_us.unwrap()?, &packet.body)?,
                    _ => return Err(OpenRefusal::AlgorithmRefused),
                };
                return Ok((for_us.own, plain));
            }
            COMPRESSED => return Err(OpenRefusal::Compressed),
            // Signed at most, but not encrypted.
            ONE_PASS | LITERAL => return Err(OpenRefusal::NotForUs),
            // Encrypted without integrity (9), as GnuPG 2.4 writes it to itself (20).
            9 | 20 => return Err(OpenRefusal::AlgorithmRefused),
            _ => return Err(OpenRefusal::NotOpenPgp),
        }
    }
    Err(OpenRefusal::NotOpenPgp)
}

/// Whether the signature may have been made by now, with a key that is still valid.
///
/// An expired key is refused also for what it signed before: whoever finds it could date a signature back.
pub(super) fn timely(signed: &Signed<'_>, now: Timestamp) -> Result<(), OpenRefusal> {
    if signed.created.as_second() > now.as_second().saturating_add(SKEW) {
        return Err(OpenRefusal::BadSignature);
    }
    if signed.span.contains(now) { Ok(()) } else { Err(OpenRefusal::WrongSigner) }
}
