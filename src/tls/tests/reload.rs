//! Changes while connections are open.

use super::*;

fn peer_of(met: (Met, Met)) -> Peer {
    met.1.unwrap();
    met.0.unwrap().1
}

#[tokio::test]
async fn a_revocation_ends_an_open_connection_at_its_next_request() {
    let (mut serbia, mut slovenia) = (State::serbia(), State::slovenia());
    let stolen = slovenia.gateway(&["si/policija"]);
    let trusted = Trust::new(vec![slovenia.anchors_with_crl_until(hours(1_000))]).unwrap();
    let acceptor = Acceptor::new(identity(&serbia.gateway(&["rs/mup"])), trusted).unwrap();
    let connector = Connector::new(identity(&stolen), Trust::new(vec![serbia.anchors()]).unwrap()).unwrap();
    let peer = peer_of(meet(&acceptor, &connector, "rs/mup").await);

    assert_eq!(acceptor.trust().still_good(&peer, now()), Ok(()));
    assert_eq!(acceptor.trust().still_good(&peer, hours(24)), Ok(()));
    assert_eq!(acceptor.trust().still_good(&peer, hours(24) + 1.second()), Err(PeerRefusal::Expired));

    slovenia.authority.revoke(&stolen.serial, now());
    let after = Trust::new(vec![slovenia.anchors()]).unwrap();
    acceptor.reload(acceptor.identity(), after).unwrap();
    assert_eq!(acceptor.trust().still_good(&peer, now()), Err(PeerRefusal::Revoked));

    // It cannot come back, and learns at its first read that it was refused; 46 is certificate_unknown.
    let (accepted, connected) = meet(&acceptor, &connector, "rs/mup").await;
    assert_eq!(refusal(accepted), PeerRefusal::Revoked);
    let error = connected.unwrap().0.read_u8().await.unwrap_err();
    assert!(matches!(TlsError::from_io(&error), TlsError::RefusedByPeer { alert: 46 }), "{error}");
}

#[tokio::test]
async fn an_open_connection_ends_with_its_partners_list_authority_or_party() {
    let (mut serbia, mut slovenia, mut austria) = (State::serbia(), State::slovenia(), State::austria());
    let acceptor = Acceptor::new(
        identity(&serbia.gateway(&["rs/mup"])),
        Trust::new(vec![slovenia.anchors_with_crl_until(hours(2))]).unwrap(),
    )
    .unwrap();
    let ljubljana = identity(&slovenia.gateway(&["si/policija"]));
    let connector = Connector::new(ljubljana, Trust::new(vec![serbia.anchors()]).unwrap()).unwrap();
    let peer = peer_of(meet(&acceptor, &connector, "rs/mup").await);
    assert_eq!(acceptor.trust().still_good(&peer, hours(2)), Err(PeerRefusal::CrlExpired));

    let gone = Trust::new(vec![austria.anchors()]).unwrap();
    assert_eq!(gone.still_good(&peer, now()), Err(PeerRefusal::Unknown));
    let mut renamed = slovenia.anchors();
    renamed.parties = parties(&["si/sdt"]);
    assert_eq!(Trust::new(vec![renamed]).unwrap().still_good(&peer, now()), Err(PeerRefusal::Unknown));
    // The same names under another authority are not the same authority.
    let mut replaced = State::slovenia();
    let mut anchors = replaced.anchors();
    anchors.crl_required = false;
    anchors.crls.clear();
    assert_eq!(Trust::new(vec![anchors]).unwrap().still_good(&peer, now()), Err(PeerRefusal::Unknown));
    // A second, unconcerned partner changes nothing.
    let grown = Trust::new(vec![austria.anchors(), slovenia.anchors()]).unwrap();
    assert_eq!(grown.still_good(&peer, now()), Ok(()));
}

#[tokio::test]
async fn a_reload_shows_the_new_identity_and_believes_the_new_trust_and_a_bad_one_changes_nothing() {
    let (mut serbia, mut slovenia, mut austria) = (State::serbia(), State::slovenia(), State::austria());
    let acceptor =
        Acceptor::new(identity(&serbia.gateway(&["rs/mup"])), Trust::new(vec![slovenia.anchors()]).unwrap())
            .unwrap();
    let mut connector = |state: &State, names: &[&str]| {
        Connector::new(identity(&state.gateway(names)), Trust::new(vec![serbia.anchors()]).unwrap()).unwrap()
    };
    let (ljubljana, vienna) = (connector(&slovenia, &["si/policija"]), connector(&austria, &["at/bk"]));
    peer_of(meet(&acceptor, &ljubljana, "rs/mup").await);
    assert_eq!(refusal(meet(&acceptor, &vienna, "rs/mup").await.0), PeerRefusal::UnknownParty);
    assert_eq!(refusal(meet(&acceptor, &ljubljana, "rs/jt").await.1), PeerRefusal::WrongParty);

    let both = || vec!["rs/mup", "rs/jt"];
    let renewed = identity(&serbia.gateway(&both()));
    acceptor.reload(renewed, Trust::new(vec![austria.anchors()]).unwrap()).unwrap();
    peer_of(meet(&acceptor, &vienna, "rs/jt").await);
    assert_eq!(refusal(meet(&acceptor, &ljubljana, "rs/mup").await.0), PeerRefusal::UnknownParty);

    let request = Request::client(&parties(&["rs/mup"]), hours(-1), hours(24));
    let client_only = identity(&serbia.authority.issue_as(&request).unwrap());
    let bad = acceptor.reload(client_only, Trust::new(vec![slovenia.anchors()]).unwrap());
    assert_eq!(bad.unwrap_err().code(), "own-certificate-refused");
    peer_of(meet(&acceptor, &vienna, "rs/jt").await);

    // The calling side changes as well.
    let other = identity(&austria.gateway(&["at/bk"]));
    vienna.reload(other, Trust::new(vec![slovenia.anchors()]).unwrap()).unwrap();
    assert_eq!(refusal(meet(&acceptor, &vienna, "rs/jt").await.1), PeerRefusal::UnknownParty);
}
