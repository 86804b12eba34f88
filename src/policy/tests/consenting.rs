//! Consent: who gave it, for what, until when, and what goes before it.

use serde_json::{Value, json};

use super::fixture::*;
use crate::message::{Kind, Purpose};
use crate::partner::Role;
use crate::policy::{Decision, Submission};

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
        assert_eq!(outcome(referral(victim(&consent))), expected, "{consent}");
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
        let mut case = victim(&consent);
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
    let mut case = victim(&json!({ "given_by": "self" }));
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
    let good = json!({ "given_by": "self" });
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
fn what_a_victims_consent_does_not_cover_stays_here() {
    let document_of = |consent: Value| {
        let mut case = victim(&consent);
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
