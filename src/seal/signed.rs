//! A signed message inside or without a seal: one-pass packet, literal data, signature; nothing else.

use std::borrow::Cow;

use aws_lc_rs::rand;
use jiff::Timestamp;
use zeroize::Zeroize;

use super::certificates::Signer;
use super::error::{OpenRefusal, SealError};
use super::own_key::OwnKey;
use super::packet::{COMPRESSED, Cursor, LITERAL, ONE_PASS, PADDING, Packet, SIGNATURE, next, put_header};
use super::public::Span;
use super::signature::{Facts, Hash, Head, Unverified};
use crate::partner::Profile;

/// Content whose signature was verified.
pub(crate) struct Signed<'a> {
    body: Cow<'a, [u8]>,
    start: usize,
    /// When the signature was made.
    pub(super) created: Timestamp,
    /// When the key that made it is valid.
    pub(super) span: Span,
    /// Fingerprints of the certificates that the signer meant it for.
    pub(super) recipients: Vec<Vec<u8>>,
}

impl Signed<'_> {
    pub(crate) fn content(&self) -> &[u8] {
        self.body.get(self.start..).unwrap_or_default()
    }
}

impl Drop for Signed<'_> {
    fn drop(&mut self) {
        // Joined out of parts it is a copy of the plaintext.
        if let Cow::Owned(copy) = &mut self.body {
            copy.zeroize();
        }
    }
}

/// Signs `content` at the time `at` for the certificate with the fingerprint `recipient`, or for everybody.
pub(crate) fn sign(
    content: &[u8],
    own: &OwnKey,
    recipient: Option<&[u8]>,
    at: Timestamp,
) -> Result<Vec<u8>, SealError> {
    let created = u32::try_from(at.as_second()).map_err(|_| not_usable(own))?;
    if !own.signs_at(at) {
        return Err(not_usable(own));
    }
    let issuer = own.signing_fingerprint().as_bytes();
    let facts = Facts {
        created,
        issuer: issuer.to_vec(),
        recipients: recipient.map(<[u8]>::to_vec).into_iter().collect(),
    };
    // SHA-256 matches the strength of Curve25519 and is three times as fast here as SHA-512.
    let (version, hash) = match own.profile() {
        Profile::V4Compat => (4, Hash::Sha256),
        Profile::V6 => (6, Hash::Sha256),
        Profile::V6Pq => (6, Hash::Sha512),
    };
    let mut salt = vec![0; if version == 6 { hash.salt_len() } else { 0 }];
    rand::fill(&mut salt).map_err(|_| SealError::Crypto { what: "draw random numbers" })?;
    let head = Head::new(version, own.signing_algorithm(), hash, salt, &facts);
    let digest = head.digest(content);
    let values = own.sign(digest.as_ref())?;

    let mut out = Vec::with_capacity(content.len() + 512 + values.len());
    let one_pass = head.to_one_pass_body(issuer);
    put_header(&mut out, ONE_PASS, one_pass.len());
    out.extend_from_slice(&one_pass);
    // Binary, without a file name or a date: neither would be covered by the signature.
    put_header(&mut out, LITERAL, content.len() + 6);
    out.extend_from_slice(&[b'b', 0, 0, 0, 0, 0]);
    out.extend_from_slice(content);
    let signature = head.to_packet_body(&digest, &values);
    put_header(&mut out, SIGNATURE, signature.len());
    out.extend_from_slice(&signature);
    Ok(out)
}

fn not_usable(own: &OwnKey) -> SealError {
    SealError::SignerNotUsable { party: own.party().to_string() }
}

/// Verifies a signed message: exactly one signature, by `sender`, valid when it was made.
///
/// Digest and verification are made here, so that Sequoia's cache of verified signatures does not grow.
pub(crate) fn verify<'a, 's>(
    bytes: &'a [u8],
    sender: impl Into<Signer<'s>>,
) -> Result<Signed<'a>, OpenRefusal> {
    let mut input = Cursor(bytes);
    let signed = verify_front(&mut input, sender.into())?;
    if input.0.is_empty() { Ok(signed) } else { Err(OpenRefusal::NotOpenPgp) }
}

/// As [`verify`], for what was in a container: there a padding packet may follow, which hides the length
/// (RFC 9580 section 5.14).
pub(super) fn verify_padded<'a>(bytes: &'a [u8], sender: Signer<'_>) -> Result<Signed<'a>, OpenRefusal> {
    let mut input = Cursor(bytes);
    let signed = verify_front(&mut input, sender)?;
    match next(&mut input)? {
        None => Ok(signed),
        Some(packet)
            if packet.tag == PADDING && input.0.is_empty() && sender.profile() != Profile::V4Compat =>
        {
            Ok(signed)
        }
        Some(_) => Err(OpenRefusal::NotOpenPgp),
    }
}

fn verify_front<'a>(input: &mut Cursor<'a>, sender: Signer<'_>) -> Result<Signed<'a>, OpenRefusal> {
    let one_pass = expect(input, ONE_PASS)?;
    let literal = expect(input, LITERAL)?;
    let signature = expect(input, SIGNATURE)?;
    let start = content_start(&literal.body, sender.profile())?;
    let content = literal.body.get(start..).unwrap_or_default();

    let signature = Unverified::parse(&signature.body)?;
    let version = if sender.profile() == Profile::V4Compat { 4 } else { 6 };
    let (head, facts) = (&signature.head, &signature.facts);
    if head.version != version {
        return Err(OpenRefusal::AlgorithmRefused);
    }
    let key = sender.verifying_key(&facts.issuer).ok_or(OpenRefusal::WrongSigner)?;
    if head.algorithm != key.algorithm {
        return Err(OpenRefusal::AlgorithmRefused);
    }
    let digest = head.digest(content);
    if !signature.announced_by(&one_pass.body) || digest.as_ref().get(..2) != Some(&signature.prefix) {
        return Err(OpenRefusal::BadSignature);
    }
    key.verify(digest.as_ref(), &signature.values)?;
    let created = Timestamp::from_second(i64::from(facts.created)).map_err(|_| OpenRefusal::BadSignature)?;
    if !key.span.contains(created) {
        return Err(OpenRefusal::WrongSigner);
    }
    let recipients = signature.facts.recipients;
    Ok(Signed { body: literal.body, start, created, span: key.span, recipients })
}

fn expect<'a>(input: &mut Cursor<'a>, tag: u8) -> Result<Packet<'a>, OpenRefusal> {
    let packet = next(input)?.ok_or(OpenRefusal::NotOpenPgp)?;
    match packet.tag {
        found if found == tag => Ok(packet),
        COMPRESSED => Err(OpenRefusal::Compressed),
        LITERAL if tag == ONE_PASS => Err(OpenRefusal::Unsigned),
        _ => Err(OpenRefusal::NotOpenPgp),
    }
}

/// Where the content begins in a literal packet (RFC 9580 section 5.9).
///
/// A file name and a date are outside the signature. GnuPG writes them; they are ignored there and refused elsewhere.
fn content_start(body: &[u8], profile: Profile) -> Result<usize, OpenRefusal> {
    let mut input = Cursor(body);
    let head = input.array().and_then(|[format, n]: [u8; 2]| {
        let name = input.take(usize::from(n))?;
        let date = input.u32()?;
        Some((format, name.is_empty() && date == 0))
    });
    let start = body.len() - input.0.len();
    match head {
        Some((b'b', true)) => Ok(start),
        Some((b'b', false)) if profile == Profile::V4Compat => Ok(start),
        _ => Err(OpenRefusal::NotOpenPgp),
    }
}
