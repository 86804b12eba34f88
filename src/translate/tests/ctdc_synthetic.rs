//! The CTDC global synthetic data set against its codebook (version 2, February 2024), whose pages are named.

use serde_json::json;

use super::SYNTHETIC;
use super::ctdc_rows::{Rows, codes, losses, victim};
use crate::schema::Record;

/// Page 5, in its order.
const COLUMNS: &str = "yearOfRegistration gender ageBroad citizenship CountryOfExploitation traffickMonths \
    meansDebtBondageEarnings meansThreats meansAbusePsyPhySex meansFalsePromises meansDrugsAlcohol \
    meansDenyBasicNeeds meansExcessiveWorkHours meansWithholdDocs isForcedLabour isSexualExploit isOtherExploit \
    typeOfLabourAgriculture typeOfLabourConstruction typeOfLabourDomesticWork typeOfLabourHospitality \
    typeOfSexProstitution typeOfSexPornography recruiterRelationIntimatePartner recruiterRelationFriend \
    recruiterRelationFamily recruiterRelationOther";

/// Pages 7 to 16, dashes as in the data.
fn documented(column: &str) -> Vec<&'static str> {
    match column {
        "yearOfRegistration" => vec!["2002", "2022"],
        "gender" => vec!["Man", "Woman", "Trans/Transgender/NonConforming"],
        "ageBroad" => {
            vec!["0--8", "9--17", "18--20", "21--23", "24--26", "27--29", "30--38", "39--47", "48+"]
        }
        "citizenship" | "CountryOfExploitation" => vec!["MDA", "SRB", "CHN"],
        "traffickMonths" => {
            vec!["0--12 (0-1 yr)", "13--24 (1-2 yrs)", "25+ (2+ yrs)", "0--12", "13--24", "25+"]
        }
        _ => vec!["1"],
    }
}

/// Every loss of every documented value.
const LOSSES: &[&str] = &[
    "gender Trans/Transgender/NonConforming: transgender or non-conforming, in one word",
    "citizenship SRB: Serbia includes Kosovo (UN guidelines)",
    "citizenship CHN: China includes Tibet",
    "CountryOfExploitation SRB: Serbia includes Kosovo (UN guidelines)",
    "CountryOfExploitation CHN: China includes Tibet",
    "meansDebtBondageEarnings 1: DebtBondage or TakesEarnings, merged in one column",
    "meansThreats 1: PhysicalThreats, x:UsesChildren or ThreatsLawEnforcement, merged in one column",
    "meansAbusePsyPhySex 1: PsychologicalAbuse, PhysicalAbuse or SexualAbuse, merged in one column",
    "meansDenyBasicNeeds 1: RestrictsFinancialAccess, x:RestrictsMovement, RestrictsMedicalCare or \
     WithholdsNecessities, merged in one column",
    "isOtherExploit 1: any other exploitation: also ForcedMarriage, ForcedMilitaryByNonStateActors or OrganRemoval",
    "typeOfLabourAgriculture 1: division 01 of ISIC section A: crop and animal production",
];

fn table() -> Rows {
    Rows::of(SYNTHETIC, "")
}

#[test]
fn the_columns_are_those_of_the_codebook_in_its_order() {
    let columns: Vec<&str> = COLUMNS.split_whitespace().collect();
    assert_eq!(columns.len(), 27);
    assert_eq!(table().mapping.columns, columns);
}

#[test]
fn every_documented_value_of_every_column_has_a_place_or_a_declared_loss() {
    let rows = table();
    let mut lost = Vec::new();
    for column in COLUMNS.split_whitespace() {
        for value in documented(column).into_iter().chain(["NULL"]) {
            let read = rows.read(&[(column, value)]);
            assert_eq!(read.report.unmapped, [""; 0], "{column} {value}");
            lost.extend(losses(&read).iter().map(|(column, note)| format!("{column} {value}: {note}")));
        }
    }
    assert_eq!(lost.iter().map(String::as_str).collect::<Vec<_>>(), LOSSES);
}

/// The code of each flag that stands for one alone.
const FLAGS: &[(&str, &str, &str)] = &[
    ("meansFalsePromises", "vic_MethodsOfControl", "FalsePromises"),
    ("meansDrugsAlcohol", "vic_MethodsOfControl", "PsychoactiveSubstance"),
    ("meansExcessiveWorkHours", "vic_MethodsOfControl", "ExcessiveWorkingHours"),
    ("meansWithholdDocs", "vic_MethodsOfControl", "WithholdsDocuments"),
    ("isForcedLabour", "vic_TypeOfExploitation", "ForcedLabour"),
    ("isSexualExploit", "vic_TypeOfExploitation", "SexualExploitation"),
    ("typeOfLabourAgriculture", "vic_ForcedLabourIndustry", "A_AgricultureForestryAndFishing"),
    ("typeOfLabourConstruction", "vic_ForcedLabourIndustry", "F_Construction"),
    ("typeOfLabourDomesticWork", "vic_ForcedLabourIndustry", "T_ActivitiesOfHouseholdsAsEmployers"),
    ("typeOfLabourHospitality", "vic_ForcedLabourIndustry", "I_AccommodationAndFoodServiceActivities"),
    ("typeOfSexProstitution", "vic_TypeOfSexExploitation", "Prostitution"),
    ("typeOfSexPornography", "vic_TypeOfSexExploitation", "Pornography"),
    ("recruiterRelationIntimatePartner", "vic_RelationshipToTrafficker", "x:IntimatePartner"),
    ("recruiterRelationFriend", "vic_RelationshipToTrafficker", "Acquainted"),
    ("recruiterRelationFamily", "vic_RelationshipToTrafficker", "Familial"),
    ("recruiterRelationOther", "vic_RelationshipToTrafficker", "x:Other"),
];

#[test]
fn a_flag_is_its_code_and_the_code_is_its_flag() {
    let rows = table();
    for (column, list, code) in FLAGS {
        let read = rows.read(&[(column, "1")]);
        assert_eq!(codes(&read, list), [*code], "{column}");
        let (row, _) = rows.write(&read.record);
        let written: Vec<_> = row.iter().filter(|(_, value)| !value.is_empty()).collect();
        assert_eq!(written, [&((*column).to_owned(), "1".to_owned())]);
    }
}

/// Appendix II, page 19: the columns of the older data set that each column merges, as codes.
const MERGED: &[(&str, &str, &[&str])] = &[
    ("meansDebtBondageEarnings", "vic_MethodsOfControl", &["DebtBondage", "TakesEarnings"]),
    ("meansThreats", "vic_MethodsOfControl", &["PhysicalThreats", "x:UsesChildren", "ThreatsLawEnforcement"]),
    ("meansAbusePsyPhySex", "vic_MethodsOfControl", &["PsychologicalAbuse", "PhysicalAbuse", "SexualAbuse"]),
    (
        "meansDenyBasicNeeds",
        "vic_MethodsOfControl",
        &["RestrictsFinancialAccess", "x:RestrictsMovement", "RestrictsMedicalCare", "WithholdsNecessities"],
    ),
    (
        "isOtherExploit",
        "vic_TypeOfExploitation",
        &["ForcedMarriage", "ForcedMilitaryByNonStateActors", "OrganRemoval", "Other"],
    ),
];

#[test]
fn a_merged_column_claims_none_of_its_codes_and_each_of_them_is_written_into_it() {
    let rows = table();
    for (column, list, merged) in MERGED {
        let read = rows.read(&[(column, "1")]);
        assert!(codes(&read, list).iter().all(|code| code == "Other"), "{column}");
        let (_, note) = losses(&read)[0];
        assert!(merged.iter().all(|code| *code == "Other" || note.contains(code)), "{note}");
        let mut members = read.record.into_members();
        members["x_Persons"][0][list] = json!(merged);
        let (row, unmapped) = rows.write(&Record::new(members));
        assert_eq!(row.iter().filter(|(_, value)| value == "1").count(), 1, "{row:?}");
        assert!(row.contains(&((*column).to_owned(), "1".to_owned())));
        assert!(!unmapped.iter().any(|path| path.contains(list)), "{unmapped:?}");
    }
}

#[test]
fn a_flag_is_yes_or_nothing_and_never_no() {
    let rows = table();
    assert_eq!(rows.read(&[("isForcedLabour", "0")]).report.unmapped, ["row/isForcedLabour"]);
    let read = rows.read(&[("isForcedLabour", "")]);
    assert_eq!(victim(&read).get("x_TypeOfExploitationAbsent"), None);
}

#[test]
fn the_name_of_the_codebooks_text_is_read_as_the_column_of_its_list() {
    let rows = table();
    let text =
        rows.text(&[("meansWithholdDocs", "1")]).replace("meansWithholdDocs", "meansWithholdDocuments");
    assert_eq!(codes(&rows.parse(text.as_bytes()), "vic_MethodsOfControl"), ["WithholdsDocuments"]);
}

#[test]
fn an_age_band_of_a_child_makes_the_victim_a_child_though_no_column_says_so() {
    let read = table().read(&[("ageBroad", "9--17")]);
    assert_eq!(victim(&read).get("x_ChildNow"), Some(&json!(true)));
    assert_eq!(victim(&read).get("x_ChildAtOffence"), Some(&json!(true)));
}

#[test]
fn kosovo_is_not_written_as_serbia() {
    let rows = table();
    let mut members = rows.read(&[("citizenship", "UKR")]).record.into_members();
    members["x_Persons"][0]["prs_Citizenship"] = json!([{ "code": "XK", "scheme": "user-assigned" }]);
    let (row, _) = rows.write(&Record::new(members));
    assert!(!row.iter().any(|(_, value)| value == "SRB"), "{row:?}");
}
