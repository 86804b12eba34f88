//! What withdraws, ends, restricts or protects is marked so in the catalogue, not in the memory of who writes a table.

use super::{CODES, FIELDS, catalogue};
use crate::schema::Catalogue;

#[test]
fn all_that_withdraws_ends_restricts_or_protects_has_the_mark() {
    let catalogue = catalogue();
    let marked: Vec<&str> = catalogue.fields().filter(|field| field.protects).map(|f| &*f.path).collect();
    for wanted in [
        "x_Handling",
        "x_Classification",
        "x_RetainUntil",
        "x_NrmRelease.withdrawn_at",
        "x_Persons[].x_ChildNow",
        "x_Persons[].x_ChildAtEntry",
        "x_Persons[].x_ChildAtOffence",
        "x_Persons[].x_AgeDisputed",
        "x_Persons[].x_NonPunishment",
        "x_Persons[].x_Guardian.type",
        "x_Persons[].x_Shelter.address",
        "x_Persons[].x_Return.voluntary",
        "x_Persons[].x_Return.risk_assessment",
        "x_Persons[].x_Return.recovery_period_until",
    ] {
        assert!(marked.contains(&wanted), "{wanted}");
    }
    for field in catalogue.fields().filter(|field| field.path.starts_with("x_Persons[].x_Consent")) {
        assert!(field.protects, "{}", field.path);
    }
    // Names and acts do not: a table for them may set aside what it cannot read, and tells of it.
    assert!(!catalogue.field("x_Persons[].prs_FirstName").unwrap().protects);
    assert!(!catalogue.field("x_Persons[].x_Return.country").unwrap().protects);
}

#[test]
fn a_new_member_of_a_group_that_protects_inherits_the_mark() {
    let entry = r#"
[[field]]
path = "x_Persons[].x_Consent.taken_back_by"
type = "text"
category = "case_reference"
labels = { en = "A", sr-Cyrl = "А", sl = "A", de = "A" }
"#;
    let catalogue = Catalogue::parse(&format!("{FIELDS}{entry}"), CODES).unwrap();
    assert!(catalogue.field("x_Persons[].x_Consent.taken_back_by").unwrap().protects);
    assert!(
        catalogue
            .page()
            .contains("| `x_Persons[].x_Consent.taken_back_by` | text | case_reference, protects |")
    );
}
