//! What no partner may send: each is refused with its own code, kept in quarantine and never opened further.

use casebridge::exchange::What;
use casebridge::message::{MessageId, Sha256};
use casebridge::store::Side;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use crate::world::{World, cover_of, foreign_document, headers, opened, party, push, sealed};

fn id() -> MessageId {
    MessageId::new(Timestamp::now())
}

/// Nothing reached the reader, and the door's quarantine holds the code.
async fn kept_at_the_door(world: &World, peer: &str, code: &str) {
    let kept = world.trial.rs.gateway.quarantined(&party(peer)).await.unwrap();
    assert!(kept.iter().any(|(kept, _)| kept == code), "{kept:?}");
    assert_eq!(world.trial.rs.gateway.counts(Side::In).await.unwrap(), [0; 5]);
}

/// The message was stored, found bad when it was opened, and is in quarantine with a negative receipt.
async fn kept_when_opened(world: &mut World, id: MessageId, code: &str) {
    let event = world.rs.until(|e| e.message == id && matches!(e.what, What::Quarantined { .. })).await;
    assert!(matches!(&event.what, What::Quarantined { code: found } if found == code), "{event:?}");
    let [waiting, leased, settled, _, quarantined] = world.trial.rs.gateway.counts(Side::In).await.unwrap();
    assert_eq!((waiting, leased, settled, quarantined), (0, 0, 0, 1));
    let unread =
        world.trial.rs.gateway.inbox(&party("rs/mup"), 0, 10, std::time::Duration::ZERO).await.unwrap();
    assert!(unread.is_empty());
    let stages = world.trial.rs.gateway.stage_counts(Side::In).await.unwrap();
    assert_eq!(stages[2], (0, 1), "the sender must learn it");
    assert_eq!(world.rs.count(opened(id)), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_good_message_of_a_foreign_program_is_opened() {
    let mut world = World::start().await;
    let document = foreign_document(id());
    let (cover, bytes) = sealed(&document, world.key("si/policija"), world.key("rs/mup"));
    let answer = push(&world.slovenia(), &cover, bytes).await;
    assert_eq!(answer.status, 201, "{answer:?}");
    world.rs.until(opened(cover.id)).await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_of_another_partner_cannot_send_for_the_sender() {
    let world = World::start().await;
    let document = foreign_document(id());
    let (cover, bytes) = sealed(&document, world.key("si/policija"), world.key("rs/mup"));
    let answer = push(&world.austria(), &cover, bytes).await;
    assert_eq!((answer.status, answer.code().as_deref()), (403, Some("wrong-sender")));
    kept_at_the_door(&world, "at/bk", "wrong-sender").await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_signed_by_somebody_else_is_quarantined() {
    let mut world = World::start().await;
    let document = foreign_document(id());
    let (cover, bytes) = sealed(&document, world.key("at/bk"), world.key("rs/mup"));
    assert_eq!(push(&world.slovenia(), &cover, bytes).await.status, 201);
    kept_when_opened(&mut world, cover.id, "wrong-signer").await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_changed_by_one_bit_is_refused_at_the_door() {
    let world = World::start().await;
    let document = foreign_document(id());
    let (cover, mut bytes) = sealed(&document, world.key("si/policija"), world.key("rs/mup"));
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    let answer = push(&world.slovenia(), &cover, bytes).await;
    assert_eq!((answer.status, answer.code().as_deref()), (400, Some("digest-mismatch")));
    kept_at_the_door(&world, "si/policija", "digest-mismatch").await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_changed_by_one_bit_under_a_fitting_cover_is_quarantined() {
    let mut world = World::start().await;
    let document = foreign_document(id());
    let (_, mut bytes) = sealed(&document, world.key("si/policija"), world.key("rs/mup"));
    let place = bytes.len() - 20;
    bytes[place] ^= 1;
    let cover = cover_of(&document, &bytes);
    assert_eq!(push(&world.slovenia(), &cover, bytes).await.status, 201);
    kept_when_opened(&mut world, cover.id, "damaged").await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_sealed_to_somebody_else_is_quarantined() {
    let mut world = World::start().await;
    let document = foreign_document(id());
    let (cover, bytes) = sealed(&document, world.key("si/policija"), world.key("at/bk"));
    assert_eq!(push(&world.slovenia(), &cover, bytes).await.status, 201);
    kept_when_opened(&mut world, cover.id, "not-for-us").await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_old_message_under_a_new_id_is_quarantined() {
    let mut world = World::start().await;
    let document = foreign_document(id());
    let (mut cover, bytes) = sealed(&document, world.key("si/policija"), world.key("rs/mup"));
    cover.id = id();
    assert_eq!(push(&world.slovenia(), &cover, bytes).await.status, 201);
    kept_when_opened(&mut world, cover.id, "cover-mismatch").await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_message_under_a_used_id_is_refused() {
    let mut world = World::start().await;
    let document = foreign_document(id());
    let (cover, bytes) = sealed(&document, world.key("si/policija"), world.key("rs/mup"));
    assert_eq!(push(&world.slovenia(), &cover, bytes).await.status, 201);
    world.rs.until(opened(cover.id)).await;
    let (again, bytes) = sealed(&document, world.key("si/policija"), world.key("rs/mup"));
    assert_ne!(again.digest, cover.digest, "sealing twice gives other bytes");
    let answer = push(&world.slovenia(), &again, bytes).await;
    assert_eq!((answer.status, answer.code().as_deref()), (409, Some("id-reused")));
    let kept = world.trial.rs.gateway.quarantined(&party("si/policija")).await.unwrap();
    assert_eq!(kept, [("id-reused".to_owned(), again.digest)]);
    assert_eq!(world.rs.count(opened(cover.id)), 1);
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_not_agreed_is_quarantined_with_the_rule_that_says_so() {
    let mut world = World::start().await;
    let mut document = foreign_document(id());
    document["envelope"]["kind"] = json!("jit_setup");
    let (cover, bytes) = sealed(&document, world.key("si/policija"), world.key("rs/mup"));
    assert_eq!(push(&world.slovenia(), &cover, bytes).await.status, 201);
    kept_when_opened(&mut world, cover.id, "kind-not-agreed").await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_document_that_is_not_strict_json_is_quarantined() {
    let mut world = World::start().await;
    let document = foreign_document(id());
    let twice = document.to_string().replacen('{', "{\"body\":{},", 1);
    let recipient = world.key("rs/mup").certificate();
    let bytes = casebridge::seal::dangerous_seal(
        twice.as_bytes(),
        world.key("si/policija"),
        &recipient,
        Timestamp::now(),
    );
    let bytes = bytes.unwrap();
    let cover = cover_of(&document, &bytes);
    assert_eq!(push(&world.slovenia(), &cover, bytes).await.status, 201);
    kept_when_opened(&mut world, cover.id, "bad-document").await;
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_is_not_the_protocol_is_told_what_is_wrong() {
    let world = World::start().await;
    let document = foreign_document(id());
    let (cover, bytes) = sealed(&document, world.key("si/policija"), world.key("rs/mup"));
    let client = world.slovenia();
    let post = "/exchange/v1/messages";

    let mut missing = headers(&cover);
    missing.retain(|(name, _)| *name != "casebridge-digest");
    let answer = client.call("POST", post, &missing, bytes.clone()).await.unwrap();
    assert_eq!((answer.status, answer.code().as_deref()), (400, Some("malformed-cover")));
    assert!(String::from_utf8_lossy(&answer.body).contains("`casebridge-digest` is missing"));
    assert_eq!(answer.headers["content-type"], "application/problem+json");

    let stranger = casebridge::message::Cover { to: party("rs/nobody"), ..cover.clone() };
    let answer = push(&client, &stranger, bytes.clone()).await;
    assert_eq!((answer.status, answer.code().as_deref()), (404, Some("unknown-recipient")));

    let late = Timestamp::now() - SignedDuration::from_hours(1);
    let late = Timestamp::from_second(late.as_second()).unwrap();
    let expired = casebridge::message::Cover { expires: late, ..cover.clone() };
    let answer = push(&client, &expired, bytes.clone()).await;
    assert_eq!((answer.status, answer.code().as_deref()), (410, Some("expired")));

    let huge = headers(&cover)
        .into_iter()
        .chain([("content-length", (64_u64 << 30).to_string())])
        .collect::<Vec<_>>();
    let answer = client.call("POST", post, &huge, Vec::new()).await.unwrap();
    assert_eq!((answer.status, answer.code().as_deref()), (413, Some("too-large")));

    let answer = client.call("GET", "/exchange/v2/inbox", &[], Vec::new()).await.unwrap();
    assert_eq!((answer.status, answer.code().as_deref()), (404, Some("not-found")));
    let answer = client.call("DELETE", post, &[], Vec::new()).await.unwrap();
    assert_eq!(answer.code().as_deref(), Some("malformed-request"));
    assert_eq!(world.trial.rs.gateway.counts(Side::In).await.unwrap(), [0; 5]);
    assert_ne!(Sha256::of(&bytes), Sha256::of(b""));
    world.end().await;
}
