//! The files of one policy version: what two persons agree to, and nothing else.

use std::collections::BTreeMap;
use std::fmt;

use crate::message::Sha256;

/// Most files of a version.
const MAX_FILES: usize = 1000;
/// Longest version, names and contents together, in bytes.
const MAX_BYTES: usize = 8 << 20;
/// Longest name of a file, in bytes.
const MAX_NAME: usize = 200;
/// What a written bundle begins with.
const HEAD: &[u8] = b"casebridge policy bundle 1\n";

/// Files by their name below the policy's folder, such as `partners/si.toml`.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Bundle {
    files: BTreeMap<String, Vec<u8>>,
    bytes: usize,
}

/// Not a bundle that this program wrote.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this is no policy version that this program can read; use a newer casebridge")]
pub struct BundleError;

impl Bundle {
    /// The content of a file.
    #[must_use]
    pub fn file(&self, name: &str) -> Option<&[u8]> {
        self.files.get(name).map(Vec::as_slice)
    }

    /// Names and contents, by name.
    pub fn files(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.files.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice()))
    }

    /// Adds a file.
    ///
    /// # Errors
    /// In words, when the bundle would grow beyond its bounds or a secret would get into it.
    pub fn add(&mut self, name: &str, bytes: Vec<u8>) -> Result<(), String> {
        if !is_name(name) {
            return Err(format!("its name is longer than {MAX_NAME} bytes or not plain; rename it"));
        }
        if is_secret(&bytes) {
            return Err("this is a secret key; name the certificate instead".to_owned());
        }
        let size = self.bytes + name.len() + bytes.len();
        if size > MAX_BYTES || self.files.len() >= MAX_FILES {
            return Err(format!(
                "a policy version has at most {MAX_FILES} files and {MAX_BYTES} bytes; remove what no longer counts"
            ));
        }
        if self.files.contains_key(name) {
            return Err("it stands twice in this version".to_owned());
        }
        self.files.insert(name.to_owned(), bytes);
        self.bytes = size;
        Ok(())
    }

    /// The files in one order, each name and content after its length (4 bytes, most significant first): equal files
    /// give equal bytes, and only they do.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(HEAD.len() + self.bytes + 8 * self.files.len());
        out.extend_from_slice(HEAD);
        for (name, bytes) in &self.files {
            for part in [name.as_bytes(), bytes] {
                // No part is longer than `MAX_BYTES`.
                out.extend_from_slice(&u32::try_from(part.len()).unwrap_or(u32::MAX).to_be_bytes());
                out.extend_from_slice(part);
            }
        }
        out
    }

    /// Reads what [`Bundle::to_bytes`] wrote.
    ///
    /// # Errors
    /// [`BundleError`] for anything else.
    pub fn parse(bytes: &[u8]) -> Result<Self, BundleError> {
        let mut rest = bytes.strip_prefix(HEAD).ok_or(BundleError)?;
        let mut part = || -> Option<&[u8]> {
            let (length, after) = rest.split_first_chunk::<4>()?;
            let (part, after) = after.split_at_checked(usize::try_from(u32::from_be_bytes(*length)).ok()?)?;
            rest = after;
            Some(part)
        };
        let mut bundle = Self::default();
        while let Some(name) = part() {
            let name = std::str::from_utf8(name).map_err(|_| BundleError)?;
            let content = part().ok_or(BundleError)?;
            bundle.add(name, content.to_vec()).map_err(|_| BundleError)?;
        }
        // One way to write each: no names out of order, twice, or half a part at the end.
        if bundle.to_bytes() == bytes { Ok(bundle) } else { Err(BundleError) }
    }

    /// SHA-256 over names and contents.
    #[must_use]
    pub fn digest(&self) -> Sha256 {
        Sha256::of(&self.to_bytes())
    }
}

impl fmt::Debug for Bundle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Bundle({} files, {} bytes)", self.files.len(), self.bytes)
    }
}

/// Plain words and dots between slashes, no way up or out.
fn is_name(name: &str) -> bool {
    let plain = |part: &str| {
        !part.is_empty()
            && part != "."
            && part != ".."
            && !part.contains(|c: char| c.is_control() || c == '\\')
    };
    name.len() <= MAX_NAME && name.split('/').all(plain)
}

/// PEM, OpenPGP armor, or a binary OpenPGP secret key packet (RFC 9580, packet type 5 in both header forms).
fn is_secret(bytes: &[u8]) -> bool {
    const MARK: &[u8] = b"PRIVATE KEY";
    matches!(bytes.first(), Some(0xC5 | 0x94..=0x97)) || bytes.windows(MARK.len()).any(|part| part == MARK)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Bundle, HEAD, MAX_FILES};

    fn bundle(files: &[(&str, &[u8])]) -> Bundle {
        let mut bundle = Bundle::default();
        for (name, bytes) in files {
            bundle.add(name, bytes.to_vec()).unwrap();
        }
        bundle
    }

    #[test]
    fn the_digest_is_that_of_names_and_contents_whatever_the_order() {
        let one = bundle(&[("people.toml", b"a"), ("partners/si.toml", b"bc")]);
        let same = bundle(&[("partners/si.toml", b"bc"), ("people.toml", b"a")]);
        assert_eq!(one.digest(), same.digest());
        for other in [
            bundle(&[("people.toml", b"a"), ("partners/si.toml", b"bd")]),
            bundle(&[("people.toml", b"a"), ("partners/sj.toml", b"bc")]),
            bundle(&[("people.toml", b"ab"), ("partners/si.toml", b"c")]),
            bundle(&[("people.toml", b"a")]),
        ] {
            assert_ne!(one.digest(), other.digest());
        }
    }

    #[test]
    fn names_that_lead_out_and_secret_keys_stay_out() {
        for name in ["../keys/a.pem", "/etc/passwd", "a//b", "a/./b", "", "a\\b", "a\nb"] {
            assert!(Bundle::default().add(name, Vec::new()).is_err(), "{name:?}");
        }
        for secret in [
            &b"-----BEGIN PRIVATE KEY-----\n"[..],
            b"x\n-----BEGIN EC PRIVATE KEY-----",
            b"-----BEGIN PGP PRIVATE KEY BLOCK-----",
            &[0xC5, 0x05, 0x06],
            &[0x95, 0x01],
        ] {
            assert!(Bundle::default().add("keys/a.pem", secret.to_vec()).is_err(), "{secret:?}");
        }
    }

    #[test]
    fn a_bundle_is_bounded_in_files_and_bytes() {
        let mut bundle = Bundle::default();
        for number in 0..MAX_FILES {
            bundle.add(&format!("policies/{number}.cedar"), vec![b' ']).unwrap();
        }
        assert!(bundle.add("policies/more.cedar", Vec::new()).is_err());
        assert!(Bundle::default().add("policies/long.cedar", vec![b' '; 9 << 20]).is_err());
    }

    proptest! {
        #[test]
        fn what_was_written_is_read_and_nothing_else_is(
            files in prop::collection::btree_map("[a-z]{1,8}(/[a-z]{1,8})?", prop::collection::vec(any::<u8>(), 0..40), 0..6),
            junk in prop::collection::vec(any::<u8>(), 0..80),
            cut in any::<prop::sample::Index>(),
        ) {
            let mut bundle = Bundle::default();
            for (name, bytes) in files {
                let _ = bundle.add(&name, bytes);
            }
            let bytes = bundle.to_bytes();
            prop_assert_eq!(Bundle::parse(&bytes), Ok(bundle));
            let cut = cut.index(bytes.len());
            if let Ok(shorter) = Bundle::parse(&bytes[..cut]) {
                prop_assert_eq!(shorter.to_bytes(), &bytes[..cut]);
            }
            if let Ok(read) = Bundle::parse(&[HEAD, &junk].concat()) {
                prop_assert_eq!(read.to_bytes(), [HEAD, &junk].concat());
            }
        }
    }
}
