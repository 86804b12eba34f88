//! The store against somebody who writes into its file.

mod disclosures;
mod versions;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use rusqlite::Connection;

use super::{Deposit, Deposited, QuarantineRow, QuotaShare, Side, Store};
use crate::audit::{self, Action, AuditError, Checkpoint, Event};
use crate::mailbox;
use crate::message::{Class, Cover, Kind, MessageId, PartyId, Sha256};
use crate::partner::Quota;

struct Kept {
    store: Store,
    path: PathBuf,
    _folder: tempfile::TempDir,
}

fn kept() -> Kept {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("casebridge.db");
    let store = Store::open(&path, Arc::default()).unwrap();
    Kept { store, path, _folder: folder }
}

fn now() -> Timestamp {
    "2026-03-06T10:15:00Z".parse().unwrap()
}

fn party(name: &str) -> PartyId {
    name.parse().unwrap()
}

/// Writes past the program, as whoever holds the file can.
fn tamper(path: &Path, sql: &str) {
    let conn = Connection::open(path).unwrap();
    conn.execute_batch("DROP TRIGGER IF EXISTS audit_no_update; DROP TRIGGER IF EXISTS audit_no_delete;")
        .unwrap();
    conn.execute_batch(sql).unwrap();
}

async fn append(store: &Store, actors: [&'static str; 5]) {
    let entries = actors.map(|actor| Event::new(now(), actor, Action::Consult).entry());
    let append = move |tx: &super::Tx<'_>| entries.iter().try_for_each(|entry| audit::append(tx, entry));
    store.write("test", append).await.unwrap();
}

async fn verify(store: &Store, known: Option<Checkpoint>) -> Result<Checkpoint, AuditError> {
    store.read(move |tx| audit::verify(tx, known)).await.unwrap()
}

#[tokio::test]
async fn a_changed_a_removed_and_a_reordered_audit_entry_are_detected() {
    let cases = [
        ("changed", "UPDATE audit SET entry = CAST('{}' AS BLOB) WHERE seq = 3", 3),
        ("with a changed hash", "UPDATE audit SET hash = zeroblob(32) WHERE seq = 3", 3),
        ("removed", "DELETE FROM audit WHERE seq = 3", 4),
        (
            "removed, and the others moved up",
            "DELETE FROM audit WHERE seq = 3; UPDATE audit SET seq = 3 WHERE seq = 4; \
             UPDATE audit SET seq = 4 WHERE seq = 5",
            3,
        ),
        (
            "reordered",
            "UPDATE audit SET seq = 99 WHERE seq = 2; UPDATE audit SET seq = 2 WHERE seq = 3; \
             UPDATE audit SET seq = 3 WHERE seq = 99",
            2,
        ),
    ];
    for (name, sql, seq) in cases {
        let kept = kept();
        append(&kept.store, ["a", "b", "c", "d", "e"]).await;
        assert_eq!(verify(&kept.store, None).await.unwrap().seq, 5);
        tamper(&kept.path, sql);
        assert_eq!(verify(&kept.store, None).await, Err(AuditError::Broken { seq }), "{name}");
    }
}

#[tokio::test]
async fn a_checkpoint_shows_a_rewritten_and_a_shortened_past() {
    let kept = kept();
    append(&kept.store, ["a", "b", "c", "d", "e"]).await;
    let known = verify(&kept.store, None).await.unwrap();
    append(&kept.store, ["f", "g", "h", "i", "j"]).await;
    verify(&kept.store, Some(known)).await.unwrap();

    tamper(&kept.path, "DELETE FROM audit WHERE seq > 4");
    assert!(verify(&kept.store, None).await.is_ok(), "the chain alone cannot show that its end is gone");
    assert_eq!(verify(&kept.store, Some(known)).await, Err(AuditError::Checkpoint { seq: 5 }));

    tamper(&kept.path, "DELETE FROM audit");
    append(&kept.store, ["a", "b", "nobody", "d", "e"]).await;
    assert!(verify(&kept.store, None).await.is_ok(), "the chain alone cannot show that all of it is new");
    assert_eq!(verify(&kept.store, Some(known)).await, Err(AuditError::Checkpoint { seq: 5 }));
}

#[tokio::test]
async fn the_audit_log_is_append_only_for_whoever_does_not_take_its_triggers_away() {
    let kept = kept();
    append(&kept.store, ["a", "b", "c", "d", "e"]).await;
    let conn = Connection::open(&kept.path).unwrap();
    for sql in ["UPDATE audit SET entry = x'00'", "DELETE FROM audit"] {
        assert!(conn.execute_batch(sql).unwrap_err().to_string().contains("append-only"));
    }
}

fn deposit(body: &'static [u8]) -> Deposit {
    let cover = Cover {
        id: MessageId::new(now()),
        from: party("rs/mup"),
        to: party("si/policija"),
        class: Class::Request,
        size: body.len() as u64,
        digest: Sha256::of(body),
        expires: now() + SignedDuration::from_hours(1),
    };
    Deposit { side: Side::Out, cover, body: body.into(), conversation: None, reply_to: None }
}

#[tokio::test]
async fn a_body_changed_in_the_database_fails_and_does_not_hold_up_the_next_message() {
    let kept = kept();
    let (bad, good) = (deposit(b"first"), deposit(b"second"));
    for deposit in [bad.clone(), good.clone()] {
        let stored = kept.store.write("test", move |tx| tx.mailbox_deposit(&deposit, now())).await.unwrap();
        assert_eq!(stored, Deposited::New);
    }
    tamper(&kept.path, "UPDATE body SET bytes = CAST('fjrst' AS BLOB) WHERE seq = 1");
    let claim = |limit| {
        let store = kept.store.clone();
        async move {
            let to = party("si/policija");
            let claim = move |tx: &super::Tx<'_>| {
                let found = mailbox::claim(tx, Side::Out, &to, limit, now(), Duration::from_mins(1))?;
                audit::damaged(tx, &found.1, now())?;
                Ok(found)
            };
            store.write("test", claim).await.unwrap()
        }
    };
    let (claims, damaged) = claim(1).await;
    assert_eq!((claims.len(), damaged), (0, vec![bad.cover.id.to_string()]));
    let (claims, damaged) = claim(1).await;
    assert_eq!((claims[0].cover(), damaged.len()), (&good.cover, 0));
    let conn = Connection::open(&kept.path).unwrap();
    let stands = "SELECT state, code FROM mailbox WHERE seq = 1";
    let (state, code): (i64, String) =
        conn.query_row(stands, [], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    assert_eq!((state, code.as_str()), (3, "damaged-in-store"));
    assert_eq!(verify(&kept.store, None).await.unwrap().seq, 1, "the failure is in the audit log");
}

#[tokio::test]
async fn the_quarantine_keeps_the_newest_thousand_of_each_peer() {
    let kept = kept();
    let row = |peer: &str, code: String| QuarantineRow {
        peer: party(peer),
        at: now(),
        code,
        bytes: bytes::Bytes::from_static(b"refused"),
    };
    let mut rows = vec![row("at/bk", "other".to_owned())];
    rows.extend((0..1003).map(|number| row("si/policija", format!("code-{number}"))));
    let add = move |tx: &super::Tx<'_>| rows.iter().try_for_each(|row| tx.quarantine_add(row));
    kept.store.write("test", add).await.unwrap();
    let conn = Connection::open(&kept.path).unwrap();
    let count: i64 = conn.query_row("SELECT count(*) FROM quarantine", [], |row| row.get(0)).unwrap();
    assert_eq!(count, 1001, "a thousand of one peer and one of the other");
    let listed = kept.store.read(|tx| tx.quarantine_list(&party("si/policija"))).await.unwrap();
    assert_eq!((listed[0].0.as_str(), listed[999].0.as_str()), ("code-1002", "code-3"));
}

#[tokio::test]
async fn the_quarantine_of_a_peer_is_bounded_in_bytes() {
    let kept = kept();
    let large = bytes::Bytes::from(vec![0_u8; 30 << 20]);
    for number in 0..4 {
        let code = format!("code-{number}");
        let row = QuarantineRow { peer: party("si/policija"), at: now(), code, bytes: large.clone() };
        kept.store.write("test", move |tx| tx.quarantine_add(&row)).await.unwrap();
    }
    let listed = kept.store.read(|tx| tx.quarantine_list(&party("si/policija"))).await.unwrap();
    let codes: Vec<_> = listed.iter().map(|(code, _)| code.as_str()).collect();
    assert_eq!(codes, ["code-3", "code-2"], "the newest that fit into 64 MiB");
}

fn share(per_hour: u32, burst: u32) -> QuotaShare {
    let quota = Quota { per_hour, burst };
    QuotaShare { side: Side::In, peer: party("si/policija"), kind: Kind::PersonCheck, quota }
}

/// Asks for one message of the share: counted, or told from when on one may go.
async fn ask(store: &Store, share: &QuotaShare, now: Timestamp) -> Result<(), Timestamp> {
    let share = share.clone();
    let asked = move |tx: &super::Tx<'_>| match tx.quota_free_at(&share, now)? {
        Some(free_at) => Ok(Err(free_at)),
        None => tx.quota_count(&share, now).map(Ok),
    };
    store.write("test", asked).await.unwrap()
}

#[tokio::test]
async fn a_quota_is_each_kinds_ways_and_partners_own_and_forgets_what_left_its_window() {
    let kept = kept();
    let mine = share(60, 2);
    assert_eq!(ask(&kept.store, &mine, now()).await, Ok(()));
    assert_eq!(ask(&kept.store, &mine, now() + SignedDuration::from_secs(30)).await, Ok(()));
    let late = now() + SignedDuration::from_mins(1);
    assert_eq!(ask(&kept.store, &mine, late).await, Err(now() + SignedDuration::from_mins(2)));
    let others = [
        QuotaShare { side: Side::Out, ..mine.clone() },
        QuotaShare { peer: party("at/bk"), ..mine.clone() },
        QuotaShare { kind: Kind::InfoRequest, ..mine.clone() },
    ];
    for other in &others {
        assert_eq!(ask(&kept.store, other, late).await, Ok(()), "{other:?}");
    }
    // Less was agreed meanwhile: what went before counts.
    let less = share(60, 1);
    assert_eq!(ask(&kept.store, &less, late).await, Err(now() + SignedDuration::from_secs(90)));
    // A day later only what went then is left.
    let day = now() + SignedDuration::from_hours(24);
    assert_eq!(ask(&kept.store, &mine, day).await, Ok(()));
    let conn = Connection::open(&kept.path).unwrap();
    let of_mine =
        "SELECT count(*) FROM quota_use WHERE side = 1 AND peer = 'si/policija' AND kind = 'person_check'";
    assert_eq!(conn.query_row(of_mine, [], |row| row.get::<_, i64>(0)).unwrap(), 1);
    // A clock that was a year ahead shuts nobody out once it is right again.
    let ahead = day + SignedDuration::from_hours(24 * 365);
    assert_eq!(ask(&kept.store, &mine, ahead).await, Ok(()));
    assert_eq!(ask(&kept.store, &mine, ahead).await, Ok(()));
    assert_eq!(ask(&kept.store, &mine, day + SignedDuration::from_secs(1)).await, Ok(()));
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig { cases: 24, ..Default::default() })]

    #[test]
    fn a_quota_never_lets_more_go_than_the_burst_and_what_the_rate_has_given_since(
        per_hour in 1_u32..2000,
        burst in 1_u32..12,
        waits in proptest::collection::vec(0_i64..90_000_000, 1..60),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let (kept, share) = (kept(), share(per_hour, burst));
        let (mut at, mut gone) = (now(), Vec::new());
        for wait in waits {
            at += SignedDuration::from_micros(wait);
            match runtime.block_on(ask(&kept.store, &share, at)) {
                Ok(()) => gone.push(at),
                // What is told is true: not before, but then.
                Err(free_at) => {
                    proptest::prop_assert!(free_at > at);
                    let before = free_at - SignedDuration::from_micros(1);
                    proptest::prop_assert!(runtime.block_on(ask(&kept.store, &share, before)).is_err());
                    proptest::prop_assert!(runtime.block_on(ask(&kept.store, &share, free_at)).is_ok());
                    gone.push(free_at);
                    at = free_at;
                }
            }
        }
        for (first, from) in gone.iter().enumerate() {
            for (last, to) in gone.iter().enumerate().skip(first) {
                let hour = 3_600_000_000_i128;
                let passed = i128::from(to.as_microsecond() - from.as_microsecond());
                let given = i128::from(burst) * hour + i128::from(per_hour) * passed;
                proptest::prop_assert!(i128::try_from(last - first + 1).unwrap() * hour <= given);
            }
        }
    }
}
