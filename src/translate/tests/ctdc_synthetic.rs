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
