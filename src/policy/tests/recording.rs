//! A decision is recorded with all that it rests on, and a message may wait for the release of its fields.

use serde_json::json;

use super::fixture::*;
use crate::message::{Kind, Purpose};
use crate::partner::{Body, Role};
use crate::policy::{Basis, Decision, Submission};

/// Messages of many kinds about many persons.
fn drafts() -> Vec<Submission> {
    let mut child = case("victim_presumed");
    child["x_Persons"][0]["x_ChildNow"] = json!(true);
    child["x_Persons"][0]["x_Guardian"] = json!({ "name": "guardian" });
    child["x_Persons"][0]["x_Consent"] = agreed(&json!({ "given_by": "guardian", "child_view": true }));
    let unknown = json!({ "x_Persons": [{ "prs_FirstName": "Ana" }] });
    let cases = [plain(), case("suspect"), case("witness"), case("victim_identified"), child, unknown];
    let uses = [
        (Kind::InfoRequest, Purpose::Investigation),
        (Kind::SpontaneousInfo, Purpose::Detection),
        (Kind::VictimReferral, Purpose::VictimProtection),
        (Kind::Answer, Purpose::Investigation),
    ];
    let mut drafts = Vec::new();
    for case in &cases {
        for (kind, purpose) in uses {
            for to in ["si/policija", "at/bk", "hr/mup"] {
                let mut document = document("rs/mup", to, std::slice::from_ref(case));
                (document.envelope.kind, document.envelope.purpose) = (kind, purpose);
                document.envelope.in_reply_to = kind.is_reply().then_some(document.envelope.id);
                let draft = submission(document);
                drafts.push(approved(draft.clone(), "officer-2"));
                drafts.push(draft);
            }
        }
    }
    drafts
}

#[test]
fn a_recorded_decision_is_read_back_and_made_again_with_the_same_result() {
    let engine = belgrade();
    let mut ends = std::collections::BTreeSet::new();
    for draft in drafts() {
        let basis = match engine.permit(draft, now()) {
            Decision::Allow(permitted) => permitted.into_parts().1,
            Decision::Hold(held) => held.basis,
            Decision::Refuse(refusal) => *refusal.basis,
        };
        let kept = serde_json::to_vec(&basis).unwrap();
        let again: Basis = serde_json::from_slice(&kept).unwrap();
        assert_eq!(again, basis);
        assert_eq!(engine.weigh(&again.inputs), basis.verdict);
        ends.insert(basis.verdict.end.as_str());
    }
    assert_eq!(ends.into_iter().collect::<Vec<_>>(), ["allow", "hold", "refuse"], "each end is among them");
}

#[test]
fn a_message_that_is_too_large_is_refused_again_when_it_is_decided_again() {
    let mut agreement = agreement("si/policija", Body::Police);
    agreement.limits.sealed_bytes = 100;
    let register = register([party("rs/mup")].into(), [agreement]);
    let engine = engine(register, &sources(&["policies/common", "policies/si"]));
    let draft = submission(document("rs/mup", "si/policija", &[plain()]));
    let refusal = refused(engine.permit(draft, now()));
    assert_eq!(refusal.code, "too-large");
    assert_eq!(engine.weigh(&refusal.basis.inputs), refusal.basis.verdict);
}

#[test]
fn a_release_ends_the_wait_also_where_it_does_not_release_every_field() {
    let mut case = case("witness");
    case["x_Persons"][0]["x_Accused"] = json!("text");
    let mut draft = submission(document("si/policija", "rs/cztlj", &[case]));
    draft.waits_for_release = true;
    let engine = ljubljana();
    let waiting = held(engine.permit(draft.clone(), now()));
    assert_eq!(waiting.releasers, [[Role::Reviewer, Role::ProtectionReviewer].into()]);
    let released = allowed(engine.permit(approved(draft, "officer-2"), now()));
    let rules: Vec<&str> = released.basis().withheld.iter().map(|field| field.rule.as_str()).collect();
    assert!(rules.contains(&"place-and-health-reviewed"), "{rules:?}");
    assert!(!rules.contains(&"free-text-second-person"), "{rules:?}");
}

#[test]
fn a_record_of_a_decision_with_a_word_of_another_time_is_not_read() {
    let engine = belgrade();
    let draft = submission(document("rs/mup", "si/policija", &[plain()]));
    let kept = serde_json::to_value(allowed(engine.permit(draft, now())).basis()).unwrap();
    serde_json::from_value::<Basis>(kept.clone()).unwrap();
    let mut strange = kept;
    strange["inputs"]["facts"]["handling"] = json!(["H0", "H9"]);
    assert!(serde_json::from_value::<Basis>(strange).is_err(), "a skipped word would decide otherwise");
}

#[test]
fn a_record_of_a_decision_holds_no_value() {
    let engine = belgrade();
    let draft = submission(document("rs/mup", "si/policija", &[case("suspect")]));
    let kept = serde_json::to_string(allowed(engine.permit(draft, now())).basis()).unwrap();
    for value in ["Ana", "KU-1/26", "0101990710006", "hotel", "injury", "remark", "Known?"] {
        assert!(!kept.contains(value), "{value}");
    }
}

#[test]
fn a_message_waits_for_the_release_of_its_fields_only_if_its_author_says_so() {
    let engine = belgrade();
    let mut draft = submission(document("rs/mup", "si/policija", &[case("suspect")]));
    let sent = allowed(engine.permit(draft.clone(), now()));
    assert!(sent.basis().withheld.iter().any(|field| field.path == "x_Notes"));
    draft.waits_for_release = true;
    let waiting = held(engine.permit(draft.clone(), now()));
    assert_eq!(waiting.grounds[0].rule.as_str(), "second-person");
    let paths: Vec<&str> =
        waiting.look_at.iter().flat_map(|holding| holding.paths.iter().map(String::as_str)).collect();
    assert!(paths.contains(&"x_Notes"), "the reviewer is told what to look at: {paths:?}");
    let released = allowed(engine.permit(approved(draft, "officer-2"), now()));
    assert!(released.basis().withheld.iter().all(|field| field.path != "x_Notes"));
}
