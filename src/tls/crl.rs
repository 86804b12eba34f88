//! Revocation lists (RFC 5280, 5), verified once when loaded and then only looked up.

use std::collections::{HashMap, HashSet};

use jiff::Timestamp;
use rustls::pki_types::CertificateRevocationListDer;
use rustls::pki_types::pem::PemObject;
use webpki::BorrowedCertRevocationList;
use x509_parser::asn1_rs::{Any, FromDer};
use x509_parser::oid_registry::OID_X509_EXT_ISSUER_DISTRIBUTION_POINT;
use x509_parser::prelude::CertificateRevocationList;

use super::certificate::is_der;
use super::peer::{Link, serial};
use super::provider::algorithms;
use super::{PeerRefusal, TlsError};
use crate::message::{PartyId, Sha256};

/// A list of a million entries has about 30 MB.
const MAX_FILE: usize = 64 * 1024 * 1024;

/// An authority that may sign revocation lists.
pub(super) struct Signer<'a> {
    /// The content of its name (DER, without the outer tag and length).
    pub(super) subject: &'a [u8],
    /// The content of its subjectPublicKeyInfo (DER, without the outer tag and length).
    pub(super) key: &'a [u8],
}

/// What one partner's authorities have revoked.
#[derive(Debug, Default)]
pub(super) struct Revoked {
    by_issuer: HashMap<Sha256, Issuer>,
    /// The earliest end among the issuers: after it nothing of this partner is believed.
    until: Option<Timestamp>,
}

#[derive(Debug)]
struct Issuer {
    serials: HashSet<Box<[u8]>>,
    /// The latest next update among this issuer's lists.
    until: Timestamp,
}

impl Revoked {
    /// Verifies and indexes every list in `files`. Several lists of one issuer add up.
    ///
    /// # Errors
    /// The `Crl…` variants of [`TlsError`]. An expired list is none: it refuses the partner's connections later.
    pub(super) fn load(files: &[Vec<u8>], signers: &[Signer<'_>], party: &PartyId) -> Result<Self, TlsError> {
        let mut revoked = Self::default();
        for file in files {
            for der in lists(file).ok_or_else(|| TlsError::CrlUnreadable { party: party.clone() })? {
                revoked.add(&der, signers, party)?;
            }
        }
        revoked.until = revoked.by_issuer.values().map(|issuer| issuer.until).min();
        Ok(revoked)
    }

    fn add(&mut self, der: &[u8], signers: &[Signer<'_>], party: &PartyId) -> Result<(), TlsError> {
        let unreadable = || TlsError::CrlUnreadable { party: party.clone() };
        // webpki refuses what it does not understand (critical extensions, indirect lists); x509-parser gives the dates.
        let strict = BorrowedCertRevocationList::from_der(der).map_err(|error| match error {
            webpki::Error::UnsupportedDeltaCrl
            | webpki::Error::UnsupportedIndirectCrl
            | webpki::Error::UnsupportedRevocationReasonsPartitioning
            | webpki::Error::UnsupportedCrlIssuingDistributionPoint => {
                TlsError::CrlPartial { party: party.clone() }
            }
            _ => unreadable(),
        })?;
        let (_, list) = CertificateRevocationList::from_der(der).map_err(|_| unreadable())?;
        // A list with a distribution point may be one of several parts: to take it for the whole would miss revocations.
        if list.extensions().iter().any(|e| e.oid == OID_X509_EXT_ISSUER_DISTRIBUTION_POINT) {
            return Err(TlsError::CrlPartial { party: party.clone() });
        }

        let (_, name) = Any::from_der(list.issuer().as_raw()).map_err(|_| unreadable())?;
        let mut issuers = signers.iter().filter(|signer| signer.subject == name.data).peekable();
        if issuers.peek().is_none() {
            return Err(TlsError::CrlWrongIssuer { party: party.clone() });
        }
        if !issuers.any(|signer| signed_by(der, signer.key).is_some()) {
            return Err(TlsError::CrlBadSignature { party: party.clone() });
        }

        let until = list.next_update().ok_or_else(unreadable)?;
        let until = Timestamp::from_second(until.timestamp()).map_err(|_| unreadable())?;
        let issuer = self
            .by_issuer
            .entry(Sha256::of(name.data))
            .or_insert_with(|| Issuer { serials: HashSet::new(), until });
        issuer.until = issuer.until.max(until);
        for entry in &strict {
            issuer.serials.insert(serial(entry.map_err(|_| unreadable())?.serial_number));
        }
        Ok(())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.by_issuer.is_empty()
    }

    /// When the first of the lists ends.
    pub(super) const fn until(&self) -> Option<Timestamp> {
        self.until
    }

    pub(super) fn holds(&self, link: &Link) -> bool {
        self.by_issuer.get(&link.issuer).is_some_and(|issuer| issuer.serials.contains(&link.serial))
    }

    /// Whether no certificate in `links` is revoked, as far as lists that still count can tell.
    pub(super) fn check(&self, links: &[Link], required: bool, now: Timestamp) -> Result<(), PeerRefusal> {
        if links.iter().any(|link| self.holds(link)) {
            return Err(PeerRefusal::Revoked);
        }
        if self.until.is_some_and(|until| now >= until) {
            return Err(PeerRefusal::CrlExpired);
        }
        if required && links.iter().any(|link| !self.by_issuer.contains_key(&link.issuer)) {
            return Err(PeerRefusal::CrlMissing);
        }
        Ok(())
    }
}

/// Every list of a PEM file, or the one of a DER file.
fn lists(file: &[u8]) -> Option<Vec<CertificateRevocationListDer<'static>>> {
    if file.len() > MAX_FILE {
        return None;
    }
    if is_der(file) {
        return Some(vec![CertificateRevocationListDer::from(file.to_vec())]);
    }
    let lists: Vec<_> = CertificateRevocationListDer::pem_slice_iter(file).collect::<Result<_, _>>().ok()?;
    (!lists.is_empty()).then_some(lists)
}

/// `Some` if the list `der` bears a signature by the key `spki`, made with an algorithm that handshakes accept too.
fn signed_by(der: &[u8], spki: &[u8]) -> Option<()> {
    let (_, list) = Any::from_der(der).ok()?;
    let (after_body, body) = Any::from_der(list.data).ok()?;
    let body_bytes = list.data.get(..list.data.len() - after_body.len())?;
    drop(body);
    let (signature, algorithm) = Any::from_der(after_body).ok()?;
    let (rest, signature) = Any::from_der(signature).ok()?;
    // A BIT STRING's first byte counts unused bits; a signature has none.
    let signature = signature.data.strip_prefix(&[0])?;
    let (key, key_algorithm) = Any::from_der(spki).ok()?;
    let (_, key) = Any::from_der(key).ok()?;
    let key = key.data.strip_prefix(&[0])?;
    if !rest.is_empty() {
        return None;
    }
    algorithms()
        .all
        .iter()
        .filter(|candidate| {
            candidate.signature_alg_id().as_ref() == algorithm.data
                && candidate.public_key_alg_id().as_ref() == key_algorithm.data
        })
        .find_map(|candidate| candidate.verify_signature(key, body_bytes, signature).ok())
}
