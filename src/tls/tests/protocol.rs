//! Peers that do not speak as ours do.

use std::sync::Arc;

use rustls::ClientConfig;
use rustls::client::WantsClientCert;

use super::super::provider::{Moment, VERSIONS, provider};
use super::super::verifier::Verifier;
use super::*;

fn belgrade(serbia: &State, trusted: &mut State) -> Acceptor {
    let trust = Trust::new(vec![trusted.anchors()]).unwrap();
    Acceptor::new(identity(&serbia.gateway(&["rs/mup"])), trust).unwrap()
}

/// A client that believes Belgrade and is otherwise rustls as it comes: resumption and all.
fn plain_client(serbia: &mut State) -> rustls::ConfigBuilder<ClientConfig, WantsClientCert> {
    let trust = Arc::new(Trust::new(vec![serbia.anchors()]).unwrap());
    ClientConfig::builder_with_details(provider(), Arc::new(Moment(now())))
        .with_protocol_versions(VERSIONS)
        .unwrap()
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Forgetful(trust)))
}

/// Verifies afresh each time, so that one configuration can be used for several connections.
#[derive(Debug)]
struct Forgetful(Arc<Trust>);

impl rustls::client::danger::ServerCertVerifier for Forgetful {
    fn verify_server_cert(
        &self,
        end_entity: &rustls::pki_types::CertificateDer<'_>,
        intermediates: &[rustls::pki_types::CertificateDer<'_>],
        name: &rustls::pki_types::ServerName<'_>,
        ocsp: &[u8],
        at: rustls::pki_types::UnixTime,
    ) -> Result<rustls::client::danger::ServerCertVerified, rustls::Error> {
        Verifier::new(Arc::clone(&self.0), now(), None).verify_server_cert(
            end_entity,
            intermediates,
            name,
            ocsp,
            at,
        )
    }

    fn verify_tls12_signature(
        &self,
        _message: &[u8],
        _cert: &rustls::pki_types::CertificateDer<'_>,
        _dss: &rustls::DigitallySignedStruct,
    ) -> Result<rustls::client::danger::HandshakeSignatureValid, rustls::Error> {
        unreachable!("TLS 1.3 only")
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &rustls::pki_types::CertificateDer<'_>,
        dss: &rustls::DigitallySignedStruct,
    ) -> Result<rustls::client::danger::HandshakeSignatureValid, rustls::Error> {
        rustls::crypto::verify_tls13_signature(message, cert, dss, super::super::provider::algorithms())
    }

    fn supported_verify_schemes(&self) -> Vec<rustls::SignatureScheme> {
        super::super::provider::algorithms().supported_schemes()
    }
}

#[tokio::test]
async fn a_client_without_a_certificate_is_refused() {
    let (mut serbia, mut slovenia) = (State::serbia(), State::slovenia());
    let acceptor = belgrade(&serbia, &mut slovenia);
    let config = plain_client(&mut serbia).with_no_client_auth();
    let (here, there) = tokio::io::duplex(64 * 1024);
    let nameless =
        tokio_rustls::TlsConnector::from(Arc::new(config)).connect("x.invalid".try_into().unwrap(), there);
    let (accepted, called) = tokio::join!(acceptor.accept(here, now(), LIMIT), nameless);
    assert_eq!(accepted.unwrap_err().code(), "no-certificate");
    let answer = called.unwrap().read_u8().await.unwrap_err();
    assert!(answer.to_string().contains("CertificateRequired"), "{answer}");
}

#[tokio::test]
async fn a_client_that_wants_to_resume_is_examined_again() {
    let (mut serbia, mut slovenia) = (State::serbia(), State::slovenia());
    let acceptor = belgrade(&serbia, &mut slovenia);
    let ljubljana = slovenia.gateway(&["si/policija"]);
    let mut config = plain_client(&mut serbia).with_client_cert_resolver(identity(&ljubljana).key());
    config.enable_early_data = true;
    let connector = tokio_rustls::TlsConnector::from(Arc::new(config));

    for round in 1..=2 {
        let (here, there) = tokio::io::duplex(64 * 1024);
        let call = connector.connect("x.invalid".try_into().unwrap(), there);
        let (accepted, called) = tokio::join!(acceptor.accept(here, now(), LIMIT), call);
        let ((mut server, _), mut client) = (accepted.unwrap(), called.unwrap());
        // Read to the end, so that a ticket would have been seen.
        server.shutdown().await.unwrap();
        client.read_to_end(&mut Vec::new()).await.unwrap();
        let (_, session) = client.get_ref();
        assert_eq!(session.handshake_kind(), Some(rustls::HandshakeKind::Full), "round {round}");
        assert_eq!(session.tls13_tickets_received(), 0);
    }

    slovenia.authority.revoke(&ljubljana.serial, now());
    acceptor.reload(acceptor.identity(), Trust::new(vec![slovenia.anchors()]).unwrap()).unwrap();
    let (here, there) = tokio::io::duplex(64 * 1024);
    let call = connector.connect("x.invalid".try_into().unwrap(), there);
    let (accepted, _) = tokio::join!(acceptor.accept(here, now(), LIMIT), call);
    assert_eq!(refusal(accepted), PeerRefusal::Revoked);
}

/// A `ClientHello` of TLS 1.2 with one suite, one group and one signature algorithm.
fn hello_of_tls_1_2() -> Vec<u8> {
    let extensions: &[u8] = &[
        0x00, 0x0a, 0x00, 0x04, 0x00, 0x02, 0x00, 0x1d, // supported_groups: x25519
        0x00, 0x0b, 0x00, 0x02, 0x01, 0x00, // ec_point_formats: uncompressed
        0x00, 0x0d, 0x00, 0x04, 0x00, 0x02, 0x04, 0x03, // signature_algorithms: ecdsa_secp256r1_sha256
    ];
    let mut body = vec![0x03, 0x03];
    body.extend([7; 32]);
    body.extend([0x00, 0x00, 0x02, 0xc0, 0x2b, 0x01, 0x00, 0x00, u8::try_from(extensions.len()).unwrap()]);
    body.extend(extensions);
    let length = u8::try_from(body.len()).unwrap();
    let mut record = vec![0x16, 0x03, 0x01, 0x00, length + 4, 0x01, 0x00, 0x00, length];
    record.extend(body);
    record
}

#[tokio::test]
async fn a_client_of_tls_1_2_is_refused() {
    let acceptor = belgrade(&State::serbia(), &mut State::slovenia());
    let (here, mut there) = tokio::io::duplex(64 * 1024);
    there.write_all(&hello_of_tls_1_2()).await.unwrap();
    let accepted = acceptor.accept(here, now(), LIMIT).await;
    assert_eq!(accepted.unwrap_err().code(), "tls-version");
    let mut answer = Vec::new();
    there.read_to_end(&mut answer).await.unwrap();
    // A fatal alert, protocol_version (RFC 8446, 6.2).
    assert_eq!(answer.get(5..), Some(&[2, 70][..]));
}

#[tokio::test]
async fn a_peer_that_speaks_another_protocol_inside_is_refused() {
    let (mut serbia, mut slovenia) = (State::serbia(), State::slovenia());
    let acceptor = belgrade(&serbia, &mut slovenia);
    let mut config = plain_client(&mut serbia)
        .with_client_cert_resolver(identity(&slovenia.gateway(&["si/policija"])).key());
    config.alpn_protocols = vec![b"h2".to_vec()];
    let (here, there) = tokio::io::duplex(64 * 1024);
    let call =
        tokio_rustls::TlsConnector::from(Arc::new(config)).connect("x.invalid".try_into().unwrap(), there);
    let (accepted, _) = tokio::join!(acceptor.accept(here, now(), LIMIT), call);
    assert_eq!(accepted.unwrap_err().code(), "nothing-in-common");
}

#[tokio::test]
async fn a_peer_that_is_silent_or_talks_nonsense_or_hangs_up_costs_only_its_own_connection() {
    let (mut serbia, mut slovenia) = (State::serbia(), State::slovenia());
    let acceptor = belgrade(&serbia, &mut slovenia);

    let (here, _silent) = tokio::io::duplex(1024);
    let accepted = acceptor.accept(here, now(), Duration::from_millis(1)).await;
    assert_eq!(accepted.unwrap_err().code(), "handshake-timeout");

    let (here, mut there) = tokio::io::duplex(64 * 1024);
    there.write_all(b"GET / HTTP/1.1\r\n\r\n").await.unwrap();
    assert_eq!(acceptor.accept(here, now(), LIMIT).await.unwrap_err().code(), "tls-protocol");

    let (here, there) = tokio::io::duplex(1024);
    drop(there);
    assert_eq!(acceptor.accept(here, now(), LIMIT).await.unwrap_err().code(), "connection-broken");

    let connector = Connector::new(
        identity(&slovenia.gateway(&["si/policija"])),
        Trust::new(vec![serbia.anchors()]).unwrap(),
    )
    .unwrap();
    let (accepted, connected) = meet(&acceptor, &connector, "rs/mup").await;
    assert!(accepted.is_ok() && connected.is_ok());
}
