//! Places in Kosovo are written as agreed, never silently, and nothing else is taken for one.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::fixture::{self, record};
use crate::partner::{Body, PlaceRule, Rendering};
use crate::policy::{How, Rendered, needs_rendering, render};
use crate::schema::{Catalogue, Record};

fn catalogue() -> Catalogue {
    let fields = include_str!("../../../config/schema/fields.toml");
    let codes = include_str!("../../../config/schema/codes.toml");
    Catalogue::parse(fields, codes).unwrap()
}

fn rule(kosovo: Rendering) -> PlaceRule {
    PlaceRule { kosovo, region: None, footnote: Some("Note.".to_owned()) }
}

/// The first event, what was changed there, and whether a second time changes nothing more.
fn event(event: &Value, rule: &PlaceRule) -> (Value, Vec<String>) {
    let (catalogue, record) = (catalogue(), record(json!({ "x_Events": [event] })));
    assert!(needs_rendering(&record, &catalogue), "{event}");
    let (once, rendered) = render(record, rule, &catalogue);
    once.check(&catalogue).unwrap();
    let (twice, again) = render(once.clone(), rule, &catalogue);
    assert_eq!((&twice, again), (&once, Vec::new()), "{event}");
    let notes = once.members().get("x_LossNote").and_then(Value::as_array).cloned().unwrap_or_default();
    for Rendered { path, .. } in &rendered {
        // Nothing is changed silently: the record tells its recipient of each place.
        assert!(notes.iter().any(|note| note["path"] == path.as_str()), "{path}: {notes:?}");
    }
    let told = rendered.iter().map(|one| {
        let sign = if one.how == How::Written { '=' } else { '-' };
        format!("{sign}{}", one.path.as_str().trim_start_matches("x_Events[0]."))
    });
    (once.members().get("x_Events").map_or(Value::Null, |events| events[0].clone()), told.collect())
}

#[test]
fn each_rule_writes_a_place_coded_by_serbia_as_it_says() {
    let place = json!({ "hte_Country": "RS", "hte_City": "Priština", "x_PlaceRegion": "Kosovo i Metohija" });
    let (seen, told) = event(&place, &rule(Rendering::AsXk));
    assert_eq!(seen["hte_Country"], json!({ "as_received": "RS", "code": "XK", "scheme": "user-assigned" }));
    assert_eq!(
        (&seen["x_PlaceRegion"], &seen["x_StatusFootnote"]),
        (&json!("Kosovo i Metohija"), &json!("Note."))
    );
    assert_eq!(told, ["=hte_Country", "=x_StatusFootnote"]);

    let (seen, told) = event(&place, &rule(Rendering::AsRsWithRegion));
    assert_eq!((&seen["hte_Country"], &seen["x_PlaceRegion"]), (&json!("RS"), &json!("Kosovo i Metohija")));
    assert_eq!(told, ["=x_StatusFootnote"]);

    let (seen, told) = event(&place, &rule(Rendering::RegionOnly));
    assert_eq!((&seen["hte_Country"], &seen["x_PlaceRegion"]), (&Value::Null, &json!("Kosovo i Metohija")));
    assert_eq!(told, ["-hte_Country", "=x_StatusFootnote"]);

    let (seen, told) = event(&place, &rule(Rendering::Withhold));
    assert_eq!(seen, json!({ "hte_City": "Priština" }));
    assert_eq!(told, ["-hte_Country", "-x_PlaceRegion"]);
}

#[test]
fn each_rule_writes_a_place_coded_by_a_partner_as_it_says() {
    let place = json!({ "hte_Country": { "as_received": "XKX", "code": "XK", "scheme": "user-assigned" } });
    let (seen, told) = event(&place, &rule(Rendering::AsXk));
    assert_eq!(seen["hte_Country"], place["hte_Country"]);
    assert_eq!(told, ["=x_StatusFootnote"]);
    // Without a name for the region the place cannot be written with it.
    for rendering in [Rendering::AsRsWithRegion, Rendering::RegionOnly] {
        let (seen, told) = event(&place, &rule(rendering));
        assert_eq!((&seen["hte_Country"], &told[0]), (&Value::Null, &"-hte_Country".to_owned()));
        let named = PlaceRule { region: Some("Kosovo*".to_owned()), ..rule(rendering) };
        let (seen, told) = event(&place, &named);
        assert_eq!((&seen["x_PlaceRegion"], &told[0]), (&json!("Kosovo*"), &"=x_PlaceRegion".to_owned()));
        let country = json!({ "as_received": "XKX", "code": "RS", "scheme": "iso3166-1" });
        let expected = if rendering == Rendering::RegionOnly { Value::Null } else { country };
        assert_eq!(seen["hte_Country"], expected);
    }
    let (seen, _) = event(&place, &rule(Rendering::Withhold));
    assert_eq!(seen, Value::Null);
}

#[test]
fn a_place_that_the_agreement_withholds_is_told_to_sender_and_recipient() {
    let mut agreement = fixture::agreement("si/policija", Body::Police);
    agreement.places = Some(rule(Rendering::Withhold));
    let register = fixture::register([fixture::party("rs/mup")].into(), [agreement]);
    let engine = fixture::engine(register, &fixture::sources(&["policies/common", "policies/si"]));
    let mut case = fixture::plain();
    case["x_Persons"][0]["x_Citizenship"] = json!(["XK"]);
    let draft = fixture::submission(fixture::document("rs/mup", "si/policija", &[case]));
    let permitted = fixture::allowed(engine.permit(draft, fixture::now()));
    let told = |list: &[crate::message::Withheld]| {
        list.iter().map(|one| format!("{} {} {}", one.path, one.rule, one.code)).collect::<Vec<_>>()
    };
    let expected = ["x_Persons[0].x_Citizenship[0] place-withheld R-D"];
    let there = ["x_Persons[].x_Citizenship[] policy R-D"];
    assert_eq!(told(&permitted.document().withheld), there, "to the recipient");
    assert_eq!(told(&permitted.basis().withheld), expected, "to the sender");
    assert!(!permitted.document().body.records[0].members()["x_Persons"].to_string().contains("XK"));
}

#[test]
fn a_region_that_is_not_known_to_be_there_is_withheld_and_never_recoded() {
    let place = json!({ "hte_Country": "RS", "hte_City": "Novi Sad", "x_PlaceRegion": "Vojvodina" });
    for rendering in Rendering::ALL {
        let (seen, told) = event(&place, &rule(rendering));
        assert_eq!(seen, json!({ "hte_City": "Novi Sad" }), "{rendering:?}");
        assert_eq!(told, ["-x_PlaceRegion", "-hte_Country"]);
    }
    // Under the code `XK` a region without that name is one of its districts.
    let district =
        json!({ "hte_Country": { "code": "XK", "scheme": "user-assigned" }, "x_PlaceRegion": "Prizren" });
    assert_eq!(event(&district, &rule(Rendering::AsXk)).0["hte_Country"], district["hte_Country"]);
}

#[test]
fn a_place_told_by_its_region_alone_is_one() {
    for place in [
        json!({ "x_PlaceRegion": "Kosovo" }),
        json!({ "hte_State": "Косово и Метохија" }),
        json!({ "hte_Country": "RS", "hte_State": "Kosovë/Kosova" }),
    ] {
        let (seen, _) = event(&place, &rule(Rendering::AsXk));
        assert_eq!(seen["x_StatusFootnote"], "Note.", "{place}");
        assert_eq!(seen.get("hte_Country").is_some(), place.get("hte_Country").is_some());
        assert_eq!(event(&place, &rule(Rendering::Withhold)).0, Value::Null, "{place}");
    }
}

#[test]
fn a_number_a_town_or_a_dwelling_makes_nobody_a_citizen_of_anywhere() {
    let catalogue = catalogue();
    // A number registered in the area of Priština (91), a town of birth: neither is a country.
    let plain = record(json!({ "x_Persons": [{
        "prs_IdentityNumber": "0101990914991", "x_BirthPlace": "Priština", "prs_Citizenship": ["RS"],
    }] }));
    assert!(!needs_rendering(&plain, &catalogue));
    for rendering in Rendering::ALL {
        assert_eq!(render(plain.clone(), &rule(rendering), &catalogue), (plain.clone(), Vec::new()));
    }
    // A dwelling there is rendered; the citizenship beside it stays.
    let dwelling = record(json!({ "x_Persons": [{
        "prs_IdentityNumber": "0101990914991", "prs_Citizenship": ["RS"],
        "prs_MailingCountry": "RS", "prs_MailingState": "Kosovo i Metohija",
    }] }));
    let (seen, rendered) = render(dwelling, &rule(Rendering::AsXk), &catalogue);
    let person = &seen.members()["x_Persons"][0];
    assert_eq!(
        (&person["prs_Citizenship"], &person["prs_MailingCountry"]["code"]),
        (&json!(["RS"]), &json!("XK"))
    );
    assert_eq!(rendered.len(), 1);
    // There is no room for the note beside it, so it stands among the record's own.
    let note = json!({ "note": "Note.", "path": "x_Persons[0].prs_MailingCountry" });
    assert!(seen.members()["x_LossNote"].as_array().unwrap().contains(&note));
}

#[test]
fn a_citizenship_under_the_code_is_written_by_the_rule_and_its_neighbours_stay() {
    let catalogue = catalogue();
    let person = record(json!({ "x_Persons": [{
        "prs_Citizenship": ["AL", { "code": "XK", "scheme": "user-assigned" }, "RS"],
    }] }));
    let (seen, rendered) = render(person.clone(), &rule(Rendering::AsRsWithRegion), &catalogue);
    assert_eq!(seen.members()["x_Persons"][0]["prs_Citizenship"], json!(["AL", "RS"]));
    assert_eq!(rendered[0].path.as_str(), "x_Persons[0].prs_Citizenship[1]");
    assert_eq!(rendered[0].how, How::Withheld);
    let (seen, rendered) = render(person.clone(), &rule(Rendering::AsXk), &catalogue);
    assert_eq!(seen.members()["x_Persons"], person.members()["x_Persons"]);
    assert!(rendered.is_empty());
}

#[test]
fn a_region_there_beside_another_states_code_is_held_with_a_rule_and_without() {
    for country in
        [json!("SI"), json!({ "code": "AL", "scheme": "ISO 3166-1", "as_received": "AL" }), json!("AT")]
    {
        for rule in [None, Some(rule(Rendering::AsXk)), Some(rule(Rendering::Withhold))] {
            let mut agreement = fixture::agreement("si/policija", Body::Police);
            agreement.places = rule;
            let register = fixture::register([fixture::party("rs/mup")].into(), [agreement]);
            let sources = fixture::sources(&["policies/common", "policies/si"]);
            let catalogue = std::sync::Arc::new(catalogue());
            let engine =
                crate::policy::Engine::load(catalogue, std::sync::Arc::new(register), &sources).unwrap();
            let record = json!({
                "x_Events": [{ "hte_Country": country, "x_PlaceRegion": "Kosovo" }],
                "x_Persons": [{ "x_SubjectCategory": "suspect", "prs_Birthdate": "1985-01-01" }],
            });
            let document = fixture::document("rs/mup", "si/policija", &[record]);
            let held = fixture::held(engine.permit(fixture::submission(document), fixture::now()));
            assert!(fixture::rules(&held.grounds).contains(&"place-without-rule"), "{country}");
        }
    }
}

#[test]
fn other_countries_and_their_regions_are_left_alone() {
    let catalogue = catalogue();
    for event in [
        json!({ "hte_Country": "AL", "x_PlaceRegion": "Kukës" }),
        json!({ "hte_Country": "RS", "hte_State": "Vojvodina" }),
        json!({ "hte_Country": "CZ", "hte_State": "Kosov" }),
        json!({ "hte_Country": { "code": "YU", "scheme": "iso3166-3" } }),
        json!({ "hte_City": "Kosovska Mitrovica" }),
    ] {
        let record = record(json!({ "x_Events": [event] }));
        assert!(!needs_rendering(&record, &catalogue), "{event}");
        assert_eq!(render(record.clone(), &rule(Rendering::AsXk), &catalogue), (record, Vec::new()));
    }
}

fn places() -> impl Strategy<Value = Record> {
    let country = prop_oneof![
        Just(json!("RS")),
        Just(json!("XK")),
        Just(json!("AT")),
        Just(json!({ "code": "XK", "scheme": "user-assigned" })),
        Just(json!({ "as_received": "XK", "code": "RS", "scheme": "iso3166-1" })),
    ];
    let region = prop::option::of(prop_oneof![Just("Kosovo"), Just("Vojvodina"), Just("")]);
    let event =
        (prop::option::of(country.clone()), region.clone(), region).prop_map(|(country, region, state)| {
            let mut event = json!({ "hte_City": "x" });
            for (name, value) in [("x_PlaceRegion", region), ("hte_State", state)] {
                if let Some(text) = value {
                    event[name] = json!(text);
                }
            }
            if let Some(country) = country {
                event["hte_Country"] = country;
            }
            event
        });
    let citizenship = prop::collection::vec(country, 0..3);
    (prop::collection::vec(event, 0..4), citizenship).prop_map(|(events, citizenship)| {
        record(json!({ "x_Events": events, "x_Persons": [{ "x_PersonId": "p", "prs_Citizenship": citizenship }] }))
    })
}

/// Every leaf of a record with its path.
fn leaves(value: &Value, path: &str, out: &mut Vec<(String, Value)>) {
    match value {
        Value::Object(members) if !members.contains_key("code") => {
            for (name, value) in members.iter().filter(|(name, _)| *name != "x_LossNote") {
                leaves(value, &format!("{path}.{name}"), out);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| leaves(item, path, out)),
        _ => out.push((path.to_owned(), value.clone())),
    }
}

proptest! {
    #[test]
    fn what_changes_is_told_and_what_is_not_told_does_not_change(
        record in places(),
        rendering in prop::sample::select(Rendering::ALL.to_vec()),
        region in prop::option::of(Just("Kosovo*".to_owned())),
    ) {
        let catalogue = catalogue();
        let rule = PlaceRule { region, ..rule(rendering) };
        let (mut before, mut after) = (Vec::new(), Vec::new());
        leaves(&Value::Object(record.members().clone()), "", &mut before);
        let needs = needs_rendering(&record, &catalogue);
        let (seen, rendered) = render(record.clone(), &rule, &catalogue);
        leaves(&Value::Object(seen.members().clone()), "", &mut after);
        let different = before.iter().filter(|one| !after.contains(one)).count()
            + after.iter().filter(|one| !before.contains(one)).count();
        prop_assert!(needs || (rendered.is_empty() && seen == record));
        prop_assert!(different == 0 || !rendered.is_empty());
        // One told path is at most one value gone and one come.
        prop_assert!(different <= 2 * rendered.len());
        prop_assert_eq!(render(seen.clone(), &rule, &catalogue), (seen, Vec::new()));
    }
}
