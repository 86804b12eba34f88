//! Who a protected or anonymous witness is, and whose photograph leaves.

use serde_json::{Value, json};

use super::fixture::*;
use super::protecting::{draft, serbia, shipped, slovenia};
use crate::message::{Kind, Purpose};
use crate::partner::Role;
use crate::policy::{Decision, Engine, Submission};

const NAME: &str = "Milunka";

/// A person of the category under the mark, with something in each field that could tell who it is.
fn witness(category: &str, mark: &Value) -> Value {
    json!({
        "x_SubjectCategory": category, "x_WitnessProtection": mark,
        "prs_FirstName": NAME, "prs_Birthdate": "1985-06-15", "prs_IdentityNumber": "1506985719998",
        "prs_MobilePhone": "+381641234567", "x_Photo": "photo-of-Milunka",
        "x_Documents": [{ "type": "Passport", "number": "Milunka-1" }],
    })
}

/// What of the witness stands in the message that leaves; nothing where none leaves.
fn told(engine: &Engine, draft: Submission) -> Option<Vec<&'static str>> {
    let Decision::Allow(permitted) = engine.permit(draft, now()) else { return None };
    let text = serde_json::to_string(permitted.document()).unwrap();
    let telling = [NAME, "1985-06-15", "1506985719998", "+381641234567"];
    Some(telling.into_iter().filter(|value| text.contains(value)).collect())
}

/// Every way of both gateways, a message without a question under each purpose.
fn each_way(check: impl Fn(&Engine, &dyn Fn(Value) -> Submission)) {
    let (belgrade, ljubljana) = (shipped(serbia), shipped(slovenia));
    let ways = [
        (&belgrade, "rs/mup", "si/policija"),
        (&belgrade, "rs/jt", "at/bk"),
        (&ljubljana, "si/policija", "rs/mup"),
        (&ljubljana, "si/policija", "rs/jt"),
        (&ljubljana, "si/policija", "rs/cztlj"),
    ];
    for (engine, from, to) in ways {
        for purpose in Purpose::ALL {
            check(engine, &|record| {
                let mut draft = draft(from, to, (Kind::InfoRequest, *purpose), record);
                draft.document.body.questions.clear();
                draft
            });
        }
    }
}

fn record(people: &[Value]) -> Value {
    json!({ "x_CaseId": "1", "x_NrmRelease": nrm_release(), "x_Persons": people })
}

#[test]
fn nobody_learns_who_an_anonymous_witness_is_whoever_releases_it() {
    let marks = [json!("Anonymous"), json!("anonimni"), json!(true), json!(["NotProtected", "Anonymous"])];
    each_way(|engine, draft| {
        for mark in &marks {
            for category in ["witness", "victim_identified", "suspect", "someone"] {
                let draft = approved_as(draft(record(&[witness(category, mark)])), "officer-2", Role::ALL);
                let Some(told) = told(engine, draft) else { continue };
                assert_eq!(told, Vec::<&str>::new(), "{category} {mark}");
            }
        }
    });
}

#[test]
fn a_mark_counts_for_every_entry_of_the_person() {
    let other = json!({
        "x_SubjectCategory": "suspect", "prs_FirstName": NAME, "prs_Birthdate": "1985-06-15",
        "prs_IdentityNumber": "1506985719998",
    });
    each_way(|engine, draft| {
        let people = [other.clone(), witness("witness", &json!("Anonymous"))];
        let draft = approved_as(draft(record(&people)), "officer-2", Role::ALL);
        assert_eq!(told(engine, draft).unwrap_or_default(), Vec::<&str>::new());
    });
}

#[test]
fn who_a_protected_witness_is_leaves_only_by_a_protection_reviewer() {
    let left = std::cell::Cell::new(0);
    each_way(|engine, draft| {
        for mark in ["Protected", "Requested"] {
            let draft = || draft(record(&[witness("witness", &json!(mark))]));
            for roles in [&[][..], &[Role::Reviewer, Role::LegalReviewer]] {
                let told = told(engine, approved_as(draft(), "officer-2", roles));
                assert_eq!(told.unwrap_or_default(), Vec::<&str>::new(), "{mark} {roles:?}");
            }
            let told = told(engine, approved_as(draft(), "officer-2", &[Role::ProtectionReviewer]));
            left.set(left.get() + told.map_or(0, |told| told.len()));
        }
        // Who needs no protection stands as any witness.
        let free = draft(record(&[witness("witness", &json!("NotProtected"))]));
        assert!(told(engine, free).is_none_or(|told| told.contains(&NAME)));
    });
    assert!(left.get() > 20, "a reviewer's word releases it: {}", left.get());
}

#[test]
fn words_about_a_protected_witness_are_read_by_a_protection_reviewer() {
    let engine = shipped(serbia);
    let use_of_it = (Kind::InfoRequest, Purpose::Investigation);
    for mark in ["Protected", "Anonymous", "tajni"] {
        let case = record(&[witness("witness", &json!(mark))]);
        let question = draft("rs/mup", "si/policija", use_of_it, case.clone());
        assert_eq!(
            rules(&held(engine.permit(question.clone(), now())).grounds),
            ["protected-witness-not-named"]
        );
        let read = approved_as(question, "officer-2", &[Role::ProtectionReviewer]);
        allowed(engine.permit(read, now()));
        // The same holds for the free text of the case.
        let mut case = case;
        case["cco_CaseComment"] = json!(["Milunka was there"]);
        let mut draft = draft("rs/mup", "si/policija", use_of_it, case);
        draft.document.body.questions.clear();
        let plain = allowed(engine.permit(approved(draft, "officer-2"), now()));
        assert!(!serde_json::to_string(plain.document()).unwrap().contains(NAME), "{mark}");
    }
}

#[test]
fn a_photograph_stops_no_message_and_a_victims_leaves_by_two() {
    let engine = shipped(serbia);
    let photo = |category: &str, born: &str| {
        record(&[json!({ "x_SubjectCategory": category, "prs_Birthdate": born, "x_Photo": "file-17" })])
    };
    let cases = [
        ("suspect", "1985-06-15", true),
        ("convicted", "1985-06-15", true),
        ("suspect", "2010-06-15", false),
        ("victim_identified", "1985-06-15", false),
        ("witness", "1985-06-15", false),
        ("contact", "1985-06-15", false),
    ];
    for to in ["si/policija", "at/bk"] {
        for purpose in [Purpose::Investigation, Purpose::Prevention, Purpose::VictimIdentification] {
            for (category, born, alone) in cases {
                let draft = draft("rs/mup", to, (Kind::InfoRequest, purpose), photo(category, born));
                let there = |draft: Submission| match engine.permit(draft, now()) {
                    Decision::Allow(permitted) => {
                        serde_json::to_string(permitted.document()).unwrap().contains("file-17")
                    }
                    Decision::Hold(_) => false,
                    Decision::Refuse(refusal) => panic!("{to} {category}: {}", refusal.code),
                };
                assert_eq!(there(draft.clone()), alone, "{to} {purpose:?} {category} {born}");
                assert!(
                    there(approved_as(draft, "officer-2", Role::ALL)),
                    "{to} {purpose:?} {category} {born}"
                );
            }
        }
    }
    // An alert for a missing child leaves with the photograph once two people have looked.
    let mut child = photo("victim_presumed", "2015-06-15");
    child["x_Persons"][0]["x_Guardian"] = json!({ "type": "Parent" });
    let alert = draft("rs/mup", "si/policija", (Kind::MissingChildAlert, Purpose::MissingChild), child);
    held(engine.permit(alert.clone(), now()));
    let sent = allowed(engine.permit(approved(alert, "officer-2"), now()));
    assert!(serde_json::to_string(sent.document()).unwrap().contains("file-17"));
}
