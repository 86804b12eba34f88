//! What may be configured, and what follows from it.

use rustls::pki_types::pem::PemObject;

use super::super::Side;
use super::super::certificate::chain;
use super::*;

fn code(anchors: Vec<Anchors>) -> &'static str {
    Trust::new(anchors).map_or_else(|error| error.code(), |_| "accepted")
}

/// What `trust` says of a client that shows `issued`.
fn examined(trust: &Trust, issued: &Issued) -> Result<Peer, PeerRefusal> {
    let chain = chain(issued.chain_pem.as_bytes()).unwrap();
    trust.examine(&chain[0], &chain[1..], Side::Client, now())
}

#[test]
fn a_party_and_an_authority_belong_to_one_partner_only() {
    let (mut slovenia, mut austria) = (State::slovenia(), State::austria());
    assert_eq!(code(vec![slovenia.anchors(), austria.anchors()]), "accepted");

    let mut twice = austria.anchors();
    twice.parties.insert(party("si/policija"));
    assert_eq!(code(vec![slovenia.anchors(), twice]), "party-twice");

    let mut shared = austria.anchors();
    shared.certificates.push(slovenia.authority.certificate_pem().into_bytes());
    assert_eq!(code(vec![slovenia.anchors(), shared]), "anchor-shared");
}

#[test]
fn anchors_must_be_readable_authorities_with_parties_and_lists() {
    let mut slovenia = State::slovenia();
    let good = slovenia.anchors();
    let with = |change: &dyn Fn(&mut Anchors)| {
        let mut anchors = good.clone();
        change(&mut anchors);
        code(vec![anchors])
    };
    let peer = slovenia.gateway(&["si/policija"]);
    assert_eq!(with(&|_| {}), "accepted");
    assert_eq!(with(&|a| a.parties.clear()), "anchors-empty");
    assert_eq!(with(&|a| a.certificates.clear()), "anchors-empty");
    assert_eq!(with(&|a| a.certificates.push(b"garbage".to_vec())), "anchor-unreadable");
    assert_eq!(with(&|a| a.certificates.push(vec![0x30, 0x82, 0, 1])), "anchor-unreadable");
    let peer_as_anchor = |a: &mut Anchors| a.certificates.push(peer.chain_pem.clone().into_bytes());
    assert_eq!(with(&peer_as_anchor), "anchor-not-authority");
    assert_eq!(with(&|a| a.crls.clear()), "crl-none");
    assert_eq!(with(&|a| a.crls.push(b"garbage".to_vec())), "crl-unreadable");
    assert_eq!(with(&|a| a.crls.push(vec![0x30, 0x82, 0, 1])), "crl-unreadable");
}

#[test]
fn a_partner_without_a_revocation_list_is_let_in_only_where_that_is_said() {
    let mut slovenia = State::slovenia();
    let issued = slovenia.gateway(&["si/policija"]);
    let mut anchors = slovenia.anchors();
    anchors.crls.clear();
    assert_eq!(code(vec![anchors.clone()]), "crl-none");
    anchors.crl_required = false;
    examined(&Trust::new(vec![anchors]).unwrap(), &issued).unwrap();
}

#[test]
fn a_revocation_list_counts_only_with_its_authoritys_own_signature() {
    let mut slovenia = State::slovenia();
    let mut anchors = slovenia.anchors();
    anchors.crls = vec![State::austria().authority.crl(now(), hours(1)).unwrap().into_bytes()];
    assert_eq!(code(vec![anchors.clone()]), "crl-wrong-issuer");
    // A namesake: right name, other key.
    anchors.crls = vec![State::slovenia().authority.crl(now(), hours(1)).unwrap().into_bytes()];
    assert_eq!(code(vec![anchors.clone()]), "crl-bad-signature");
    // One bit of the signed part, far from its structure: the last digit of the next update.
    let pem = slovenia.authority.crl(now(), hours(1)).unwrap();
    let list = rustls::pki_types::CertificateRevocationListDer::from_pem_slice(pem.as_bytes()).unwrap();
    let mut der = list.to_vec();
    anchors.crls = vec![der.clone()];
    assert_eq!(code(vec![anchors.clone()]), "accepted");
    let digit = der.windows(13).rposition(|w| w == b"261125110000Z").unwrap();
    der[digit + 1] = b'7';
    anchors.crls = vec![der];
    assert_eq!(code(vec![anchors]), "crl-bad-signature");
}

#[test]
fn a_list_that_covers_only_a_part_is_not_taken_for_the_whole() {
    let key = rcgen::KeyPair::generate().unwrap();
    let mut params = rcgen::CertificateParams::default();
    params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    params.key_usages = vec![rcgen::KeyUsagePurpose::KeyCertSign, rcgen::KeyUsagePurpose::CrlSign];
    let authority = rcgen::CertifiedIssuer::self_signed(params, key).unwrap();
    let list = rcgen::CertificateRevocationListParams {
        this_update: rcgen::date_time_ymd(2026, 11, 1),
        next_update: rcgen::date_time_ymd(2027, 11, 1),
        crl_number: rcgen::SerialNumber::from(1),
        issuing_distribution_point: Some(rcgen::CrlIssuingDistributionPoint {
            distribution_point: rcgen::CrlDistributionPoint { uris: vec!["http://ca.example/1.crl".into()] },
            scope: None,
        }),
        revoked_certs: Vec::new(),
        key_identifier_method: rcgen::KeyIdMethod::Sha256,
    };
    let mut anchors = Anchors::new([party("si/policija")]);
    anchors.certificates = vec![authority.der().to_vec()];
    anchors.crls = vec![list.signed_by(&authority).unwrap().der().to_vec()];
    assert_eq!(code(vec![anchors]), "crl-partial");
}

#[test]
fn an_authority_below_the_anchor_needs_a_list_of_its_own_and_falls_with_its_own_revocation() {
    let mut slovenia = State::slovenia();
    let mut below = slovenia.authority.subordinate("Slovenia, police", now()).unwrap();
    let issued = below.issue(&parties(&["si/policija"]), &[], hours(-1), hours(24)).unwrap();
    let list = below.crl(now(), hours(12)).unwrap().into_bytes();

    // Under the root alone: nobody knows what the authority below has revoked.
    let root_only = Trust::new(vec![slovenia.anchors()]).unwrap();
    assert_eq!(examined(&root_only, &issued).unwrap_err(), PeerRefusal::CrlMissing);

    let mut both = slovenia.anchors();
    both.certificates.push(below.certificate_pem().into_bytes());
    both.crls.push(list.clone());
    examined(&Trust::new(vec![both]).unwrap(), &issued).unwrap();

    // The root revokes the authority below: it is no anchor any more, although its file is still there.
    let chain = chain(below.certificate_pem().as_bytes()).unwrap();
    let serial = webpki::EndEntityCert::try_from(&chain[0]).unwrap().serial().to_vec();
    slovenia.authority.revoke(&serial, now());
    let mut fallen = slovenia.anchors();
    fallen.certificates.push(below.certificate_pem().into_bytes());
    fallen.crls.push(list);
    assert_eq!(examined(&Trust::new(vec![fallen]).unwrap(), &issued).unwrap_err(), PeerRefusal::Revoked);
}

#[test]
fn names_are_taken_exactly_or_not_at_all() {
    let mut slovenia = State::slovenia();
    let trust = Trust::new(vec![slovenia.anchors()]).unwrap();
    let base = Request::client(&BTreeSet::new(), hours(-1), hours(24));
    let named = |uris: &[&str]| {
        let uris = uris.iter().map(ToString::to_string).collect();
        let hosts = vec!["gateway.example".to_owned()];
        slovenia.authority.issue_as(&Request { uris, hosts, ..base.clone() }).unwrap()
    };
    for (uris, expected) in [
        (&[][..], PeerRefusal::NoParty),
        (&["https://si/policija"], PeerRefusal::NoParty),
        (&["casebridge://si/fantom"], PeerRefusal::UnknownParty),
        (&["casebridge://si/policija/"], PeerRefusal::MalformedParty),
        (&["casebridge://si/policija", "casebridge:si/policija"], PeerRefusal::MalformedParty),
        (&["CASEBRIDGE://at/bk", "casebridge://si/policija"], PeerRefusal::MalformedParty),
        (&["casebridge://SI/policija"], PeerRefusal::MalformedParty),
        (&["casebridge://si/policija", "casebridge://si/"], PeerRefusal::MalformedParty),
    ] {
        assert_eq!(examined(&trust, &named(uris)).unwrap_err(), expected, "{uris:?}");
    }
    let good = examined(&trust, &named(&["casebridge://si/policija", "https://policija.example/x"])).unwrap();
    assert_eq!(good.parties(), &parties(&["si/policija"]));

    let many: Vec<_> = (0..65).map(|n| format!("casebridge://si/p{n}")).collect();
    let many: Vec<_> = many.iter().map(String::as_str).collect();
    assert_eq!(examined(&trust, &named(&many)).unwrap_err(), PeerRefusal::TooComplex);
}

#[test]
fn an_authoritys_certificate_and_an_overlong_chain_are_no_peers() {
    let mut slovenia = State::slovenia();
    let trust = Trust::new(vec![slovenia.anchors()]).unwrap();
    let own = chain(slovenia.gateway(&["si/policija"]).chain_pem.as_bytes()).unwrap();
    let padding = vec![own[0].clone(); 5];
    let judged = trust.examine(&own[0], &padding, Side::Client, now());
    assert_eq!(judged.unwrap_err(), PeerRefusal::TooComplex);
    let authority = chain(slovenia.authority.certificate_pem().as_bytes()).unwrap();
    let judged = trust.examine(&authority[0], &[], Side::Client, now());
    assert_eq!(judged.unwrap_err(), PeerRefusal::NoParty);
}

#[test]
fn the_standing_says_when_each_partner_would_be_shut_out() {
    let (mut slovenia, mut austria) = (State::slovenia(), State::austria());
    let mut unlisted = austria.anchors();
    unlisted.crls.clear();
    unlisted.crl_required = false;
    let trust = Trust::new(vec![slovenia.anchors_with_crl_until(hours(7)), unlisted]).unwrap();
    let standing = trust.standing();
    assert_eq!(standing[0].parties, slovenia.parties);
    assert_eq!(standing[0].crl_until, Some(hours(7)));
    assert_eq!(standing[1].crl_until, None);
    assert!(standing.iter().all(|partner| partner.anchors_until > hours(24 * 365 * 19)));
    assert!(trust.knows(&party("at/bk")) && !trust.knows(&party("at/bmi")));
}
