//! The CTDC global data set: every column and value of its codebook, and the traps that real rows hold.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::ctdc_codebook::{COLUMNS, FLAGS, LOCAL_COUNTRIES, LOSSES, documented};
use super::ctdc_rows::{Rows, codes, losses, victim};
use super::{GLOBAL, MUP, catalogue, mapping};
use crate::schema::Record;
use crate::translate::{Translated, import};

fn table() -> Rows {
    Rows::of(GLOBAL, "-99")
}

#[test]
fn the_columns_are_those_of_the_release_in_its_order() {
    let columns: Vec<&str> = COLUMNS.split_whitespace().collect();
    assert_eq!(columns.len(), 63);
    assert_eq!(table().mapping.columns, columns);
}

#[test]
fn every_documented_value_of_every_column_has_a_place_or_a_declared_loss() {
    let rows = Rows::of(GLOBAL, "");
    let mut lost = Vec::new();
    for column in COLUMNS.split_whitespace() {
        for value in documented(column).iter().chain(&["-99"]) {
            let read = rows.read(&[(column, value)]);
            assert_eq!(read.report.unmapped, [""; 0], "{column} {value}");
            lost.extend(losses(&read).iter().map(|(column, note)| format!("{column} {value}: {note}")));
        }
    }
    assert_eq!(lost.iter().map(String::as_str).collect::<Vec<_>>(), LOSSES);
}

#[test]
fn a_flag_says_yes_no_or_nothing_and_each_comes_back() {
    let rows = table();
    for (column, list, code) in FLAGS {
        let absent = list.replace("vic_", "x_") + "Absent";
        for (value, yes, no) in
            [("1", vec![*code], vec![]), ("0", vec![], vec![*code]), ("-99", vec![], vec![])]
        {
            let read = rows.read(&[(column, value)]);
            assert_eq!(
                (codes(&read, list), codes(&read, &absent)),
                (owned(&yes), owned(&no)),
                "{column} {value}"
            );
            let (written, _) = rows.write(&read.record);
            assert_eq!(at(&written, column), value, "{column}");
        }
    }
}

fn owned(codes: &[&str]) -> Vec<String> {
    codes.iter().map(|code| (*code).to_owned()).collect()
}

fn at<'r>(row: &'r [(String, String)], column: &str) -> &'r str {
    row.iter().find(|(name, _)| name == column).map(|(_, value)| value.as_str()).unwrap()
}

#[test]
fn nothing_empty_and_no_are_told_apart() {
    let rows = table();
    let absent = |value| codes(&rows.read(&[("isForcedLabour", value)]), "x_TypeOfExploitationAbsent");
    assert_eq!(absent("-99"), [""; 0]);
    assert_eq!(absent(""), [""; 0]);
    assert_eq!(absent("0"), ["ForcedLabour"]);
    // What is neither is no guess.
    let read = rows.read(&[("isForcedLabour", "2"), ("gender", "X")]);
    assert_eq!(read.report.unmapped, ["row/gender", "row/isForcedLabour"]);
}

#[test]
fn an_unknown_country_is_no_country() {
    let rows = table();
    for unknown in ["00", "0", "ZZ", "-99", ""] {
        let read = rows.read(&[("citizenship", unknown), ("CountryOfExploitation", unknown)]);
        assert_eq!(victim(&read).get("prs_Citizenship"), None, "{unknown}");
        assert_eq!(read.record.members().get("x_Events"), None, "{unknown}");
    }
}

#[test]
fn a_label_means_the_same_in_both_spellings() {
    let rows = table();
    for (column, list, one, other) in [
        ("meansOfControlConcatenated", "vic_MethodsOfControl", "Not specified", "Not Specified"),
        ("meansOfControlConcatenated", "vic_MethodsOfControl", "False promises", "False promises/deception"),
        ("typeOfLabourConcatenated", "vic_ForcedLabourIndustry", "Domestic work", "Domestic Work"),
        ("RecruiterRelationship", "vic_RelationshipToTrafficker", "Friend", "Friend/Acquaintance"),
    ] {
        let (one, other) = (rows.read(&[(column, one)]), rows.read(&[(column, other)]));
        assert_eq!(codes(&one, list), codes(&other, list));
        assert_eq!(one.report, other.report);
    }
}

#[test]
fn an_adult_now_who_was_a_child_at_the_exploitation_is_a_child_at_the_acts() {
    let rows = table();
    let read = rows.read(&[("majorityStatus", "Adult"), ("majorityStatusAtExploit", "Minor")]);
    assert_eq!(victim(&read).get("x_ChildNow"), Some(&json!(false)));
    assert_eq!(victim(&read).get("x_ChildAtOffence"), Some(&json!(true)));
    let (written, _) = rows.write(&read.record);
    assert_eq!((at(&written, "majorityStatus"), at(&written, "majorityStatusAtExploit")), ("Adult", "Minor"));
    // Means are asked for an adult at the acts only, whoever is one now.
    assert_eq!(warnings_in_serbia(&read), [""; 0]);
    let adult = rows.read(&[("majorityStatus", "Adult"), ("majorityStatusAtExploit", "Adult")]);
    assert_eq!(warnings_in_serbia(&adult), ["W-MEANS"]);
}

/// The warnings when the record, with an act added, goes to the Serbian police.
fn warnings_in_serbia(read: &Translated) -> Vec<&'static str> {
    let mut members = read.record.clone().into_members();
    members.insert("x_Act".to_owned(), json!(["Recruit"]));
    let catalogue = catalogue();
    let written = import(&mapping(MUP, &catalogue), &catalogue, &Record::new(members)).unwrap();
    written.report.warnings.iter().map(|warning| warning.code).collect()
}

#[test]
fn an_unknown_age_does_not_hide_a_known_minority_at_the_exploitation() {
    let read = table().read(&[("ageBroad", "-99"), ("majorityStatusAtExploit", "Minor")]);
    let victim = victim(&read);
    assert_eq!((victim.get("x_AgeBand"), victim.get("x_ChildNow")), (None, None));
    assert_eq!(victim.get("x_ChildAtOffence"), Some(&json!(true)));
}

#[test]
fn an_age_band_of_a_child_is_a_child_then_and_now_and_one_of_an_adult_proves_nothing_of_then() {
    let rows = table();
    for (band, child) in [("9--17", Some(&json!(true))), ("18--20", None), ("48+", None)] {
        let read = rows.read(&[("ageBroad", band)]);
        assert_eq!(victim(&read).get("x_ChildNow"), child, "{band}");
        assert_eq!(victim(&read).get("x_ChildAtOffence"), child, "{band}");
    }
}

#[test]
fn a_child_at_entry_stays_seen_beside_an_adult_at_the_exploitation() {
    let rows = table();
    let read = rows.read(&[("majorityStatusAtExploit", "Adult"), ("majorityEntry", "Minor")]);
    assert_eq!(victim(&read).get("x_ChildAtEntry"), Some(&json!(true)));
    assert_eq!(victim(&read).get("x_ChildAtOffence"), Some(&json!(false)));
    let read = rows.read(&[("majorityEntry", "Minor")]);
    assert_eq!(victim(&read).get("x_ChildAtOffence"), Some(&json!(true)), "the recruitment is an act too");
}

#[test]
fn sexual_exploitation_of_which_every_kind_is_denied_stays_sexual_exploitation() {
    let kinds = [
        "typeOfSexProstitution",
        "typeOfSexPornography",
        "typeOfSexRemoteInteractiveServices",
        "typeOfSexPrivateSexualServices",
    ];
    let mut row = vec![("isSexualExploit", "1"), ("typeOfExploitConcatenated", "Sexual exploitation")];
    row.extend(kinds.map(|kind| (kind, "0")));
    let read = table().read(&row);
    assert_eq!(codes(&read, "vic_TypeOfExploitation"), ["SexualExploitation"]);
    assert_eq!(codes(&read, "vic_TypeOfSexExploitation"), [""; 0]);
    assert_eq!(
        codes(&read, "x_TypeOfSexExploitationAbsent"),
        ["Prostitution", "Pornography", "RemoteInteractiveServices", "PrivateSexualServices"]
    );
}

#[test]
fn a_row_that_says_only_that_nothing_was_specified_says_nothing() {
    let read = table().read(&[
        ("meansOfControlNotSpecified", "1"),
        ("meansOfControlConcatenated", "Not specified"),
        ("typeOfLabourNotSpecified", "1"),
        ("typeOfLabourConcatenated", "Not specified"),
        ("RecruiterRelationship", "Not Specified"),
        ("recruiterRelationUnknown", "1"),
    ]);
    assert_eq!(read.report.unmapped, [""; 0]);
    let names: Vec<&String> = victim(&read).keys().collect();
    assert_eq!(names, ["vic_TraffickingStatus", "x_PersonId", "x_SubjectCategory"]);
}

#[test]
fn labels_of_one_value_are_told_apart_at_the_semicolon_and_only_there() {
    let read = table().read(&[
        ("meansOfControlConcatenated", "Debt bondage;Threat of action by law enforcement;Other"),
        ("typeOfLabourConcatenated", "Construction;Mining, Quarrying, Oil/Gas Extraction"),
        ("RecruiterRelationship", "Family/Relative; Intimate Partner"),
    ]);
    assert_eq!(codes(&read, "vic_MethodsOfControl"), ["DebtBondage", "ThreatsLawEnforcement", "Other"]);
    assert_eq!(codes(&read, "vic_ForcedLabourIndustry"), ["F_Construction", "B_MiningAndQuarrying"]);
    assert_eq!(codes(&read, "vic_RelationshipToTrafficker"), ["Familial", "x:IntimatePartner"]);
}

#[test]
fn the_two_kinds_at_once_are_both_kinds() {
    let rows = table();
    let read = rows.read(&[("isSexAndLabour", "1")]);
    assert_eq!(codes(&read, "vic_TypeOfExploitation"), ["ForcedLabour", "SexualExploitation"]);
    let (written, _) = rows.write(&read.record);
    assert_eq!((at(&written, "isForcedLabour"), at(&written, "isSexualExploit")), ("1", "1"));
}

#[test]
fn wrongful_removal_or_retention_is_a_means_of_the_offence_and_can_be_denied() {
    let rows = table();
    for (value, name) in [("1", "x_Means"), ("0", "x_MeansAbsent")] {
        let read = rows.read(&[("isAbduction", value)]);
        assert_eq!(read.record.members()[name], json!(["Abduction"]));
        assert_eq!(at(&rows.write(&read.record).0, "isAbduction"), value);
    }
}

#[test]
fn whom_a_helpline_knows_is_a_presumed_victim() {
    let rows = table();
    for (source, subject, status) in [
        ("Case Management", "victim_identified", "ActualVictimOfTrafficking"),
        ("Hotline", "victim_presumed", "PossibleVictimOfTrafficking"),
        ("-99", "victim_presumed", "PossibleVictimOfTrafficking"),
    ] {
        let read = rows.read(&[("Datasource", source)]);
        assert_eq!(victim(&read).get("x_SubjectCategory"), Some(&json!(subject)));
        assert_eq!(victim(&read).get("vic_TraffickingStatus"), Some(&json!(status)));
    }
}

#[test]
fn a_local_country_code_stays_seen_and_kosovo_and_serbia_are_never_turned_into_each_other() {
    let rows = table();
    for (code, country, back) in LOCAL_COUNTRIES {
        let read = rows.read(&[("citizenship", code), ("CountryOfExploitation", code)]);
        let expected: Value = serde_json::from_str(country).unwrap();
        assert_eq!(victim(&read).get("prs_Citizenship"), Some(&json!([expected])), "{code}");
        assert_eq!(read.record.members()["x_Events"][0]["hte_Country"], expected, "{code}");
        let (written, _) = rows.write(&read.record);
        assert_eq!(at(&written, "citizenship"), at(&written, "CountryOfExploitation"));
        assert_eq!(at(&written, "citizenship"), *back, "{code}");
    }
}

#[test]
fn a_code_is_never_both_claimed_and_denied() {
    let rows = table();
    for (column, label) in
        [("typeOfExploitConcatenated", "Sexual exploitation;Forced labour"), ("isSexAndLabour", "1")]
    {
        let read = rows.read(&[("isForcedLabour", "0"), (column, label)]);
        assert_eq!(codes(&read, "vic_TypeOfExploitation"), ["SexualExploitation"], "{column}");
        assert_eq!(codes(&read, "x_TypeOfExploitationAbsent"), ["ForcedLabour"]);
        assert_eq!(read.report.unmapped, [format!("row/{column}")], "the second word on it is kept beside");
    }
}

#[test]
fn only_the_victims_of_a_police_record_become_rows() {
    let catalogue = catalogue();
    let sample = include_bytes!("../../../config/samples/rs-mup.xml");
    let record = super::one(MUP, sample).record;
    assert_eq!(record.persons().count(), 2, "a victim and a suspect");
    let back = import(&mapping(GLOBAL, &catalogue), &catalogue, &record).unwrap();
    assert_eq!(String::from_utf8(back.bytes).unwrap().lines().count(), 2, "the header and one row");
    // Names, numbers and places have no column; the report names each of them.
    assert!(back.report.unmapped.contains(&"x_Persons[0].prs_IdentityNumber".to_owned()));
}

/// What a record says, without where it comes from; lists as sets.
fn facts(read: &Translated) -> Value {
    let mut members = read.record.clone().into_members();
    for own in ["x_Source", "x_LossNote", "x_Unmapped"] {
        members.remove(own);
    }
    let person = members["x_Persons"][0].as_object_mut().unwrap();
    person.remove("x_PersonId");
    for list in person.values_mut().filter_map(Value::as_array_mut) {
        list.sort_by_key(Value::to_string);
    }
    Value::Object(members)
}

fn any_row() -> impl Strategy<Value = Vec<(&'static str, &'static str)>> {
    let columns: Vec<&'static str> =
        COLUMNS.split_whitespace().filter(|column| *column != "isSexAndLabour").collect();
    let values: Vec<_> = columns
        .iter()
        .map(|column| {
            let mut values = documented(column).to_vec();
            // Silence is frequent, and a label beside a denied flag contradicts itself.
            values.extend(["-99", ""]);
            if column.ends_with("Concatenated") || *column == "RecruiterRelationship" {
                values = vec!["-99"];
            }
            prop::sample::select(values)
        })
        .collect();
    values.prop_map(move |values| columns.iter().copied().zip(values).collect())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_row_comes_back_with_the_same_facts(row in any_row()) {
        let rows = table();
        let there = rows.read(&row);
        let (written, unmapped) = rows.write(&there.record);
        // That a victim has been identified has no column of its own.
        let own = ["x_Persons[0].vic_TraffickingStatus", "x_Persons[0].x_SubjectCategory"];
        prop_assert!(unmapped.iter().all(|path| own.contains(&path.as_str())), "{:?}", unmapped);
        let written: Vec<(&str, &str)> = written.iter().map(|(name, value)| (&**name, &**value)).collect();
        prop_assert_eq!(facts(&rows.read(&written)), facts(&there));
    }
}
