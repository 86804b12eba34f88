//! `casebridge demo`: what its last line says, and what its lines tell.

use serde_json::Value;

use crate::world::casebridge;

fn events(arguments: &[&str]) -> (Option<i32>, Vec<Value>) {
    let output = casebridge().args(["demo", "--once", "--json"]).args(arguments).output().unwrap();
    let lines = String::from_utf8(output.stdout).unwrap();
    let events = lines.lines().map(|line| serde_json::from_str(line).expect(line)).collect();
    (output.status.code(), events)
}

#[test]
fn every_message_reaches_the_state_that_it_should() {
    let (code, events) = events(&[]);
    let of = |name: &str| events.iter().filter(|e| e["event"] == name).count();
    let totals = events.last().unwrap();
    assert_eq!(code, Some(0), "{totals}");
    assert_eq!(totals["event"], "totals");
    // Five requests leave, four are answered, one is refused.
    for (name, count) in [
        ("sent", 9),
        ("stored", 9),
        ("collected", 9),
        ("opened", 9),
        ("answered", 4),
        ("refused", 1),
        ("lost", 0),
        ("duplicates", 0),
    ] {
        assert_eq!(totals[name], count, "{name} in {totals}");
    }
    assert!(totals["withheld"].as_u64().unwrap() > 0);
    assert!(of("held") >= 1 && of("approved") >= 1 && of("refused") == 1);
    let refused = events.iter().find(|e| e["event"] == "refused").unwrap();
    assert_eq!(refused["code"], "consent-withdrawn");
    let with_reason =
        events.iter().filter(|e| e["event"] == "allowed").flat_map(|e| e["withheld"].as_array().unwrap());
    assert!(with_reason.clone().count() > 0);
    assert!(
        with_reason
            .clone()
            .all(|w| w["path"].is_string() && w["category"].is_string() && w["rule"].is_string())
    );
}

#[test]
fn the_readme_shows_what_the_demo_prints() {
    let output = casebridge().args(["demo", "--once"]).output().unwrap();
    let printed = String::from_utf8(output.stdout).unwrap();
    let table = printed.find("     from").zip(printed.find("\n\nNext")).unwrap();
    let shown = &printed[table.0..table.1];
    assert!(shown.ends_with("0 lost, 0 twice"), "{shown}");
    let readme = include_str!("../../README.md");
    assert!(readme.contains(&format!("```text\n{shown}\n```")), "README.md should show:\n{shown}");
}

#[test]
fn the_real_rows_all_arrive_once_with_the_official_counts() {
    let folder = std::env::var("CTDC_DATA").unwrap_or_else(|_| "../shared/data/ctdc".to_owned());
    let rows =
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(folder).join("CTDC_VPsynthetic_condensed.csv");
    if !rows.exists() {
        eprintln!("SKIPPED: no {}; set CTDC_DATA to the folder of the CTDC files", rows.display());
        return;
    }
    let (code, events) = events(&["--profile", "ctdc-vp", "--records", rows.to_str().unwrap()]);
    let totals = events.last().unwrap();
    assert_eq!(code, Some(0), "{totals}");
    for (name, count) in [
        ("rows", 21_195),
        ("sent", 21_195),
        ("opened", 21_195),
        ("untranslated", 0),
        ("lost", 0),
        ("duplicates", 0),
        ("quarantined", 0),
    ] {
        assert_eq!(totals[name], count, "{name}");
    }
    // The official dictionary's frequency tables (2022-12-01), as the Slovene gateway has them.
    let codes = &totals["codes"];
    let victim = |field: &str| &codes[format!("x_Persons[victim_identified].{field}")];
    assert_eq!(victim("vic_TypeOfExploitation")["ForcedLabour"], 12_248);
    assert_eq!(victim("vic_TypeOfExploitation")["SexualExploitation"], 2_775);
    assert_eq!(victim("x_ChildNow")["false"], 16_379);
    assert_eq!(victim("x_ChildNow")["true"], 1_212);
    // The other single-valued columns, counted in the file itself.
    let mut reader = csv::Reader::from_path(&rows).unwrap();
    let header = reader.headers().unwrap().clone();
    let column = |name: &str| header.iter().position(|column| column == name).unwrap();
    let records: Vec<_> = reader.records().map(Result::unwrap).collect();
    let count = |name: &str, value: &str| records.iter().filter(|row| &row[column(name)] == value).count();
    assert_eq!(victim("prs_Gender")["Feminine"], count("gender", "Female"));
    assert_eq!(victim("prs_Gender")["Masculine"], count("gender", "Male"));
    for region in ["Africa", "Americas/Oceania", "Asia", "Europe"] {
        assert_eq!(victim("x_CitizenshipRegion")[region], count("UN_COO_Region", region), "{region}");
        assert_eq!(codes["x_Events.x_UnRegion"][region], count("UN_COE_Region", region), "{region}");
    }
    for years in ["2005-2013", "2014-2018", "2019", "2020", "2021-2022"] {
        assert_eq!(codes["x_RegistrationYear"][years], count("yearRegister", years), "{years}");
    }
}

#[test]
fn a_row_that_cannot_be_translated_is_listed_and_stops_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let rows = folder.path().join("rows.csv");
    let header = "yearRegister,gender,majorityStatus,isForcedLabour,isSexualExploit,UN_COO_Region,UN_COE_Region,\
                  IP_Exploiter,IP_Gender,IP_ageBroad,IP_citizen_UNRegion,IP_Relation,IP_PayMoney,IP_RecruiterBroker,\
                  IP_TransactionProcess,IP_ControlAbuseKidnap";
    let good = "2019,Female,Adult,1,,Europe,Europe,1,,,,,,,,";
    std::fs::write(&rows, format!("{header}\n{good}\n2019,Female\n{good}\n")).unwrap();
    let output = casebridge()
        .args(["demo", "--once", "--profile", "ctdc-vp", "--records"])
        .arg(&rows)
        .output()
        .unwrap();
    let told = String::from_utf8(output.stdout).unwrap();
    let listed: Vec<_> = told.lines().filter(|line| line.starts_with("not translated: ")).collect();
    assert_eq!(listed.len(), 1, "{told}");
    assert!(listed[0].contains("rows.csv") && listed[0].contains("line 3"), "{}", listed[0]);
    assert!(
        told.contains("3 rows: 2 sent, 1 not translated") && told.contains("2 opened, 0 lost, 0 twice"),
        "{told}"
    );
}
