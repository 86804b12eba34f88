//! What somebody might write into a draft so that a rule looks past it. Each is held or refused, whatever the marks say.

use std::sync::Arc;

use serde_json::{Value, json};

use super::fixture::*;
use super::table::shipped_catalogue;
use crate::message::{Kind, Purpose};
use crate::partner::Role;
use crate::policy::{Circumstances, Decision, Engine, Submission};

/// Belgrade with the catalogue as shipped.
fn shipped() -> Engine {
    Engine::load(shipped_catalogue(), Arc::new(serbian()), &serbian_sources()).unwrap()
}

fn draft(kind: Kind, purpose: Purpose, records: &[Value]) -> Submission {
    let mut document = document("rs/mup", "si/policija", records);
    (document.envelope.kind, document.envelope.purpose) = (kind, purpose);
    submission(document)
}

fn case(persons: &[Value]) -> Value {
    json!({ "x_CaseId": "1", "x_Persons": persons })
}

/// `allow`, the code of a refusal, or the rules that hold it.
fn outcome(submission: Submission) -> String {
    match shipped().permit(submission, now()) {
        Decision::Allow(_) => "allow".to_owned(),
        Decision::Hold(held) => rules(&held.grounds).join(" "),
        Decision::Refuse(refusal) => refusal.code.to_owned(),
    }
}

fn investigation(persons: &[Value]) -> String {
    outcome(draft(Kind::InfoRequest, Purpose::Investigation, &[case(persons)]))
}

#[test]
fn a_victim_stays_one_under_any_other_category() {
    let person = |more: &Value| {
        let mut person = json!({ "x_SubjectCategory": "suspect", "prs_Birthdate": "1990-01-01" });
        for (name, value) in more.as_object().unwrap() {
            person[name] = value.clone();
        }
        person
    };
    for mark in [
        json!({ "vic_TraffickingStatus": "ActualVictimOfTrafficking" }),
        json!({ "vic_TraffickingStatus": "PossibleVictimOfTrafficking" }),
        json!({ "vic_TraffickingStatus": "Aktuell" }),
        json!({ "vic_MethodsOfControl": ["DebtBondage"] }),
        json!({ "vic_AgeWhenTrafficked": 30 }),
        json!({ "x_Shelter": { "type": "Shelter" } }),
        json!({ "x_NonPunishment": true }),
        json!({ "x_Return": prepared_return() }),
    ] {
        let mut person = person(&mark);
        person["per_RoleInProcess"] = json!(["Transporter"]);
        assert_eq!(investigation(&[person]), "non-punishment", "{mark}");
    }
    for mark in [
        json!({}),
        json!({ "vic_TraffickingStatus": "NotAVictimOfTrafficking" }),
        json!({ "vic_MethodsOfControl": [], "x_NonPunishment": false }),
    ] {
        let mut person = person(&mark);
        person["per_RoleInProcess"] = json!(["Transporter"]);
        assert_eq!(investigation(&[person]), "allow", "{mark}");
    }
}

#[test]
fn a_victim_listed_again_as_a_suspect_stays_a_victim() {
    let name = |given: &str| json!([{ "given": given, "family": "P\u{f4}le" }]);
    let victim = json!({
        "x_SubjectCategory": "victim_presumed", "x_PersonId": "a", "prs_IdentityNumber": "010199 0710006",
        "prs_Birthdate": "1990-01-01", "x_Names": name("Ana"),
    });
    for (same, expected) in [
        (json!({ "x_PersonId": "A" }), "non-punishment"),
        (json!({ "prs_IdentityNumber": "0101990710006" }), "non-punishment"),
        (json!({ "prs_Birthdate": "1990-01-01", "x_Names": name("ANA") }), "non-punishment"),
        (json!({ "prs_Birthdate": "1990-01-01", "x_Names": name("Iva") }), "allow"),
        (json!({ "prs_Birthdate": "1991-01-01", "x_Names": name("Ana") }), "allow"),
        (json!({ "x_PersonId": "b" }), "allow"),
    ] {
        let mut suspect = same.clone();
        suspect["x_SubjectCategory"] = json!("suspect");
        suspect["per_RoleInProcess"] = json!(["Transporter"]);
        for persons in [[victim.clone(), suspect.clone()], [suspect, victim.clone()]] {
            assert_eq!(investigation(&persons), expected, "{same}");
        }
    }
}

#[test]
fn a_child_stays_one_without_its_marks() {
    // The test's day is 6 March 2026, 10:15 UTC.
    for (age, child) in [
        (json!({ "prs_Birthdate": "2008-03-07" }), true),
        (json!({ "prs_Birthdate": "2008-03-06" }), true),
        (json!({ "prs_Birthdate": "2008-03-05" }), false),
        (json!({ "prs_Birthdate": "2008-03" }), true),
        (json!({ "prs_Birthdate": "2008-02" }), false),
        (json!({ "prs_Birthdate": "2008" }), true),
        (json!({ "prs_Birthdate": "2007" }), false),
        (json!({ "prs_Birthdate": "2010-05-05", "x_ChildNow": false, "x_ChildAtOffence": false }), true),
        (json!({ "prs_Birthdate": "1999-05-05", "x_ChildNow": "yes" }), true),
        (json!({ "prs_Birthdate": "1999-05-05", "x_AgeDisputed": true }), true),
        (json!({ "prs_Birthdate": "1999-05-05", "x_AgeBand": ["9--17"] }), true),
        (json!({ "prs_Birthdate": "1999-05-05", "vic_AgeWhenTrafficked": 17 }), true),
        (json!({ "prs_Birthdate": "1999-05-05", "vic_AgeWhenTrafficked": 18 }), false),
    ] {
        let mut person = age.clone();
        person["x_SubjectCategory"] = json!("victim_identified");
        if child {
            person["x_Guardian"] = json!({ "type": "Parent" });
        }
        let expected = if child { "child-second-person" } else { "allow" };
        assert_eq!(investigation(&[person]), expected, "{age}");
    }
}

#[test]
fn a_child_at_the_time_of_the_acts_stays_one_when_grown() {
    let with = |born: &str, acts: &[&str]| {
        let person = json!({ "x_SubjectCategory": "victim_identified", "prs_Birthdate": born });
        let mut case = case(&[person]);
        case["x_Events"] = acts.iter().map(|day| json!({ "hte_Date": day })).collect();
        outcome(draft(Kind::InfoRequest, Purpose::Investigation, &[case]))
    };
    assert_eq!(with("2000-06-15", &["2018-06-14"]), "guardian-missing");
    assert_eq!(with("2000-06-15", &["2018-06-15"]), "allow");
    assert_eq!(with("2000-06-15", &["2020-01-01", "2018"]), "guardian-missing");
    assert_eq!(with("2000", &["2018-06-15"]), "guardian-missing");
    assert_eq!(with("2000", &["2019"]), "allow");
    assert_eq!(with("2000", &["nonsense"]), "allow");
}

#[test]
fn what_needs_consent_needs_it_when_the_record_lists_nobody() {
    let nobody = json!({ "x_CaseId": "1", "x_Events": [{ "hte_Country": "SI" }] });
    for (kind, purpose) in [
        (Kind::VictimReferral, Purpose::VictimProtection),
        (Kind::SafeReturn, Purpose::SafeReturn),
        (Kind::InfoRequest, Purpose::VictimProtection),
    ] {
        assert_eq!(
            outcome(draft(kind, purpose, std::slice::from_ref(&nobody))),
            "consent-missing",
            "{kind:?}"
        );
        // Nor beside a record of somebody who has consented.
        let consented = case(&[json!({
            "x_SubjectCategory": "victim_identified", "x_Consent": agreed(&json!({ "given_by": "self" })),
            "x_Return": prepared_return(),
        })]);
        assert_eq!(outcome(draft(kind, purpose, std::slice::from_ref(&consented))), "allow", "{kind:?}");
        assert_eq!(
            outcome(draft(kind, purpose, &[consented, nobody.clone()])),
            "consent-missing",
            "{kind:?}"
        );
    }
    assert_eq!(outcome(draft(Kind::InfoRequest, Purpose::Investigation, &[nobody])), "allow");
}

#[test]
fn a_referral_or_return_needs_consent_under_whatever_purpose() {
    let victim = case(&[json!({
        "x_SubjectCategory": "victim_identified", "prs_Gender": "Feminine", "x_Return": prepared_return(),
    })]);
    for purpose in Purpose::ALL.iter().copied().filter(|purpose| *purpose != Purpose::Statistics) {
        for kind in [Kind::VictimReferral, Kind::SafeReturn] {
            let told = outcome(draft(kind, purpose, std::slice::from_ref(&victim)));
            assert_eq!(told, "consent-missing", "{kind:?} {purpose}");
        }
    }
}

#[test]
fn no_officer_alone_sets_vital_interests_before_consent() {
    let consent =
        json!({ "withdrawn_at": "2026-03-01", "overridden_by": "me", "override_ground": "because" });
    let victim = case(&[json!({ "x_SubjectCategory": "victim_identified", "x_Consent": consent })]);
    let draft = draft(Kind::VictimReferral, Purpose::VictimProtection, &[victim]);
    assert_eq!(outcome(draft.clone()), "consent-overridden withdrawal-overridden");
    let by = |name: &str, roles: &[Role]| outcome(approved_as(draft.clone(), name, roles));
    let both = "consent-overridden withdrawal-overridden";
    assert_eq!(by("officer-1", &[Role::ProtectionReviewer]), both, "the author");
    assert_eq!(by("officer-2", &[Role::Reviewer, Role::LegalReviewer]), "consent-overridden");
    // An express no is gone past only when a lawyer has looked too.
    assert_eq!(by("officer-2", &[Role::ProtectionReviewer]), "withdrawal-overridden");
    assert_eq!(by("officer-2", &[Role::ProtectionReviewer, Role::LegalReviewer]), "allow");
}

#[test]
fn a_victims_offence_is_looked_at_by_a_lawyer_under_every_purpose() {
    let victim = json!({ "x_SubjectCategory": "victim_identified", "per_RoleInProcess": ["Transporter"] });
    // Purposes that the rules permit to a police body without more.
    for purpose in [
        Purpose::Prevention,
        Purpose::Detection,
        Purpose::Investigation,
        Purpose::Prosecution,
        Purpose::VictimIdentification,
        Purpose::MissingChild,
    ] {
        let told = outcome(draft(Kind::InfoRequest, purpose, &[case(std::slice::from_ref(&victim))]));
        assert_eq!(told, "non-punishment", "{purpose}");
    }
}

#[test]
fn no_officer_alone_permits_another_use_of_what_was_given() {
    let mut accept = draft(Kind::Accept, Purpose::Investigation, &[]);
    accept.document.envelope.in_reply_to = Some(accept.document.envelope.id);
    assert_eq!(outcome(accept.clone()), "allow");
    accept.circumstances = Circumstances { grants: true, ..Circumstances::default() };
    assert_eq!(outcome(accept.clone()), "permission-second-person");
    assert_eq!(outcome(approved(accept, "officer-2")), "allow");
}

#[test]
fn the_note_to_handling_codes_carries_nothing_out_unread() {
    let mut noted = draft(Kind::InfoRequest, Purpose::Investigation, &[]);
    noted.document.envelope.handling_note = Some("she sleeps at the nuns' house".to_owned());
    assert_eq!(outcome(noted.clone()), "note-second-person");
    assert_eq!(outcome(approved(noted, "officer-2")), "allow");
}

#[test]
fn a_word_that_is_no_code_of_its_list_is_withheld_as_free_text() {
    let smuggled = json!({
        "x_CaseId": "1",
        "x_Act": ["Recruit", "the shelter in the Long Street"],
        "x_Persons": [{ "x_SubjectCategory": "suspect", "prs_Gender": "her sister hides her" }],
    });
    let draft = draft(Kind::InfoRequest, Purpose::Investigation, &[smuggled]);
    let left = |draft: Submission| {
        let permitted = allowed(shipped().permit(draft, now()));
        let withheld = permitted.basis().withheld.iter().map(|one| one.rule.clone()).collect::<Vec<_>>();
        (serde_json::to_string(&permitted.document().body.records).unwrap(), withheld)
    };
    let (text, withheld) = left(draft.clone());
    assert!(!text.contains("shelter") && !text.contains("sister") && text.contains("Recruit"), "{text}");
    assert_eq!(withheld, ["free-text-second-person"; 2]);
    assert!(left(approved(draft, "officer-2")).0.contains("shelter"));
}
