//! Three states, each with an authority of its own, that meet over a pipe in memory.

mod chain;
mod files;
mod handshake;
mod protocol;
mod reload;
mod trust;

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::{Timestamp, ToSpan};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};

use super::throwaway::{Authority, Issued, Request};
use super::{Acceptor, Anchors, Connector, Identity, Peer, PeerRefusal, TlsError, TlsStream, Trust};
use crate::message::PartyId;

type Met = Result<(TlsStream<DuplexStream>, Peer), TlsError>;

const LIMIT: Duration = Duration::from_mins(1);

fn now() -> Timestamp {
    "2026-11-25T10:00:00Z".parse().unwrap()
}

fn hours(hours: i64) -> Timestamp {
    now() + hours.hours()
}

fn party(name: &str) -> PartyId {
    name.parse().unwrap()
}

fn parties(names: &[&str]) -> BTreeSet<PartyId> {
    names.iter().map(|name| party(name)).collect()
}

/// One state: its authority, and the parties of it that are trusted.
struct State {
    authority: Authority,
    parties: BTreeSet<PartyId>,
}

impl State {
    fn new(name: &str, parties_of: &[&str]) -> Self {
        Self { authority: Authority::new(name, now()).unwrap(), parties: parties(parties_of) }
    }

    fn serbia() -> Self {
        Self::new("Serbia", &["rs/mup", "rs/jt", "rs/minrzs", "rs/cztlj"])
    }

    fn slovenia() -> Self {
        Self::new("Slovenia", &["si/policija", "si/sdt"])
    }

    fn austria() -> Self {
        Self::new("Austria", &["at/bk"])
    }

    /// A gateway's certificate for `names`, valid for a day.
    fn gateway(&self, names: &[&str]) -> Issued {
        self.authority.issue(&parties(names), &[], hours(-1), hours(24)).unwrap()
    }

    fn anchors(&mut self) -> Anchors {
        self.anchors_with_crl_until(hours(12))
    }

    fn anchors_with_crl_until(&mut self, until: Timestamp) -> Anchors {
        let mut anchors = Anchors::new(self.parties.clone());
        anchors.certificates.push(self.authority.certificate_pem().into_bytes());
        anchors.crls.push(self.authority.crl(now() - 1.hour(), until).unwrap().into_bytes());
        anchors
    }
}

fn identity(issued: &Issued) -> Identity {
    Identity::parse(issued.chain_pem.as_bytes(), issued.key_pem.as_bytes(), now()).unwrap()
}

/// Both ends' view of one handshake at `at`, in which the client calls `expected`.
async fn meet_at(acceptor: &Acceptor, connector: &Connector, expected: &str, at: Timestamp) -> (Met, Met) {
    let (here, there) = tokio::io::duplex(64 * 1024);
    let expected = party(expected);
    tokio::join!(acceptor.accept(here, at, LIMIT), connector.connect(there, &expected, at, LIMIT))
}

async fn meet(acceptor: &Acceptor, connector: &Connector, expected: &str) -> (Met, Met) {
    meet_at(acceptor, connector, expected, now()).await
}

/// What Belgrade's gateway says of a client that shows `issued`, when it trusts `anchors`.
async fn judged_by_belgrade(issued: &Issued, anchors: Vec<Anchors>, at: Timestamp) -> Result<Peer, TlsError> {
    let mut serbia = State::serbia();
    let acceptor =
        Acceptor::new(identity(&serbia.gateway(&["rs/mup"])), Trust::new(anchors).unwrap()).unwrap();
    let trusting = Trust::new(vec![serbia.anchors_with_crl_until(hours(10_000))]).unwrap();
    let key = Identity::parse(
        issued.chain_pem.as_bytes(),
        issued.key_pem.as_bytes(),
        // The client itself believes in its certificate, whatever the time.
        x509_start(issued),
    )
    .unwrap();
    let connector = Connector::new(key, trusting).unwrap();
    // Each end has its own clock: the client calls while everything of Belgrade's is valid.
    let (here, there) = tokio::io::duplex(64 * 1024);
    let mup = party("rs/mup");
    let (accepted, _client) =
        tokio::join!(acceptor.accept(here, at, LIMIT), connector.connect(there, &mup, now(), LIMIT));
    accepted.map(|(_, peer)| peer)
}

fn x509_start(issued: &Issued) -> Timestamp {
    let chain = super::certificate::chain(issued.chain_pem.as_bytes()).unwrap();
    super::certificate::Facts::read(&chain[0]).unwrap().not_before
}

fn refusal<T>(result: Result<T, TlsError>) -> PeerRefusal {
    match result {
        Err(TlsError::Refused(refusal)) => refusal,
        Err(other) => panic!("not a refusal: {other} ({})", other.code()),
        Ok(_) => panic!("accepted"),
    }
}
