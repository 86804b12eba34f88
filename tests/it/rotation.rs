//! Keys change while the gateway runs: nothing is lost, and no key is believed longer than it is listed.

use casebridge::config::{Draft, File};
use casebridge::exchange::What;
use casebridge::message::{Cover, MessageId};
use casebridge::partner::Profile;
use casebridge::seal::OwnKey;
use jiff::{SignedDuration, Timestamp};

use crate::world::{World, foreign_document, opened, party, push, sealed};

fn next_key(name: &str) -> OwnKey {
    OwnKey::generate(&party(name), Profile::V6, Timestamp::now() - SignedDuration::from_hours(1)).unwrap()
}

/// Pushes a message from the Slovene to the Serbian police, signed and sealed with these keys.
async fn send(world: &World, signer: &OwnKey, recipient: &OwnKey) -> Cover {
    let document = foreign_document(MessageId::new(Timestamp::now()));
    let (cover, bytes) = sealed(&document, signer, recipient);
    assert_eq!(push(&world.slovenia(), &cover, bytes).await.status, 201);
    cover
}

async fn refused(world: &mut World, cover: &Cover) -> String {
    let event = world.rs.until(|e| e.message == cover.id && !matches!(e.what, What::Stored { .. })).await;
    match event.what {
        What::Quarantined { code } => code,
        other => panic!("not refused: {other:?}"),
    }
}

/// Makes these the certificates of the Slovene police that the Serbian gateway lists.
fn list(world: &World, keys: &[&OwnKey]) {
    let change = |draft: &mut Draft| {
        let mut parties = draft.partners.iter_mut().flat_map(|partner| &mut partner.parties);
        let si = parties.find(|si| si.agreement.party == party("si/policija")).unwrap();
        let named = si.openpgp[0].clone();
        let file =
            |key: &&OwnKey| File { bytes: key.certificate().to_armored().into_bytes(), ..named.clone() };
        si.openpgp = keys.iter().map(file).collect();
    };
    world.trial.reload_serbia(change).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_partners_keys_are_believed_while_they_are_listed_and_no_longer() {
    let mut world = World::start().await;
    let (old, next, own) =
        (world.key("si/policija").clone(), next_key("si/policija"), world.key("rs/mup").clone());
    let early = send(&world, &next, &own).await;
    assert_eq!(refused(&mut world, &early).await, "wrong-signer");

    list(&world, &[&old, &next]);
    for signer in [&next, &old] {
        let cover = send(&world, signer, &own).await;
        world.rs.until(opened(cover.id)).await;
        let read = world.trial.rs.gateway.read(&party("rs/mup"), cover.id, "officer-1").await.unwrap();
        assert_eq!(read.document.envelope.id, cover.id);
    }

    list(&world, &[&next]);
    let cover = send(&world, &next, &own).await;
    world.rs.until(opened(cover.id)).await;
    let late = send(&world, &old, &own).await;
    assert_eq!(refused(&mut world, &late).await, "wrong-signer");
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_go_to_the_first_key_and_receipts_count_under_any() {
    let mut world = World::start().await;
    let (old, next) = (world.key("si/policija").clone(), next_key("si/policija"));
    // Slovenia still has the old key only.
    list(&world, &[&old, &next]);
    let id = world.send().await;
    world.rs.until(opened(id)).await;
    list(&world, &[&next, &old]);
    let id = world.send().await;
    let answered = world.rs.until(|e| e.message == id && matches!(e.what, What::ReceiptRefused { .. })).await;
    assert!(matches!(&answered.what, What::ReceiptRefused { code, .. } if code == "not-for-us"));
    world.end().await;
}
