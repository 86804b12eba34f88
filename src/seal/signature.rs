//! Signature packets of versions 4 and 6 (RFC 9580 section 5.2), binary documents only.

use aws_lc_rs::digest;

use super::error::OpenRefusal;
use super::packet::{Cursor, put_length};

/// Signature over a binary document.
const BINARY: u8 = 0;
const CREATED: u8 = 2;
const EXPIRES_AFTER: u8 = 3;
const ISSUER_KEY_ID: u8 = 16;
const ISSUER: u8 = 33;
const INTENDED_RECIPIENT: u8 = 35;

/// The digests that signatures may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Hash {
    Sha256,
    Sha384,
    Sha512,
    Sha3_256,
    Sha3_512,
}

impl Hash {
    /// RFC 9580 section 9.5. SHA-1, MD5, RIPEMD and SHA-224 do not exist here.
    pub(super) fn from_id(id: u8) -> Option<Self> {
        [Self::Sha256, Self::Sha384, Self::Sha512, Self::Sha3_256, Self::Sha3_512]
            .into_iter()
            .find(|hash| hash.id() == id)
    }

    pub(super) const fn id(self) -> u8 {
        match self {
            Self::Sha256 => 8,
            Self::Sha384 => 9,
            Self::Sha512 => 10,
            Self::Sha3_256 => 12,
            Self::Sha3_512 => 14,
        }
    }

    pub(super) const fn salt_len(self) -> usize {
        match self {
            Self::Sha256 | Self::Sha3_256 => 16,
            Self::Sha384 => 24,
            Self::Sha512 | Self::Sha3_512 => 32,
        }
    }

    fn algorithm(self) -> &'static digest::Algorithm {
        match self {
            Self::Sha256 => &digest::SHA256,
            Self::Sha384 => &digest::SHA384,
            Self::Sha512 => &digest::SHA512,
            Self::Sha3_256 => &digest::SHA3_256,
            Self::Sha3_512 => &digest::SHA3_512,
        }
    }
}

/// All of a signature that is hashed, and the salt.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) version: u8,
    pub(super) algorithm: u8,
    pub(super) hash: Hash,
    pub(super) salt: Vec<u8>,
    /// The hashed subpackets, as they stand in the packet.
    area: Vec<u8>,
}

/// What the hashed subpackets say.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Facts {
    /// Seconds since 1970.
    pub(super) created: u32,
    /// Fingerprint of the key that signed.
    pub(super) issuer: Vec<u8>,
    /// Fingerprints of the certificates it is meant for.
    pub(super) recipients: Vec<Vec<u8>>,
}

/// A signature packet that was read but not verified.
pub(super) struct Unverified {
    pub(super) head: Head,
    pub(super) facts: Facts,
    /// The first two octets of the digest.
    pub(super) prefix: [u8; 2],
    /// The algorithm's own part.
    pub(super) values: Vec<u8>,
}

impl Head {
    pub(super) fn new(version: u8, algorithm: u8, hash: Hash, salt: Vec<u8>, facts: &Facts) -> Self {
        let mut area = Vec::with_capacity(96);
        put_subpacket(&mut area, CREATED, &[], &facts.created.to_be_bytes());
        put_subpacket(&mut area, ISSUER, &[version], &facts.issuer);
        for recipient in &facts.recipients {
            put_subpacket(&mut area, INTENDED_RECIPIENT, &[version], recipient);
        }
        Self { version, algorithm, hash, salt, area }
    }

    /// The digest that is signed: salt, content, head, trailer (RFC 9580 section 5.2.4).
    pub(super) fn digest(&self, content: &[u8]) -> digest::Digest {
        let mut hasher = digest::Context::new(self.hash.algorithm());
        hasher.update(&self.salt);
        hasher.update(content);
        let head = self.hashed_bytes();
        hasher.update(&head);
        hasher.update(&[self.version, 0xff]);
        // The area was read from, or is written into, a length of at most 32 bits.
        hasher.update(&u32::try_from(head.len()).unwrap_or(u32::MAX).to_be_bytes());
        hasher.finish()
    }

    fn hashed_bytes(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(8 + self.area.len());
        out.extend_from_slice(&[self.version, BINARY, self.algorithm, self.hash.id()]);
        self.put_area_len(&mut out, self.area.len());
        out.extend_from_slice(&self.area);
        out
    }

    #[expect(
        clippy::cast_possible_truncation,
        reason = "our areas have under 200 bytes; read ones had this width"
    )]
    fn put_area_len(&self, out: &mut Vec<u8>, n: usize) {
        if self.version == 6 {
            out.extend_from_slice(&(n as u32).to_be_bytes());
        } else {
            out.extend_from_slice(&(n as u16).to_be_bytes());
        }
    }

    /// The body of the signature packet.
    pub(super) fn to_packet_body(&self, digest: &digest::Digest, values: &[u8]) -> Vec<u8> {
        let mut out = self.hashed_bytes();
        self.put_area_len(&mut out, 0);
        out.extend_from_slice(digest.as_ref().get(..2).unwrap_or_default());
        if self.version == 6 {
            out.extend_from_slice(&[u8::try_from(self.salt.len()).unwrap_or_default()]);
            out.extend_from_slice(&self.salt);
        }
        out.extend_from_slice(values);
        out
    }

    /// The body of the one-pass packet that announces the signature (RFC 9580 section 5.4).
    pub(super) fn to_one_pass_body(&self, issuer: &[u8]) -> Vec<u8> {
        let mut out = Vec::with_capacity(80);
        if self.version == 6 {
            out.extend_from_slice(&[6, BINARY, self.hash.id(), self.algorithm]);
            out.push(u8::try_from(self.salt.len()).unwrap_or_default());
            out.extend_from_slice(&self.salt);
            out.extend_from_slice(issuer);
        } else {
            out.extend_from_slice(&[3, BINARY, self.hash.id(), self.algorithm]);
            out.extend_from_slice(key_id(issuer));
        }
        out.push(1);
        out
    }
}

/// The key id of a version 4 fingerprint: its last eight octets.
pub(super) fn key_id(fingerprint: &[u8]) -> &[u8] {
    fingerprint.get(fingerprint.len().saturating_sub(8)..).unwrap_or_default()
}

#[expect(clippy::cast_possible_truncation, reason = "the longest subpacket made here has 34 bytes")]
fn put_subpacket(area: &mut Vec<u8>, kind: u8, lead: &[u8], value: &[u8]) {
    put_length(area, (1 + lead.len() + value.len()) as u32);
    area.push(kind);
    area.extend_from_slice(lead);
    area.extend_from_slice(value);
}

impl Unverified {
    /// Reads the body of a signature packet.
    pub(super) fn parse(body: &[u8]) -> Result<Self, OpenRefusal> {
        let mut input = Cursor(body);
        let fixed: [u8; 4] = input.array().ok_or(OpenRefusal::BadSignature)?;
        let [version, kind, algorithm, hash] = fixed;
        if !matches!(version, 4 | 6) || kind != BINARY {
            return Err(OpenRefusal::AlgorithmRefused);
        }
        let hash = Hash::from_id(hash).ok_or(OpenRefusal::AlgorithmRefused)?;
        Self::parse_rest(&mut input, version, algorithm, hash).ok_or(OpenRefusal::BadSignature)
    }

    fn parse_rest(input: &mut Cursor<'_>, version: u8, algorithm: u8, hash: Hash) -> Option<Self> {
        let area = area(input, version)?.to_vec();
        let _unhashed = self::area(input, version)?;
        let prefix = input.array()?;
        let mut salt = Vec::new();
        if version == 6 {
            let n = usize::from(input.u8()?);
            salt = input.take(n)?.to_vec();
            if n != hash.salt_len() {
                return None;
            }
        }
        let facts = facts(&area, version)?;
        let head = Head { version, algorithm, hash, salt, area };
        Some(Self { head, facts, prefix, values: input.0.to_vec() })
    }

    /// Whether a one-pass packet announced exactly this signature.
    pub(super) fn announced_by(&self, one_pass: &[u8]) -> bool {
        self.head.to_one_pass_body(&self.facts.issuer) == one_pass
    }
}

fn area<'a>(input: &mut Cursor<'a>, version: u8) -> Option<&'a [u8]> {
    let n = if version == 6 { input.len32()? } else { input.u16()? };
    input.take(n)
}

/// Reads the hashed subpackets. One that is critical and not known here makes the signature void.
fn facts(area: &[u8], version: u8) -> Option<Facts> {
    let mut input = Cursor(area);
    let (mut created, mut issuer, mut recipients) = (None, None, Vec::new());
    while !input.0.is_empty() {
        let n = match input.u8()? {
            n @ 0..=191 => usize::from(n),
            n @ 192..=254 => ((usize::from(n) - 192) << 8) + usize::from(input.u8()?) + 192,
            255 => input.len32()?,
        };
        let mut body = Cursor(input.take(n)?);
        let kind = body.u8()?;
        match kind & 0x7f {
            CREATED => only_once(&mut created, body.u32()?)?,
            // What was signed here stays signed: a signature that ends is not for this exchange.
            EXPIRES_AFTER if body.u32()? != 0 => return None,
            ISSUER => only_once(&mut issuer, fingerprint(body, version)?)?,
            INTENDED_RECIPIENT if recipients.len() < 16 => recipients.push(fingerprint(body, version)?),
            EXPIRES_AFTER | ISSUER_KEY_ID => {}
            _ if kind & 0x80 != 0 => return None,
            _ => {}
        }
    }
    Some(Facts { created: created?, issuer: issuer?, recipients })
}

fn only_once<T>(slot: &mut Option<T>, value: T) -> Option<()> {
    slot.replace(value).is_none().then_some(())
}

fn fingerprint(mut body: Cursor<'_>, version: u8) -> Option<Vec<u8>> {
    let want = if version == 6 { 32 } else { 20 };
    (body.u8()? == version && body.0.len() == want).then(|| body.0.to_vec())
}

#[cfg(test)]
mod tests {
    use super::{facts, put_subpacket};

    #[test]
    fn hashed_subpackets_are_complete_single_and_understood() {
        let area = |subpackets: &[(u8, &[u8])]| {
            let mut area = Vec::new();
            for (kind, value) in subpackets {
                put_subpacket(&mut area, *kind, &[], value);
            }
            area
        };
        let created: (u8, &[u8]) = (2, &[0, 0, 0, 1]);
        let issuer: (u8, &[u8]) = (33, &[4; 21]);
        let good = [
            vec![created, issuer],
            vec![(0x82, created.1), issuer, (35, issuer.1), (16, &[0; 8])],
            // Not known, not critical; a signature that never ends.
            vec![created, issuer, (20, b"note"), (3, &[0; 4])],
        ];
        for subpackets in good {
            assert!(facts(&area(&subpackets), 4).is_some());
        }
        let bad = [
            vec![],
            vec![created],
            vec![issuer],
            vec![created, created, issuer],
            vec![created, issuer, issuer],
            // Critical and unknown.
            vec![created, issuer, (0x94, b"note")],
            vec![created, issuer, (0xe4, b"")],
            // It ends; its issuer is of another version or length.
            vec![created, issuer, (3, &[0, 0, 0, 9])],
            vec![created, (33, &[6; 33])],
            vec![created, (33, &[4; 20])],
            vec![(2, &[0, 0, 1]), issuer],
        ];
        for subpackets in bad {
            assert!(facts(&area(&subpackets), 4).is_none(), "{subpackets:?}");
        }
        let mut many = vec![created, issuer];
        many.extend([(35, issuer.1); 17]);
        assert!(facts(&area(&many), 4).unwrap().recipients.len() <= 16);
        for cut in 1..area(&[created, issuer]).len() {
            assert!(facts(&area(&[created, issuer])[..cut], 4).is_none(), "{cut}");
        }
    }
}
