//! Keys change while the gateway runs: nothing is lost, and no key is believed longer than it is listed.

use std::path::Path;

use casebridge::config::{Draft, SecretFile};
use casebridge::exchange::What;
use casebridge::message::{Cover, MessageId};
use casebridge::partner::Profile;
use casebridge::seal::OwnKey;
use jiff::{SignedDuration, Timestamp};
use zeroize::Zeroizing;

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

/// Makes these the certificates of the Slovene police that the Serbian gateway lists: one person proposes it, another
/// approves it.
async fn list(world: &World, keys: &[&OwnKey]) {
    let change = |folder: &Path| {
        let mut names = Vec::new();
        for key in keys {
            let name = format!("../keys/{}.pgp", key.certificate().fingerprint());
            std::fs::write(folder.join("partners").join(&name), key.certificate().to_armored()).unwrap();
            names.push(format!("{name:?}"));
        }
        let file = folder.join("partners/si.toml");
        let text = std::fs::read_to_string(&file).unwrap();
        let line = text.lines().find(|line| line.starts_with("openpgp = ")).unwrap();
        std::fs::write(&file, text.replace(line, &format!("openpgp = [{}]", names.join(", ")))).unwrap();
    };
    world.trial.change_serbia(change).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_partners_keys_are_believed_while_they_are_listed_and_no_longer() {
    let mut world = World::start().await;
    let (old, next, own) =
        (world.key("si/policija").clone(), next_key("si/policija"), world.key("rs/mup").clone());
    let early = send(&world, &next, &own).await;
    assert_eq!(refused(&mut world, &early).await, "wrong-signer");

    list(&world, &[&old, &next]).await;
    for signer in [&next, &old] {
        let cover = send(&world, signer, &own).await;
        world.rs.until(opened(cover.id)).await;
        let read = world.trial.rs.gateway.read(&party("rs/mup"), cover.id, "officer-1").await.unwrap();
        assert_eq!(read.document.envelope.id, cover.id);
    }

    list(&world, &[&next]).await;
    let cover = send(&world, &next, &own).await;
    world.rs.until(opened(cover.id)).await;
    let late = send(&world, &old, &own).await;
    assert_eq!(refused(&mut world, &late).await, "wrong-signer");
    world.end().await;
}

/// Gives the Serbian police `keys`, and `retired` ones beside them.
async fn equip(world: &World, keys: &[&OwnKey], retired: &[&OwnKey]) {
    let change = |draft: &mut Draft| {
        let mup = draft.agencies.iter_mut().find(|agency| agency.party == party("rs/mup")).unwrap();
        let named = mup.openpgp[0].clone();
        let file = |key: &&OwnKey| SecretFile {
            bytes: Zeroizing::new(key.to_armored_secret().as_bytes().to_vec()),
            ..named.clone()
        };
        mup.openpgp = keys.iter().map(file).collect();
        mup.retired = retired.iter().map(file).collect();
    };
    world.trial.reload_serbia(change).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_sealed_to_an_agencys_old_key_stays_readable_while_the_key_is_retired() {
    let mut world = World::start().await;
    let (signer, old, new) =
        (world.key("si/policija").clone(), world.key("rs/mup").clone(), next_key("rs/mup"));
    let before = send(&world, &signer, &old).await;
    world.rs.until(opened(before.id)).await;

    equip(&world, &[&new], &[&old]).await;
    let (under_way, after) = (send(&world, &signer, &old).await, send(&world, &signer, &new).await);
    for cover in [&under_way, &after] {
        world.rs.until(opened(cover.id)).await;
    }
    let (gateway, mup) = (world.trial.rs.gateway.clone(), party("rs/mup"));
    for cover in [&before, &under_way, &after] {
        assert!(gateway.read(&mup, cover.id, "officer-1").await.is_ok());
    }

    equip(&world, &[&new], &[]).await;
    let late = send(&world, &signer, &old).await;
    assert_eq!(refused(&mut world, &late).await, "not-for-us");
    assert!(gateway.read(&mup, before.id, "officer-1").await.is_err());
    assert!(gateway.read(&mup, after.id, "officer-1").await.is_ok());
    world.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_go_to_the_first_key_and_receipts_count_under_any() {
    let mut world = World::start().await;
    let (old, next) = (world.key("si/policija").clone(), next_key("si/policija"));
    // Slovenia still has the old key only.
    list(&world, &[&old, &next]).await;
    let id = world.send().await;
    world.rs.until(opened(id)).await;
    list(&world, &[&next, &old]).await;
    let id = world.send().await;
    let answered = world.rs.until(|e| e.message == id && matches!(e.what, What::ReceiptRefused { .. })).await;
    assert!(matches!(&answered.what, What::ReceiptRefused { code, .. } if code == "not-for-us"));
    world.end().await;
}
