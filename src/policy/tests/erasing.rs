//! What must be known of a message to erase it later, and whose permission counts for whose content.

use jiff::{Timestamp, ToSpan};
use serde_json::{Value, json};

use super::fixture::*;
use crate::message::{Document, Handling, Permission, Purpose};
use crate::policy::tells_of_withdrawal;
use crate::policy::{Circumstances, Concern, Facts, Inputs, ReceivedTerms, References, consent_until};

fn about(person: &Value) -> Document {
    let mut document =
        document("rs/mup", "si/policija", &[json!({ "x_CaseId": "C-1", "x_Persons": [person] })]);
    document.envelope.purpose = Purpose::VictimProtection;
    document
}

fn victim(consent: &Value) -> Document {
    about(&json!({
        "x_PersonId": "P-1", "prs_IdentityNumber": "N-1", "x_SubjectCategory": "victim_identified", "x_Consent": consent,
    }))
}

fn concern(document: &Document, case: &str, person: Option<&str>) -> Concern {
    References::of(document).concern(case, person)
}

#[test]
fn a_case_is_found_by_its_number_in_the_agencys_record_in_either_script() {
    let record = json!({ "x_CaseId": "rs/mup:КУ-12/24 А", "x_Persons": [{ "x_PersonId": "P-1" }] });
    let mut document = document("rs/mup", "si/policija", &[record]);
    document.envelope.purpose = Purpose::VictimProtection;
    for typed in ["КУ-12/24 А", "KU-12/24 A", " ku-12/24a\n", "rs/mup:КУ-12/24 А", "RS/MUP: KU-12/24 A"]
    {
        assert_eq!(concern(&document, typed, None), Concern::Erase, "{typed}");
    }
    for other in ["KU-12/24", "rs/jt:KU-12/24 A", "12/24 A", "mup:KU-12/24 A", ""] {
        assert_eq!(concern(&document, other, None), Concern::None, "{other}");
    }
}

#[test]
fn what_rests_on_the_consent_of_the_case_or_person_must_be_erased_and_nothing_else() {
    let on_consent = victim(&json!({ "con_Consent": true, "evidence_ref": "E-1" }));
    let mut by_basis = on_consent.clone();
    by_basis.envelope.purpose = Purpose::Investigation;
    by_basis.envelope.legal_basis = "CONSENT".parse().unwrap();
    for document in [&on_consent, &by_basis] {
        for person in [None, Some("P-1"), Some(" N-1 "), Some("E-1")] {
            assert_eq!(concern(document, "C-1", person), Concern::Erase, "{person:?}");
        }
        assert_eq!(concern(document, "C-1", Some("P-2")), Concern::OtherPerson);
        assert_eq!(concern(document, "C-2", None), Concern::None);
        assert_eq!(concern(document, "C-2", Some("P-1")), Concern::None, "the consent was given for a case");
    }
    let mut investigated = on_consent.clone();
    investigated.envelope.purpose = Purpose::Investigation;
    let vital = victim(&json!({ "overridden_by": "D-1", "override_ground": "life" }));
    let suspect = about(&json!({ "x_PersonId": "P-1", "x_SubjectCategory": "suspect" }));
    for document in [&investigated, &vital, &suspect] {
        assert_eq!(concern(document, "C-1", None), Concern::OtherGround);
    }
    let unknown = about(&json!({ "x_PersonId": "P-1" }));
    assert_eq!(concern(&unknown, "C-1", None), Concern::Erase, "who is not known may be a victim");
    let mut nobody = document("rs/mup", "si/policija", &[json!({ "x_CaseId": "C-1" })]);
    nobody.envelope.purpose = Purpose::SafeReturn;
    assert_eq!(concern(&nobody, "C-1", None), Concern::Erase);
    assert_eq!(concern(&nobody, "C-1", Some("P-1")), Concern::OtherPerson, "people must look");
}

#[test]
fn of_several_records_the_one_that_must_be_erased_decides() {
    let mut two = victim(&json!({ "con_Consent": true }));
    let other = about(&json!({ "x_PersonId": "P-2", "x_SubjectCategory": "suspect" }));
    two.body.records.extend(other.body.records);
    assert_eq!(concern(&two, "C-1", None), Concern::Erase);
    two.body.records.reverse();
    assert_eq!(concern(&two, "C-1", None), Concern::Erase);
}

#[test]
fn the_earliest_end_of_a_consent_that_the_message_rests_on_counts() {
    let ends = |consent: Value| consent_until(&victim(&consent));
    assert_eq!(ends(json!({ "con_Consent": true })), None);
    let at = |text: &str| Some(text.parse::<Timestamp>().unwrap());
    let (early, late) = ("2026-03-07T00:00:00Z", "2026-04-01T00:00:00Z");
    assert_eq!(ends(json!([{ "expires_at": late }, { "expires_at": early }])), at(early));
    assert_eq!(ends(json!({ "expires_at": "2026-03-06" })), at(early), "a day ends with it");
    assert_eq!(
        ends(json!({ "expires_at": "soon" })),
        Some(Timestamp::UNIX_EPOCH),
        "held against the consent"
    );
    assert_eq!(ends(json!({ "expires_at": early, "overridden_by": "D-1", "override_ground": "life" })), None);
    let mut investigated = victim(&json!({ "expires_at": early }));
    investigated.envelope.purpose = Purpose::Investigation;
    assert_eq!(consent_until(&investigated), None);
}

#[test]
fn a_record_that_tells_of_a_withdrawal_is_noticed_whatever_it_is_sent_for() {
    let mut withdrawn = victim(&json!([{ "con_Consent": true }, { "withdrawn_at": "2026-03-01" }]));
    withdrawn.envelope.purpose = Purpose::Investigation;
    assert!(tells_of_withdrawal(&withdrawn));
    assert!(!tells_of_withdrawal(&victim(&json!({ "con_Consent": true, "withdrawn_at": null }))));
}

#[test]
fn debug_output_of_references_shows_no_case_and_no_person() {
    let shown = format!("{:?}", References::of(&victim(&json!({ "evidence_ref": "E-1" }))));
    assert!(!["C-1", "P-1", "N-1", "E-1"].iter().any(|secret| shown.contains(secret)), "{shown}");
}

#[test]
fn what_the_sender_permits_for_its_own_content_lifts_nothing_of_another_providers() {
    let source = |permissions: &[Permission]| ReceivedTerms {
        provider: party("at/bk"),
        purpose: Purpose::Investigation,
        handling: [Handling::H1].into(),
        delete_by: now() + 480.hours(),
        permissions: permissions.iter().copied().collect(),
    };
    let facts = |source: ReceivedTerms| -> Facts {
        let mut draft = submission(document("rs/mup", "si/policija", &[]));
        draft.circumstances = Circumstances {
            permissions: [Permission::JudicialUse].into(),
            sources: vec![source],
            ..Circumstances::default()
        };
        inputs(&draft).facts
    };
    assert!(!facts(source(&[])).judicial_use_permitted);
    assert!(facts(source(&[Permission::JudicialUse])).judicial_use_permitted);
}

/// What the engine would decide about.
fn inputs(draft: &crate::policy::Submission) -> Inputs {
    let decision = belgrade().permit(draft.clone(), now());
    let basis = match &decision {
        crate::policy::Decision::Allow(permitted) => permitted.basis(),
        crate::policy::Decision::Hold(held) => &held.basis,
        crate::policy::Decision::Refuse(refusal) => &refusal.basis,
    };
    basis.inputs.clone()
}
