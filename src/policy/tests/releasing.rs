//! Which fields leave: the visibility matrix, kind of body by kind of data.

use serde_json::{Value, json};

use super::fixture::*;
use crate::message::{Document, Kind, Purpose, Withheld};
use crate::partner::Role;
use crate::policy::Engine;

/// What is withheld from the case, as `path rule`.
fn withheld(engine: &Engine, from: &str, to: &str, case: &Value, second: bool) -> Vec<String> {
    let mut draft = submission(document(from, to, std::slice::from_ref(case)));
    if second {
        draft = approved(draft, "officer-2");
    }
    listed(&allowed(engine.permit(draft, now())).basis().withheld)
}

fn listed(withheld: &[Withheld]) -> Vec<String> {
    withheld.iter().map(|field| format!("{} {}", field.path, field.rule)).collect()
}

#[test]
fn of_a_victim_police_receive_no_place_shelter_health_or_assessment() {
    let expected = [
        "x_Notes free-text-second-person",
        "x_Persons[0].x_Exploitation[1] special-not-to-police",
        "x_Persons[0].x_Health special-not-to-police",
        "x_Persons[0].x_Number number-second-person",
        "x_Persons[0].x_Phone default",
        "x_Persons[0].x_Place victim-not-to-police",
        "x_Persons[0].x_Remark free-text-second-person",
        "x_Persons[0].x_Risk victim-not-to-police",
        "x_Shelter shelter-never-to-police",
    ];
    let mut found = withheld(&belgrade(), "rs/mup", "si/policija", &case("victim_identified"), false);
    found.sort();
    assert_eq!(found, expected);
}

#[test]
fn a_second_person_releases_text_and_number_but_never_a_shelter() {
    let mut found = withheld(&belgrade(), "rs/mup", "at/bk", &case("victim_identified"), true);
    found.sort();
    let expected = [
        "x_Persons[0].x_Exploitation[1] special-not-to-police",
        "x_Persons[0].x_Health special-not-to-police",
        "x_Persons[0].x_Phone default",
        "x_Persons[0].x_Place victim-not-to-police",
        "x_Persons[0].x_Risk victim-not-to-police",
        "x_Shelter shelter-never-to-police",
    ];
    assert_eq!(found, expected);
}

#[test]
fn a_country_that_is_an_object_leaves_or_stays_as_one_value() {
    let kosovo = json!({ "as_received": "XKX", "code": "XK", "scheme": "user-assigned" });
    let mut case = plain();
    case["x_Persons"][0]["x_Citizenship"] = json!(["RS", kosovo]);
    case["x_Persons"][0]["x_Country"] = kosovo.clone();
    let draft = submission(document("rs/mup", "si/policija", &[case]));
    // How the agreement wants such a place written is not agreed, so somebody looks.
    let permitted = allowed(belgrade().permit(approved(draft, "officer-2"), now()));
    let document = permitted.document();
    let paths: Vec<&str> = document.withheld.iter().map(|field| field.path.as_str()).collect();
    assert_eq!(paths, ["x_Persons[0].x_Country"]);
    let person = document.body.records[0].persons().next().unwrap();
    assert_eq!(person["x_Citizenship"], json!(["RS", kosovo]));
}

#[test]
fn the_rules_of_withheld_fields_stand_in_the_basis() {
    let draft = submission(document("rs/mup", "si/policija", &[case("suspect")]));
    let permitted = allowed(belgrade().permit(draft, now()));
    for field in &permitted.basis().withheld {
        assert!(permitted.basis().rules().iter().any(|rule| rule.as_str() == field.rule), "{}", field.rule);
    }
}

#[test]
fn prosecution_receives_numbers_but_no_contact_place_health_or_assessment() {
    let found = withheld(&ljubljana(), "si/policija", "rs/jt", &case("suspect"), false);
    for path in ["x_Phone", "x_Place", "x_Health", "x_Risk", "x_Remark", "x_Exploitation[1]"] {
        assert!(found.iter().any(|f| f.starts_with(&format!("x_Persons[0].{path} "))), "{path}: {found:?}");
    }
    assert!(!found.iter().any(|field| field.contains("x_Number")), "{found:?}");
}

#[test]
fn protection_receives_contact_and_assessment_but_no_offence_or_number() {
    let engine = ljubljana();
    let mut found = withheld(&engine, "si/policija", "rs/cztlj", &case("witness"), false);
    found.sort();
    let expected = [
        "x_Notes free-text-second-person",
        "x_Offence[0] default",
        "x_Persons[0].x_Exploitation[1] default",
        "x_Persons[0].x_Health place-and-health-reviewed",
        "x_Persons[0].x_Number default",
        "x_Persons[0].x_Place place-and-health-reviewed",
        "x_Persons[0].x_Remark free-text-second-person",
        "x_Shelter shelter-only-for-return",
    ];
    assert_eq!(found, expected);
    let reviewed = withheld(&engine, "si/policija", "rs/cztlj", &case("witness"), true);
    assert!(reviewed.contains(&"x_Persons[0].x_Place place-and-health-reviewed".to_owned()), "{reviewed:?}");
    let draft = submission(document("si/policija", "rs/cztlj", &[case("witness")]));
    let draft = approved_as(draft, "officer-2", &[Role::ProtectionReviewer]);
    let found = listed(&allowed(engine.permit(draft, now())).basis().withheld);
    assert!(!found.iter().any(|field| field.contains("x_Place") || field.contains("x_Health")), "{found:?}");
    assert!(found.contains(&"x_Shelter shelter-only-for-return".to_owned()), "{found:?}");
}

#[test]
fn a_shelter_is_told_only_for_a_safe_return_and_by_a_protection_reviewer() {
    let engine = ljubljana();
    let mut case = victim(&agreed(&json!({ "given_by": "self" })));
    case["x_Shelter"] = json!("house");
    case["x_Persons"][0]["x_Return"] = prepared_return();
    let shown = |to: &str, kind: Kind, roles: &[Role]| {
        let mut document = document("si/policija", to, &[case.clone()]);
        document.envelope.kind = kind;
        document.envelope.purpose = Purpose::SafeReturn;
        let draft = submission(document);
        let permitted = allowed(engine.permit(approved_as(draft, "officer-2", roles), now()));
        permitted.document().body.records[0].text("x_Shelter").is_some()
    };
    let protection = [Role::ProtectionReviewer];
    assert!(shown("rs/cztlj", Kind::SafeReturn, &protection));
    assert!(!shown("rs/cztlj", Kind::SafeReturn, &[]));
    assert!(!shown("rs/cztlj", Kind::SafeReturn, &[Role::Reviewer, Role::LegalReviewer]));
    assert!(!shown("rs/cztlj", Kind::VictimReferral, &protection));
    assert!(!shown("rs/mup", Kind::SafeReturn, Role::ALL));
}

#[test]
fn a_code_that_tells_health_is_withheld_from_police_and_its_neighbour_is_not() {
    let case = json!({ "x_Means": ["restricts_medical_care", "deception"] });
    let draft = submission(document("rs/mup", "si/policija", &[case]));
    let permitted = allowed(belgrade().permit(draft, now()));
    assert_eq!(listed(&permitted.basis().withheld), ["x_Means[0] special-not-to-police"]);
    assert_eq!(permitted.document().body.records, [record(json!({ "x_Means": ["deception"] }))]);
}

#[test]
fn nothing_is_told_about_a_person_of_unknown_category() {
    for person in [
        json!({ "prs_FirstName": "Ana", "prs_Birthdate": "1990-01-01" }),
        json!({ "x_SubjectCategory": "hero", "prs_Birthdate": "1990-01-01" }),
    ] {
        let case = json!({ "x_CaseNumber": "1", "x_Persons": [person] });
        let draft = submission(document("rs/mup", "si/policija", &[case]));
        let permitted = allowed(belgrade().permit(draft, now()));
        assert_eq!(permitted.document().body.records, [record(json!({ "x_CaseNumber": "1" }))]);
        assert!(permitted.basis().withheld.iter().all(|field| field.rule == "subject-not-agreed"));
    }
}

#[test]
fn a_child_has_no_name_in_spontaneous_information_unless_that_is_the_point() {
    let mut case = plain();
    case["x_Persons"][0]["x_ChildAtOffence"] = json!(true);
    case["x_Persons"][0]["x_Guardian"] = json!({ "name": "guardian" });
    let named = |kind: Kind, purpose: Purpose| {
        let mut document: Document = document("rs/mup", "si/policija", &[case.clone()]);
        document.envelope.kind = kind;
        document.envelope.purpose = purpose;
        let permitted = allowed(belgrade().permit(approved(submission(document), "officer-2"), now()));
        permitted.document().body.records[0].persons().any(|person| person.contains_key("prs_FirstName"))
    };
    assert!(!named(Kind::SpontaneousInfo, Purpose::Detection));
    assert!(named(Kind::SpontaneousInfo, Purpose::MissingChild));
    assert!(named(Kind::InfoRequest, Purpose::Detection));
}

#[test]
fn the_place_of_a_case_is_stripped_like_its_victims_place() {
    let mut case = victim(&json!({}));
    case["x_Route"] = json!("town");
    assert_eq!(
        withheld(&belgrade(), "rs/mup", "si/policija", &case, false),
        ["x_Route victim-not-to-police"]
    );
}

#[test]
fn what_the_submission_claims_to_be_withheld_or_its_version_is_replaced() {
    let mut document = document("rs/mup", "si/policija", &[plain()]);
    document.envelope.policy_version = "mine".to_owned();
    document.withheld.push(Withheld {
        record: 0,
        path: "x".to_owned(),
        category: crate::schema::DataCategory::Health,
        code: crate::message::RefusalCode::NotAvailable,
        rule: "mine".to_owned(),
    });
    let engine = belgrade();
    let permitted = allowed(engine.permit(submission(document), now()));
    assert!(permitted.basis().withheld.is_empty());
    assert_eq!(permitted.document().envelope.policy_version, engine.version());
}
