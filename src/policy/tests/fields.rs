//! A small catalogue for the tests of policy.

use std::fmt::Write as _;
use std::sync::Arc;

use crate::schema::Catalogue;

/// Path, type, whether a list, category.
const FIELDS: &[(&str, &str, bool, &str)] = &[
    ("x_CaseNumber", "text", false, "case_reference"),
    ("x_Handling", "text", true, "case_reference"),
    ("x_Classification", "text", false, "case_reference"),
    ("x_Evaluation", "group", false, "case_reference"),
    ("x_Evaluation.source", "text", false, "case_reference"),
    ("x_Evaluation.information", "text", false, "case_reference"),
    ("x_NrmRelease", "group", false, "case_reference"),
    ("x_NrmRelease.decided_by", "text", false, "case_reference"),
    ("x_NrmRelease.decided_at", "date", false, "case_reference"),
    ("x_NrmRelease.reference", "text", false, "case_reference"),
    ("x_NrmRelease.withdrawn_at", "date", false, "case_reference"),
    ("x_Offence", "text", true, "offence"),
    ("x_Means", "code:means", true, "trafficking_facts"),
    ("x_Shelter", "text", false, "shelter_location"),
    ("x_Route", "text", false, "location_current"),
    ("x_Notes", "long_text", false, "free_text"),
    ("x_Persons", "group", true, "identity"),
    ("x_Persons[].x_PersonId", "text", false, "case_reference"),
    ("x_Persons[].x_SubjectCategory", "code:subject", false, "case_reference"),
    ("x_Persons[].prs_FirstName", "text", false, "identity"),
    ("x_Persons[].prs_Birthdate", "date", false, "identity"),
    ("x_Persons[].x_Citizenship", "country", true, "identity"),
    ("x_Persons[].x_Evaluation", "group", false, "case_reference"),
    ("x_Persons[].x_Evaluation.source", "text", false, "case_reference"),
    ("x_Persons[].x_Evaluation.information", "text", false, "case_reference"),
    ("x_Persons[].x_Number", "text", false, "identifier"),
    ("x_Persons[].x_Passport", "text", true, "document"),
    ("x_Persons[].x_Phone", "text", false, "contact"),
    ("x_Persons[].x_Place", "text", false, "location_current"),
    ("x_Persons[].x_Country", "country", false, "location_current"),
    ("x_Persons[].x_Shelter", "text", false, "shelter_location"),
    ("x_Persons[].x_Health", "text", false, "health"),
    ("x_Persons[].x_Faith", "text", false, "ethnicity_religion"),
    ("x_Persons[].x_Fingerprint", "text", false, "biometrics"),
    ("x_Persons[].x_Risk", "text", false, "assessment"),
    ("x_Persons[].x_Accused", "text", false, "offence"),
    ("x_Persons[].x_Permit", "text", false, "immigration_status"),
    ("x_Persons[].x_Exploitation", "code:exploitation", true, "trafficking_facts"),
    ("x_Persons[].x_Bank", "text", false, "finance"),
    ("x_Persons[].x_Kin", "text", false, "family"),
    ("x_Persons[].x_Remark", "long_text", false, "free_text"),
    ("x_Persons[].x_ChildAtOffence", "boolean", false, "case_reference"),
    ("x_Persons[].x_ChildNow", "boolean", false, "case_reference"),
    ("x_Persons[].x_AgeDisputed", "boolean", false, "case_reference"),
    ("x_Persons[].x_Unread", "text", true, "case_reference"),
    ("x_Persons[].x_Consent", "group", false, "case_reference"),
    ("x_Persons[].x_Consent.given_by", "text", false, "case_reference"),
    ("x_Persons[].x_Consent.scope", "text", true, "case_reference"),
    ("x_Persons[].x_Consent.scope_recipients", "text", true, "case_reference"),
    ("x_Persons[].x_Consent.scope_categories", "text", true, "case_reference"),
    ("x_Persons[].x_Consent.given_at", "text", false, "case_reference"),
    ("x_Persons[].x_Consent.expires_at", "text", false, "case_reference"),
    ("x_Persons[].x_Consent.withdrawn_at", "text", false, "case_reference"),
    ("x_Persons[].x_Consent.overridden_by", "text", false, "case_reference"),
    ("x_Persons[].x_Consent.override_ground", "text", false, "case_reference"),
    ("x_Persons[].x_Consent.con_Consent", "boolean", false, "case_reference"),
    ("x_Persons[].x_Consent.child_view", "boolean", false, "case_reference"),
    ("x_Persons[].x_Return", "group", false, "case_reference"),
    ("x_Persons[].x_Return.voluntary", "boolean", false, "case_reference"),
    ("x_Persons[].x_Return.risk_assessment", "text", false, "case_reference"),
    ("x_Persons[].x_Return.recovery_period_until", "date", false, "case_reference"),
    ("x_Persons[].x_Guardian", "group", false, "case_reference"),
    ("x_Persons[].x_Guardian.name", "text", false, "case_reference"),
];

/// List, code, the category of the code's own if it has one.
const CODES: &[(&str, &str, &str)] = &[
    ("means", "deception", ""),
    ("means", "restricts_medical_care", "health"),
    ("exploitation", "labour", ""),
    ("exploitation", "sexual", "sexual_life"),
    ("subject", "suspect", ""),
    ("subject", "victim_presumed", ""),
    ("subject", "victim_identified", ""),
    ("subject", "witness", ""),
    ("subject", "convicted", ""),
    ("subject", "contact", ""),
    ("subject", "third_person", ""),
    ("subject", "official", ""),
];

fn codes() -> String {
    let mut text = String::new();
    for list in ["means", "exploitation", "subject"] {
        writeln!(text, "[lists.{list}]\ncodes = [").unwrap();
        for (_, code, special) in CODES.iter().filter(|(name, ..)| *name == list) {
            let special =
                if special.is_empty() { String::new() } else { format!(", special = \"{special}\"") };
            let labels = "en = \"x\", sr-Cyrl = \"x\", sl = \"x\", de = \"x\"";
            writeln!(text, "{{ code = \"{code}\", {labels}{special} }},").unwrap();
        }
        text.push_str("]\n");
    }
    text
}

pub(super) fn catalogue() -> Arc<Catalogue> {
    let mut text = String::from("version = \"test-1\"\n");
    for (path, kind, many, category) in FIELDS {
        let (kind, list) = kind.split_once(':').unwrap_or((kind, ""));
        let list = if list.is_empty() { String::new() } else { format!("list = \"{list}\"\n") };
        write!(
            text,
            "[[field]]\npath = \"{path}\"\ntype = \"{kind}\"\n{list}many = {many}\ncategory = \"{category}\"\n\
             labels = {{ en = \"x\", sr-Cyrl = \"x\", sl = \"x\", de = \"x\" }}\n"
        )
        .unwrap();
    }
    Arc::new(Catalogue::parse(&text, &codes()).unwrap())
}
