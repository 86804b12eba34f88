//! What a provider must permit first: use in court (H1), passing on (H2), another purpose. A request, an `accept`, and only
//! then the use; a `withdrawal` ends it.

use std::collections::BTreeSet;

use casebridge::exchange::{Content, Event, ExchangeError, Gateway, Request, Submitted, What};
use casebridge::message::{Asks, Handling, Kind, MessageId, Purpose};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::world::{World, opened, party, push, record, sealed, warning};

/// Information for an investigation, from one authority to another.
fn information(from: &str, to: &str, handling: Handling) -> Request {
    Request {
        from: party(from),
        to: party(to),
        kind: Kind::SpontaneousInfo,
        purpose: Purpose::Investigation,
        legal_basis: "CETS197".parse().unwrap(),
        handling: BTreeSet::from([handling]),
        evaluation: Some("B2".parse().unwrap()),
        transfer_basis: None,
        ..warning(record())
    }
}

/// A message without content that follows another.
fn following(from: &str, to: &str, kind: Kind, follows: MessageId) -> Request {
    Request {
        kind,
        in_reply_to: Some(follows),
        content: Content::Nothing,
        ..information(from, to, Handling::H0)
    }
}

async fn submit(gateway: &Gateway, request: Request) -> Result<MessageId, &'static str> {
    match gateway.submit(request).await.unwrap() {
        Submitted::Sent { id, .. } => Ok(id),
        Submitted::Refused { refusal, .. } => Err(refusal.code),
        other => panic!("{other:?}"),
    }
}

impl World {
    fn serbia(&self) -> &Gateway {
        &self.trial.rs.gateway
    }

    /// Slovenia sends, and Serbia has opened it; Slovenia knows that it has.
    async fn sent_by_slovenia(&mut self, request: Request) -> MessageId {
        let id = submit(&self.slovene().gateway, request).await.unwrap();
        self.rs.until(opened(id)).await;
        let proved =
            |e: &Event| e.message == id && matches!(&e.what, What::Opened { by } if by.country() == "rs");
        self.si.until(proved).await;
        id
    }

    /// Slovenia permits what is asked: one officer alone cannot, a second person releases it.
    async fn permitted_by_slovenia(&mut self, accept: Request) -> MessageId {
        let (gateway, agency) = (self.slovene().gateway.clone(), accept.from.clone());
        let Submitted::Held { id, .. } = gateway.submit(accept).await.unwrap() else {
            panic!("one officer alone has permitted it");
        };
        let released = gateway.release(&agency, id, "example-reviewer-policija").await.unwrap();
        assert!(matches!(released, Submitted::Sent { .. }), "{released:?}");
        self.rs.until(opened(id)).await;
        let proved =
            |e: &Event| e.message == id && matches!(&e.what, What::Opened { by } if by.country() == "rs");
        self.si.until(proved).await;
        id
    }

    /// Serbia sends, and Slovenia has opened it; Serbia knows that it has.
    async fn sent_by_serbia(&mut self, request: Request) -> MessageId {
        let id = submit(self.serbia(), request).await.unwrap();
        self.rs.until(opened(id)).await;
        id
    }

    /// A partner's own program sends; the code when it is refused after it was opened.
    async fn arrives(&mut self, document: &Value) -> Result<MessageId, String> {
        let envelope = &document["envelope"];
        let (from, to) = (envelope["from"].as_str().unwrap(), envelope["to"].as_str().unwrap());
        let client = if from == "at/bk" { self.austria() } else { self.slovenia() };
        let (cover, bytes) = sealed(document, self.key(from), self.key(to));
        assert_eq!(push(&client, &cover, bytes).await.status, 201);
        let ended = |e: &Event| {
            e.message == cover.id && matches!(e.what, What::Opened { .. } | What::Quarantined { .. })
        };
        match self.rs.until(ended).await.what {
            What::Quarantined { code } => Err(code),
            _ => Ok(cover.id),
        }
    }
}

/// A document of a partner's own program for an investigation.
fn foreign(from: &str, to: &str, kind: &str, handling: &str) -> Value {
    let now = Timestamp::from_second(Timestamp::now().as_second()).unwrap();
    json!({
        "envelope": {
            "id": MessageId::new(now),
            "conversation": MessageId::new(now),
            "kind": kind,
            "from": from,
            "to": to,
            "created": now,
            "expires": now + SignedDuration::from_hours(24),
            "purpose": "investigation",
            "legal_basis": "CETS197",
            "handling": [handling],
            "evaluation": "B2",
            "delete_by": now + SignedDuration::from_hours(48),
            "urgency": "routine",
            "policy_version": "foreign-1",
        },
        "body": {},
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn an_item_under_h1_enters_the_prosecution_only_when_its_provider_has_permitted_it() {
    let mut world = World::start().await;
    let mut stranger = world.trial.take_stranger().unwrap();
    let item = foreign("at/bk", "rs/jt", "spontaneous_info", "H1");
    assert_eq!(world.arrives(&item).await, Err("judicial-use-not-permitted".to_owned()));
    let item: MessageId = item["envelope"]["id"].as_str().unwrap().parse().unwrap();

    let request = following("rs/jt", "at/bk", Kind::JudicialUsePermission, item);
    submit(world.serbia(), request).await.unwrap();
    let asked = stranger.poll(std::time::Duration::ZERO).await.unwrap().pop().unwrap();
    let asked = &asked.document["envelope"];
    assert_eq!((&asked["kind"], &asked["in_reply_to"]), (&json!("judicial_use_permission"), &json!(item)));
    let again = |follows: &Value| {
        let mut again = foreign("at/bk", "rs/jt", "spontaneous_info", "H1");
        again["envelope"]["conversation"] = asked["conversation"].clone();
        again["envelope"]["in_reply_to"] = follows.clone();
        again
    };
    assert!(world.arrives(&again(&asked["id"])).await.is_err(), "asking is not permission");
    let mut reject = foreign("at/bk", "rs/jt", "reject", "H0");
    reject["envelope"]["conversation"] = asked["conversation"].clone();
    reject["envelope"]["in_reply_to"] = asked["id"].clone();
    world.arrives(&reject).await.unwrap();
    assert!(world.arrives(&again(&asked["id"])).await.is_err(), "a rejection permits nothing");
    let mut accept = reject.clone();
    accept["envelope"]["id"] = json!(MessageId::new(Timestamp::now()));
    accept["envelope"]["kind"] = json!("accept");
    world.arrives(&accept).await.unwrap();
    world.arrives(&again(&asked["id"])).await.unwrap();
    let elsewhere = foreign("at/bk", "rs/jt", "spontaneous_info", "H1");
    assert!(world.arrives(&elsewhere).await.is_err(), "it holds for its item and conversation only");

    let mut withdrawal = accept.clone();
    withdrawal["envelope"]["id"] = json!(MessageId::new(Timestamp::now()));
    withdrawal["envelope"]["kind"] = json!("withdrawal");
    withdrawal["envelope"]["in_reply_to"] = accept["envelope"]["id"].clone();
    world.arrives(&withdrawal).await.unwrap();
    assert!(world.arrives(&again(&asked["id"])).await.is_err(), "what was withdrawn is no permission");
    world.trial.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_sends_under_h1_to_a_prosecution_that_it_has_permitted_to_use_it() {
    let mut world = World::start().await;
    let first = world.sent_by_slovenia(information("si/policija", "rs/jt", Handling::H0)).await;
    let under_h1 = |follows| {
        let mut request = information("si/policija", "rs/jt", Handling::H1);
        (request.kind, request.in_reply_to) = (Kind::Answer, Some(follows));
        request
    };
    let request = following("rs/jt", "si/policija", Kind::JudicialUsePermission, first);
    let request = world.sent_by_serbia(request).await;
    let slovenia = world.slovene().gateway.clone();
    assert_eq!(submit(&slovenia, under_h1(request)).await, Err("judicial-use-not-permitted"));
    world.permitted_by_slovenia(following("si/policija", "rs/jt", Kind::Accept, request)).await;
    world.sent_by_slovenia(under_h1(request)).await;
    world.end().await;
}

/// Passes Slovene content on to Austria.
fn to_austria(source: MessageId) -> Request {
    let mut request = information("rs/mup", "at/bk", Handling::H0);
    request.delete_by = Timestamp::now() + SignedDuration::from_hours(24);
    request.passes_on = vec![source];
    request
}

#[tokio::test(flavor = "multi_thread")]
async fn content_under_h2_is_passed_on_only_to_whom_its_provider_has_permitted() {
    let mut world = World::start().await;
    let item = world.sent_by_slovenia(information("si/policija", "rs/mup", Handling::H2)).await;
    let refused = Err("onward-not-permitted");
    assert_eq!(submit(world.serbia(), to_austria(item)).await, refused);
    let ask = |recipient: &str| Request {
        asks: Some(Asks::Recipient(party(recipient))),
        ..following("rs/mup", "si/policija", Kind::OnwardPermission, item)
    };
    for (recipient, then) in [("at/bka", false), ("at/bk", true)] {
        let request = world.sent_by_serbia(ask(recipient)).await;
        assert_eq!(submit(world.serbia(), to_austria(item)).await, refused, "asking is not permission");
        let accept = following("si/policija", "rs/mup", Kind::Accept, request);
        let accept = world.permitted_by_slovenia(accept).await;
        assert_eq!(submit(world.serbia(), to_austria(item)).await.is_ok(), then, "{recipient}");
        if then {
            world.sent_by_slovenia(following("si/policija", "rs/mup", Kind::Withdrawal, accept)).await;
            assert_eq!(submit(world.serbia(), to_austria(item)).await, refused, "it was withdrawn");
        }
    }
    // Back to its provider is not onward.
    let back = Request { to: party("si/policija"), ..to_austria(item) };
    assert!(submit(world.serbia(), back).await.is_ok());
    world.trial.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_handling_code_inside_a_record_binds_whoever_passes_it_on() {
    let mut world = World::start().await;
    let inside = |codes: Value| {
        let mut members = record().into_members();
        members.insert("x_Handling".to_owned(), codes);
        let content = Content::Common(vec![casebridge::schema::Record::new(members)]);
        Request { content, ..information("si/policija", "rs/mup", Handling::H0) }
    };
    let plain = world.sent_by_slovenia(inside(json!(["H0"]))).await;
    let under_h2 = world.sent_by_slovenia(inside(json!(["H0", "H2"]))).await;
    assert!(submit(world.serbia(), to_austria(plain)).await.is_ok());
    assert_eq!(submit(world.serbia(), to_austria(under_h2)).await, Err("onward-not-permitted"));
    world.trial.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_follows_a_message_that_was_refused_here() {
    let mut world = World::start().await;
    // Its purpose is on no file, so a reply could be for any.
    let mut refused = foreign("si/policija", "rs/mup", "info_request", "H0");
    refused["envelope"]["purpose"] = json!("prosecution");
    assert_eq!(world.arrives(&refused).await, Err("purpose-not-agreed".to_owned()));
    let item: MessageId = refused["envelope"]["id"].as_str().unwrap().parse().unwrap();
    let answer = world.serbia().submit(following("rs/mup", "si/policija", Kind::Answer, item)).await;
    assert!(matches!(answer, Err(ExchangeError::NoSuchMessage { id, .. }) if id == item), "{answer:?}");
    world.trial.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn content_is_not_passed_on_to_be_kept_longer_or_used_otherwise_than_its_provider_allowed() {
    let mut world = World::start().await;
    let item = world.sent_by_slovenia(information("si/policija", "rs/mup", Handling::H0)).await;
    let longer = Request { delete_by: Timestamp::now() + SignedDuration::from_hours(72), ..to_austria(item) };
    assert_eq!(submit(world.serbia(), longer).await, Err("keeps-longer"));
    let otherwise = Request { purpose: Purpose::Prevention, ..to_austria(item) };
    assert_eq!(submit(world.serbia(), otherwise).await, Err("purpose-changed"));
    assert!(submit(world.serbia(), to_austria(item)).await.is_ok());
    let many = Request { passes_on: vec![item; 65], ..to_austria(item) };
    let refused = world.serbia().submit(many).await;
    assert!(matches!(refused, Err(ExchangeError::TooManySources { most: 64 })), "{refused:?}");
    let nowhere = to_austria(MessageId::new(Timestamp::now()));
    let unknown = nowhere.passes_on[0];
    let refused = world.serbia().submit(nowhere).await;
    assert!(matches!(refused, Err(ExchangeError::NoSuchMessage { id, .. }) if id == unknown), "{refused:?}");
    world.trial.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_purpose_of_a_conversation_stays_until_the_provider_has_permitted_another() {
    let mut world = World::start().await;
    let item = world.sent_by_slovenia(information("si/policija", "rs/mup", Handling::H0)).await;
    let follow_up =
        |purpose| Request { purpose, ..following("rs/mup", "si/policija", Kind::InfoRequest, item) };
    assert_eq!(submit(world.serbia(), follow_up(Purpose::Prevention)).await, Err("purpose-changed"));
    assert!(submit(world.serbia(), follow_up(Purpose::Investigation)).await.is_ok());
    let request = Request {
        asks: Some(Asks::Purpose(Purpose::Prevention)),
        ..following("rs/mup", "si/policija", Kind::PurposeChange, item)
    };
    let request = world.sent_by_serbia(request).await;
    assert_eq!(submit(world.serbia(), follow_up(Purpose::Prevention)).await, Err("purpose-changed"));
    world.permitted_by_slovenia(following("si/policija", "rs/mup", Kind::Accept, request)).await;
    world.sent_by_serbia(follow_up(Purpose::Prevention)).await;
    assert_eq!(submit(world.serbia(), follow_up(Purpose::Detection)).await, Err("purpose-changed"));
    // What was permitted for this content holds where it is passed on, and for no third purpose.
    let passed = |purpose| Request { purpose, ..to_austria(item) };
    assert_eq!(submit(world.serbia(), passed(Purpose::Detection)).await, Err("purpose-changed"));
    assert!(submit(world.serbia(), passed(Purpose::Prevention)).await.is_ok());
    world.trial.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_names_only_its_conversation_keeps_the_purpose_too() {
    let mut world = World::start().await;
    let first = Request { kind: Kind::InfoRequest, ..information("rs/mup", "si/policija", Handling::H0) };
    let Submitted::Sent { id, conversation, .. } = world.serbia().submit(first.clone()).await.unwrap() else {
        panic!("not sent")
    };
    world.si.until(opened(id)).await;
    let next = |purpose| Request { purpose, conversation: Some(conversation), ..first.clone() };
    assert_eq!(submit(world.serbia(), next(Purpose::Prevention)).await, Err("purpose-changed"));
    let mut arriving = foreign("si/policija", "rs/mup", "spontaneous_info", "H0");
    arriving["envelope"]["conversation"] = json!(conversation);
    arriving["envelope"]["purpose"] = json!("prevention");
    assert_eq!(world.arrives(&arriving).await, Err("purpose-changed".to_owned()));
    assert!(submit(world.serbia(), next(Purpose::Investigation)).await.is_ok());
    world.trial.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agency_follows_no_message_of_another_agency() {
    let mut world = World::start().await;
    let police = world.sent_by_slovenia(information("si/policija", "rs/mup", Handling::H0)).await;
    let answer = following("rs/jt", "si/policija", Kind::InfoRequest, police);
    let refused = world.serbia().submit(answer).await;
    assert!(matches!(refused, Err(ExchangeError::NoSuchMessage { id, .. }) if id == police), "{refused:?}");
    world.trial.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_partners_reply_with_another_purpose_does_not_enter() {
    let mut world = World::start().await;
    let mut request = information("rs/mup", "si/policija", Handling::H0);
    request.kind = Kind::InfoRequest;
    let asked = world.sent_by_serbia(request).await;
    let mut answer = foreign("si/policija", "rs/mup", "answer", "H0");
    answer["envelope"]["in_reply_to"] = json!(asked);
    answer["envelope"]["purpose"] = json!("prevention");
    assert_eq!(world.arrives(&answer).await, Err("purpose-changed".to_owned()));
    world.trial.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_permission_is_asked_about_a_message_of_the_very_provider() {
    let mut world = World::start().await;
    let austrian = world.arrives(&foreign("at/bk", "rs/mup", "spontaneous_info", "H0")).await.unwrap();
    let own = world.sent_by_serbia(information("rs/mup", "si/policija", Handling::H0)).await;
    for item in [austrian, own, MessageId::new(Timestamp::now())] {
        let request = following("rs/mup", "si/policija", Kind::JudicialUsePermission, item);
        let refused = world.serbia().submit(request).await;
        assert!(matches!(refused, Err(ExchangeError::NoSuchMessage { id, .. }) if id == item));
    }
    let item = Request {
        in_reply_to: None,
        ..following("rs/mup", "si/policija", Kind::JudicialUsePermission, austrian)
    };
    assert!(matches!(world.serbia().submit(item).await, Err(ExchangeError::Misfit { .. })));
    // A partner can ask about what was sent to it only.
    for (from, item, entered) in [
        ("si/policija", own, true),
        ("at/bk", own, false),
        ("si/policija", austrian, false),
        ("si/policija", MessageId::new(Timestamp::now()), false),
    ] {
        let mut request = foreign(from, "rs/mup", "judicial_use_permission", "H0");
        request["envelope"]["in_reply_to"] = json!(item);
        let arrived = world.arrives(&request).await;
        assert_eq!(arrived.is_ok(), entered, "{from} {arrived:?}");
        assert!(entered || arrived == Err("item-unknown".to_owned()));
    }
    world.trial.stop().await;
}
