//! Consent: who gave it, for what, until when, and what goes before it.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::fixture::*;
use super::naive;
use super::random::Random;
use crate::message::{Kind, Purpose};
use crate::partner::{Body, Role};
use crate::policy::consent::{self, Use};
use crate::policy::words::Consent;
use crate::policy::{Decision, Engine, Submission};

fn referral(case: Value) -> Submission {
    let mut document = document("rs/mup", "si/policija", &[case]);
    document.envelope.kind = Kind::VictimReferral;
    document.envelope.purpose = Purpose::VictimProtection;
    submission(document)
}

/// `allow`, `hold` or the code of the refusal.
fn outcome(submission: Submission) -> &'static str {
    match belgrade().permit(submission, now()) {
        Decision::Allow(_) => "allow",
        Decision::Hold(_) => "hold",
        Decision::Refuse(refusal) => refusal.code,
    }
}

#[test]
fn an_adult_victims_consent_must_be_given_cover_the_use_and_last() {
    for (consent, expected) in [
        (json!({ "given_by": "self" }), "allow"),
        // An adult by date whose guardian consents: somebody looks which of both is wrong.
        (json!({ "given_by": "guardian" }), "hold"),
        (json!({ "given_by": "representative" }), "allow"),
        (json!({ "given_by": "neighbour" }), "consent-missing"),
        (json!({}), "consent-missing"),
        (json!({ "given_by": "self", "given_at": "2026-03-06" }), "allow"),
        (json!({ "given_by": "self", "given_at": "2026-03-06T10:15:01Z" }), "consent-missing"),
        (json!({ "given_by": "self", "given_at": "yesterday" }), "consent-missing"),
        (json!({ "given_by": "self", "expires_at": "2026-03-06T10:15:01Z" }), "allow"),
        (json!({ "given_by": "self", "expires_at": "2026-03-06T10:15:00Z" }), "consent-missing"),
        (json!({ "given_by": "self", "expires_at": "2026-03-06" }), "allow"),
        (json!({ "given_by": "self", "expires_at": "2026-03-05" }), "consent-missing"),
        (json!({ "given_by": "self", "expires_at": "soon" }), "consent-missing"),
        (
            json!({ "given_by": "self", "scope": ["victim_protection"], "scope_recipients": ["si/policija"] }),
            "allow",
        ),
        (json!({ "given_by": "self", "scope": ["safe_return"] }), "consent-missing"),
        (
            json!({ "given_by": "self", "scope": ["victim_protection"], "scope_recipients": ["at/bk"] }),
            "consent-missing",
        ),
        (json!({ "given_by": "self", "withdrawn_at": "2026-03-01T00:00:00Z" }), "consent-withdrawn"),
        (json!({ "given_by": "self", "withdrawn_at": "" }), "consent-withdrawn"),
        (json!({ "given_by": "self", "con_Consent": true }), "allow"),
        (json!({ "given_by": "self", "con_Consent": false }), "consent-missing"),
        (json!({ "overridden_by": "judge", "override_ground": "art. 38(1)(a)" }), "hold"),
        (
            json!({ "withdrawn_at": "2026-03-01", "overridden_by": "judge", "override_ground": "art. 38(1)(a)" }),
            "hold",
        ),
        (json!({ "overridden_by": "judge" }), "consent-missing"),
        (json!({ "overridden_by": " ", "override_ground": "art. 38(1)(a)" }), "consent-missing"),
    ] {
        assert_eq!(outcome(referral(victim(&agreed(&consent)))), expected, "{consent}");
    }
}

#[test]
fn a_childs_consent_is_the_guardians_and_a_second_person_releases() {
    for (consent, expected) in [
        (json!({ "given_by": "guardian", "child_view": true }), "hold"),
        (json!({ "given_by": "guardian", "child_view": false }), "consent-missing"),
        (json!({ "given_by": "guardian" }), "consent-missing"),
        (json!({ "given_by": "self" }), "consent-missing"),
        (json!({ "given_by": "representative" }), "consent-missing"),
        (json!({ "given_by": "guardian", "withdrawn_at": "2026-03-01" }), "consent-withdrawn"),
    ] {
        let mut case = victim(&agreed(&consent));
        case["x_Persons"][0]["x_ChildNow"] = json!(true);
        case["x_Persons"][0]["x_Guardian"] = json!({ "name": "guardian" });
        assert_eq!(outcome(referral(case)), expected, "{consent}");
    }
}

#[test]
fn a_withdrawn_consent_is_not_lifted_by_an_approval() {
    let case = victim(&json!({ "given_by": "self", "withdrawn_at": "2026-03-01" }));
    assert_eq!(outcome(approved(referral(case), "officer-2")), "consent-withdrawn");
}

#[test]
fn one_victim_without_consent_is_enough_to_refuse() {
    let mut case = victim(&agreed(&json!({ "given_by": "self" })));
    let second = json!({ "x_SubjectCategory": "victim_presumed", "prs_FirstName": "Eva" });
    case["x_Persons"].as_array_mut().unwrap().push(second);
    assert_eq!(outcome(referral(case.clone())), "consent-missing");
    // Somebody of unknown category could be a victim too.
    case["x_Persons"][1] = json!({ "prs_FirstName": "Eva" });
    assert_eq!(outcome(referral(case.clone())), "consent-missing");
    case["x_Persons"][1] = json!({ "x_SubjectCategory": "suspect", "prs_FirstName": "Eva" });
    assert_eq!(outcome(referral(case)), "allow");
}

#[test]
fn of_several_consents_the_worst_counts() {
    let good = agreed(&json!({ "given_by": "self" }));
    assert_eq!(outcome(referral(victim(&json!([good, good])))), "allow");
    assert_eq!(outcome(referral(victim(&json!([good, { "withdrawn_at": "2026" }])))), "consent-withdrawn");
    assert_eq!(outcome(referral(victim(&json!([{ "given_by": "nobody" }, good])))), "consent-missing");
}

#[test]
fn an_investigation_needs_no_consent_unless_it_rests_on_consent() {
    let mut draft = submission(document("rs/mup", "si/policija", &[victim(&json!({}))]));
    allowed(belgrade().permit(draft.clone(), now()));
    draft.document.envelope.legal_basis = "CONSENT".parse().unwrap();
    assert_eq!(outcome(draft), "consent-missing");
}

#[test]
fn consent_is_no_ground_towards_police_or_prosecution() {
    let good = victim(&agreed(&json!({ "given_by": "self" })));
    let ways = [
        (belgrade as fn() -> Engine, "rs/mup", "si/policija", false),
        (belgrade, "rs/cztlj", "at/bk", false),
        (ljubljana, "si/policija", "rs/jt", false),
        (ljubljana, "si/policija", "rs/cztlj", false),
    ];
    for (engine, from, to, may) in ways {
        let mut draft = submission(document(from, to, std::slice::from_ref(&good)));
        draft.document.envelope.purpose = Purpose::VictimIdentification;
        draft.document.envelope.legal_basis = "CONSENT".parse().unwrap();
        let draft = approved_as(draft, "officer-2", Role::ALL);
        assert_eq!(matches!(engine().permit(draft.clone(), now()), Decision::Allow(_)), may, "{from} {to}");
        // An erasure of what was sent so is not stopped.
        let mut erase = draft;
        (erase.document.envelope.kind, erase.document.envelope.in_reply_to) =
            (Kind::Erase, Some(erase.document.envelope.id));
        erase.document.body.records.clear();
        allowed(engine().permit(erase, now()));
    }
}

#[test]
fn what_a_victims_consent_does_not_cover_stays_here() {
    let document_of = |consent: Value| {
        let mut case = victim(&match &consent {
            Value::Array(several) => several.iter().map(agreed).collect(),
            one => agreed(one),
        });
        case["x_Persons"][0]["x_Passport"] = json!(["P1"]);
        let released = approved_as(referral(case), "officer-2", &[Role::ProtectionReviewer]);
        allowed(belgrade().permit(released, now())).basis().withheld.clone()
    };
    let withheld = |consent: Value| -> Vec<String> {
        let withheld = document_of(consent);
        withheld.into_iter().map(|field| format!("{} {} {}", field.path, field.rule, field.code)).collect()
    };
    assert_eq!(withheld(json!({ "given_by": "self" })), [""; 0]);
    let identity_only = json!({ "given_by": "self", "scope_categories": ["identity"] });
    assert_eq!(withheld(identity_only), ["x_Persons[0].x_Passport[0] consent-covers-category R-F2"]);
    // A word that is no category covers nothing.
    let nothing = json!({ "given_by": "self", "scope_categories": ["everything"] });
    assert_eq!(withheld(nothing).len(), 3);
    // Of two consents the narrower counts; vital interests go before the scope.
    let narrow = json!([{ "given_by": "self" }, { "given_by": "self", "scope_categories": ["document"] }]);
    let identity = ["prs_Birthdate", "prs_FirstName"]
        .map(|name| format!("x_Persons[0].{name} consent-covers-category R-F2"));
    assert_eq!(withheld(narrow), identity);
    let vital =
        json!({ "scope_categories": [], "overridden_by": "judge", "override_ground": "art. 38(1)(a)" });
    assert_eq!(withheld(vital), [""; 0]);
}

#[test]
fn the_narrowest_consent_of_one_person_counts_for_every_entry_of_that_person() {
    let with = |consent: &Value, more: Value| {
        let mut case = victim(&agreed(consent));
        case["x_Persons"][0]["x_PersonId"] = json!("1");
        case["x_Persons"][0].as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        case
    };
    let wide = with(&json!({ "given_by": "self" }), json!({ "x_Passport": ["P1"] }));
    let narrow = with(&json!({ "given_by": "self", "scope_categories": ["identity"] }), json!({}));
    let other = with(
        &json!({ "given_by": "self", "scope_categories": ["identity"] }),
        json!({ "x_PersonId": "2", "prs_FirstName": "Maja" }),
    );
    let leaves = |cases: &[Value]| {
        let mut document = document("rs/mup", "si/policija", cases);
        document.envelope.kind = Kind::VictimReferral;
        document.envelope.purpose = Purpose::VictimProtection;
        let released = approved_as(submission(document), "officer-2", &[Role::ProtectionReviewer]);
        let permitted = allowed(belgrade().permit(released, now()));
        permitted
            .document()
            .body
            .records
            .iter()
            .any(|record| record.persons().any(|person| person.contains_key("x_Passport")))
    };
    assert!(leaves(std::slice::from_ref(&wide)));
    assert!(leaves(&[wide.clone(), other]), "another person's consent says nothing of this one");
    assert!(!leaves(&[wide.clone(), narrow.clone()]));
    assert!(!leaves(&[narrow, wide]));
}

#[test]
fn silence_and_words_that_nobody_understands_cover_nothing() {
    let whole = json!({ "con_Consent": true, "given_by": "self", "scope": ["victim_protection"] });
    assert_eq!(outcome(referral(victim(&whole))), "allow");
    let changed = |name: &str, value: Value| {
        let mut consent = whole.clone();
        consent[name] = value;
        outcome(referral(victim(&consent)))
    };
    let strange = [
        Value::Null,
        json!("ne"),
        json!("true"),
        json!(0),
        json!(1),
        json!([]),
        json!([""]),
        json!([null]),
        json!({}),
        json!("victim protection"),
        json!("*"),
        json!("all"),
        json!(["samo lekar"]),
    ];
    for name in ["con_Consent", "given_by", "scope", "scope_recipients"] {
        for value in &strange {
            assert_ne!(changed(name, value.clone()), "allow", "{name}: {value}");
        }
    }
    for name in ["withdrawn_at", "expires_at", "given_at"] {
        for value in strange.iter().filter(|value| !value.is_null()) {
            assert_ne!(changed(name, value.clone()), "allow", "{name}: {value}");
        }
    }
    for name in ["con_Consent", "given_by", "scope"] {
        let mut consent = whole.clone();
        consent.as_object_mut().unwrap().remove(name);
        assert_eq!(outcome(referral(victim(&consent))), "consent-missing", "without {name}");
    }
    // What was not understood may have been a limit on the rest.
    assert_eq!(changed("scope", json!(["victim_protection", "samo Slovenija"])), "consent-missing");
    assert_eq!(changed("scope_recipients", json!(["si/policija", "samo Slovenija"])), "consent-missing");
}

#[test]
fn a_scope_names_recipients_by_id_or_kind_or_the_purpose_names_them() {
    let wanted = |body, purpose, recipients: Option<Value>| {
        let recipient = party("si/policija");
        let mut consent = agreed(&json!({ "given_by": "self" }));
        if let Some(recipients) = recipients {
            consent["scope_recipients"] = recipients;
        }
        let person = json!({ "x_Consent": consent });
        let wanted = Use { purpose, recipient: &recipient, body, now: now(), ages: &BTreeSet::new() };
        consent::of(person.as_object().unwrap(), &wanted)
    };
    let care = Purpose::VictimProtection;
    for (body, purpose, recipients, covers) in [
        (Some(Body::Police), care, None, true),
        (Some(Body::Protection), care, None, true),
        (Some(Body::Prosecution), care, None, false),
        (Some(Body::Protection), Purpose::Investigation, None, false),
        (Some(Body::Prosecution), Purpose::Prosecution, None, true),
        (None, care, None, false),
        (Some(Body::Police), care, Some(json!(["protection"])), false),
        (Some(Body::Police), care, Some(json!(["protection", "police"])), true),
        (Some(Body::Prosecution), care, Some(json!(["si/policija"])), true),
        (Some(Body::Police), care, Some(json!(["at/bk"])), false),
        (None, care, Some(json!(["police"])), false),
    ] {
        let expected = if covers { Consent::BySelf } else { Consent::OutOfScope };
        assert_eq!(
            wanted(body, purpose, recipients.clone()),
            expected,
            "{body:?} {purpose:?} {recipients:?}"
        );
    }
}

#[test]
fn a_second_plain_reading_of_consent_agrees_on_random_ones() {
    let mut random = Random(41);
    let when = [
        "2026-03-06",
        "2026-03-05",
        "2026-03-07",
        "2026-03-06T10:15:00Z",
        "2026-03-06T10:15:01Z",
        "2026",
        "soon",
        "",
        "31.12.2030",
        "2030-02-30",
    ];
    let lists = |random: &mut Random, words: &[&str]| {
        let count = random.below(3);
        let list: Vec<&str> = (0..count).map(|_| random.pick(words)).collect();
        if count == 1 && random.one_in(3) { json!(list[0]) } else { json!(list) }
    };
    let (mut covering, bodies) = (0, [Body::Police, Body::Protection, Body::Prosecution]);
    for _ in 0..100_000 {
        let mut consent = agreed(&json!({ "given_by": "self" }));
        for _ in 0..random.below(4) {
            let (name, value) = match random.below(8) {
                0 => (
                    "con_Consent",
                    random.pick(&[json!(true), json!(false), json!("da"), json!(1), Value::Null]),
                ),
                1 => {
                    ("given_by", json!(random.pick(&["self", "guardian", "representative", "neighbour", ""])))
                }
                2 => (
                    "scope",
                    lists(&mut random, &["victim_protection", "safe_return", "prosecution", "svi", ""]),
                ),
                3 => (
                    "scope_recipients",
                    lists(&mut random, &["si/policija", "at/bk", "police", "protection", "?"]),
                ),
                4 => ("given_at", json!(random.pick(&when))),
                5 => ("expires_at", json!(random.pick(&when))),
                6 => ("withdrawn_at", json!(random.pick(&when))),
                _ => ("child_view", json!(random.one_in(2))),
            };
            consent[name] = value;
        }
        let (body, recipient) = (random.pick(&bodies), party("si/policija"));
        let purpose = random.pick(&[Purpose::VictimProtection, Purpose::SafeReturn, Purpose::Prosecution]);
        let wanted =
            Use { purpose, recipient: &recipient, body: Some(body), now: now(), ages: &BTreeSet::new() };
        let person = json!({ "x_Consent": consent });
        let good =
            [Consent::BySelf, Consent::ByGuardian, Consent::ByGuardianAlone, Consent::ByRepresentative];
        let told = good.contains(&consent::of(person.as_object().unwrap(), &wanted));
        let plain = naive::consent::covers(&consent, (purpose.as_str(), "si/policija", body.as_str()), now());
        assert_eq!(told, plain, "{consent} {purpose:?} {body:?}");
        covering += usize::from(told);
    }
    assert!((5_000..95_000).contains(&covering), "{covering}");
}

#[test]
fn what_was_not_read_of_a_person_is_looked_at_by_a_second_one() {
    let mut case = victim(&agreed(&json!({ "given_by": "self" })));
    assert_eq!(outcome(referral(case.clone())), "allow");
    case["x_Persons"][0]["x_Unread"] = json!(["Gender"]);
    let Decision::Hold(held) = belgrade().permit(referral(case.clone()), now()) else { panic!("not held") };
    assert!(rules(&held.grounds).contains(&"unread-second-person"));
    assert_eq!(outcome(approved(referral(case), "officer-2")), "allow");
}
