//! What each party may use: told with every answer, its own alone, and free again when the answer says so.

use std::time::Duration;

use casebridge::app::Options;
use casebridge::app::trial::{TrialOptions, WireAnswer, WireClient};
use casebridge::clock::Clock;
use casebridge::exchange::{Request, Submitted, What};
use casebridge::message::{Kind, MessageId, Purpose};
use casebridge::partner::Limits;
use casebridge::store::Side;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use crate::world::{World, foreign_document, party, push, record, sealed, warning};

/// As many person checks as the shipped agreements let go at once, and the time in which they come back.
const CHECKS: usize = 10;
const WINDOW: Duration = Duration::from_mins(10);

async fn world(options: TrialOptions) -> (World, Clock) {
    let clock = Clock::standing_at(Timestamp::now());
    let rs = Options { clock: clock.clone(), ..Options::default() };
    (World::with(TrialOptions { rs, ..options }).await, clock)
}

async fn look(client: &WireClient) -> WireAnswer {
    client.call("GET", "/exchange/v1/inbox", &[], Vec::new()).await.unwrap()
}

fn told(answer: &WireAnswer) -> (u16, &str, &str) {
    let text = |name: &str| answer.headers.get(name).map_or("", |value| value.to_str().unwrap());
    (answer.status, text("ratelimit-policy"), text("ratelimit"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_is_told_when_to_come_back_and_uses_nobody_elses_share() {
    let limits = Limits { requests_per_second: 2, burst: 4, ..Limits::default() };
    let (world, clock) = world(TrialOptions { limits: Some(limits), ..TrialOptions::default() }).await;
    let (austria, slovenia) = (world.austria(), world.slovenia());
    let policy = "\"reading\";q=4;w=2";
    for (left, seconds) in [(3, 1), (2, 1), (1, 2), (0, 2)] {
        let expected = format!("\"reading\";r={left};t={seconds}");
        assert_eq!(told(&look(&austria).await), (200, policy, expected.as_str()));
    }
    let answer = look(&austria).await;
    assert_eq!(told(&answer), (429, policy, "\"reading\";r=0;t=1"));
    assert_eq!(
        (answer.code().as_deref(), &answer.headers["retry-after"]),
        (Some("rate-limited"), &"1".parse().unwrap())
    );
    // Neither another party nor another class of the same party has lost anything.
    assert_eq!(told(&look(&slovenia).await), (200, policy, "\"reading\";r=3;t=1"));
    let receipts = json!({ "receipts": [] }).to_string();
    let answer = austria.call("POST", "/exchange/v1/receipts", &[], receipts).await.unwrap();
    assert_eq!(told(&answer), (200, "\"receipt\";q=4;w=2", "\"receipt\";r=3;t=1"));
    // Every answer tells it, whatever it is about.
    let answer = austria.call("POST", "/exchange/v1/messages", &[], Vec::new()).await.unwrap();
    assert_eq!(told(&answer), (411, "\"request\";q=4;w=2", "\"request\";r=3;t=1"));
    // A reload with the same numbers gives no new burst.
    world.trial.reload_serbia(|_| {}).await.unwrap();
    assert_eq!(look(&austria).await.status, 429);
    // What was told is true.
    clock.advance(Duration::from_secs(1));
    assert_eq!(told(&look(&austria).await), (200, policy, "\"reading\";r=1;t=2"));
    world.end().await;
}

fn check(clock: &Clock, id: Option<MessageId>) -> Request {
    let now = clock.now();
    Request {
        id,
        kind: Kind::PersonCheck,
        purpose: Purpose::Investigation,
        legal_basis: "PCC-SEE-4".parse().unwrap(),
        expires: now + SignedDuration::from_hours(24),
        delete_by: now + SignedDuration::from_hours(48),
        ..warning(record())
    }
}

async fn send(world: &World, request: Request) -> Result<MessageId, Timestamp> {
    match world.trial.rs.gateway.submit(request).await.unwrap() {
        Submitted::Sent { id, .. } => Ok(id),
        Submitted::UsedUp { kind: Kind::PersonCheck, free_at, .. } => Err(free_at),
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_quota_of_a_kind_holds_over_a_restart_and_counts_no_message_twice() {
    let folder = tempfile::tempdir().unwrap();
    let options = || TrialOptions { folder: Some(folder.path().to_owned()), ..TrialOptions::default() };
    let (mut first, clock) = world(options()).await;
    // Nobody takes what is sent: only the sending is looked at.
    first.trial.stop_slovenia().await;
    let began = clock.now();
    let id = MessageId::new(began);
    for _ in 0..3 {
        assert_eq!(send(&first, check(&clock, Some(id))).await, Ok(id), "the same message again");
    }
    clock.advance(Duration::from_mins(1));
    for _ in 1..CHECKS {
        send(&first, check(&clock, None)).await.unwrap();
    }
    let free_at = began + SignedDuration::try_from(WINDOW).unwrap();
    let late = MessageId::new(clock.now());
    assert_eq!(send(&first, check(&clock, Some(late))).await, Err(free_at));
    first.rs.until(|e| matches!(&e.what, What::Refused { code, .. } if code == "quota-used-up")).await;
    // Sent before, it is still the same message; other kinds and the other partner have their own share.
    assert_eq!(send(&first, check(&clock, Some(id))).await, Ok(id));
    first.send().await;
    send(&first, Request { to: party("at/bk"), ..check(&clock, None) }).await.unwrap();
    assert_eq!(
        first.trial.rs.gateway.counts(Side::Out).await.unwrap().iter().sum::<u64>(),
        CHECKS as u64 + 2
    );
    first.trial.rs.gateway.verify_audit(None).await.unwrap().unwrap();
    first.trial.stop().await;

    let rs = Options { clock: clock.clone(), ..Options::default() };
    let mut second = World::with(TrialOptions { rs, keep_keys: true, ..options() }).await;
    second.trial.stop_slovenia().await;
    assert_eq!(send(&second, check(&clock, Some(late))).await, Err(free_at));
    clock.advance(WINDOW.saturating_sub(Duration::from_mins(1)));
    assert_eq!(send(&second, check(&clock, Some(late))).await, Ok(late), "free at the time that was told");
    assert!(send(&second, check(&clock, None)).await.is_err());
    second.trial.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_partner_over_its_quota_gets_a_negative_outcome_and_the_kind_is_free_again_later() {
    let (mut world, clock) = world(TrialOptions::default()).await;
    let client = world.slovenia();
    let mut messages = Vec::new();
    for _ in 0..=CHECKS + 1 {
        let mut document = foreign_document(MessageId::new(Timestamp::now()));
        document["envelope"]["kind"] = json!("person_check");
        document["envelope"]["purpose"] = json!("investigation");
        document["envelope"]["legal_basis"] = json!("PCC-SEE-4");
        messages.push(sealed(&document, world.key("si/policija"), world.key("rs/mup")));
    }
    let (later, early) = messages.split_last().unwrap();
    let mut opened = 0;
    for (cover, bytes) in early {
        for _ in 0..2 {
            // Given twice, it is one message.
            assert!(push(&client, cover, bytes.clone()).await.status < 300);
        }
        let event = world
            .rs
            .until(|e| {
                e.message == cover.id && matches!(e.what, What::Opened { .. } | What::Quarantined { .. })
            })
            .await;
        match event.what {
            What::Quarantined { code } => assert_eq!((code.as_str(), opened), ("quota-used-up", CHECKS)),
            _ => opened += 1,
        }
    }
    assert_eq!(opened, CHECKS);
    let stages = world.trial.rs.gateway.stage_counts(Side::In).await.unwrap();
    assert_eq!(stages[2], (CHECKS as u64, 1), "the sender learns it");
    // Another kind is not touched; after the window the kind is free again.
    let warning = foreign_document(MessageId::new(Timestamp::now()));
    let (cover, bytes) = sealed(&warning, world.key("si/policija"), world.key("rs/mup"));
    assert_eq!(push(&client, &cover, bytes).await.status, 201);
    world.rs.until(crate::world::opened(cover.id)).await;
    clock.advance(WINDOW);
    assert_eq!(push(&client, &later.0, later.1.clone()).await.status, 201);
    world.rs.until(crate::world::opened(later.0.id)).await;
    world.end().await;
}
