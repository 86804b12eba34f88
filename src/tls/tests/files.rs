//! Own files, and bytes from outside.

use proptest::prelude::*;

use super::super::certificate::{Facts, chain};
use super::*;

fn parsed(chain_pem: &str, key_pem: &str) -> &'static str {
    Identity::parse(chain_pem.as_bytes(), key_pem.as_bytes(), now()).map_or_else(|e| e.code(), |_| "accepted")
}

#[test]
fn an_own_key_and_certificate_must_be_readable_belong_together_and_name_a_party() {
    let serbia = State::serbia();
    let (own, other) = (serbia.gateway(&["rs/mup"]), serbia.gateway(&["rs/mup"]));
    assert_eq!(parsed(&own.chain_pem, &own.key_pem), "accepted");
    assert_eq!(parsed(&own.chain_pem, &other.key_pem), "own-key-mismatch");
    for garbage in ["", "garbage", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"] {
        assert_eq!(parsed(garbage, &own.key_pem), "own-certificate-unreadable", "{garbage}");
        assert_eq!(parsed(&own.chain_pem, garbage), "own-key-unreadable", "{garbage}");
    }
    let sec1 = own.key_pem.replace("PRIVATE KEY", "EC PRIVATE KEY");
    assert_eq!(parsed(&own.chain_pem, &sec1), "own-key-unreadable");
    let encrypted = own.key_pem.replace("PRIVATE KEY", "ENCRYPTED PRIVATE KEY");
    assert_eq!(parsed(&own.chain_pem, &encrypted), "own-key-unreadable");

    let refused = |chain_pem: &str, key_pem: &str, at: Timestamp| match Identity::parse(
        chain_pem.as_bytes(),
        key_pem.as_bytes(),
        at,
    ) {
        Err(TlsError::OwnCertificate(refusal)) => refusal,
        other => panic!("{other:?}"),
    };
    assert_eq!(refused(&own.chain_pem, &own.key_pem, hours(25)), PeerRefusal::Expired);
    assert_eq!(refused(&own.chain_pem, &own.key_pem, hours(-2)), PeerRefusal::NotYetValid);
    let nobody = serbia.authority.issue(&BTreeSet::new(), &["localhost"], hours(-1), hours(1)).unwrap();
    assert_eq!(refused(&nobody.chain_pem, &nobody.key_pem, now()), PeerRefusal::NoParty);
    let (certificate, key) = (serbia.authority.certificate_pem(), serbia.authority.key_pem());
    assert_eq!(refused(&certificate, &key, now()), PeerRefusal::WrongKeyUsage);
}

#[test]
fn an_identity_and_its_errors_never_show_the_key() {
    let serbia = State::serbia();
    let own = serbia.gateway(&["rs/mup", "rs/jt"]);
    let identity = identity(&own);
    assert_eq!(identity.parties(), &parties(&["rs/mup", "rs/jt"]));
    assert_eq!(identity.not_after(), hours(24));
    let key_line = own.key_pem.lines().nth(1).unwrap();
    let shown = format!("{identity:?} {own:?} {:?}", serbia.authority);
    assert!(!shown.contains(key_line) && !shown.contains("PRIVATE"), "{shown}");
}

fn certificate() -> Vec<u8> {
    let serbia = State::serbia();
    chain(serbia.gateway(&["rs/mup", "rs/jt"]).chain_pem.as_bytes()).unwrap()[0].to_vec()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn no_bytes_make_the_reading_of_a_certificate_panic(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
        let _ = Facts::read(&bytes);
        let _ = chain(&bytes);
        let _ = Identity::parse(&bytes, &bytes, now());
        let mut anchors = Anchors::new([party("si/policija")]);
        anchors.certificates.push(bytes.clone());
        anchors.crls.push(bytes);
        prop_assert!(Trust::new(vec![anchors]).is_err());
    }

    #[test]
    fn a_damaged_certificate_names_nobody_else_and_passes_nowhere(
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
    ) {
        use std::sync::LazyLock;
        static GOOD: LazyLock<(Trust, Vec<u8>)> = LazyLock::new(|| {
            let mut serbia = State::serbia();
            let issued = serbia.gateway(&["rs/mup", "rs/jt"]);
            let trust = Trust::new(vec![serbia.anchors()]).unwrap();
            (trust, chain(issued.chain_pem.as_bytes()).unwrap()[0].to_vec())
        });
        let (trust, good) = &*GOOD;
        let mut bad = good.clone();
        for (at, byte) in changes {
            let at = at.index(bad.len());
            bad[at] = byte;
        }
        let judged = trust.examine(&bad.clone().into(), &[], super::super::Side::Client, now());
        prop_assert_eq!(judged.is_ok(), bad == *good);
    }
}

#[test]
fn a_certificate_with_bytes_after_its_end_is_malformed() {
    let mut bytes = certificate();
    assert!(Facts::read(&bytes).is_ok());
    bytes.push(0);
    assert_eq!(Facts::read(&bytes).unwrap_err(), PeerRefusal::Malformed);
}

/// The files of `certs-example/xa` and `certs-example/xb`.
macro_rules! example {
    ($path:literal) => {
        include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/certs-example/", $path))
    };
}

#[tokio::test]
async fn the_example_certificates_let_two_gateways_meet_and_the_revoked_client_not_in() {
    let anchors = |name, ca: &[u8], crl: &[u8]| {
        let mut anchors = Anchors::new([party(name)]);
        anchors.certificates.push(ca.to_vec());
        anchors.crls.push(crl.to_vec());
        Trust::new(vec![anchors]).unwrap()
    };
    let xa = || anchors("xa/police", example!("xa/ca.pem"), example!("xa/crl.pem"));
    let xb = || anchors("xb/police", example!("xb/ca.pem"), example!("xb/crl.pem"));
    let identity = |chain: &[u8], key: &[u8]| Identity::parse(chain, key, now()).unwrap();
    let gateway = identity(example!("xb/gateway.pem"), example!("xb/gateway.key"));
    let acceptor = Acceptor::new(gateway, xa()).unwrap();

    let gateway = identity(example!("xa/gateway.pem"), example!("xa/gateway.key"));
    let client = identity(example!("xa/client.pem"), example!("xa/client.key"));
    for allowed in [gateway, client] {
        let connector = Connector::new(allowed, xb()).unwrap();
        let (accepted, connected) = meet(&acceptor, &connector, "xb/police").await;
        assert_eq!(accepted.unwrap().1.parties(), &parties(&["xa/police"]));
        assert_eq!(connected.unwrap().1.parties(), &parties(&["xb/police"]));
    }
    let revoked = identity(example!("xa/revoked-client.pem"), example!("xa/revoked-client.key"));
    let connector = Connector::new(revoked, xb()).unwrap();
    let (accepted, _) = meet(&acceptor, &connector, "xb/police").await;
    assert_eq!(refusal(accepted), PeerRefusal::Revoked);
}
