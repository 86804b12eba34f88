//! A polling partner: its mailbox is its own, and only its signed receipts move a message on.

use casebridge::exchange::{Progress, Submitted};
use casebridge::message::{Cover, MessageId};
use casebridge::receipt::{self, Stage, Statement, Verdict};
use jiff::Timestamp;
use serde_json::Value;

use crate::world::{World, party, record, warning};

async fn waiting(world: &World) -> MessageId {
    let request = casebridge::exchange::Request { to: party("at/bk"), ..warning(record()) };
    match world.trial.rs.gateway.submit(request).await.unwrap() {
        Submitted::Sent { id, .. } => id,
        other => panic!("{other:?}"),
    }
}

async fn list(client: &casebridge::app::trial::WireClient, query: &str) -> Vec<String> {
    let answer = client.call("GET", &format!("/exchange/v1/inbox{query}"), &[], Vec::new()).await.unwrap();
    assert_eq!(answer.status, 200, "{answer:?}");
    let list: Value = serde_json::from_slice(&answer.body).unwrap();
    list["messages"].as_array().unwrap().iter().map(|m| m["id"].as_str().unwrap().to_owned()).collect()
}

async fn fetched(world: &World, id: MessageId) -> Cover {
    let answer =
        world.austria().call("GET", &format!("/exchange/v1/inbox/{id}"), &[], Vec::new()).await.unwrap();
    assert_eq!(answer.status, 200);
    casebridge::relay::read_cover(&answer.headers, answer.body.len() as u64).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_waits_until_its_recipient_has_acknowledged_it() {
    let mut world = World::start().await;
    let id = waiting(&world).await;
    let austria = world.austria();
    assert_eq!(list(&austria, "").await, [id.to_string()]);
    assert_eq!(list(&austria, "").await, [id.to_string()], "listing takes nothing away");
    let cover = fetched(&world, id).await;
    for (stage, left) in [(Stage::Collected, 1), (Stage::Opened, 0)] {
        let statement = Statement::about(&cover, stage, Verdict::Done, party("at/bk"), Timestamp::now());
        let signed = receipt::sign(&statement, world.key("at/bk")).unwrap();
        let answer = austria
            .call("POST", &format!("/exchange/v1/inbox/{id}/ack"), &[], signed.into_bytes())
            .await
            .unwrap();
        assert_eq!(answer.status, 204, "{answer:?}");
        assert_eq!(list(&austria, "").await.len(), left);
    }
    let status = world.trial.rs.gateway.status(&party("rs/mup"), id).await.unwrap();
    assert_eq!(status.progress, Progress::Delivered);
    let stages: Vec<_> = status.stages.iter().map(|(stage, _, code)| (*stage, code.clone())).collect();
    assert_eq!(stages, [(Stage::Collected, None), (Stage::Opened, None)]);
    assert_eq!(world.rs.count(crate::world::opened(id)), 1);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_by_the_recipient_reaches_the_sender() {
    let world = World::start().await;
    let id = waiting(&world).await;
    let cover = fetched(&world, id).await;
    let verdict = Verdict::Refused { code: "bad-signature".to_owned() };
    let statement = Statement::about(&cover, Stage::Opened, verdict, party("at/bk"), Timestamp::now());
    let signed = receipt::sign(&statement, world.key("at/bk")).unwrap();
    let path = format!("/exchange/v1/inbox/{id}/ack");
    assert_eq!(world.austria().call("POST", &path, &[], signed.into_bytes()).await.unwrap().status, 204);
    let status = world.trial.rs.gateway.status(&party("rs/mup"), id).await.unwrap();
    assert_eq!(status.progress, Progress::Failed { code: "bad-signature".to_owned() });
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_reaches_another_partners_mailbox() {
    let world = World::start().await;
    let id = waiting(&world).await;
    let slovenia = world.slovenia();
    assert!(list(&slovenia, "").await.is_empty());
    let answer = slovenia.call("GET", "/exchange/v1/inbox?for=at/bk", &[], Vec::new()).await.unwrap();
    assert_eq!((answer.status, answer.code().as_deref()), (403, Some("wrong-sender")));
    let answer = slovenia.call("GET", &format!("/exchange/v1/inbox/{id}"), &[], Vec::new()).await.unwrap();
    assert_eq!((answer.status, answer.code().as_deref()), (404, Some("not-found")));
    let cover = fetched(&world, id).await;
    let statement = Statement::about(&cover, Stage::Opened, Verdict::Done, party("at/bk"), Timestamp::now());
    let signed = receipt::sign(&statement, world.key("at/bk")).unwrap();
    let path = format!("/exchange/v1/inbox/{id}/ack");
    let answer = slovenia.call("POST", &path, &[], signed.into_bytes()).await.unwrap();
    assert_eq!((answer.status, answer.code().as_deref()), (409, Some("receipt-mismatch")));
    assert_eq!(list(&world.austria(), "").await, [id.to_string()], "it still waits");
    world.trial.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_a_receipt_of_the_recipient_about_this_message_counts() {
    let world = World::start().await;
    let (id, other) = (waiting(&world).await, waiting(&world).await);
    let (cover, other) = (fetched(&world, id).await, fetched(&world, other).await);
    let about = |cover: &Cover, by: &str| {
        Statement::about(cover, Stage::Opened, Verdict::Done, party(by), Timestamp::now())
    };
    let path = format!("/exchange/v1/inbox/{id}/ack");
    let forged = receipt::sign(&about(&cover, "si/policija"), world.key("si/policija")).unwrap();
    let swapped = receipt::sign(&about(&other, "at/bk"), world.key("at/bk")).unwrap();
    let mut wrong_digest = about(&cover, "at/bk");
    wrong_digest.digest = other.digest;
    let wrong_digest = receipt::sign(&wrong_digest, world.key("at/bk")).unwrap();
    let cases: [(&str, Vec<u8>, u16, &str); 4] = [
        ("signed by another party", forged.as_bytes().to_vec(), 422, "bad-receipt"),
        ("about another message", swapped.as_bytes().to_vec(), 409, "receipt-mismatch"),
        ("about other bytes", wrong_digest.as_bytes().to_vec(), 409, "receipt-mismatch"),
        ("no receipt at all", b"received, thank you".to_vec(), 422, "bad-receipt"),
    ];
    for (name, body, status, code) in cases {
        let answer = world.austria().call("POST", &path, &[], body).await.unwrap();
        assert_eq!((answer.status, answer.code().as_deref()), (status, Some(code)), "{name}");
    }
    assert_eq!(list(&world.austria(), "").await.len(), 2, "nothing was taken away");
    world.trial.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_poll_that_waits_is_answered_when_a_message_comes() {
    let world = World::start().await;
    let austria = world.austria();
    let poll = tokio::spawn(async move { list(&austria, "?wait=50").await });
    tokio::task::yield_now().await;
    let id = waiting(&world).await;
    let listed = tokio::time::timeout(crate::world::PATIENCE, poll).await.unwrap().unwrap();
    assert_eq!(listed, [id.to_string()]);
    world.trial.stop().await;
}
