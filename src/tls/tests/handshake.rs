use super::super::Side;
use super::super::certificate::chain;
use super::*;

#[tokio::test]
async fn two_gateways_meet_over_hybrid_tls_and_each_knows_the_others_parties() {
    let (mut serbia, mut slovenia) = (State::serbia(), State::slovenia());
    let belgrade = serbia.gateway(&["rs/mup", "rs/jt", "rs/minrzs", "rs/cztlj"]);
    let ljubljana = slovenia.gateway(&["si/policija"]);
    let acceptor = Acceptor::new(identity(&belgrade), Trust::new(vec![slovenia.anchors()]).unwrap()).unwrap();
    let connector =
        Connector::new(identity(&ljubljana), Trust::new(vec![serbia.anchors()]).unwrap()).unwrap();

    let (accepted, connected) = meet(&acceptor, &connector, "rs/jt").await;
    let ((mut server, client_peer), (mut client, server_peer)) = (accepted.unwrap(), connected.unwrap());

    assert_eq!(client_peer.parties(), &parties(&["si/policija"]));
    assert_eq!(client_peer.serial(), ljubljana.serial);
    assert_eq!(client_peer.not_after(), hours(24));
    assert_eq!(client_peer.fingerprint(), connector.identity().fingerprint());
    assert_eq!(server_peer.parties(), &parties(&["rs/mup", "rs/jt", "rs/minrzs", "rs/cztlj"]));
    assert!(server_peer.speaks_for(&party("rs/cztlj")) && !server_peer.speaks_for(&party("si/policija")));
    for stream in [&server, &client] {
        assert_eq!(stream.key_exchange(), Some("X25519MLKEM768"));
        assert!(stream.is_http1());
    }

    let echo = async {
        let mut ping = [0; 4];
        server.read_exact(&mut ping).await.unwrap();
        server.write_all(&ping).await.unwrap();
        server.shutdown().await.unwrap();
    };
    let call = async {
        client.write_all(b"ping").await.unwrap();
        let mut answer = Vec::new();
        client.read_to_end(&mut answer).await.unwrap();
        answer
    };
    assert_eq!(tokio::join!(echo, call).1, b"ping");
}

#[tokio::test]
async fn a_slovene_authority_cannot_vouch_for_an_austrian_party() {
    let (mut slovenia, mut austria) = (State::slovenia(), State::austria());
    let forged = slovenia.gateway(&["at/bk"]);
    let judged = judged_by_belgrade(&forged, vec![slovenia.anchors(), austria.anchors()], now()).await;
    assert_eq!(refusal(judged), PeerRefusal::WrongIssuer);
}

#[tokio::test]
async fn a_certificate_may_name_several_parties_of_one_state_but_not_of_two() {
    let (mut slovenia, mut austria) = (State::slovenia(), State::austria());
    let several = slovenia.gateway(&["si/policija", "si/sdt"]);
    let mixed = slovenia.gateway(&["si/policija", "at/bk"]);
    let unknown = slovenia.gateway(&["si/policija", "si/fantom"]);
    let mut anchors = || vec![slovenia.anchors(), austria.anchors()];

    let accepted = judged_by_belgrade(&several, anchors(), now()).await.unwrap();
    assert_eq!(accepted.parties(), &parties(&["si/policija", "si/sdt"]));
    assert_eq!(refusal(judged_by_belgrade(&mixed, anchors(), now()).await), PeerRefusal::WrongIssuer);
    assert_eq!(refusal(judged_by_belgrade(&unknown, anchors(), now()).await), PeerRefusal::UnknownParty);
}

#[tokio::test]
async fn a_certificate_is_good_only_between_its_dates() {
    let mut slovenia = State::slovenia();
    let issued = slovenia.gateway(&["si/policija"]);
    let mut anchors = || vec![slovenia.anchors_with_crl_until(hours(10_000))];
    for (at, expected) in [
        (hours(-1) - 1.second(), Some(PeerRefusal::NotYetValid)),
        (hours(-1), None),
        (hours(24), None),
        (hours(24) + 1.second(), Some(PeerRefusal::Expired)),
    ] {
        let judged = judged_by_belgrade(&issued, anchors(), at).await;
        match expected {
            Some(expected) => assert_eq!(refusal(judged), expected, "{at}"),
            None => drop(judged.unwrap()),
        }
    }
}

#[tokio::test]
async fn a_revoked_certificate_is_refused_and_its_neighbour_is_not() {
    let mut slovenia = State::slovenia();
    let (stolen, other) = (slovenia.gateway(&["si/policija"]), slovenia.gateway(&["si/policija"]));
    slovenia.authority.revoke(&stolen.serial, now());
    let mut anchors = || vec![slovenia.anchors()];
    assert_eq!(refusal(judged_by_belgrade(&stolen, anchors(), now()).await), PeerRefusal::Revoked);
    judged_by_belgrade(&other, anchors(), now()).await.unwrap();
}

#[tokio::test]
async fn a_partner_whose_revocation_list_has_ended_is_shut_out_and_no_other_partner_is() {
    let (mut slovenia, mut austria) = (State::slovenia(), State::austria());
    let (si, at) = (slovenia.gateway(&["si/policija"]), austria.gateway(&["at/bk"]));
    let mut anchors = || vec![slovenia.anchors_with_crl_until(hours(2)), austria.anchors()];
    judged_by_belgrade(&si, anchors(), hours(2) - 1.second()).await.unwrap();
    assert_eq!(refusal(judged_by_belgrade(&si, anchors(), hours(2)).await), PeerRefusal::CrlExpired);
    judged_by_belgrade(&at, anchors(), hours(2)).await.unwrap();
}

#[tokio::test]
async fn a_certificate_that_vouches_for_itself_or_comes_from_a_namesake_is_refused() {
    let mut slovenia = State::slovenia();
    let namesake = State::slovenia();
    let other = State::new("Nowhere", &[]);
    let mut anchors = || vec![slovenia.anchors()];
    let stranger = other.gateway(&["si/policija"]);
    assert_eq!(refusal(judged_by_belgrade(&stranger, anchors(), now()).await), PeerRefusal::WrongIssuer);
    let same_name = namesake.gateway(&["si/policija"]);
    assert_eq!(refusal(judged_by_belgrade(&same_name, anchors(), now()).await), PeerRefusal::BadSignature);

    let key = rcgen::KeyPair::generate().unwrap();
    let mut params = rcgen::CertificateParams::default();
    params.subject_alt_names = vec![rcgen::SanType::URI("casebridge://si/policija".try_into().unwrap())];
    params.extended_key_usages = vec![rcgen::ExtendedKeyUsagePurpose::ClientAuth];
    let own = params.self_signed(&key).unwrap();
    let own = Issued { chain_pem: own.pem(), key_pem: key.serialize_pem(), serial: Vec::new() };
    assert_eq!(refusal(judged_by_belgrade(&own, anchors(), now()).await), PeerRefusal::WrongIssuer);
}

#[tokio::test]
async fn a_server_that_is_not_the_party_called_is_refused() {
    let (mut serbia, mut slovenia, mut austria) = (State::serbia(), State::slovenia(), State::austria());
    let connector = Connector::new(
        identity(&serbia.gateway(&["rs/mup"])),
        Trust::new(vec![slovenia.anchors(), austria.anchors()]).unwrap(),
    )
    .unwrap();
    let vienna =
        Acceptor::new(identity(&austria.gateway(&["at/bk"])), Trust::new(vec![serbia.anchors()]).unwrap());
    let (accepted, connected) = meet(&vienna.unwrap(), &connector, "si/policija").await;
    assert_eq!(refusal(connected), PeerRefusal::WrongParty);
    // The server learns that it was refused, not why: 46 is certificate_unknown for every reason.
    assert!(matches!(accepted, Err(TlsError::RefusedByPeer { alert: 46 })), "{accepted:?}");

    let forger = Acceptor::new(
        identity(&austria.gateway(&["si/policija"])),
        Trust::new(vec![serbia.anchors()]).unwrap(),
    );
    let (_, connected) = meet(&forger.unwrap(), &connector, "si/policija").await;
    assert_eq!(refusal(connected), PeerRefusal::WrongIssuer);
}

#[tokio::test]
async fn a_certificate_serves_only_the_purpose_that_it_was_issued_for() {
    let mut slovenia = State::slovenia();
    let names = parties(&["si/policija"]);
    let request = Request::client(&names, hours(-1), hours(24));
    let only_client = slovenia.authority.issue_as(&request).unwrap();
    let only_server =
        slovenia.authority.issue_as(&Request { client: false, server: true, ..request.clone() }).unwrap();
    let neither = slovenia.authority.issue_as(&Request { client: false, ..request }).unwrap();
    let trust = Trust::new(vec![slovenia.anchors()]).unwrap();

    judged_by_belgrade(&only_client, vec![slovenia.anchors()], now()).await.unwrap();
    for issued in [&only_server, &neither] {
        let chain = chain(issued.chain_pem.as_bytes()).unwrap();
        let judged = trust.examine(&chain[0], &[], Side::Client, now());
        assert_eq!(judged.unwrap_err(), PeerRefusal::WrongUsage);
    }
    let chain = chain(only_client.chain_pem.as_bytes()).unwrap();
    let judged = trust.examine(&chain[0], &[], Side::Server, now());
    assert_eq!(judged.unwrap_err(), PeerRefusal::WrongUsage);

    // Our own certificate is held to the same, before anybody calls.
    let serbian = || Trust::new(vec![State::serbia().anchors()]).unwrap();
    let own = Acceptor::new(identity(&only_client), serbian());
    assert!(matches!(own, Err(TlsError::OwnCertificate(PeerRefusal::WrongUsage))));
    let own = Connector::new(identity(&only_server), serbian());
    assert!(matches!(own, Err(TlsError::OwnCertificate(PeerRefusal::WrongUsage))));
}
