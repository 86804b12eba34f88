//! The secret with which an agency makes its keyed digests.

use std::fmt;

use aws_lc_rs::hmac;
use zeroize::Zeroizing;

use super::digest::Sha256;

/// What keyed digests are for. Each use has a key of its own, so that digests of two uses tell nothing together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SecretUse {
    /// Digests of sources and persons inside records that leave.
    Records,
    /// Recognising that a request comes again; never leaves.
    Requests,
}

impl SecretUse {
    /// The label under which the key is derived; never changed, or digests made before would not be recognised.
    const fn label(self) -> &'static str {
        match self {
            Self::Records => "casebridge keyed digest: records",
            Self::Requests => "casebridge keyed digest: requests",
        }
    }
}

/// A secret of one agency for one use.
///
/// A plain digest of a small set of values (a national number, a row of which all but the number is known) is found by trying all of
/// them. A keyed one is not, by anyone without the secret.
pub struct Secret(Zeroizing<[u8; 32]>);

impl Secret {
    /// The secret for one use, derived from a data key by HMAC-SHA256 (RFC 2104).
    #[must_use]
    pub fn derive(data_key: &[u8], purpose: SecretUse) -> Self {
        let mut secret = Zeroizing::new([0; 32]);
        let key = hmac::Key::new(hmac::HMAC_SHA256, data_key);
        secret.copy_from_slice(hmac::sign(&key, purpose.label().as_bytes()).as_ref());
        Self(secret)
    }

    /// The keyed digest of some parts in their order. Each part goes in with its length, so that no two lists of parts
    /// are digested alike.
    #[must_use]
    pub fn digest(&self, parts: &[&[u8]]) -> Sha256 {
        let key = hmac::Key::new(hmac::HMAC_SHA256, &*self.0);
        let mut context = hmac::Context::with_key(&key);
        for part in parts {
            context.update(&(part.len() as u64).to_be_bytes());
            context.update(part);
        }
        let mut digest = [0; 32];
        digest.copy_from_slice(context.sign().as_ref());
        Sha256::from_bytes(digest)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::{Secret, SecretUse};
    use crate::message::Sha256;

    #[test]
    fn a_keyed_digest_depends_on_the_key_the_use_and_where_each_part_ends() {
        let one = Secret::derive(&[1; 32], SecretUse::Records);
        let parts: [&[u8]; 2] = [b"ab", b"c"];
        let digest = one.digest(&parts);
        assert_eq!(digest, Secret::derive(&[1; 32], SecretUse::Records).digest(&parts));
        for other in [
            Secret::derive(&[2; 32], SecretUse::Records).digest(&parts),
            Secret::derive(&[1; 32], SecretUse::Requests).digest(&parts),
            one.digest(&[b"a", b"bc"]),
            one.digest(&[b"abc"]),
            one.digest(&[b"ab", b"c", b""]),
            Sha256::of(b"abc"),
        ] {
            assert_ne!(digest, other);
        }
        assert_eq!(format!("{one:?}"), "Secret(…)");
    }
}
