//! What was disclosed is erased again: when consent is withdrawn or ends, when the time of deletion has passed. Partners
//! certify it, and one that does not is reported until it does.

use std::time::Duration;

use casebridge::app::trial::{TrialOptions, WireClient};
use casebridge::app::{Options, beside, check};
use casebridge::clock::Clock;
use casebridge::exchange::{
    Content, DisclosureState, Event, ExchangeError, Gateway, Request, Submitted, Told, What,
};
use casebridge::message::{Kind, MessageId, PartyId, Purpose, Reason};
use casebridge::schema::Record;
use casebridge::store::Side;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::world::{PATIENCE, World, opened, party, push, sealed, warning};

mod arriving;
mod commands;
mod due;
mod withdrawal;

const CASE: &str = "TEST-CASE-4711";
const PERSON: &str = "TEST-PERSON-1";

/// A trial whose two gateways and partners go by one clock that the test moves.
struct Scene {
    world: World,
    clock: Clock,
}

impl Scene {
    async fn start() -> Self {
        Self::with(TrialOptions::default()).await
    }

    async fn with(options: TrialOptions) -> Self {
        let clock = Clock::standing_at(Timestamp::now());
        let timed = || Options { clock: clock.clone(), ..Options::default() };
        let world = World::with(TrialOptions {
            rs: timed(),
            si: timed(),
            more_purposes: agreed().more_purposes,
            ..options
        })
        .await;
        Self { world, clock }
    }

    /// Ends when the last proofs are on file: an event can be told before its sender has its receipt.
    async fn end(self) {
        let quiet = async {
            for gateway in [self.rs(), self.si()] {
                for side in [Side::Out, Side::In] {
                    while gateway.counts(side).await.unwrap()[..2] != [0, 0] {
                        tokio::task::yield_now().await;
                    }
                }
            }
        };
        tokio::time::timeout(PATIENCE, quiet).await.expect("work is left behind");
        self.world.end().await;
    }

    fn rs(&self) -> &Gateway {
        &self.world.trial.rs.gateway
    }

    fn si(&self) -> &Gateway {
        &self.world.slovene().gateway
    }

    /// Sends a record of a victim on the victim's consent, and gives the id.
    async fn disclose(&self, to: &str, change: impl FnOnce(&mut Request)) -> MessageId {
        let mut request = Request { to: party(to), ..on_consent(&self.clock, victim(None)) };
        change(&mut request);
        match self.rs().submit(request).await.unwrap() {
            Submitted::Sent { id, .. } => id,
            other => panic!("not sent: {other:?}"),
        }
    }

    /// The same to Slovenia, opened there.
    async fn disclosed(&mut self, change: impl FnOnce(&mut Request)) -> MessageId {
        let id = self.disclose("si/policija", change).await;
        self.world.si.until(opened(id)).await;
        id
    }

    async fn state(&self, to: &str, id: MessageId) -> (DisclosureState, Option<Reason>) {
        let row = self.rs().disclosure(&party("rs/mup"), &party(to), id).await.unwrap().unwrap();
        (row.state, row.why)
    }

    /// Orders the withdrawal at Serbia and gives the erase messages by what they erase.
    async fn withdraw(&self) -> Vec<(MessageId, PartyId, Told)> {
        self.rs().withdraw_consent(&party("rs/mup"), CASE, None, "officer-1").await.unwrap().told
    }

    /// Slovenia certifies the one message that it must delete.
    async fn certify_in_slovenia(&self, id: MessageId) {
        let submitted = self.si().certify(&party("si/policija"), id, "officer-5").await.unwrap();
        assert!(matches!(submitted, Submitted::Sent { .. }), "{submitted:?}");
    }
}

/// With Slovenia, too, something is agreed that rests on consent.
fn agreed() -> TrialOptions {
    TrialOptions { more_purposes: vec![Purpose::VictimProtection], ..TrialOptions::default() }
}

/// A record with one victim, who has consented.
fn victim(expires_at: Option<Timestamp>) -> Record {
    let mut consent = json!({
        "con_Consent": true,
        "given_by": "self",
        "scope": ["victim_protection"],
        "scope_recipients": ["police"],
        "evidence_ref": "TEST-CONSENT-1",
    });
    if let Some(at) = expires_at {
        consent["expires_at"] = json!(at);
    }
    let Value::Object(members) = json!({
        "x_Schema": "1",
        "x_CaseId": CASE,
        "x_Act": ["Recruit"],
        "x_Persons": [{
            "x_PersonId": PERSON,
            "x_SubjectCategory": "victim_identified",
            "x_AgeStated": 30,
            "prs_Gender": "Feminine",
            "x_Consent": consent,
        }],
    }) else {
        unreachable!()
    };
    Record::new(members)
}

fn on_consent(clock: &Clock, record: Record) -> Request {
    Request {
        kind: Kind::VictimIdentificationSupport,
        purpose: Purpose::VictimProtection,
        legal_basis: "CETS197".parse().unwrap(),
        expires: clock.now() + SignedDuration::from_hours(24 * 14),
        delete_by: clock.now() + SignedDuration::from_hours(24 * 20),
        content: Content::Common(vec![record]),
        ..warning(crate::world::record())
    }
}

fn erased(id: MessageId) -> impl Fn(&Event) -> bool {
    move |event| event.message == id && matches!(event.what, What::Erased)
}

fn certified(id: MessageId) -> impl Fn(&Event) -> bool {
    move |event| event.message == id && matches!(event.what, What::Certified)
}

fn overdue(id: MessageId, code: &'static str) -> impl Fn(&Event) -> bool {
    move |event| event.message == id && matches!(&event.what, What::Overdue { code: said } if said == code)
}

fn erase_of(told: &[(MessageId, PartyId, Told)], id: MessageId) -> MessageId {
    match told.iter().find(|(message, ..)| *message == id) {
        Some((_, _, Told::Sent { erase })) => *erase,
        other => panic!("not told: {other:?}"),
    }
}

/// A document of a partner's own program about another message.
fn foreign(from: &str, kind: &str, about: MessageId, reason: &str) -> Value {
    let now = Timestamp::from_second(Timestamp::now().as_second()).unwrap();
    json!({
        "envelope": {
            "id": MessageId::new(now),
            "conversation": MessageId::new(now),
            "in_reply_to": about,
            "kind": kind,
            "from": from,
            "to": "rs/mup",
            "created": now,
            "expires": now + SignedDuration::from_hours(24),
            "purpose": "victim_protection",
            "legal_basis": "CETS197",
            "handling": ["H0"],
            "delete_by": now + SignedDuration::from_hours(48),
            "urgency": "routine",
            "policy_version": "foreign-1",
        },
        "body": { "reason": reason },
    })
}

impl Scene {
    /// A partner's own program sends a document to the Serbian police, which opens it.
    async fn arrives(&mut self, from: &str, document: &Value) -> MessageId {
        let client: WireClient = if from == "at/bk" { self.world.austria() } else { self.world.slovenia() };
        let (cover, bytes) = sealed(document, self.world.key(from), self.world.key("rs/mup"));
        assert_eq!(push(&client, &cover, bytes).await.status, 201);
        let ended = |e: &Event| {
            e.message == cover.id && matches!(e.what, What::Opened { .. } | What::Quarantined { .. })
        };
        let event = self.world.rs.until(ended).await;
        assert!(matches!(event.what, What::Opened { .. }), "{event:?}");
        cover.id
    }
}

/// Information of the Slovene police, under the terms that `foreign` uses.
fn foreign_information() -> Value {
    let mut document =
        foreign("si/policija", "spontaneous_info", MessageId::new(Timestamp::now()), "deleted");
    document["envelope"]["evaluation"] = json!("B2");
    document["envelope"].as_object_mut().unwrap().remove("in_reply_to");
    document["body"] =
        json!({ "records": [{ "x_Schema": "1", "x_CaseId": "SI-TEST-1", "x_Act": ["Recruit"] }] });
    document
}
