//! Countries, languages, telephone numbers and dates: the shape is demanded, the content only reported.

use serde_json::{Value, json};

use super::documents::validator;
use super::{catalogue, record};
use crate::schema::Problem;

/// The notes on one person's value, or the errors.
fn person(name: &str, value: Value) -> Result<Vec<Problem>, Vec<Problem>> {
    let mut person = serde_json::Map::new();
    person.insert(name.to_owned(), value);
    checked(json!({ "x_Persons": [person] }))
}

/// What the check says; the published schema must agree.
fn checked(value: Value) -> Result<Vec<Problem>, Vec<Problem>> {
    let catalogue = catalogue();
    let by_schema = validator(&catalogue).is_valid(&value);
    let by_check = record(value).check(&catalogue);
    assert_eq!(by_schema, by_check.is_ok(), "{by_check:?}");
    by_check.map_err(|error| error.problems)
}

fn code(result: &Result<Vec<Problem>, Vec<Problem>>) -> &str {
    match result {
        Ok(notes) => notes.first().map_or("", |note| note.code),
        Err(problems) => problems[0].code,
    }
}

#[test]
fn a_country_is_a_code_as_received_or_an_object_and_an_unknown_one_is_reported() {
    let object = |code: &str, scheme: &str| json!({ "code": code, "scheme": scheme, "as_received": "Y1" });
    for (value, told) in [
        (json!("RS"), ""),
        (json!("AT"), ""),
        // Not ISO 3166-1: kept, and the reader is told.
        (json!("XK"), "unknown-country"),
        (json!("YU"), "unknown-country"),
        (json!("rs"), "unknown-country"),
        (json!("SRB"), "unknown-country"),
        (json!("ЦГ"), "unknown-country"),
        (object("XK", "user-assigned"), ""),
        (object("RS", "user-assigned"), "unknown-country"),
        (object("YU", "iso3166-3"), ""),
        (object("YUCS", "iso3166-3"), ""),
        (object("CS", "iso3166-3"), ""),
        (object("RS", "iso3166-3"), "unknown-country"),
        (object("RS", "iso3166-1"), ""),
        (object("anything", "other"), ""),
        (object("RS", "scheme of a newer partner"), "unknown-country"),
        (json!({ "code": "XK", "scheme": "user-assigned" }), ""),
        (json!({ "code": "XK" }), "wrong-type"),
        (json!({ "code": "XK", "scheme": "other", "name": "?" }), "wrong-type"),
        (json!({ "code": 1, "scheme": "other" }), "wrong-type"),
        (json!(688), "wrong-type"),
        (json!(["RS"]), "wrong-type"),
    ] {
        let text = value.to_string();
        assert_eq!(code(&person("prs_MailingCountry", value.clone())), told, "{text}");
        assert_eq!(code(&person("prs_Citizenship", json!([value]))), told, "{text}");
    }
}

#[test]
fn a_language_has_three_letters_and_a_telephone_number_is_e164_or_reported() {
    for (name, value, told) in [
        ("prs_PrimaryLanguage", json!("srp"), ""),
        ("prs_PrimaryLanguage", json!("slv"), ""),
        ("prs_PrimaryLanguage", json!("sr"), "unknown-language"),
        ("prs_PrimaryLanguage", json!("SRP"), "unknown-language"),
        ("prs_PrimaryLanguage", json!("ger"), "unknown-language"),
        ("prs_PrimaryLanguage", json!(1), "wrong-type"),
        ("prs_HomePhone", json!("+381111234567"), ""),
        ("prs_HomePhone", json!("381111234567"), ""),
        ("prs_HomePhone", json!("+123456789012345"), ""),
        ("prs_HomePhone", json!("+1234567890123456"), "not-e164"),
        ("prs_HomePhone", json!("011/123-4567"), "not-e164"),
        ("prs_HomePhone", json!("+0111234567"), "not-e164"),
        ("prs_HomePhone", json!("+1"), "not-e164"),
        ("prs_HomePhone", json!(""), "not-e164"),
        ("prs_HomePhone", json!(381), "wrong-type"),
    ] {
        assert_eq!(code(&person(name, value.clone())), told, "{name} {value}");
    }
}

#[test]
fn a_note_never_shows_the_value() {
    for (name, value) in [
        ("prs_PrimaryLanguage", "secret-value"),
        ("prs_HomePhone", "secret-value"),
        ("prs_MailingCountry", "secret-value"),
    ] {
        let notes = person(name, json!(value)).unwrap();
        assert_eq!(notes.len(), 1, "{name}");
        assert!(!format!("{notes:?}").contains("secret"), "{notes:?}");
    }
}

#[test]
fn a_date_is_as_exact_as_known_and_a_time_has_a_zone() {
    for (value, good) in [
        ("1985", true),
        ("1985-06", true),
        ("1985-06-15", true),
        ("2024-02-29", true),
        ("2023-02-29", false),
        ("1985-13", false),
        ("1985-6-15", false),
        ("15.06.1985.", false),
        ("", false),
        ("1985-06-15T10:00:00Z", false),
        ("жжжж", false),
    ] {
        assert_eq!(person("prs_Birthdate", json!(value)).is_ok(), good, "{value}");
    }
    let start = |value: &str| checked(json!({ "x_Interview": { "start": value } })).is_ok();
    for good in ["2024-03-06T10:15:00Z", "2024-03-06T10:15:00.123456789+01:00", "2024-03-06T10:15:00-00:00"] {
        assert!(start(good), "{good}");
    }
    for bad in [
        "2024-03-06T10:15:00",
        "2024-03-06T10:15Z",
        "2024-03-06 10:15:00Z",
        "2024-03-06T24:00:00Z",
        "2024-03-06T10:15:60Z",
        "2024-03-06T10:15:00.Z",
        "2024-03-06T10:15:00+1:00",
        "2023-02-29T10:15:00Z",
        "2024-03T10:15:00Z",
        "",
    ] {
        assert!(!start(bad), "{bad}");
    }
}

#[test]
fn a_country_is_withheld_as_one_value_whatever_its_form() {
    let mut record = record(json!({
        "x_Events": [{ "hte_Country": { "code": "XK", "scheme": "user-assigned", "as_received": "XKX" } }],
        "x_Persons": [{ "prs_Citizenship": ["RS", { "code": "YU", "scheme": "iso3166-3", "as_received": "YU" }] }],
    }));
    let mut asked = Vec::new();
    let removed = record.withhold(&catalogue(), |field, category, _| {
        asked.push((field.path.clone(), category));
        field.name() == "prs_Citizenship" && asked.len() < 3
    });
    let removed: Vec<&str> = removed.iter().map(|one| one.path.as_str()).collect();
    assert_eq!(removed, ["x_Events[0].hte_Country", "x_Persons[0].prs_Citizenship[1]"]);
    assert_eq!(record.to_bytes(), br#"{"x_Persons":[{"prs_Citizenship":["RS"]}]}"#);
}
