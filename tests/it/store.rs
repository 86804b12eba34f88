//! The store: many share a sync, one does not wait, and one that fails fails alone.

use std::sync::Arc;

use casebridge::store::{HeldRow, Store, StoreError};
use casebridge::telemetry::Steps;
use jiff::Timestamp;

use crate::world::party;

fn row(n: u32) -> HeldRow {
    HeldRow {
        id: casebridge::message::MessageId::new(Timestamp::now()),
        own: party("rs/mup"),
        conversation: None,
        author: format!("officer-{n}"),
        at: Timestamp::UNIX_EPOCH,
        parked: vec![0; 100].into(),
        passes_on: Vec::new(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn many_operations_share_a_commit_and_one_alone_has_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let steps = Arc::new(Steps::default());
    let store = Store::open(&folder.path().join("a.db"), Arc::clone(&steps)).unwrap();
    steps.switch_on();
    store.write("alone", |tx| tx.held_add(&row(0))).await.unwrap();
    assert_eq!(steps.commits(), (1, 1));
    let all: Vec<_> = (0..500)
        .map(|n| {
            let store = store.clone();
            tokio::spawn(async move { store.write("many", move |tx| tx.held_add(&row(n))).await })
        })
        .collect();
    for one in all {
        assert!(one.await.unwrap().unwrap());
    }
    let (commits, operations) = steps.commits();
    assert_eq!(operations, 501);
    assert!(commits < 250, "{commits} commits for 501 operations");
    assert_eq!(store.read(|tx| tx.held_list(&party("rs/mup"))).await.unwrap().len(), 501);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operation_that_fails_is_undone_and_fails_alone() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&folder.path().join("a.db"), Arc::default()).unwrap();
    let all: Vec<_> = (0..200)
        .map(|n| {
            let store = store.clone();
            tokio::spawn(async move {
                let written = store.write("some", move |tx| {
                    tx.held_add(&row(n))?;
                    if n % 10 == 3 { Err(StoreError::Row { column: "a defect" }) } else { Ok(()) }
                });
                (n, written.await)
            })
        })
        .collect();
    for one in all {
        let (n, written) = one.await.unwrap();
        assert_eq!(written.is_err(), n % 10 == 3, "{n}: {written:?}");
    }
    let kept = store.read(|tx| tx.held_list(&party("rs/mup"))).await.unwrap();
    assert_eq!(kept.len(), 180, "what failed left nothing behind");
    assert!(kept.iter().all(|(_, author, _)| !author.ends_with('3')));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operation_that_panics_fails_alone_and_the_store_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&folder.path().join("a.db"), Arc::default()).unwrap();
    for _ in 0..5 {
        let written: Result<(), _> = store.write("panics", |_| panic!("a defect")).await;
        assert!(matches!(written, Err(StoreError::Transaction { .. })));
        let read: Result<(), _> = store.read(|_| panic!("a defect")).await;
        assert!(matches!(read, Err(StoreError::Transaction { .. })));
    }
    assert!(store.write("goes on", |tx| tx.held_add(&row(1))).await.unwrap());
    assert_eq!(store.read(|tx| tx.held_list(&party("rs/mup"))).await.unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_store_of_a_newer_program_is_not_touched() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.db");
    drop(Store::open(&path, Arc::default()).unwrap());
    // The schema's version stands at offset 60 of the file (SQLite file format 1.3.15, user version).
    let mut bytes = std::fs::read(&path).unwrap();
    bytes[60..64].copy_from_slice(&99_u32.to_be_bytes());
    std::fs::write(&path, bytes).unwrap();
    let refused = Store::open(&path, Arc::default()).unwrap_err();
    assert!(matches!(refused, StoreError::TooNew { found: 99, .. }), "{refused}");
}
