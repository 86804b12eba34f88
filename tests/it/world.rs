//! A trial with eyes: what every scenario needs.

use std::collections::BTreeSet;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use casebridge::app::Options;
use casebridge::app::trial::{Trial, TrialOptions, WireAnswer, WireClient};
use casebridge::exchange::{Content, Event, Request, Submitted, What};
use casebridge::message::{Cover, Handling, Kind, MessageId, PartyId, Purpose, Sha256, Urgency};
use casebridge::schema::Record;
use casebridge::seal::{self, OwnKey};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use tokio::sync::mpsc;

/// Nothing in these scenarios takes longer, even on a busy machine.
pub(crate) const PATIENCE: Duration = Duration::from_mins(1);

/// A running trial and what its gateways report.
pub(crate) struct World {
    pub(crate) trial: Trial,
    pub(crate) rs: Events,
    pub(crate) si: Events,
}

/// The events of one gateway, in their order.
pub(crate) struct Events {
    arriving: mpsc::UnboundedReceiver<Event>,
    seen: Vec<Event>,
}

impl World {
    pub(crate) async fn start() -> Self {
        Self::with(TrialOptions::default()).await
    }

    pub(crate) async fn with(options: TrialOptions) -> Self {
        let (rs_events, rs) = watched(options.rs.clone());
        let (si_events, si) = watched(options.si.clone());
        let trial = Trial::start(TrialOptions { rs, si, ..options }).await.unwrap();
        Self { trial, rs: rs_events, si: si_events }
    }

    /// A client with the certificate of Slovenia, calling Serbia.
    pub(crate) fn slovenia(&self) -> WireClient {
        let keys = &self.trial.keys;
        WireClient::new(&keys.si, &keys.rs, self.trial.rs.address, Options::default().clock).unwrap()
    }

    /// A client with the certificate of Austria, calling Serbia.
    pub(crate) fn austria(&self) -> WireClient {
        let keys = &self.trial.keys;
        WireClient::new(&keys.at, &keys.rs, self.trial.rs.address, Options::default().clock).unwrap()
    }

    /// The Slovene gateway.
    pub(crate) fn slovene(&self) -> &casebridge::app::Running {
        self.trial.slovenia().unwrap()
    }

    pub(crate) fn key(&self, party: &str) -> &OwnKey {
        let keys = &self.trial.keys;
        let mut all = keys.rs.keys.iter().chain(&keys.si.keys).chain(&keys.at.keys);
        all.find(|key| key.party().as_str() == party).unwrap()
    }

    /// Submits a request of the police that policy allows, and gives its id.
    pub(crate) async fn send(&self) -> MessageId {
        match self.trial.rs.gateway.submit(warning(record())).await.unwrap() {
            Submitted::Sent { id, .. } => id,
            other => panic!("not sent: {other:?}"),
        }
    }

    /// Ends the trial. A scenario that leaves work behind fails here, unless it says that it does.
    pub(crate) async fn end(self) {
        let slovene = self.trial.slovenia().map(|si| &si.gateway);
        for gateway in [Some(&self.trial.rs.gateway), slovene].into_iter().flatten() {
            for side in [casebridge::store::Side::Out, casebridge::store::Side::In] {
                let [waiting, leased, ..] = gateway.counts(side).await.unwrap();
                assert_eq!((waiting, leased), (0, 0), "work was left behind");
            }
            gateway.verify_audit(None).await.unwrap().unwrap();
        }
        self.trial.stop().await;
    }

    /// As [`World::end`], for a scenario that does not wait until everything has arrived.
    pub(crate) async fn end_with_work(self) {
        self.trial.rs.gateway.verify_audit(None).await.unwrap().unwrap();
        self.trial.stop().await;
    }
}

fn watched(options: Options) -> (Events, Options) {
    let (tell, arriving) = mpsc::unbounded_channel();
    let observer = Arc::new(move |event: &Event| {
        let _ = tell.send(event.clone());
    });
    (Events { arriving, seen: Vec::new() }, Options { observer: Some(observer), ..options })
}

impl Events {
    /// Waits for the first event, past or future, that fits.
    pub(crate) async fn until(&mut self, fits: impl Fn(&Event) -> bool) -> Event {
        if let Some(event) = self.seen.iter().find(|event| fits(event)) {
            return event.clone();
        }
        let waiting = async {
            loop {
                let event = self.arriving.recv().await.unwrap();
                self.seen.push(event.clone());
                if fits(&event) {
                    return event;
                }
            }
        };
        tokio::time::timeout(PATIENCE, waiting).await.expect("the event did not come")
    }

    /// How many events so far fit.
    pub(crate) fn count(&mut self, fits: impl Fn(&Event) -> bool) -> usize {
        while let Ok(event) = self.arriving.try_recv() {
            self.seen.push(event);
        }
        self.seen.iter().filter(|event| fits(event)).count()
    }
}

pub(crate) fn opened(id: MessageId) -> impl Fn(&Event) -> bool {
    move |event| event.message == id && matches!(event.what, What::Opened { .. })
}

/// A small record of a pattern, without a person.
pub(crate) fn record() -> Record {
    let Value::Object(members) = json!({ "x_Schema": "1", "x_CaseId": "TEST-1", "x_Act": ["Recruit"] })
    else {
        unreachable!()
    };
    Record::new(members)
}

/// An early warning from the Serbian police to the Slovene.
pub(crate) fn warning(record: Record) -> Request {
    let now = Timestamp::now();
    Request {
        id: None,
        author: "test".to_owned(),
        from: party("rs/mup"),
        to: party("si/policija"),
        kind: Kind::EarlyWarning,
        purpose: Purpose::EarlyWarning,
        legal_basis: "PCC-SEE-6".parse().unwrap(),
        urgency: Urgency::Routine,
        further_use: None,
        transfer_basis: None,
        handling: BTreeSet::from([Handling::H0]),
        handling_note: None,
        evaluation: None,
        conversation: None,
        in_reply_to: None,
        expires: now + SignedDuration::from_hours(24),
        delete_by: now + SignedDuration::from_hours(48),
        questions: Vec::new(),
        answers: Vec::new(),
        waits_for_release: false,
        content: Content::Common(vec![record]),
        reason: None,
        asks: None,
        passes_on: Vec::new(),
    }
}

pub(crate) fn party(name: &str) -> PartyId {
    name.parse().unwrap()
}

/// A document as a foreign program would write it, from Slovenia to the Serbian police.
pub(crate) fn foreign_document(id: MessageId) -> Value {
    let now = Timestamp::from_second(Timestamp::now().as_second()).unwrap();
    json!({
        "envelope": {
            "id": id,
            "conversation": MessageId::new(now),
            "kind": "early_warning",
            "from": "si/policija",
            "to": "rs/mup",
            "created": now,
            "expires": now + SignedDuration::from_hours(24),
            "purpose": "early_warning",
            "legal_basis": "PCC-SEE-6",
            "handling": ["H0"],
            "delete_by": now + SignedDuration::from_hours(48),
            "urgency": "routine",
            "policy_version": "si-1",
        },
        "body": { "records": [{ "x_Schema": "1", "x_CaseId": "SI-1", "x_Act": ["Recruit"] }] },
    })
}

/// Seals a document and gives its cover as the document itself says.
pub(crate) fn sealed(document: &Value, signer: &OwnKey, recipient: &OwnKey) -> (Cover, Vec<u8>) {
    let plain = document.to_string();
    let bytes =
        seal::dangerous_seal(plain.as_bytes(), signer, &recipient.certificate(), Timestamp::now()).unwrap();
    (cover_of(document, &bytes), bytes)
}

/// The cover that fits a document and its sealed bytes.
pub(crate) fn cover_of(document: &Value, bytes: &[u8]) -> Cover {
    let envelope = &document["envelope"];
    let text = |name: &str| envelope[name].as_str().unwrap();
    Cover {
        id: text("id").parse().unwrap(),
        from: party(text("from")),
        to: party(text("to")),
        class: Kind::from_word(text("kind")).unwrap().class(),
        size: bytes.len() as u64,
        digest: Sha256::of(bytes),
        expires: text("expires").parse().unwrap(),
    }
}

/// Pushes bytes under a cover.
pub(crate) async fn push(client: &WireClient, cover: &Cover, bytes: Vec<u8>) -> WireAnswer {
    client.call("POST", "/exchange/v1/messages", &headers(cover), bytes).await.unwrap()
}

pub(crate) fn headers(cover: &Cover) -> Vec<(&'static str, String)> {
    vec![
        ("casebridge-message", cover.id.to_string()),
        ("casebridge-from", cover.from.to_string()),
        ("casebridge-to", cover.to.to_string()),
        ("casebridge-class", cover.class.to_string()),
        ("casebridge-digest", cover.digest.to_string()),
        ("casebridge-expires", cover.expires.to_string()),
    ]
}

/// The command under test.
pub(crate) fn casebridge() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_casebridge"));
    command.current_dir(env!("CARGO_MANIFEST_DIR"));
    command
}
