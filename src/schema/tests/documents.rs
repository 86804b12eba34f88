//! What is published of the catalogue: `docs/schema.json` and `docs/schema.md`, and that both checks of a record agree.
//!
//! `UPDATE_SNAPSHOTS=1 cargo test --lib schema::tests::documents` writes the two files anew.

use std::collections::BTreeMap;
use std::path::Path;

use jsonschema::{Draft, Validator};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::{catalogue, record};
use crate::schema::{Catalogue, Field};
use crate::translate::{Mapping, records};

fn snapshot(name: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs").join(name);
    if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
        std::fs::write(&path, text).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        kept == text,
        "{} is no longer what the catalogue says; see the head of this file",
        path.display()
    );
}

#[test]
fn the_published_schema_and_page_are_what_the_catalogue_says() {
    let catalogue = catalogue();
    let schema = serde_json::to_string_pretty(&catalogue.json_schema()).unwrap();
    snapshot("schema.json", &format!("{schema}\n"));
    snapshot("schema.md", &catalogue.page());
}

#[test]
fn the_page_names_every_field_and_every_code_and_gives_credit_without_claiming_approval() {
    let catalogue = catalogue();
    let page = catalogue.page();
    for field in catalogue.fields() {
        assert!(page.contains(&format!("| `{}` |", field.path)), "{}", field.path);
    }
    for list in catalogue.lists() {
        assert!(page.contains(&format!("\n### {list}\n")), "{list}");
        for code in catalogue.codes(list) {
            assert!(page.contains(&format!("| `{code}` |")), "{list} {code}");
        }
    }
    for said in ["CC BY 4.0", "International Organization for Migration", "not reviewed or endorsed"] {
        assert!(page.contains(said), "{said}");
        assert!(catalogue.json_schema()["description"].as_str().unwrap().contains(said), "{said}");
    }
}

pub(super) fn validator(catalogue: &Catalogue) -> Validator {
    let options = jsonschema::options().with_draft(Draft::Draft202012).should_validate_formats(true);
    options.build(&catalogue.json_schema()).unwrap()
}

#[test]
fn the_published_schema_is_valid_by_the_rules_of_its_draft_and_names_its_version() {
    let catalogue = catalogue();
    let schema = catalogue.json_schema();
    jsonschema::draft202012::meta::validate(&schema).unwrap();
    assert_eq!(schema["$id"], format!("urn:casebridge:schema:record:{}", catalogue.version()));
}

/// Every sample of `config/samples/`, in the common form.
fn samples(catalogue: &Catalogue) -> Vec<(&'static str, Value)> {
    macro_rules! sample {
        ($table:literal, $name:literal) => {
            (
                $name,
                include_str!(concat!("../../../config/translate/", $table, ".toml")),
                include_bytes!(concat!("../../../config/samples/", $name)).as_slice(),
            )
        };
    }
    let all = [
        sample!("rs-mup", "rs-mup.xml"),
        sample!("rs-mup", "rs-mup-spontaneous.xml"),
        sample!("rs-jt", "rs-jt.csv"),
        sample!("rs-minrzs", "rs-minrzs.json"),
        sample!("rs-minrzs", "rs-minrzs-withdrawn.json"),
        sample!("rs-cztlj", "rs-cztlj.xml"),
        sample!("si-policija", "si-odgovor.json"),
    ];
    let mut out = Vec::new();
    for (name, table, source) in all {
        let mapping = Mapping::load(table, name, catalogue).unwrap();
        for translated in records(&mapping, catalogue, source) {
            out.push((name, Value::Object(translated.unwrap().record.into_members())));
        }
    }
    out
}

#[test]
fn every_translated_sample_is_valid() {
    let catalogue = catalogue();
    let validator = validator(&catalogue);
    let samples = samples(&catalogue);
    assert!(samples.len() >= 7, "{}", samples.len());
    for (name, sample) in samples {
        assert!(validator.is_valid(&sample), "{name}: {:?}", validator.iter_errors(&sample).next());
        assert_eq!(record(sample).check(&catalogue).unwrap(), [], "{name}");
    }
}

#[test]
fn a_spoilt_record_fails_both_checks_and_an_unknown_code_passes_both() {
    let catalogue = catalogue();
    let validator = validator(&catalogue);
    let (_, sample) = samples(&catalogue).swap_remove(0);
    let long = "9".repeat(40);
    let cases: [(&str, Value, bool); 22] = [
        ("/x_NoSuchField", json!("x"), false),
        ("/x_CaseId", json!(7), false),
        ("/x_CaseId", Value::Null, false),
        ("/x_RecordDate", json!("05.03.2024."), false),
        ("/x_RecordDate", json!("2024-02-30"), false),
        ("/x_RecordDate", json!("2024-03"), true),
        ("/x_RecordVersion", json!(1.5), false),
        ("/x_RecordVersion", json!(2), true),
        ("/x_Act", json!("Recruit"), false),
        ("/x_Act", json!(["Recruit", 3]), false),
        ("/x_Act", json!(["CodeOfANewerPartner"]), true),
        ("/x_Persons", json!({}), false),
        ("/x_Persons/0", json!("a person"), false),
        ("/x_Persons/0/prs_FirstName", json!(["Mina"]), false),
        ("/x_Persons/0/prs_Deceased", json!("no"), false),
        ("/x_Persons/0/x_Consent", json!([{ "con_Consent": true }]), false),
        ("/x_Persons/0/x_Consent", json!({ "con_consent": true }), false),
        ("/x_Persons/0/prs_Citizenship", json!([{ "code": "XK" }]), false),
        ("/x_Persons/0/prs_Citizenship", json!([{ "code": "XK", "scheme": "user-assigned" }, "QQ"]), true),
        ("/x_Persons/0/prs_MobilePhone", json!(long), true),
        ("/x_Persons/0/prs_PrimaryLanguage", json!("sr"), true),
        ("/x_Events", json!([{ "hte_Latitude": "44.8" }]), false),
    ];
    for (place, value, good) in cases {
        let mut spoilt = sample.clone();
        let (parent, name) = place.rsplit_once('/').unwrap();
        match spoilt.pointer_mut(parent).unwrap() {
            Value::Object(members) => drop(members.insert(name.to_owned(), value)),
            Value::Array(items) => items[name.parse::<usize>().unwrap()] = value,
            _ => panic!("{place}"),
        }
        assert_eq!(validator.is_valid(&spoilt), good, "{place}: JSON Schema");
        assert_eq!(record(spoilt).check(&catalogue).is_ok(), good, "{place}: Record::check");
    }
}

/// A record with the value at the place of the field, in lists where the catalogue wants them.
fn around(catalogue: &Catalogue, field: &Field, value: Value, wrap: bool) -> Value {
    let mut value = if field.many && wrap { json!([value]) } else { value };
    let mut path = field.path.as_str();
    loop {
        let (parent, name) = path.rsplit_once('.').unwrap_or(("", path));
        let mut members = Map::new();
        members.insert(name.trim_end_matches("[]").to_owned(), value);
        value = Value::Object(members);
        if parent.is_empty() {
            return value;
        }
        if catalogue.field(parent).unwrap().many {
            value = json!([value]);
        }
        path = parent;
    }
}

fn any_value() -> impl Strategy<Value = Value> {
    let date = "(19|20)[0-9]{2}(-(0[1-9]|1[0-3]|00)(-(0[1-9]|29|3[0-2]))?)?";
    let time = "2024-0[1-9]-2[0-9]T[0-2][0-9]:[0-6][0-9]:[0-6][0-9](\\.[0-9]{1,11})?(Z|z|[+-][0-2][0-9]:[0-6][0-9])?";
    prop_oneof![
        1 => Just(Value::Null),
        1 => any::<bool>().prop_map(Value::from),
        1 => (-9_007_199_254_740_991_i64..=9_007_199_254_740_991).prop_map(Value::from),
        // `2.0` is left out: whole for JSON Schema, written with a fraction for us.
        1 => (0..1_000_000_u32).prop_map(|n| json!(f64::from(n) + 0.5)),
        4 => date.prop_map(Value::from),
        4 => time.prop_map(Value::from),
        2 => "[A-Z]{2,3}|[a-z]{2,3}|\\+?[0-9]{0,17}|\\PC{0,12}".prop_map(Value::from),
        2 => ("[A-Z]{2}", "iso3166-1|other|\\PC{0,4}")
            .prop_map(|(code, scheme)| json!({ "code": code, "scheme": scheme })),
        1 => Just(json!({ "code": "XK", "scheme": "user-assigned", "as_received": 1 })),
        1 => Just(json!({})),
        1 => Just(json!([])),
        1 => Just(json!([["RS"]])),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(4000) })]
    #[test]
    fn both_checks_agree_on_any_value_at_any_field(
        kind in any::<prop::sample::Index>(),
        at in any::<prop::sample::Index>(),
        value in any_value(),
        wrap in prop::bool::weighted(0.9),
    ) {
        thread_local! {
            static BOTH: (Catalogue, Validator) = {
                let catalogue = catalogue();
                let validator = validator(&catalogue);
                (catalogue, validator)
            };
        }
        BOTH.with(|(catalogue, validator)| {
            // Each kind as often as any other, so that dates and countries get their share.
            let mut kinds: BTreeMap<&str, Vec<&Field>> = BTreeMap::new();
            for field in catalogue.fields() {
                kinds.entry(field.kind.as_str()).or_default().push(field);
            }
            assert_eq!(kinds.len(), 12);
            let kinds: Vec<_> = kinds.into_values().collect();
            let field = at.get(kind.get(&kinds).as_slice());
            let value = around(catalogue, field, value, wrap);
            let by_schema = validator.is_valid(&value);
            let by_check = record(value.clone()).check(catalogue).is_ok();
            prop_assert_eq!(by_schema, by_check, "{} {}", &field.path, &value);
            Ok(())
        })?;
    }
}
