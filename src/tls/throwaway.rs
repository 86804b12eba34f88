//! Authorities, certificates and revocation lists made on the spot, for trials, demonstrations and tests.
//!
//! The keys are ECDSA P-256. Ed25519 is cheaper (a full handshake costs the server 161 µs instead of 199), but Windows'
//! own TLS, older Java and most national authorities and smart cards do not take it; P-256 works with every partner.

use std::collections::BTreeSet;
use std::fmt;
use std::net::IpAddr;
use std::time::{Duration, SystemTime};

use jiff::Timestamp;
use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, CertifiedIssuer, DistinguishedName,
    DnType, ExtendedKeyUsagePurpose, IsCa, KeyIdMethod, KeyPair, KeyUsagePurpose, RevocationReason,
    RevokedCertParams, SanType, SerialNumber,
};

use crate::message::PartyId;

/// A state's certificate authority that nobody should trust outside a trial.
pub struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
    /// The certificates above this one, for the chains of those it issues.
    above: String,
    revoked: Vec<(Vec<u8>, Timestamp)>,
    crl_number: u64,
}

/// A certificate with its key.
pub struct Issued {
    /// The certificate and those between it and the root, in PEM.
    pub chain_pem: String,
    /// The key, PKCS#8 in PEM.
    pub key_pem: String,
    /// For [`Authority::revoke`].
    pub serial: Vec<u8>,
}

/// What a certificate says. Begin with [`Request::gateway`] or [`Request::client`].
#[derive(Debug, Clone)]
pub struct Request {
    /// Subject alternative names that are URIs, as they stand.
    pub uris: Vec<String>,
    /// Host names and addresses.
    pub hosts: Vec<String>,
    pub client: bool,
    pub server: bool,
    pub not_before: Timestamp,
    pub not_after: Timestamp,
}

/// A certificate that cannot be made: a name is not ASCII, or a time lies outside 1950 to 9999.
#[derive(Debug, thiserror::Error)]
#[error("the certificate cannot be made; check names and times")]
pub struct ThrowawayError(#[source] rcgen::Error);

impl From<rcgen::Error> for ThrowawayError {
    fn from(error: rcgen::Error) -> Self {
        Self(error)
    }
}

impl Request {
    /// For a gateway, which calls and is called, in the name of `parties`.
    #[must_use]
    pub fn gateway(parties: &BTreeSet<PartyId>, not_before: Timestamp, not_after: Timestamp) -> Self {
        Self {
            uris: parties.iter().map(PartyId::uri).collect(),
            hosts: Vec::new(),
            client: true,
            server: true,
            not_before,
            not_after,
        }
    }

    /// For a system or a partner that only calls.
    #[must_use]
    pub fn client(parties: &BTreeSet<PartyId>, not_before: Timestamp, not_after: Timestamp) -> Self {
        Self { server: false, ..Self::gateway(parties, not_before, not_after) }
    }
}

impl Authority {
    /// A root, valid for twenty years from a day before `now`.
    ///
    /// # Errors
    /// [`ThrowawayError`].
    pub fn new(common_name: &str, now: Timestamp) -> Result<Self, ThrowawayError> {
        let issuer = CertifiedIssuer::self_signed(authority(common_name, now)?, KeyPair::generate()?)?;
        Ok(Self { issuer, above: String::new(), revoked: Vec::new(), crl_number: 0 })
    }

    /// An authority below this one.
    ///
    /// # Errors
    /// [`ThrowawayError`].
    pub fn subordinate(&self, common_name: &str, now: Timestamp) -> Result<Self, ThrowawayError> {
        let issuer =
            CertifiedIssuer::signed_by(authority(common_name, now)?, KeyPair::generate()?, &self.issuer)?;
        let above = format!("{}{}", issuer.pem(), self.above);
        Ok(Self { issuer, above, revoked: Vec::new(), crl_number: 0 })
    }

    /// A gateway's certificate for `parties`, reachable under `hosts` (names or addresses).
    ///
    /// # Errors
    /// [`ThrowawayError`].
    pub fn issue(
        &self,
        parties: &BTreeSet<PartyId>,
        hosts: &[&str],
        not_before: Timestamp,
        not_after: Timestamp,
    ) -> Result<Issued, ThrowawayError> {
        let hosts = hosts.iter().map(ToString::to_string).collect();
        self.issue_as(&Request { hosts, ..Request::gateway(parties, not_before, not_after) })
    }

    /// A certificate that says what `request` says, sensible or not.
    ///
    /// # Errors
    /// [`ThrowawayError`].
    pub fn issue_as(&self, request: &Request) -> Result<Issued, ThrowawayError> {
        let mut params = CertificateParams::default();
        params.distinguished_name = named(request.uris.first().map_or("nobody", String::as_str));
        for uri in &request.uris {
            params.subject_alt_names.push(SanType::URI(uri.as_str().try_into()?));
        }
        for host in &request.hosts {
            params.subject_alt_names.push(match host.parse::<IpAddr>() {
                Ok(address) => SanType::IpAddress(address),
                Err(_) => SanType::DnsName(host.as_str().try_into()?),
            });
        }
        if request.client {
            params.extended_key_usages.push(ExtendedKeyUsagePurpose::ClientAuth);
        }
        if request.server {
            params.extended_key_usages.push(ExtendedKeyUsagePurpose::ServerAuth);
        }
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.is_ca = IsCa::ExplicitNoCa;
        params.use_authority_key_identifier_extension = true;
        params.not_before = system(request.not_before).into();
        params.not_after = system(request.not_after).into();
        let serial = random_serial()?;
        params.serial_number = Some(SerialNumber::from_slice(&serial));

        let key = KeyPair::generate()?;
        let certificate = params.signed_by(&key, &self.issuer)?;
        Ok(Issued {
            chain_pem: format!("{}{}", certificate.pem(), self.above),
            key_pem: key.serialize_pem(),
            serial,
        })
    }

    /// From now on the lists of this authority name `serial`.
    pub fn revoke(&mut self, serial: &[u8], at: Timestamp) {
        self.revoked.push((serial.to_vec(), at));
    }

    /// The complete revocation list, in PEM, issued at `now` and good until `next_update`.
    ///
    /// # Errors
    /// [`ThrowawayError`], also if `next_update` is not after `now`.
    pub fn crl(&mut self, now: Timestamp, next_update: Timestamp) -> Result<String, ThrowawayError> {
        self.crl_number += 1;
        let revoked = |(serial, at): &(Vec<u8>, Timestamp)| RevokedCertParams {
            serial_number: SerialNumber::from_slice(serial),
            revocation_time: system(*at).into(),
            reason_code: Some(RevocationReason::KeyCompromise),
            invalidity_date: None,
        };
        let list = CertificateRevocationListParams {
            this_update: system(now).into(),
            next_update: system(next_update).into(),
            crl_number: SerialNumber::from(self.crl_number),
            issuing_distribution_point: None,
            revoked_certs: self.revoked.iter().map(revoked).collect(),
            key_identifier_method: KeyIdMethod::Sha256,
        };
        Ok(list.signed_by(&self.issuer)?.pem()?)
    }

    /// The authority's own certificate.
    #[must_use]
    pub fn certificate_pem(&self) -> String {
        self.issuer.pem()
    }

    /// The authority's key, PKCS#8 in PEM.
    #[must_use]
    pub fn key_pem(&self) -> String {
        self.issuer.key().serialize_pem()
    }
}

impl fmt::Debug for Authority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Authority").field("revoked", &self.revoked.len()).finish_non_exhaustive()
    }
}

/// Never shows the key.
impl fmt::Debug for Issued {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Issued").finish_non_exhaustive()
    }
}

fn authority(common_name: &str, now: Timestamp) -> Result<CertificateParams, ThrowawayError> {
    const DAY: i64 = 24 * 60 * 60;
    let at = |seconds: i64| {
        let at = now.as_second().saturating_add(seconds);
        system(Timestamp::from_second(at).unwrap_or(now))
    };
    let mut params = CertificateParams::default();
    params.distinguished_name = named(common_name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params.not_before = at(-DAY).into();
    params.not_after = at(20 * 365 * DAY).into();
    params.serial_number = Some(SerialNumber::from_slice(&random_serial()?));
    Ok(params)
}

fn named(common_name: &str) -> DistinguishedName {
    let mut name = DistinguishedName::new();
    name.push(DnType::OrganizationName, "casebridge trial");
    name.push(DnType::CommonName, common_name);
    name
}

/// Times before 1970 count as 1970; there are none after 9999 (jiff's last year, and X.509's).
fn system(at: Timestamp) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(u64::try_from(at.as_second()).unwrap_or(0))
}

/// Sixteen random bytes, positive as an INTEGER without a leading zero.
fn random_serial() -> Result<Vec<u8>, ThrowawayError> {
    let mut serial = vec![0; 16];
    aws_lc_rs::rand::fill(&mut serial).map_err(|_| ThrowawayError(rcgen::Error::RingUnspecified))?;
    if let Some(first) = serial.first_mut() {
        *first = (*first & 0x7f) | 0x40;
    }
    Ok(serial)
}
