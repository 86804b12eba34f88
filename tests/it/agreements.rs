//! Agreements as a gateway reads them: what a new partner starts from permits nothing.

use std::path::Path;

use casebridge::app::{check, trial::write_folder};
use casebridge::message::{Body, Document, Envelope, Handling, Kind, MessageId, Question};
use casebridge::policy::{Circumstances, Decision, Submission};
use casebridge::schema::{Language, Record};
use jiff::{Timestamp, ToSpan as _};

use crate::world::{World, foreign_document, opened, party, push, sealed};

/// A draft as complete as one can be, from the Serbian police to `to`.
fn draft(kind: Kind, to: &str, now: Timestamp) -> Document {
    let id = MessageId::new(now);
    let members =
        serde_json::json!({ "x_CaseId": "KU-1/26", "x_Persons": [{ "x_SubjectCategory": "suspect" }] });
    let serde_json::Value::Object(members) = members else { unreachable!() };
    Document {
        envelope: Envelope {
            id,
            conversation: MessageId::new(now).to_string().parse().unwrap(),
            in_reply_to: Some(id),
            kind,
            from: party("rs/mup"),
            to: party(to),
            created: now,
            expires: now + 24.hours(),
            purpose: casebridge::message::Purpose::Investigation,
            legal_basis: "PCC-SEE-4".parse().unwrap(),
            handling: [Handling::H0].into(),
            handling_note: None,
            evaluation: None,
            delete_by: now + 48.hours(),
            urgency: casebridge::message::Urgency::Routine,
            further_use: None,
            transfer_basis: None,
            policy_version: String::new(),
        },
        body: Body {
            questions: vec![Question {
                number: 1,
                language: "en".to_owned(),
                text: "Known?".to_owned(),
                ..Question::default()
            }],
            answers: Vec::new(),
            records: vec![Record::new(members)],
            ..Body::default()
        },
        attachments: Vec::new(),
        withheld: Vec::new(),
    }
}

fn edit(path: &Path, old: &str, new: &str) {
    let text = std::fs::read_to_string(path).unwrap();
    assert_eq!(text.matches(old).count(), 1, "`{old}` in {}", path.display());
    std::fs::write(path, text.replace(old, new)).unwrap();
}

#[test]
fn what_a_new_partner_starts_from_loads_and_lets_nothing_pass_with_the_reason_in_words() {
    let folder = tempfile::tempdir().unwrap();
    write_folder(folder.path(), 18443, 18444).unwrap();
    let config = folder.path().join("rs/gateway.toml");
    let partner = folder.path().join("rs/partners/new.toml");
    std::fs::copy(folder.path().join("rs/partner-template.toml"), &partner).unwrap();
    // The engine is asked as if the agreement were in force: its lists alone must stop everything.
    let dates = [("valid_from = 2026-01-01", "valid_from = 2000-01-01"), ("2026-01-02", "2200-01-01")];
    for (old, new) in dates {
        edit(&partner, old, new);
    }
    let now = Timestamp::now();
    let assembly = check(&config, now).unwrap_or_else(|problems| panic!("{problems}"));
    let warnings = assembly.warnings.to_string();
    assert!(warnings.contains("`kinds_in` is empty: nothing may come from this partner"), "{warnings}");
    for kind in Kind::ALL.iter().copied() {
        let submission = Submission {
            document: draft(kind, "xx/authority", now),
            author: "officer-1".parse().unwrap(),
            approvals: Vec::new(),
            circumstances: Circumstances::default(),
            waits_for_release: true,
        };
        let Decision::Refuse(refusal) = assembly.terms.engine.permit(submission, now) else {
            panic!("{kind:?} may leave")
        };
        assert_eq!(refusal.code, "kind-not-agreed");
        let said: Vec<&str> =
            refusal.grounds.iter().map(|ground| ground.sentence(Language::English)).collect();
        let mut expected = vec![
            "Messages of this kind are not agreed with the partner.",
            "The purpose is not agreed with the partner.",
            "The legal basis is not agreed with the partner.",
            "A question or answer is in a language that the partner does not accept.",
        ];
        // An erasure rests on whatever the message rested on.
        if matches!(kind, Kind::Erase | Kind::DeletionCertificate) {
            expected.remove(2);
        }
        assert_eq!(said, expected, "{kind:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_officer_who_reads_what_is_asked_for_is_told_what_the_rules_would_let_out() {
    let mut world = World::start().await;
    let mut document = foreign_document(MessageId::new(Timestamp::now()));
    document["envelope"]["kind"] = "info_request".into();
    document["envelope"]["purpose"] = "investigation".into();
    document["envelope"]["legal_basis"] = "PCC-SEE-4".into();
    document["body"] = serde_json::json!({ "questions": [
        { "number": 1, "language": "en", "text": "Who is it?", "asks": ["identity", "biometrics"] },
        { "number": 2, "language": "en", "text": "Anything else?" },
    ] });
    let (cover, bytes) = sealed(&document, world.key("si/policija"), world.key("rs/mup"));
    assert_eq!(push(&world.slovenia(), &cover, bytes).await.status, 201);
    world.rs.until(opened(cover.id)).await;
    let read = world.trial.rs.gateway.read(&party("rs/mup"), cover.id, "officer-1").await.unwrap();
    // Written as it was read, also without the new member.
    let written = serde_json::to_value(&read.document).unwrap();
    assert_eq!(written["body"]["questions"], document["body"]["questions"]);
    let [(1, foreseen)] = read.foreseen.as_slice() else { panic!("{:?}", read.foreseen) };
    let lines: Vec<String> = foreseen.iter().map(ToString::to_string).collect();
    assert!(lines[0].starts_with("identity: leaves: suspect, convicted"), "{lines:?}");
    // Outside the profile of Slovenia: the code that the partial answer must give.
    assert!(lines[1].starts_with("biometrics: never (R-D)"), "{lines:?}");
    world.end().await;
}
