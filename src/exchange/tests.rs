//! What only the audit log shows of the path.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::{Content, Gateway, Request, Submitted};
use crate::app::trial::{Trial, TrialOptions};
use crate::message::{Handling, Kind, MessageId, PartyId, Purpose, Urgency};
use crate::schema::Record;

fn party(name: &str) -> PartyId {
    name.parse().unwrap()
}

fn warning() -> Request {
    let Value::Object(record) = json!({ "x_Schema": "1", "x_CaseId": "TEST-1", "x_Act": ["Recruit"] }) else {
        panic!("a record is an object")
    };
    let now = Timestamp::now();
    Request {
        id: None,
        author: "officer-1".to_owned(),
        from: party("rs/mup"),
        to: party("si/policija"),
        kind: Kind::EarlyWarning,
        purpose: Purpose::EarlyWarning,
        legal_basis: "PCC-SEE-6".parse().unwrap(),
        urgency: Urgency::Routine,
        further_use: None,
        transfer_basis: None,
        handling: BTreeSet::from([Handling::H0]),
        handling_note: None,
        evaluation: None,
        conversation: None,
        in_reply_to: None,
        expires: now + SignedDuration::from_hours(24),
        delete_by: now + SignedDuration::from_hours(48),
        questions: Vec::new(),
        answers: Vec::new(),
        waits_for_release: false,
        content: Content::Common(vec![Record::new(record)]),
        reason: None,
        asks: None,
        passes_on: Vec::new(),
    }
}

/// Who has consulted the message, in the order of the log.
async fn readers(gateway: &Gateway, id: MessageId) -> Vec<String> {
    let entries = gateway.inner.store.read(|tx| tx.audit_list(0, 100)).await.unwrap();
    let entries = entries.iter().map(|(_, entry, _)| serde_json::from_slice::<Value>(entry).unwrap());
    let consulted = entries.filter(|e| e["action"] == "consult" && e["message"] == json!(id));
    consulted.map(|entry| entry["actor"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_reading_of_a_message_is_in_the_audit_log_with_its_reader() {
    let trial = Trial::start(TrialOptions::default()).await.unwrap();
    let Submitted::Sent { id, .. } = trial.rs.gateway.submit(warning()).await.unwrap() else {
        panic!("not sent")
    };
    let gateway = &trial.slovenia().unwrap().gateway;
    let agency = party("si/policija");
    let unread = gateway.inbox(&agency, 0, 10, Duration::from_mins(1)).await.unwrap();
    assert_eq!(unread[0].cover.id, id);
    assert!(readers(gateway, id).await.is_empty(), "a list shows no content");
    for reader in ["officer-7", "officer-8"] {
        gateway.read(&agency, id, reader).await.unwrap();
    }
    assert_eq!(readers(gateway, id).await, ["officer-7", "officer-8"]);
    trial.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_audit_log_does_not_tell_that_a_refused_message_is_about_a_child() {
    let trial = Trial::start(TrialOptions::default()).await.unwrap();
    let gateway = &trial.rs.gateway;
    let record = json!({
        "x_CaseId": "TEST-1",
        "x_Persons": [{ "x_SubjectCategory": "victim_presumed", "prs_FirstName": "Ana", "x_ChildNow": true }],
    });
    let Value::Object(record) = record else { panic!("a record is an object") };
    let request = Request {
        kind: Kind::VictimIdentificationSupport,
        purpose: Purpose::VictimIdentification,
        content: Content::Common(vec![Record::new(record)]),
        ..warning()
    };
    let Submitted::Refused { refusal, .. } = gateway.submit(request).await.unwrap() else {
        panic!("not refused")
    };
    assert_eq!(refusal.code, "guardian-missing", "the officer is told");
    let entries = gateway.inner.store.read(|tx| tx.audit_list(0, 100)).await.unwrap();
    let entries: Vec<String> =
        entries.into_iter().map(|(_, entry, _)| String::from_utf8(entry).unwrap()).collect();
    assert!(entries.iter().any(|entry| entry.contains("\"forbidden\"")), "{entries:?}");
    assert!(!entries.iter().any(|entry| entry.contains("guardian")), "{entries:?}");
    trial.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_looks_through_past_decisions_unseen() {
    let trial = Trial::start(TrialOptions::default()).await.unwrap();
    let gateway = &trial.rs.gateway;
    let (folder, now) = (trial.folder().join("rs"), Timestamp::now());
    let rules = crate::app::versions::engine(&folder.join("gateway.toml"), &folder, now).unwrap();
    gateway.replay(std::sync::Arc::new(rules), now, "admin-7").await.unwrap();
    let entries = gateway.inner.store.read(|tx| tx.audit_list(0, 100)).await.unwrap();
    let entries = entries.iter().map(|(_, entry, _)| serde_json::from_slice::<Value>(entry).unwrap());
    assert_eq!(
        entries.filter(|entry| entry["actor"] == "admin-7" && entry["action"] == "consult").count(),
        1
    );
    trial.stop().await;
}
