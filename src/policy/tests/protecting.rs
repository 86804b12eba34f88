//! What protects a person whatever the sender types: own offences, returns, children without a guardian.

use std::sync::Arc;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::fixture::*;
use super::table::shipped_catalogue;
use crate::message::{Kind, Purpose};
use crate::partner::Role;
use crate::policy::{Decision, Engine, Submission};

pub(super) fn shipped(gateway: fn() -> (crate::partner::Register, Vec<crate::policy::Source>)) -> Engine {
    let (register, sources) = gateway();
    Engine::load(shipped_catalogue(), Arc::new(register), &sources).unwrap()
}

pub(super) fn serbia() -> (crate::partner::Register, Vec<crate::policy::Source>) {
    (serbian(), serbian_sources())
}

pub(super) fn slovenia() -> (crate::partner::Register, Vec<crate::policy::Source>) {
    (slovene(), slovene_sources())
}

pub(super) fn draft(from: &str, to: &str, (kind, purpose): (Kind, Purpose), record: Value) -> Submission {
    let mut document = document(from, to, &[record]);
    (document.envelope.kind, document.envelope.purpose) = (kind, purpose);
    submission(document)
}

/// `allow`, the code of a refusal, or the rules that hold it.
fn outcome(engine: &Engine, draft: Submission) -> String {
    match engine.permit(draft, now()) {
        Decision::Allow(_) => "allow".to_owned(),
        Decision::Hold(held) => rules(&held.grounds).join(" "),
        Decision::Refuse(refusal) => refusal.code.to_owned(),
    }
}

fn case(person: &Value) -> Value {
    json!({ "x_CaseId": "1", "x_Persons": [person] })
}

fn victim_who(more: &Value) -> Value {
    let mut person = json!({ "x_SubjectCategory": "victim_identified", "prs_Birthdate": "1985-06-15" });
    person.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    case(&person)
}

/// Each tells of an act for which a victim could be held liable.
fn liabilities() -> Vec<Value> {
    let offence = |role: &str| {
        let mut case = victim_who(&json!({}));
        case["x_Offence"] = json!([{ "law": "KZ-1", "article": "186", "role": role }]);
        case
    };
    vec![
        offence("ByVictim"),
        offence("durchDasOpfer"),
        victim_who(&json!({ "x_Documents": [{ "type": "Passport", "status": "Forged" }] })),
        victim_who(&json!({ "x_Documents": [{ "status": "NotFound" }] })),
        victim_who(&json!({ "x_Documents": [{ "status": "falsch" }] })),
        victim_who(&json!({ "vic_TypeOfExploitation": ["x:CriminalActivities"] })),
        victim_who(&json!({ "vic_TypeOfExploitation": ["theft"] })),
        victim_who(&json!({ "x_JusticeStage": "Investigation" })),
        victim_who(&json!({ "x_Measures": ["Detention"] })),
        victim_who(&json!({ "per_RoleInProcess": ["Transporter"] })),
    ]
}

#[test]
fn nothing_against_a_victim_leaves_to_law_enforcement_without_a_lawyer_under_any_purpose() {
    let (belgrade, ljubljana) = (shipped(serbia), shipped(slovenia));
    let ways = [
        (&belgrade, "rs/mup", "si/policija"),
        (&belgrade, "rs/jt", "at/bk"),
        (&ljubljana, "si/policija", "rs/jt"),
    ];
    for (engine, from, to) in ways {
        for purpose in Purpose::ALL {
            for kind in [Kind::InfoRequest, Kind::MissingChildAlert, Kind::VictimIdentificationSupport] {
                for record in liabilities() {
                    let draft = draft(from, to, (kind, *purpose), record.clone());
                    for roles in [&[][..], &[Role::Reviewer, Role::ProtectionReviewer]] {
                        let draft = approved_as(draft.clone(), "officer-2", roles);
                        assert_ne!(
                            outcome(engine, draft),
                            "allow",
                            "{from} {to} {purpose} {kind:?} {record}"
                        );
                    }
                }
            }
        }
        for record in liabilities() {
            let draft = draft(from, to, (Kind::InfoRequest, Purpose::MissingChild), record.clone());
            assert!(outcome(engine, draft.clone()).contains("non-punishment"), "{record}");
            let draft = approved_as(draft, "officer-2", &[Role::LegalReviewer]);
            assert_eq!(outcome(engine, draft), "allow", "{record}");
        }
    }
}

#[test]
fn the_immigration_status_of_a_victim_stays_here_or_is_looked_at_by_a_lawyer() {
    let record = victim_who(&json!({ "x_ResidenceStatus": "irregular" }));
    let way = (Kind::InfoRequest, Purpose::MissingChild);
    let to_prosecution = draft("si/policija", "rs/jt", way, record.clone());
    assert!(outcome(&shipped(slovenia), to_prosecution).contains("non-punishment"));
    let draft = approved_as(draft("rs/mup", "si/policija", way, record), "officer-2", Role::ALL);
    let permitted = allowed(shipped(serbia).permit(draft, now()));
    assert!(!serde_json::to_string(permitted.document()).unwrap().contains("irregular"));
}

#[test]
fn the_same_said_of_others_or_of_the_offence_against_the_victim_needs_no_lawyer() {
    let engine = shipped(serbia);
    let suspect = |more: Value| {
        let mut person = json!({ "x_SubjectCategory": "suspect" });
        person.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        case(&person)
    };
    let mut against = victim_who(&json!({}));
    against["x_Offence"] = json!([{ "law": "KZ", "article": "388", "role": "AgainstVictim" }]);
    for record in [
        suspect(json!({ "x_Documents": [{ "status": "Forged" }], "x_Measures": ["Detention"] })),
        victim_who(&json!({ "x_Documents": [{ "status": "Valid" }] })),
        victim_who(&json!({ "vic_TypeOfExploitation": ["ForcedLabour"] })),
        against,
    ] {
        let draft =
            draft("rs/mup", "si/policija", (Kind::InfoRequest, Purpose::Investigation), record.clone());
        assert_eq!(outcome(&engine, draft), "allow", "{record}");
    }
}

/// One member of a return as some form or some partner might write it, and whether it stops the return.
fn a_member(good: Value, bad: Vec<Value>) -> impl Strategy<Value = (Option<Value>, bool)> {
    let bad: Vec<(Option<Value>, bool)> = bad.into_iter().map(|it| (Some(it), false)).collect();
    prop_oneof![2 => Just((Some(good), true)), 1 => Just((None, false)), 1 => proptest::sample::select(bad)]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_return_leaves_only_if_willed_assessed_and_after_recovery(
        (voluntary, willed) in a_member(
            json!(true),
            vec![json!(false), json!(null), json!("da"), json!("true"), json!(1), json!([true]), json!({})],
        ),
        (risk, assessed) in a_member(json!("low"), vec![json!(""), json!(" "), json!(null), json!(true), json!([])]),
        (until, recovered) in a_member(
            json!("2026-03-05"),
            vec![
                json!("2026-03-06"), json!("2099-01-01"), json!("2026-02"), json!("2025"), json!("31.12.2025."),
                json!("soon"), json!(20_250_101), json!(true), json!(""),
            ],
        ),
        kind in proptest::sample::select(vec![Kind::SafeReturn, Kind::VictimReferral, Kind::InfoRequest]),
        purpose in proptest::sample::select(vec![Purpose::SafeReturn, Purpose::VictimProtection, Purpose::Investigation]),
    ) {
        let mut told = serde_json::Map::new();
        let unknown_end = until.is_none();
        for (name, value) in [("voluntary", voluntary), ("risk_assessment", risk), ("recovery_period_until", until)] {
            told.extend(value.map(|value| (name.to_owned(), value)));
        }
        // A group of nulls tells of no return.
        let nothing = told.values().all(Value::is_null);
        let record = victim_who(&json!({
            "x_Return": told,
            "x_Consent": agreed(&json!({ "given_by": "self" })),
        }));
        for roles in [&[][..], Role::ALL] {
            let draft = draft("rs/mup", "at/bk", (kind, purpose), record.clone());
            let told = outcome(&shipped(serbia), approved_as(draft, "officer-2", roles));
            if nothing && kind != Kind::SafeReturn {
                continue;
            }
            let stops = nothing || !willed || !assessed || !recovered && !unknown_end;
            prop_assert_eq!(told == "return-stopped", stops && told != "unknown-field", "{} {}", record, told);
            prop_assert!(!(unknown_end && roles.is_empty() && told == "allow"), "{record}");
        }
    }
}

#[test]
fn a_missing_child_or_a_child_suspect_without_guardian_waits_for_a_protection_reviewer() {
    let engine = shipped(serbia);
    let child = |category: &str| {
        case(&json!({
            "x_SubjectCategory": category, "prs_Birthdate": "2012-05-05",
            "x_Names": [{ "given": "Mina", "family": "Primer" }],
        }))
    };
    let alert = (Kind::MissingChildAlert, Purpose::MissingChild);
    let search = (Kind::InfoRequest, Purpose::Investigation);
    for (way, category) in [(alert, "victim_presumed"), (alert, "third_person"), (search, "suspect")] {
        let draft = draft("rs/mup", "si/policija", way, child(category));
        assert!(outcome(&engine, draft.clone()).contains("child-guardian-reviewed"), "{category}");
        let by = |roles: &[Role]| outcome(&engine, approved_as(draft.clone(), "officer-2", roles));
        assert_eq!(by(&[Role::Reviewer, Role::LegalReviewer]), "child-guardian-reviewed", "{category}");
        assert_eq!(by(&[Role::ProtectionReviewer]), "allow", "{category}");
    }
    // A child victim in any other message still needs its guardian.
    let draft = draft("rs/mup", "si/policija", search, child("victim_identified"));
    assert_eq!(outcome(&engine, approved_as(draft, "officer-2", Role::ALL)), "guardian-missing");
}
