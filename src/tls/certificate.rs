//! Reading one certificate: whom it names, what it is for, how long it holds.

use std::collections::BTreeSet;

use jiff::Timestamp;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use x509_parser::prelude::{FromDer, GeneralName, KeyUsage, X509Certificate};

use super::{PeerRefusal, Side};
use crate::message::{PartyId, Sha256};

/// More names than any gateway needs; a certificate with more is refused before it costs anything.
const MAX_NAMES: usize = 64;

/// No certificate file is larger.
const MAX_FILE: usize = 256 * 1024;

const SCHEME: &str = "casebridge:";

/// What is believed of a certificate once its chain has been verified.
#[derive(Debug, Clone)]
pub(super) struct Facts {
    pub(super) parties: BTreeSet<PartyId>,
    pub(super) not_before: Timestamp,
    pub(super) not_after: Timestamp,
    pub(super) fingerprint: Sha256,
    client_auth: bool,
    server_auth: bool,
    role: Role,
}

#[derive(Debug, Clone, Copy)]
enum Role {
    /// May issue certificates, and lists of those it has revoked.
    Authority { signs_crls: bool },
    /// May, if its key usage says so, sign a handshake.
    Peer { signs: bool },
}

impl Facts {
    /// Reads `der`. Nothing is verified: the result is a claim.
    ///
    /// # Errors
    /// [`PeerRefusal::Malformed`], [`PeerRefusal::TooComplex`], [`PeerRefusal::MalformedParty`].
    pub(super) fn read(der: &[u8]) -> Result<Self, PeerRefusal> {
        let (rest, certificate) = X509Certificate::from_der(der).map_err(|_| PeerRefusal::Malformed)?;
        if !rest.is_empty() {
            return Err(PeerRefusal::Malformed);
        }
        let validity = certificate.validity();
        let usage = certificate.extended_key_usage().map_err(|_| PeerRefusal::Malformed)?;
        let key_usage = certificate.key_usage().map_err(|_| PeerRefusal::Malformed)?;
        let constraints = certificate.basic_constraints().map_err(|_| PeerRefusal::Malformed)?;
        // A certificate without the extension may be used for everything (RFC 5280, 4.2.1.3).
        let allows = |what: fn(&KeyUsage) -> bool| key_usage.as_ref().is_none_or(|usage| what(usage.value));
        let role = if constraints.is_some_and(|c| c.value.ca) && allows(KeyUsage::key_cert_sign) {
            Role::Authority { signs_crls: allows(KeyUsage::crl_sign) }
        } else {
            Role::Peer { signs: allows(KeyUsage::digital_signature) }
        };
        Ok(Self {
            parties: parties(&certificate)?,
            not_before: moment(validity.not_before.timestamp())?,
            not_after: moment(validity.not_after.timestamp())?,
            fingerprint: Sha256::of(der),
            // The purpose must be said: `any` and silence are not enough.
            client_auth: usage.as_ref().is_some_and(|u| u.value.client_auth),
            server_auth: usage.as_ref().is_some_and(|u| u.value.server_auth),
            role,
        })
    }

    /// Whether the certificate may stand at `side` of a connection.
    pub(super) const fn fits(&self, side: Side) -> Result<(), PeerRefusal> {
        let purpose = match side {
            Side::Client => self.client_auth,
            Side::Server => self.server_auth,
        };
        if !purpose {
            return Err(PeerRefusal::WrongUsage);
        }
        match self.role {
            Role::Peer { signs: true } => Ok(()),
            Role::Peer { signs: false } | Role::Authority { .. } => Err(PeerRefusal::WrongKeyUsage),
        }
    }

    /// Whether `now` lies within the validity, both ends included (RFC 5280, 4.1.2.5).
    pub(super) fn holds(&self, now: Timestamp) -> Result<(), PeerRefusal> {
        if now.as_second() < self.not_before.as_second() {
            Err(PeerRefusal::NotYetValid)
        } else if now.as_second() > self.not_after.as_second() {
            Err(PeerRefusal::Expired)
        } else {
            Ok(())
        }
    }

    pub(super) const fn is_authority(&self) -> bool {
        matches!(self.role, Role::Authority { .. })
    }

    pub(super) const fn signs_crls(&self) -> bool {
        matches!(self.role, Role::Authority { signs_crls: true })
    }
}

/// Every certificate of a PEM file, or the one of a DER file. `None` if there is none, or anything unreadable.
pub(super) fn chain(file: &[u8]) -> Option<Vec<CertificateDer<'static>>> {
    if file.len() > MAX_FILE {
        return None;
    }
    if is_der(file) {
        return Some(vec![CertificateDer::from(file.to_vec())]);
    }
    let chain: Vec<_> = CertificateDer::pem_slice_iter(file).collect::<Result<_, _>>().ok()?;
    (!chain.is_empty()).then_some(chain)
}

/// The digest of every certificate that a file of anchors comes to, by the very reader that decides whom to believe.
/// `None` when it would believe none of them.
#[must_use]
pub fn digests(file: &[u8]) -> Option<Vec<Sha256>> {
    Some(chain(file)?.iter().map(|certificate| Sha256::of(certificate)).collect())
}

/// Whether a file is DER: it begins with a long-form SEQUENCE, which no PEM text does.
pub(super) fn is_der(file: &[u8]) -> bool {
    matches!(file, [0x30, length, ..] if *length >= 0x80)
}

/// The parties that the certificate claims to speak for.
fn parties(certificate: &X509Certificate<'_>) -> Result<BTreeSet<PartyId>, PeerRefusal> {
    let names = certificate.subject_alternative_name().map_err(|_| PeerRefusal::Malformed)?;
    let Some(names) = names else { return Ok(BTreeSet::new()) };
    let names = &names.value.general_names;
    if names.len() > MAX_NAMES {
        return Err(PeerRefusal::TooComplex);
    }
    let mut parties = BTreeSet::new();
    for name in names {
        match name {
            // A name that only looks like ours must not pass as somebody else's.
            GeneralName::URI(uri)
                if uri.get(..SCHEME.len()).is_some_and(|s| s.eq_ignore_ascii_case(SCHEME)) =>
            {
                parties.insert(PartyId::from_uri(uri).map_err(|_| PeerRefusal::MalformedParty)?);
            }
            GeneralName::Invalid(..) => return Err(PeerRefusal::Malformed),
            _ => {}
        }
    }
    Ok(parties)
}

fn moment(seconds: i64) -> Result<Timestamp, PeerRefusal> {
    Timestamp::from_second(seconds).map_err(|_| PeerRefusal::Malformed)
}
