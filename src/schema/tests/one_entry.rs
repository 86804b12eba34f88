//! A field is added by one entry, and everything that is made of the catalogue knows it.

use std::sync::Arc;

use serde_json::json;

use super::{CODES, FIELDS, catalogue, record};
use crate::policy::Engine;
use crate::schema::Catalogue;
use crate::translate::{Mapping, records};

const ENTRY: &str = r#"
[[field]]
path = "x_Persons[].x_BloodGroup"
type = "text"
category = "health"
labels = { en = "Blood group", sr-Cyrl = "Крвна група", sl = "Krvna skupina", de = "Blutgruppe" }
"#;

const TABLE: &str = r#"
name = "test"
version = "1"
agency = "rs/mup"
format = "json"

[[group]]
source = "lice"
target = "x_Persons[]"

[[field]]
source = "lice/krv"
target = "x_Persons[].x_BloodGroup"
"#;

#[test]
fn a_field_is_added_in_one_entry_and_validation_schema_page_tables_and_policy_know_it() {
    let before = catalogue();
    let after = Catalogue::parse(&format!("{FIELDS}{ENTRY}"), CODES).unwrap();

    let value = json!({ "x_Persons": [{ "x_BloodGroup": "A" }] });
    assert!(record(value.clone()).check(&before).is_err());
    assert_eq!(record(value.clone()).check(&after).unwrap(), []);

    for (catalogue, good) in [(&before, false), (&after, true)] {
        assert_eq!(jsonschema::draft202012::is_valid(&catalogue.json_schema(), &value), good);
        assert_eq!(catalogue.page().contains("| `x_Persons[].x_BloodGroup` | text | health |"), good);
        assert_eq!(
            catalogue.page().contains("| Blood group | Крвна група | Krvna grupa | Krvna skupina |"),
            good
        );
        assert_eq!(Mapping::load(TABLE, "table.toml", catalogue).is_ok(), good);
    }

    let mapping = Mapping::load(TABLE, "table.toml", &after).unwrap();
    let source = br#"{ "lice": [{ "krv": "A" }] }"#.as_slice();
    let translated = records(&mapping, &after, source).next().unwrap().unwrap();
    assert_eq!(translated.record.check(&after).unwrap(), []);

    // Release asks for it under its category; the version of the rules is another.
    let mut withheld = record(value);
    let removed = withheld.withhold(&after, |_, category, _| category.as_str() != "health");
    assert_eq!(removed.len(), 1);
    assert_eq!(removed[0].path.as_str(), "x_Persons[0].x_BloodGroup");
    let version = |catalogue| {
        let engine = Engine::load(Arc::new(catalogue), Arc::default(), &[]).unwrap();
        engine.version().to_owned()
    };
    assert_ne!(version(before), version(after));
}
