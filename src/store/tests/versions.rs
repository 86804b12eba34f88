//! Versions of the policy: one in force at any time, none ever changed.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use rusqlite::Connection;

use super::super::{NewVersion, Store, StoreError};
use super::{Kept, kept, now, tamper};

fn version(bundle: &'static [u8], author: &str, from: Option<Timestamp>) -> NewVersion {
    NewVersion { bundle: bundle.into(), author: author.to_owned(), reason: "test".to_owned(), from }
}

fn later(hours: i64) -> Timestamp {
    now() + SignedDuration::from_hours(hours)
}

/// A store with its first version.
async fn installed() -> Kept {
    let kept = kept();
    let first = version(b"first", "installation", None);
    assert!(kept.store.write("test", move |tx| tx.version_install(&first, now())).await.unwrap());
    kept
}

async fn proposed(kept: &Kept, bundle: &'static [u8], base: u32, from: Option<Timestamp>) -> u32 {
    let version = version(bundle, "anna", from);
    kept.store.write("test", move |tx| tx.version_propose(&version, base, now())).await.unwrap()
}

async fn approved(kept: &Kept, number: u32, at: Timestamp) -> bool {
    kept.store.write("test", move |tx| tx.version_approve(number, "berta", at)).await.unwrap()
}

async fn in_force(kept: &Kept, at: Timestamp) -> Option<u32> {
    kept.store.read(move |tx| tx.version_in_force(at)).await.unwrap()
}

#[tokio::test]
async fn exactly_one_version_is_in_force_at_any_time() {
    let kept = installed().await;
    let again = version(b"other", "installation", None);
    assert!(!kept.store.write("test", move |tx| tx.version_install(&again, now())).await.unwrap());
    let second = proposed(&kept, b"second", 1, Some(later(2))).await;
    let third = proposed(&kept, b"third", 1, None).await;
    assert_eq!((second, third), (2, 3), "numbers have no gaps");
    assert_eq!(in_force(&kept, later(9)).await, Some(1), "a proposal is not in force");
    assert!(approved(&kept, second, later(1)).await);
    for (hours, number) in [(-9, 1), (0, 1), (1, 1), (2, 2), (9, 2)] {
        assert_eq!(in_force(&kept, later(hours)).await, Some(number), "{hours}");
    }
    assert!(approved(&kept, third, later(3)).await);
    for (hours, number) in [(-9, 1), (1, 1), (2, 2), (3, 3), (9, 3)] {
        assert_eq!(in_force(&kept, later(hours)).await, Some(number), "{hours}");
    }
    let row = kept.store.read(move |tx| tx.version_find(third)).await.unwrap().unwrap();
    assert_eq!((row.from, row.approved), (Some(later(3)), Some(("berta".to_owned(), later(3)))));
}

#[tokio::test]
async fn a_version_is_decided_once_and_taken_back_only_before_it_is_in_force() {
    let kept = installed().await;
    let reject = |number, at| {
        let store = kept.store.clone();
        async move { store.write("test", move |tx| tx.version_reject(number, "anna", at)).await.unwrap() }
    };
    assert!(!reject(1, now()).await, "the first is in force");
    let second = proposed(&kept, b"second", 1, Some(later(2))).await;
    assert!(approved(&kept, second, now()).await);
    assert!(!approved(&kept, second, now()).await);
    assert!(!reject(second, later(2)).await, "it is in force by then");
    assert!(reject(second, later(1)).await);
    assert!(!reject(second, later(1)).await);
    assert!(!approved(&kept, second, later(1)).await);
    assert_eq!(in_force(&kept, later(9)).await, Some(1));
    assert!(!approved(&kept, 99, now()).await);
}

#[tokio::test]
async fn the_history_of_the_policy_never_changes_for_whoever_does_not_take_its_triggers_away() {
    let kept = installed().await;
    proposed(&kept, b"second", 1, None).await;
    assert!(approved(&kept, 2, now()).await);
    proposed(&kept, b"third", 2, None).await;
    let conn = Connection::open(&kept.path).unwrap();
    for sql in [
        "DELETE FROM policy",
        "UPDATE policy SET bundle = x'00' WHERE number = 3",
        "UPDATE policy SET author = 'berta' WHERE number = 3",
        "UPDATE policy SET reason = '' WHERE number = 3",
        "UPDATE policy SET base = 1 WHERE number = 3",
        "UPDATE policy SET approver = 'carla' WHERE number = 2",
        "UPDATE policy SET from_when = from_when + 1 WHERE number = 2",
        "UPDATE policy SET approver = NULL, approved_at = NULL WHERE number = 2",
        "UPDATE policy SET rejecter = 'carla', rejected_at = approved_at + 1 WHERE number = 2",
        "UPDATE policy SET approver = 'ANNA', approved_at = 5, from_when = 5 WHERE number = 3",
        "UPDATE policy SET approver = 'berta', approved_at = 5, from_when = 4 WHERE number = 3",
        "INSERT INTO policy SELECT 4, digest, base, author, reason, proposed_at, 1, 'x', 1, NULL, NULL, bundle FROM policy WHERE number = 3",
        "INSERT INTO policy SELECT 9, digest, base, author, reason, proposed_at, NULL, NULL, NULL, NULL, NULL, bundle FROM policy WHERE number = 3",
        "INSERT OR REPLACE INTO policy SELECT 1, digest, base, author, reason, proposed_at, NULL, NULL, NULL, NULL, NULL, bundle FROM policy WHERE number = 3",
    ] {
        let refused = conn.execute_batch(sql).unwrap_err().to_string();
        assert!(refused.contains("policy version"), "{sql}: {refused}");
    }
}

#[tokio::test]
async fn a_bundle_changed_in_the_database_is_not_read() {
    let kept = installed().await;
    let read = || kept.store.read(|tx| tx.version_bundle(1));
    assert_eq!(read().await.unwrap().unwrap(), &b"first"[..]);
    tamper(&kept.path, "DROP TRIGGER policy_decision; UPDATE policy SET bundle = CAST('fjrst' AS BLOB)");
    assert!(matches!(read().await, Err(StoreError::DamagedPolicy { number: 1 })));
}

#[test]
fn looking_for_the_version_in_force_makes_and_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("casebridge.db");
    assert_eq!(super::super::version_at(&path, now()).unwrap(), None);
    assert!(!path.exists());
    drop(Store::open(&path, Arc::default()).unwrap());
    assert_eq!(super::super::version_at(&path, now()).unwrap(), None);
}
