//! The official synthetic data set, when it is there: counts equal the official dictionary's frequency tables.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufReader, Write};
use std::path::PathBuf;

use serde_json::{Map, Value};

use super::{CTDC, all, catalogue, mapping};
use crate::translate::{Loss, Translated, import, records};

type Counts = BTreeMap<String, usize>;

/// The official data set, or a word on standard error that it is not there.
fn official() -> Option<File> {
    let folder = std::env::var_os("CTDC_DATA")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/data/ctdc"), PathBuf::from);
    let path = folder.join("CTDC_VPsynthetic_condensed.csv");
    let file = File::open(&path).ok();
    if file.is_none() {
        let text = "SKIPPED: CTDC_VPsynthetic_condensed.csv is absent; name its folder in CTDC_DATA";
        writeln!(std::io::stderr(), "{text}").unwrap();
    }
    file
}

#[test]
fn every_row_of_the_official_data_set_is_read_and_its_counts_are_the_dictionarys() {
    let Some(file) = official() else { return };
    let catalogue = catalogue();
    let mapping = mapping(CTDC, &catalogue);
    let mut rows = 0;
    let mut counts: BTreeMap<&str, Counts> = BTreeMap::new();
    for result in records(&mapping, &catalogue, BufReader::new(file)) {
        let translated = result.unwrap();
        rows += 1;
        assert!(!translated.report.partial, "{:?}", translated.report);
        if rows % 97 == 0 {
            assert_eq!(translated.record.check(&catalogue).unwrap(), []);
        }
        count(&translated, &mut counts);
    }
    assert_eq!(rows, 21_195);
    let found: Vec<(&str, Vec<(&str, usize)>)> = counts
        .iter()
        .map(|(column, values)| (*column, values.iter().map(|(value, n)| (value.as_str(), *n)).collect()))
        .collect();
    assert_eq!(found, expected());
}

/// The frequency tables of the official dictionary (1 December 2022); single values of the columns that join
/// several perpetrators are given with the number of rows that hold exactly that.
fn expected() -> Vec<(&'static str, Vec<(&'static str, usize)>)> {
    let regions = |a, o, s, e| vec![("Africa", a), ("Americas/Oceania", o), ("Asia", s), ("Europe", e)];
    vec![
        ("IP_ControlAbuseKidnap", vec![("1", 2_078)]),
        ("IP_Exploiter", vec![("1", 9_458)]),
        ("IP_Gender", vec![("Feminine", 3_515), ("Masculine", 9_820), ("NonSpecifiedUnknown", 2_452)]),
        ("IP_PayMoney", vec![("No", 11_075), ("No;Yes", 944), ("Yes", 3_136)]),
        ("IP_RecruiterBroker", vec![("1", 11_865)]),
        (
            "IP_Relation",
            vec![
                ("FamilyIntimatePartner", 967),
                ("FamilyIntimatePartner;FriendAcquaintance", 6),
                ("FamilyIntimatePartner;StrangerUnknownOther", 73),
                ("FriendAcquaintance", 4_617),
                ("FriendAcquaintance;StrangerUnknownOther", 588),
                ("StrangerUnknownOther", 8_321),
            ],
        ),
        ("IP_TransactionProcess", vec![("1", 7_344)]),
        (
            "IP_ageBroad",
            vec![
                ("0--29", 306),
                ("0--29;30--38", 8),
                ("0--29;39--47", 18),
                ("30--38", 1_196),
                ("30--38;39--47", 18),
                ("30--38;48+", 3),
                ("39--47", 1_293),
                ("39--47;48+", 4),
                ("48+", 356),
            ],
        ),
        (
            "IP_citizen_UNRegion",
            vec![
                ("Africa", 3_799),
                ("Africa;Americas/Oceania", 4),
                ("Africa;Asia", 420),
                ("Americas/Oceania", 200),
                ("Americas/Oceania;Asia", 6),
                ("Americas/Oceania;Europe", 1),
                ("Asia", 5_069),
                ("Asia;Europe", 382),
                ("Europe", 4_368),
            ],
        ),
        ("UN_COE_Region", regions(4_271, 212, 6_281, 6_432)),
        ("UN_COO_Region", regions(5_282, 277, 6_139, 5_887)),
        ("gender", vec![("Feminine", 9_589), ("Masculine", 7_995)]),
        ("isForcedLabour", vec![("1", 12_248)]),
        ("isSexualExploit", vec![("1", 2_775)]),
        ("majorityStatus", vec![("Adult", 16_379), ("Minor", 1_212)]),
        (
            "yearRegister",
            vec![
                ("2005-2013", 2_531),
                ("2014-2018", 6_274),
                ("2019", 2_398),
                ("2020", 2_002),
                ("2021-2022", 4_335),
            ],
        ),
    ]
}

fn count(translated: &Translated, counts: &mut BTreeMap<&'static str, Counts>) {
    let mut add = |column: &'static str, value: String| {
        *counts.entry(column).or_default().entry(value).or_default() += 1;
    };
    let record = &translated.record;
    let person = |word: &str| {
        record.persons().find(|p| p.get("x_SubjectCategory").and_then(Value::as_str) == Some(word))
    };
    let text = |group: Option<&Map<String, Value>>, name: &str| -> Option<String> {
        group?.get(name)?.as_str().map(str::to_owned)
    };
    let list = |group: Option<&Map<String, Value>>, name: &str| -> Vec<String> {
        let items = group.and_then(|g| g.get(name)).and_then(Value::as_array);
        items.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
    };
    let note = |column: &str| {
        translated.report.lossy.iter().find(|l| l.path == format!("row/{column}")).map(|l| l.note.clone())
    };
    let (victim, suspect) = (person("victim_identified"), person("suspect"));
    assert!(victim.is_some());
    if let Some(year) = record.text("x_RegistrationYear") {
        add("yearRegister", year.to_owned());
    }
    if let Some(gender) = text(victim, "prs_Gender") {
        add("gender", gender);
    }
    if let Some(gender) = text(suspect, "prs_Gender") {
        add("IP_Gender", gender);
    }
    if let Some(child) = victim.and_then(|v| v.get("x_ChildNow")).and_then(Value::as_bool) {
        add("majorityStatus", if child { "Minor" } else { "Adult" }.to_owned());
        assert_eq!(victim.and_then(|v| v.get("x_ChildAtOffence")).is_some(), child);
    }
    for exploitation in list(victim, "vic_TypeOfExploitation") {
        let labour = exploitation == "ForcedLabour";
        add(if labour { "isForcedLabour" } else { "isSexualExploit" }, "1".to_owned());
    }
    for region in list(victim, "x_CitizenshipRegion") {
        add("UN_COO_Region", region);
    }
    let event = record.members().get("x_Events").and_then(|e| e.get(0)).and_then(Value::as_object);
    if let Some(region) = text(event, "x_UnRegion") {
        add("UN_COE_Region", region);
    }
    for (column, name) in [("IP_ageBroad", "x_AgeBand"), ("IP_citizen_UNRegion", "x_CitizenshipRegion")] {
        let values = list(suspect, name).join(";");
        if !values.is_empty() {
            add(column, values);
        }
    }
    if list(suspect, "per_RoleInProcess").iter().any(|role| role == "Exploiter") {
        add("IP_Exploiter", "1".to_owned());
    }
    for column in ["IP_RecruiterBroker", "IP_TransactionProcess", "IP_ControlAbuseKidnap"] {
        if note(column).is_some() {
            add(column, "1".to_owned());
        }
    }
    let relations = list(victim, "vic_RelationshipToTrafficker");
    let stranger = |loss: &Loss| loss.path == "row/IP_Relation" && loss.note.starts_with("stranger");
    let said: Vec<&str> = [
        (relations.iter().any(|code| code == "Familial"), "FamilyIntimatePartner"),
        (relations.iter().any(|code| code == "Acquainted"), "FriendAcquaintance"),
        (translated.report.lossy.iter().any(stranger), "StrangerUnknownOther"),
    ]
    .into_iter()
    .filter_map(|(is, word)| is.then_some(word))
    .collect();
    if !said.is_empty() {
        add("IP_Relation", said.join(";"));
    }
    match (victim.and_then(|v| v.get("x_VictimPaid")).and_then(Value::as_bool), note("IP_PayMoney")) {
        (Some(true), Some(_)) => add("IP_PayMoney", "No;Yes".to_owned()),
        (Some(paid), _) => add("IP_PayMoney", if paid { "Yes" } else { "No" }.to_owned()),
        (None, _) => {}
    }
}

#[test]
fn an_adult_now_of_whom_nothing_else_is_said_is_no_proof_of_an_adult_then() {
    let header = mapping(CTDC, &catalogue()).columns.join(",");
    let source = format!("{header}\n,Female,Adult{}\n,,{}\n", ",".repeat(13), ",".repeat(13));
    let results = all(CTDC, source.as_bytes());
    assert_eq!(results.len(), 2);
    for result in results {
        let record = result.unwrap().record;
        let victim = record.persons().next().unwrap();
        assert_eq!(victim.get("x_ChildAtOffence"), None);
    }
}

#[test]
fn a_row_of_the_official_data_set_comes_back_as_it_went_but_for_the_declared_losses() {
    let (Some(file), Some(again)) = (official(), official()) else { return };
    let catalogue = catalogue();
    let mapping = mapping(CTDC, &catalogue);
    let mut reader = csv::Reader::from_reader(again);
    let header = reader.headers().unwrap().clone();
    let rows = reader.records().map(Result::unwrap);
    for (row, result) in rows.zip(records(&mapping, &catalogue, BufReader::new(file))).step_by(5) {
        let translated = result.unwrap();
        let back = import(&mapping, &catalogue, &translated.record).unwrap();
        let written = csv::Reader::from_reader(&back.bytes[..]).records().next().unwrap().unwrap();
        let lost = |column: &str| translated.report.lossy.iter().any(|l| l.path == format!("row/{column}"));
        for (column, (before, after)) in header.iter().zip(row.iter().zip(written.iter())) {
            assert!(before == after || lost(column), "{column}: {row:?} {written:?}");
        }
    }
}

#[test]
fn an_unknown_sex_is_not_written_as_several_perpetrators() {
    let catalogue = catalogue();
    let header = mapping(CTDC, &catalogue).columns.join(",");
    let source = format!("{header}\n,,,,,,,1,Female;Male,,,,,,,\n");
    let record = all(CTDC, source.as_bytes()).remove(0).unwrap().record;
    let back = import(&mapping(CTDC, &catalogue), &catalogue, &record).unwrap();
    assert!(!String::from_utf8_lossy(&back.bytes).contains("Female;Male"));
    assert!(back.report.unmapped.iter().any(|path| path.ends_with(".prs_Gender")), "{:?}", back.report);
}
