//! Whom to believe: anchors and revocation lists, partner by partner.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use jiff::Timestamp;
use rustls::pki_types::{CertificateDer, TrustAnchor};
use webpki::{EndEntityCert, KeyUsage};

use super::certificate::{Facts, chain};
use super::crl::{Revoked, Signer};
use super::peer::{Link, Path, Peer, serial};
use super::provider::{algorithms, unix};
use super::{PeerRefusal, Side, TlsError};
use crate::message::{PartyId, Sha256};

/// No national authority needs a longer chain: root, policy authority, issuing authority, peer.
const MAX_INTERMEDIATES: usize = 4;

/// What is trusted to speak for the parties of one partner state or organisation.
#[derive(Debug, Clone)]
pub struct Anchors {
    /// The parties that certificates under these anchors may name.
    pub parties: BTreeSet<PartyId>,
    /// The authorities' certificates: one file each, PEM (one or several) or DER.
    pub certificates: Vec<Vec<u8>>,
    /// The authorities' complete revocation lists: one file each, PEM (one or several) or DER.
    pub crls: Vec<Vec<u8>>,
    /// Whether every issuer must have a revocation list. Only `false` lets a partner without one in.
    pub crl_required: bool,
}

impl Anchors {
    /// Anchors for `parties`, with revocation lists required and neither certificates nor lists yet.
    #[must_use]
    pub fn new(parties: impl IntoIterator<Item = PartyId>) -> Self {
        Self {
            parties: parties.into_iter().collect(),
            certificates: Vec::new(),
            crls: Vec::new(),
            crl_required: true,
        }
    }
}

/// All anchors, checked and ready to decide. Replace it as a whole when a file has changed.
#[derive(Debug)]
pub struct Trust {
    partners: Vec<Partner>,
    /// Party to its place in `partners`.
    by_party: BTreeMap<PartyId, usize>,
}

/// How long one partner's anchors and lists last, for alarms before they end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    pub parties: BTreeSet<PartyId>,
    /// When the first anchor ends.
    pub anchors_until: Timestamp,
    /// When the first revocation list ends and the partner is shut out; `None` if it has none.
    pub crl_until: Option<Timestamp>,
}

#[derive(Debug)]
struct Partner {
    parties: BTreeSet<PartyId>,
    roots: Vec<TrustAnchor<'static>>,
    /// By [`anchor_id`]: from when to when the anchor holds.
    validity: HashMap<Sha256, (Timestamp, Timestamp)>,
    revoked: Revoked,
    crl_required: bool,
}

impl Trust {
    /// Checks `anchors` and verifies every revocation list once.
    ///
    /// # Errors
    /// [`TlsError::AnchorsEmpty`], the `Anchor…` and `Crl…` variants, [`TlsError::PartyTwice`].
    pub fn new(anchors: Vec<Anchors>) -> Result<Self, TlsError> {
        let mut by_party = BTreeMap::new();
        let mut owner_of_key: HashMap<Sha256, PartyId> = HashMap::new();
        let mut partners = Vec::new();
        for (place, anchors) in anchors.into_iter().enumerate() {
            let first = anchors.parties.first().cloned().ok_or(TlsError::AnchorsEmpty)?;
            for party in &anchors.parties {
                if by_party.insert(party.clone(), place).is_some() {
                    return Err(TlsError::PartyTwice { party: party.clone() });
                }
            }
            let partner = Partner::load(anchors, &first)?;
            // One key under two partners would let either speak for the other.
            for root in &partner.roots {
                let key = Sha256::of(&root.subject_public_key_info);
                match owner_of_key.get(&key) {
                    Some(other) if *other != first => {
                        return Err(TlsError::AnchorShared { party: first, other: other.clone() });
                    }
                    _ => owner_of_key.insert(key, first.clone()),
                };
            }
            partners.push(partner);
        }
        Ok(Self { partners, by_party })
    }

    /// Whether certificates that name `party` can be accepted at all.
    #[must_use]
    pub fn knows(&self, party: &PartyId) -> bool {
        self.by_party.contains_key(party)
    }

    /// Whether a peer that was accepted earlier would still be. Costs a few look-ups: ask at every request.
    ///
    /// # Errors
    /// [`PeerRefusal::Revoked`], [`PeerRefusal::Expired`], [`PeerRefusal::Unknown`], [`PeerRefusal::CrlExpired`],
    /// [`PeerRefusal::CrlMissing`]: close the connection.
    pub fn still_good(&self, peer: &Peer, now: Timestamp) -> Result<(), PeerRefusal> {
        for path in &peer.paths {
            let mut seen = None;
            for party in &path.parties {
                let (place, partner) = self.partner(party).ok_or(PeerRefusal::Unknown)?;
                if seen == Some(place) {
                    continue;
                }
                seen = Some(place);
                partner.revoked.check(&path.links, partner.crl_required, now)?;
                let (_, until) = partner.validity.get(&path.anchor).ok_or(PeerRefusal::Unknown)?;
                if now.as_second() > until.as_second() {
                    return Err(PeerRefusal::Expired);
                }
            }
        }
        if now.as_second() > peer.not_after.as_second() {
            return Err(PeerRefusal::Expired);
        }
        Ok(())
    }

    /// How long each partner's anchors and lists last.
    #[must_use]
    pub fn standing(&self) -> Vec<Standing> {
        let standing = |partner: &Partner| Standing {
            parties: partner.parties.clone(),
            anchors_until: partner.validity.values().map(|(_, until)| *until).min().unwrap_or(Timestamp::MIN),
            crl_until: partner.revoked.until(),
        };
        self.partners.iter().map(standing).collect()
    }

    /// Decides about a peer that shows `own` and, to complete the chain, `others`.
    pub(super) fn examine(
        &self,
        own: &CertificateDer<'_>,
        others: &[CertificateDer<'_>],
        side: Side,
        now: Timestamp,
    ) -> Result<Peer, PeerRefusal> {
        if others.len() > MAX_INTERMEDIATES {
            return Err(PeerRefusal::TooComplex);
        }
        let facts = Facts::read(own)?;
        if facts.parties.is_empty() {
            return Err(PeerRefusal::NoParty);
        }
        let mut by_partner: BTreeMap<usize, BTreeSet<PartyId>> = BTreeMap::new();
        for party in &facts.parties {
            let (place, _) = self.partner(party).ok_or(PeerRefusal::UnknownParty)?;
            by_partner.entry(place).or_default().insert(party.clone());
        }
        facts.fits(side)?;

        let certificate = EndEntityCert::try_from(own).map_err(|_| PeerRefusal::Malformed)?;
        let mut not_after = facts.not_after;
        let mut paths = Vec::new();
        for (place, parties) in by_partner {
            let partner = self.partners.get(place).ok_or(PeerRefusal::UnknownParty)?;
            let (path, until) = partner.path(&certificate, others, parties, side, now)?;
            not_after = not_after.min(until);
            paths.push(path);
        }
        Ok(Peer {
            parties: facts.parties,
            serial: serial(certificate.serial()),
            issuer: Sha256::of(certificate.issuer()),
            fingerprint: facts.fingerprint,
            not_after,
            paths,
        })
    }

    fn partner(&self, party: &PartyId) -> Option<(usize, &Partner)> {
        let place = *self.by_party.get(party)?;
        Some((place, self.partners.get(place)?))
    }
}

impl Partner {
    fn load(anchors: Anchors, first: &PartyId) -> Result<Self, TlsError> {
        let unreadable = || TlsError::AnchorUnreadable { party: first.clone() };
        if anchors.certificates.is_empty() {
            return Err(TlsError::AnchorsEmpty);
        }
        let mut authorities = Vec::new();
        for file in &anchors.certificates {
            for certificate in chain(file).ok_or_else(unreadable)? {
                let facts = Facts::read(&certificate).map_err(|_| unreadable())?;
                if !facts.is_authority() {
                    return Err(TlsError::AnchorNotAuthority { party: first.clone() });
                }
                let root =
                    webpki::anchor_from_trusted_cert(&certificate).map_err(|_| unreadable())?.to_owned();
                let link = EndEntityCert::try_from(&certificate).map_err(|_| unreadable())?;
                let link = link_of(&link);
                authorities.push((root, facts, link));
            }
        }

        let signers: Vec<_> = authorities
            .iter()
            .filter(|(_, facts, _)| facts.signs_crls())
            .map(|(root, ..)| Signer { subject: &root.subject, key: &root.subject_public_key_info })
            .collect();
        let revoked = Revoked::load(&anchors.crls, &signers, first)?;
        if anchors.crl_required && revoked.is_empty() {
            return Err(TlsError::CrlNone { party: first.clone() });
        }

        let mut roots: Vec<TrustAnchor<'static>> = Vec::new();
        let mut validity: HashMap<Sha256, (Timestamp, Timestamp)> = HashMap::new();
        for (root, facts, link) in authorities {
            // An anchor that another one has revoked is no anchor.
            if revoked.holds(&link) {
                continue;
            }
            // A renewed certificate of the same authority and key lengthens the time.
            validity
                .entry(anchor_id(&root))
                .and_modify(|(from, until)| {
                    *from = (*from).min(facts.not_before);
                    *until = (*until).max(facts.not_after);
                })
                .or_insert((facts.not_before, facts.not_after));
            if !roots.contains(&root) {
                roots.push(root);
            }
        }
        let Anchors { parties, crl_required, .. } = anchors;
        Ok(Self { parties, roots, validity, revoked, crl_required })
    }

    /// The verified way from `certificate` to one of these anchors, and how long it lasts.
    fn path(
        &self,
        certificate: &EndEntityCert<'_>,
        others: &[CertificateDer<'_>],
        parties: BTreeSet<PartyId>,
        side: Side,
        now: Timestamp,
    ) -> Result<(Path, Timestamp), PeerRefusal> {
        let usage = match side {
            Side::Client => KeyUsage::client_auth(),
            Side::Server => KeyUsage::server_auth(),
        };
        // Revocation is ours to check: webpki would verify each list's signature again at every handshake.
        let way = certificate
            .verify_for_usage(algorithms().all, &self.roots, others, unix(now), usage, None, None)
            .map_err(|error| refusal(&error))?;

        let anchor = anchor_id(way.anchor());
        let (from, mut until) = *self.validity.get(&anchor).ok_or(PeerRefusal::WrongIssuer)?;
        if now < from {
            return Err(PeerRefusal::NotYetValid);
        }
        let mut links = vec![link_of(certificate)];
        for between in way.intermediate_certificates() {
            links.push(link_of(between));
            until = until.min(Facts::read(&between.der())?.not_after);
        }
        self.revoked.check(&links, self.crl_required, now)?;
        if now.as_second() > until.as_second() {
            return Err(PeerRefusal::Expired);
        }
        Ok((Path { parties, anchor, links }, until))
    }
}

fn link_of(certificate: &webpki::Cert<'_>) -> Link {
    Link { issuer: Sha256::of(certificate.issuer()), serial: serial(certificate.serial()) }
}

/// One authority: its name and its key, whichever certificate says so.
fn anchor_id(anchor: &TrustAnchor<'_>) -> Sha256 {
    let key = Sha256::of(&anchor.subject_public_key_info);
    Sha256::of(&[key.as_bytes(), anchor.subject.as_ref()].concat())
}

/// What webpki found, in our words.
fn refusal(error: &webpki::Error) -> PeerRefusal {
    use webpki::Error;
    match error {
        Error::CertExpired { .. } => PeerRefusal::Expired,
        Error::CertNotValidYet { .. } => PeerRefusal::NotYetValid,
        Error::UnknownIssuer => PeerRefusal::WrongIssuer,
        Error::InvalidSignatureForPublicKey | Error::SignatureAlgorithmMismatch => PeerRefusal::BadSignature,
        Error::RequiredEkuNotFoundContext(_) | Error::EmptyEkuExtension => PeerRefusal::WrongUsage,
        Error::CaUsedAsEndEntity | Error::EndEntityUsedAsCa => PeerRefusal::WrongKeyUsage,
        Error::NameConstraintViolation | Error::PathLenConstraintViolated => PeerRefusal::Constrained,
        Error::MaximumPathBuildCallsExceeded
        | Error::MaximumPathDepthExceeded
        | Error::MaximumSignatureChecksExceeded
        | Error::MaximumNameConstraintComparisonsExceeded => PeerRefusal::TooComplex,
        _ => PeerRefusal::Malformed,
    }
}
