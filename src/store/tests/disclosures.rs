//! Disclosures: an erasure is claimed once, and only together with the message that orders it.

use super::*;
use crate::message::Reason;
use crate::store::{DisclosureRow, DisclosureState, EraseRow, Hindrance, NewDisclosure, StoreError};

fn disclosed(message: &Deposit) -> NewDisclosure {
    NewDisclosure {
        own: party("rs/mup"),
        peer: party("si/policija"),
        message: message.cover.id,
        at: now(),
        delete_by: now() + SignedDuration::from_hours(48),
        consent_until: Some(now() + SignedDuration::from_hours(1)),
        sealed: bytes::Bytes::from_static(b"sealed"),
        sources: Vec::new(),
    }
}

fn erase_of(message: &Deposit, erase: &Deposit) -> EraseRow {
    EraseRow {
        own: party("rs/mup"),
        peer: party("si/policija"),
        message: message.cover.id,
        erase: erase.cover.id,
        why: Reason::ConsentExpired,
        at: now(),
        due: now() + SignedDuration::from_hours(72),
    }
}

async fn row(kept: &Kept, message: &Deposit) -> DisclosureRow {
    let id = message.cover.id;
    let find = move |tx: &crate::store::Tx<'_>| tx.disclosure_of(&party("rs/mup"), &party("si/policija"), id);
    kept.store.read(find).await.unwrap().unwrap()
}

async fn with_one() -> (Kept, Deposit) {
    let (kept, message) = (kept(), deposit(b"message"));
    let (new, sent) = (disclosed(&message), message.clone());
    let add = move |tx: &crate::store::Tx<'_>| {
        tx.mailbox_deposit(&sent, now())?;
        tx.disclosure_add(&new)
    };
    kept.store.write("test", add).await.unwrap();
    (kept, message)
}

#[tokio::test]
async fn a_crash_between_claiming_an_erasure_and_sending_it_leaves_neither() {
    let (kept, message) = with_one().await;
    let erase = deposit(b"erase");
    let order = |crash: bool| {
        let (claim, erase) = (erase_of(&message, &erase), erase.clone());
        move |tx: &crate::store::Tx<'_>| {
            assert_eq!(tx.disclosure_claim(&claim)?, None);
            if crash {
                return Err(StoreError::Stopped);
            }
            tx.mailbox_deposit(&erase, now())
        }
    };
    assert!(kept.store.write("test", order(true)).await.is_err());
    let live = row(&kept, &message).await;
    assert_eq!((live.state, live.erase), (DisclosureState::Live, None));
    kept.store.write("test", order(false)).await.unwrap();
    let told = row(&kept, &message).await;
    assert_eq!((told.state, told.erase), (DisclosureState::EraseSent, Some(erase.cover.id)));
    // Another node comes second, and learns which message went.
    let second = erase_of(&message, &deposit(b"another"));
    let known = kept.store.write("test", move |tx| tx.disclosure_claim(&second)).await.unwrap();
    assert_eq!(known, Some(erase.cover.id));
}

#[tokio::test]
async fn of_two_nodes_one_reports_an_overdue_erasure() {
    let (kept, message) = with_one().await;
    let read = row(&kept, &message).await;
    assert_eq!(read.due, Some(now() + SignedDuration::from_hours(1)), "the consent ends first");
    let hindrance = Hindrance {
        code: "kind-not-agreed".to_owned(),
        again: Some(now() + SignedDuration::from_hours(24)),
        why: Reason::ConsentExpired,
        since: now(),
    };
    let mut reported = Vec::new();
    for _ in 0..2 {
        let (read, hindrance) = (read.clone(), hindrance.clone());
        let report = move |tx: &crate::store::Tx<'_>| tx.disclosure_escalate(&read, &hindrance);
        reported.push(kept.store.write("test", report).await.unwrap());
    }
    assert_eq!(reported, [true, false]);
    assert_eq!(row(&kept, &message).await.escalations, 1);
}

#[tokio::test]
async fn a_certificate_removes_what_is_sealed_of_the_disclosure() {
    let (kept, message) = with_one().await;
    let (about, certificate) = (message.cover.id, deposit(b"certificate").cover.id);
    let settle = move |tx: &crate::store::Tx<'_>| {
        let (own, peer) = (party("rs/mup"), party("si/policija"));
        let settle = |peer| tx.disclosure_settle(&own, peer, about, certificate, Reason::Deleted);
        let austria = party("at/bk");
        assert_eq!(settle(&austria)?, None, "a certificate of another partner");
        assert_eq!(settle(&peer)?, Some(about));
        assert_eq!(settle(&peer)?, None, "it is settled once");
        tx.disclosure_live(&own, 0, 10)
    };
    assert!(kept.store.write("test", settle).await.unwrap().is_empty());
    let conn = Connection::open(&kept.path).unwrap();
    let left: i64 = conn.query_row("SELECT length(sealed) FROM disclosure", [], |row| row.get(0)).unwrap();
    assert_eq!(left, 0);
}
