//! Certificates that `throwaway` does not make: odd usages, odd times, constraints.

use std::sync::Arc;
use std::time::SystemTime;

use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, CertifiedIssuer,
    ExtendedKeyUsagePurpose, GeneralSubtree, IsCa, KeyIdMethod, KeyPair, KeyUsagePurpose, NameConstraints,
    SanType, SerialNumber,
};
use rustls::pki_types::CertificateDer;

use super::super::Side;
use super::*;

type Issuer = CertifiedIssuer<'static, KeyPair>;

fn system(at: Timestamp) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(at.as_second().try_into().unwrap())
}

fn params(from: Timestamp, until: Timestamp) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.not_before = system(from).into();
    params.not_after = system(until).into();
    params
}

fn authority_params(name: &str, from: Timestamp, until: Timestamp) -> CertificateParams {
    let mut params = params(from, until);
    params.distinguished_name.push(rcgen::DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params
}

fn root(params: CertificateParams) -> Issuer {
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

fn peer_params() -> CertificateParams {
    let mut params = params(hours(-1), hours(24));
    params.subject_alt_names = vec![SanType::URI("casebridge://si/policija".try_into().unwrap())];
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    params
}

fn signed(params: &CertificateParams, issuer: &Issuer) -> CertificateDer<'static> {
    params.signed_by(&KeyPair::generate().unwrap(), issuer).unwrap().der().clone()
}

fn list(issuer: &Issuer) -> Vec<u8> {
    let list = CertificateRevocationListParams {
        this_update: system(hours(-1)).into(),
        next_update: system(hours(1_000)).into(),
        crl_number: SerialNumber::from(1),
        issuing_distribution_point: None,
        revoked_certs: Vec::new(),
        key_identifier_method: KeyIdMethod::Sha256,
    };
    list.signed_by(issuer).unwrap().der().to_vec()
}

/// Trust in `anchors`, without lists.
fn trusting(anchors: &[&Issuer]) -> Result<Trust, TlsError> {
    let mut trusted = Anchors::new([party("si/policija")]);
    trusted.certificates = anchors.iter().map(|anchor| anchor.der().to_vec()).collect();
    trusted.crl_required = false;
    Trust::new(vec![trusted])
}

#[test]
fn an_anchor_holds_only_between_its_own_dates() {
    let root = root(authority_params("root", hours(0), hours(10)));
    let trust = trusting(&[&root]).unwrap();
    let own = signed(&peer_params(), &root);
    let examined = |at| trust.examine(&own, &[], Side::Client, at);
    assert_eq!(examined(hours(0) - 1.second()).unwrap_err(), PeerRefusal::NotYetValid);
    assert_eq!(examined(hours(10) + 1.second()).unwrap_err(), PeerRefusal::Expired);
    let peer = examined(hours(10)).unwrap();
    assert_eq!(peer.not_after(), hours(10));
    assert_eq!(trust.still_good(&peer, hours(10)), Ok(()));
    assert_eq!(trust.still_good(&peer, hours(10) + 1.second()), Err(PeerRefusal::Expired));
}

#[test]
fn an_open_connection_ends_with_the_first_certificate_above_it_that_ends() {
    let root = root(authority_params("root", hours(-1), hours(100)));
    let below = authority_params("below", hours(-1), hours(5));
    let below = CertifiedIssuer::signed_by(below, KeyPair::generate().unwrap(), &root).unwrap();
    let trust = trusting(&[&root]).unwrap();
    let own = signed(&peer_params(), &below);
    let peer = trust.examine(&own, &[below.der().clone()], Side::Client, now()).unwrap();
    assert_eq!(peer.not_after(), hours(5));
    assert_eq!(trust.still_good(&peer, hours(5) + 1.second()), Err(PeerRefusal::Expired));
    let late = trust.examine(&own, &[below.der().clone()], Side::Client, hours(5) + 1.second());
    assert_eq!(late.unwrap_err(), PeerRefusal::Expired);
    // Without the certificate between, there is no way to the anchor.
    assert_eq!(trust.examine(&own, &[], Side::Client, now()).unwrap_err(), PeerRefusal::WrongIssuer);
}

#[test]
fn a_key_is_used_only_for_what_its_certificate_says() {
    let root_of = |usages: &[KeyUsagePurpose]| {
        let mut params = authority_params("root", hours(-1), hours(100));
        params.key_usages = usages.to_vec();
        root(params)
    };
    let good = root_of(&[KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign]);
    let trust = trusting(&[&good]).unwrap();
    let examined =
        |params: &CertificateParams| trust.examine(&signed(params, &good), &[], Side::Client, now());

    let mut params = peer_params();
    examined(&params).unwrap();
    params.key_usages = vec![KeyUsagePurpose::KeyEncipherment];
    assert_eq!(examined(&params).unwrap_err(), PeerRefusal::WrongKeyUsage);
    // A certificate that says nothing may sign (RFC 5280, 4.2.1.3).
    params.key_usages.clear();
    examined(&params).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    assert_eq!(examined(&params).unwrap_err(), PeerRefusal::WrongKeyUsage);
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    assert_eq!(examined(&params).unwrap_err(), PeerRefusal::WrongKeyUsage);

    let no_certificates = root_of(&[KeyUsagePurpose::DigitalSignature]);
    assert_eq!(trusting(&[&no_certificates]).unwrap_err().code(), "anchor-not-authority");

    // The list is rightly signed, by a key that may not sign lists.
    let key = KeyPair::generate().unwrap();
    let key_pem = key.serialize_pem();
    let mut params = authority_params("root", hours(-1), hours(100));
    let signing = CertifiedIssuer::self_signed(params.clone(), key).unwrap();
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    let silent = CertifiedIssuer::self_signed(params, KeyPair::from_pem(&key_pem).unwrap()).unwrap();
    let mut anchors = Anchors::new([party("si/policija")]);
    anchors.crls.push(list(&signing));
    anchors.certificates = vec![silent.der().to_vec()];
    assert_eq!(Trust::new(vec![anchors.clone()]).unwrap_err().code(), "crl-wrong-issuer");
    anchors.certificates = vec![signing.der().to_vec()];
    Trust::new(vec![anchors]).unwrap();
}

#[test]
fn a_constraint_of_the_issuer_binds() {
    let mut params = authority_params("root", hours(-1), hours(100));
    params.name_constraints = Some(NameConstraints {
        permitted_subtrees: vec![GeneralSubtree::DnsName("policija.example".into())],
        excluded_subtrees: Vec::new(),
    });
    let root = root(params);
    let trust = trusting(&[&root]).unwrap();
    let mut params = peer_params();
    params.subject_alt_names.push(SanType::DnsName("gw.policija.example".try_into().unwrap()));
    trust.examine(&signed(&params, &root), &[], Side::Client, now()).unwrap();
    params.subject_alt_names.push(SanType::DnsName("elsewhere.example".try_into().unwrap()));
    let judged = trust.examine(&signed(&params, &root), &[], Side::Client, now());
    assert_eq!(judged.unwrap_err(), PeerRefusal::Constrained);
}

#[test]
fn a_renewed_authority_with_its_old_key_lengthens_the_time() {
    let key = KeyPair::generate().unwrap();
    let key_pem = key.serialize_pem();
    let old = authority_params("root", hours(-1), hours(2));
    let old = CertifiedIssuer::self_signed(old, key).unwrap();
    let renewed = authority_params("root", hours(-1), hours(50));
    let renewed = CertifiedIssuer::self_signed(renewed, KeyPair::from_pem(&key_pem).unwrap()).unwrap();
    let own = signed(&peer_params(), &old);
    let peer = trusting(&[&old]).unwrap().examine(&own, &[], Side::Client, now()).unwrap();

    for anchors in [&[&old, &renewed][..], &[&renewed]] {
        let trust = trusting(anchors).unwrap();
        assert_eq!(trust.still_good(&peer, now()), Ok(()));
        assert_eq!(trust.examine(&own, &[], Side::Client, hours(3)).unwrap().not_after(), hours(24));
    }
}

#[test]
fn a_serial_number_is_the_same_with_and_without_the_zero_that_der_puts_before_it() {
    let root = root(authority_params("root", hours(-1), hours(100)));
    let mut params = peer_params();
    params.serial_number = Some(SerialNumber::from_slice(&[0x80, 1]));
    let own = signed(&params, &root);
    let peer = trusting(&[&root]).unwrap().examine(&own, &[], Side::Client, now()).unwrap();
    assert_eq!(peer.serial(), [0x80, 1]);
}

fn on_any_thread<T: Send>(_: &T) {}

#[test]
fn trust_in_nobody_lets_nobody_in_and_a_handshake_can_run_on_any_thread() {
    let nobody = Trust::new(Vec::new()).unwrap();
    let slovenia = State::slovenia();
    let issued = slovenia.gateway(&["si/policija"]);
    let own = super::super::certificate::chain(issued.chain_pem.as_bytes()).unwrap();
    let judged = nobody.examine(&own[0], &[], Side::Client, now());
    assert_eq!(judged.unwrap_err(), PeerRefusal::UnknownParty);

    let nobody = Arc::new(nobody);
    let acceptor = Acceptor::new(identity(&issued), Arc::clone(&nobody)).unwrap();
    let connector = Connector::new(identity(&issued), nobody).unwrap();
    let (here, there) = tokio::io::duplex(16);
    on_any_thread(&acceptor.accept(here, now(), LIMIT));
    on_any_thread(&connector.connect(there, &party("si/policija"), now(), LIMIT));
}
