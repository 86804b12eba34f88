//! The name of an organisation tells where somebody is, and sometimes to which people or church somebody belongs.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::fixture::*;
use crate::policy::Engine;
use crate::schema::{Catalogue, DataCategory, Record};

const FIELDS: [&str; 4] =
    ["x_Court", "x_ProsecutionOffice", "cas_ReferringOrganisation", "cas_ReferredOrganisation"];

fn shipped() -> Catalogue {
    let fields = include_str!("../../../config/schema/fields.toml");
    Catalogue::parse(fields, include_str!("../../../config/schema/codes.toml")).unwrap()
}

/// What of a case with `name` in every such field leaves to the Slovene police.
fn left(name: &str) -> Record {
    let catalogue = Arc::new(shipped());
    let engine = Engine::load(Arc::clone(&catalogue), Arc::new(serbian()), &serbian_sources()).unwrap();
    let mut case = Map::from_iter([("x_CaseId".to_owned(), json!("KU-1/26"))]);
    for path in FIELDS {
        let many = catalogue.field(path).unwrap().many;
        case.insert(path.to_owned(), if many { json!([name]) } else { json!(name) });
    }
    case.insert("x_Organisations".to_owned(), json!([{ "org_Name": name }]));
    case.insert(
        "x_Persons".to_owned(),
        json!([{ "x_SubjectCategory": "suspect", "prs_FirstName": "Petar" }]),
    );
    let draft = submission(document("rs/mup", "si/policija", &[Value::Object(case)]));
    allowed(engine.permit(approved(draft, "officer-2"), now())).document().body.records[0].clone()
}

#[test]
fn a_court_an_office_or_an_organisation_that_tells_a_place_stays_here() {
    let record = left("Osnovni sud u Lapovu");
    for path in FIELDS.into_iter().chain(["x_Organisations"]) {
        assert!(!record.members().contains_key(path), "{path}");
    }
    assert_eq!(record.text("x_CaseId"), Some("KU-1/26"));
}

#[test]
fn the_name_of_an_organisation_that_tells_ethnicity_or_religion_counts_as_such() {
    let catalogue = shipped();
    let of = |path: &str, name: &str| catalogue.category_of(catalogue.field(path).unwrap(), name);
    for path in FIELDS.into_iter().chain(["x_Organisations[].org_Name", "x_Persons[].per_Organisation"]) {
        for telling in [
            "Romski centar za žene",
            "Ромски центар",
            "UDRUŽENJE ROMA LAPOVO",
            "Jüdische Gemeinde",
            "Islamska zajednica",
            "Katolički centar",
            "Католички центар",
            "Rimokatolička župa",
            "Grčko-katolička crkva",
            "Црква Светог Николе",
            "JUEDISCHE GEMEINDE",
            "Ju\u{308}dische Gemeinde",
            "R\u{200B}omski centar",
            "Evangelische Pfarre",
            "Caritas Graz",
            "Udruženje Albanskih žena",
        ] {
            assert_eq!(of(path, telling), DataCategory::EthnicityReligion, "{path} {telling}");
        }
        for other in [
            "Centar za socijalni rad",
            "Judicial office",
            "Roman",
            "Promet d.o.o.",
            "Policija Maribor",
            "Okružno tužilaštvo",
            "Landesgericht",
            "CSR-NI",
        ] {
            assert_ne!(of(path, other), DataCategory::EthnicityReligion, "{path} {other}");
        }
    }
    // A place of exploitation or a note is no organisation.
    assert_ne!(of("x_RelatedCase", "Romski centar"), DataCategory::EthnicityReligion);
}
