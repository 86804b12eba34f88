//! The catalogue keeps to the standard it names: IOM HTCDS 2.0 (CC BY 4.0), field by field.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::PathBuf;

use super::catalogue;
use crate::schema::{Field, FieldKind};

/// The standard's ways of writing that cannot hold, each with the reason.
const DEVIATIONS: &[(&str, &str)] = &[
    // The field list has one industry, the survey form of the same version several.
    ("vic_ForcedLabourIndustry", "many"),
    // Several traffickers, several relationships; `Familial` goes with `x:IntimatePartner`.
    ("vic_RelationshipToTrafficker", "many"),
    // The notes say: there may be multiple referred organisations.
    ("cas_ReferredOrganisation", "many"),
    ("cas_OutgoingReferralDate", "many"),
    ("cas_OutgoingReferralDetails", "many"),
    // A comment is one update of many.
    ("cco_CaseComment", "many"),
    // Named, but without type, label or any other word: text.
    ("per_Organisation", "undefined"),
];

struct Row {
    name: String,
    kind: String,
    codes: Vec<String>,
    notes: String,
}

/// The live fields of the standard, from the file beside the repository.
fn standard() -> Option<Vec<Row>> {
    let folder = std::env::var_os("HTCDS_DATA").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/data/htcds"),
        PathBuf::from,
    );
    let Ok(mut reader) = csv::Reader::from_path(folder.join("htcds_v2_fields.csv")) else {
        let text = "SKIPPED: htcds_v2_fields.csv is absent; name its folder in HTCDS_DATA";
        writeln!(std::io::stderr(), "{text}").unwrap();
        return None;
    };
    let rows = reader.deserialize::<BTreeMap<String, String>>().map(Result::unwrap);
    let live = rows.filter(|row| row["status"] == "DRAFT").map(|row| {
        let listed = row["values"].split('|').map(str::trim).filter(|code| !code.is_empty());
        let prose = row["values"].contains("ISO ");
        Row {
            name: format!("{}{}", row["prefix"], row["name"]),
            kind: row["field_type"].clone(),
            codes: listed.filter(|_| !prose).map(str::to_owned).collect(),
            notes: format!("{} {} {}", row["values"], row["value_labels"], row["notes"]),
        }
    });
    Some(live.collect())
}

fn deviates(row: &Row, how: &str) -> bool {
    DEVIATIONS.contains(&(row.name.as_str(), how))
}

/// The types of ours that can stand for the standard's.
fn fits(row: &Row, field: &Field) -> bool {
    let says = |word: &str| row.notes.contains(word);
    match row.kind.as_str() {
        _ if says("ISO 3166") || row.name == "hte_Country" => field.kind == FieldKind::Country,
        _ if says("ISO 639") => field.kind == FieldKind::Language,
        _ if says("E.164") => field.kind == FieldKind::Phone,
        "Text" | "Picklist or Text" => field.kind == FieldKind::Text,
        "Long Text" => field.kind == FieldKind::LongText,
        "Date" => field.kind == FieldKind::Date,
        "Checkbox" => field.kind == FieldKind::Boolean,
        "Number" => matches!(field.kind, FieldKind::Number | FieldKind::Integer),
        "Geolocation" => field.kind == FieldKind::Number,
        "Picklist" | "Multiselect Picklist" => matches!(field.kind, FieldKind::Code(_)),
        kind if kind.starts_with("Lookup") => field.kind == FieldKind::Text,
        "" => deviates(row, "undefined") && field.kind == FieldKind::Text,
        _ => false,
    }
}

#[test]
fn every_live_field_of_the_standard_is_in_the_catalogue_with_its_type_multiplicity_and_codes() {
    let Some(rows) = standard() else { return };
    let catalogue = catalogue();
    // The 80 that the standard defines, and the one that it only names.
    assert_eq!(rows.len(), 81);
    for row in &rows {
        let ours: Vec<&Field> =
            catalogue.fields().filter(|field| field.htcds.as_ref() == Some(&row.name)).collect();
        let [field] = *ours else { panic!("`{}` stands {} times", row.name, ours.len()) };
        assert_eq!(field.name(), row.name);
        assert!(fits(row, field), "`{}` is {} there and {:?} here", row.name, row.kind, field.kind);
        let many = row.kind == "Multiselect Picklist";
        assert_eq!(field.many != many, deviates(row, "many"), "`{}`: one or many", row.name);
        if let FieldKind::Code(list) = &field.kind {
            let codes = catalogue.codes(list);
            let standard = codes.iter().take_while(|code| !code.starts_with("x:"));
            assert_eq!(standard.collect::<Vec<_>>(), row.codes.iter().collect::<Vec<_>>(), "`{}`", row.name);
            // What we add stands after the standard's codes, and says so.
            assert!(codes.iter().skip(row.codes.len()).all(|code| code.starts_with("x:")), "`{}`", row.name);
        }
    }
}

#[test]
fn every_catalogue_field_that_claims_the_standard_is_one_of_its_live_fields() {
    let Some(rows) = standard() else { return };
    for field in catalogue().fields() {
        match &field.htcds {
            Some(name) => assert!(rows.iter().any(|row| row.name == *name), "`{}`", field.path),
            None => {
                assert!(rows.iter().all(|row| row.name != field.name()), "`{}` says no `htcds`", field.path);
            }
        }
    }
    for (name, _) in DEVIATIONS {
        assert!(rows.iter().any(|row| row.name == *name), "`{name}` deviates from nothing");
    }
}

#[test]
fn a_name_that_is_not_the_standards_begins_with_x_or_stands_in_a_group_that_does() {
    for field in catalogue().fields().filter(|field| field.htcds.is_none()) {
        let own = field.path.split('.').any(|part| part.starts_with("x_"));
        assert!(
            own && (field.name().starts_with("x_") || !field.name().starts_with("org_")),
            "`{}`",
            field.path
        );
    }
}

#[test]
fn the_four_other_spellings_are_read_and_an_alias_is_always_a_code() {
    let catalogue = catalogue();
    for (spelling, code) in [
        ("PsychoactiveSubstances", "PsychoactiveSubstance"),
        ("ThreatOfLawEnforcement", "ThreatsLawEnforcement"),
        ("Threats", "PhysicalThreats"),
        ("UsesChildren", "x:UsesChildren"),
        ("RestrictsMovement", "x:RestrictsMovement"),
    ] {
        assert_eq!(catalogue.alias("vic_MethodsOfControl", spelling), Some(code));
        assert!(catalogue.has_code("vic_MethodsOfControl", code));
    }
}

#[test]
fn the_fields_that_decide_release_have_the_right_category() {
    let catalogue = catalogue();
    for (path, category) in [
        ("x_Persons[].x_Shelter.address", "shelter_location"),
        ("x_Persons[].prs_IdentityNumber", "identifier"),
        ("x_Persons[].x_Indicators[].code", "assessment"),
        ("x_Persons[].x_Return.risk_assessment", "assessment"),
        ("x_Persons[].vic_TypeOfSexExploitation", "sexual_life"),
        ("x_Persons[].x_TypeOfSexExploitationAbsent", "sexual_life"),
        ("x_Organisations[].org_ShippingStreet", "location_current"),
        ("cco_CaseComment", "free_text"),
        ("x_Persons[].x_Note", "free_text"),
        // Without these the receiver cannot tell whom it must protect.
        ("x_Persons[].x_SubjectCategory", "case_reference"),
        ("x_Persons[].x_ChildNow", "identity"),
        ("x_Evaluation.source", "case_reference"),
        ("x_Unmapped[].value", "free_text"),
        ("x_LossNote[].note", "case_reference"),
        ("x_Persons[].x_ResidenceStatus", "immigration_status"),
    ] {
        assert_eq!(catalogue.field(path).unwrap().category.as_str(), category, "{path}");
    }
    for path in ["x_Persons[].vic_MethodsOfControl", "x_Persons[].x_MethodsOfControlAbsent"] {
        let control = catalogue.field(path).unwrap();
        for code in ["RestrictsMedicalCare", "PsychoactiveSubstance"] {
            assert_eq!(catalogue.category_of(control, code).as_str(), "health");
        }
    }
}

#[test]
fn each_list_of_what_does_not_apply_has_the_codes_and_the_category_of_its_twin() {
    let catalogue = catalogue();
    let absent: Vec<&Field> = catalogue.fields().filter(|field| field.name().ends_with("Absent")).collect();
    assert_eq!(absent.len(), 6);
    for field in absent {
        let twin = field.path.replace("Absent", "");
        let twin = catalogue.field(&twin).or_else(|| catalogue.field(&twin.replace(".x_", ".vic_"))).unwrap();
        assert_eq!((&field.kind, field.category), (&twin.kind, twin.category), "{}", field.path);
        assert!(field.many, "{}", field.path);
    }
}
