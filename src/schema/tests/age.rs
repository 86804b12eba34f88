//! Whether somebody is a child: every sign by itself, signs against each other, and nothing unread as an adult.

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use crate::schema::{Age, AgeDoubt, Case, Finding};

const NOW: &str = "2026-03-06T10:15:00Z";

/// The findings of a record's persons on the day of the tests.
fn found(record: &Value) -> Vec<Finding> {
    let members = record.as_object().unwrap();
    let case = Case::of(members, Some(NOW.parse().unwrap()));
    let people = members.get("x_Persons").and_then(Value::as_array).unwrap();
    let mut found: Vec<Finding> =
        people.iter().map(|person| case.person(person.as_object().unwrap(), false)).collect();
    case.settle(&mut found);
    found
}

/// A record about one person with `category`, if one is given, and whatever else is said of person and case.
fn age_of(category: &str, person: &Value, case: &Value) -> Age {
    let mut one = person.as_object().unwrap().clone();
    if !category.is_empty() {
        one.insert("x_SubjectCategory".to_owned(), json!(category));
    }
    let mut record = case.as_object().unwrap().clone();
    record.insert("x_Persons".to_owned(), json!([one]));
    found(&Value::Object(record))[0].age
}

fn victim(person: &Value) -> Age {
    age_of("victim_presumed", person, &json!({ "x_RecordDate": "2026-03-01" }))
}

#[test]
fn a_victim_or_somebody_of_unknown_role_without_a_readable_age_is_of_unknown_age() {
    let nothing = json!({});
    for category in ["victim_presumed", "victim_identified", "", "hero"] {
        assert_eq!(age_of(category, &nothing, &nothing), Age::Unknown, "{category}");
    }
    for category in ["suspect", "witness", "convicted", "contact", "third_person", "official"] {
        assert_eq!(age_of(category, &nothing, &nothing), Age::Adult, "{category}");
    }
    // Marks alone show nothing.
    assert_eq!(victim(&json!({ "x_ChildNow": false, "x_ChildAtOffence": false })), Age::Unknown);
    let unread = json!({ "x_Unread": ["SubjectCategory"] });
    assert_eq!(age_of("suspect", &unread, &nothing), Age::Unknown, "an unread role may be a victim's");
}

#[test]
fn what_is_no_date_or_age_shows_no_adult() {
    for none in [
        json!({ "prs_Birthdate": "0000" }),
        json!({ "prs_Birthdate": "0000-00-00" }),
        json!({ "prs_Birthdate": "0012-07-07" }),
        json!({ "prs_Birthdate": "1785-07-07" }),
        json!({ "prs_Birthdate": "2985-06-15" }),
        json!({ "prs_Birthdate": "1985-02-31" }),
        json!({ "prs_Birthdate": "15.06.1985." }),
        json!({ "prs_Birthdate": 1985 }),
        json!({ "prs_Birthdate": "1985-06-15", "x_Unread": ["Birthdate"] }),
        json!({ "vic_AgeWhenTrafficked": 985 }),
        json!({ "vic_AgeWhenTrafficked": "thirty" }),
        json!({ "x_AgeStated": 30, "x_AgeEstimated": true }),
        json!({ "x_AgeStated": -1 }),
        // A check digit that is wrong, a letter, and a number that the record does not call one.
        json!({ "x_IdentityNumberType": "JMBG", "prs_IdentityNumber": "1506985719997" }),
        json!({ "x_IdentityNumberType": "EMSO", "prs_IdentityNumber": "15O6985719998" }),
        json!({ "x_IdentityNumberType": "Other", "prs_IdentityNumber": "1506985719998" }),
        json!({ "prs_IdentityNumber": "1506985719998" }),
    ] {
        assert_eq!(victim(&none), Age::Unknown, "{none}");
    }
    // Of somebody else than a victim too: something about the age was said, and nobody knows what.
    let unread = json!({ "prs_Birthdate": "31.02.2012." });
    assert_eq!(age_of("suspect", &unread, &json!({})), Age::Unknown);
}

#[test]
fn what_can_be_read_shows_an_adult() {
    for adult in [
        json!({ "prs_Birthdate": "1985-06-15" }),
        json!({ "prs_Birthdate": "1985" }),
        json!({ "x_IdentityNumberType": "JMBG", "prs_IdentityNumber": "1506985719998" }),
        json!({ "vic_AgeWhenTrafficked": 30 }),
        json!({ "x_AgeStated": 30 }),
        json!({ "x_AgeBand": ["30--38"] }),
    ] {
        assert_eq!(victim(&adult), Age::Adult, "{adult}");
    }
}

#[test]
fn every_sign_of_a_child_is_one() {
    for child in [
        json!({ "prs_Birthdate": "2012-07-07" }),
        json!({ "prs_Birthdate": "2008" }),
        json!({ "x_IdentityNumberType": "JMBG", "prs_IdentityNumber": "0707012739989" }),
        json!({ "prs_IdentityNumber": "070701 2739989" }),
        // The number is not right in the end, but its year is a child's.
        json!({ "x_IdentityNumberType": "JMBG", "prs_IdentityNumber": "0707012739980" }),
        json!({ "x_ChildAtOffence": true }),
        json!({ "x_ChildAtEntry": true }),
        json!({ "x_ChildNow": "yes" }),
        json!({ "x_AgeDisputed": true }),
        json!({ "vic_AgeWhenTrafficked": 17 }),
        json!({ "x_AgeStated": 17 }),
        json!({ "x_AgeStated": 17, "x_AgeEstimated": true }),
        json!({ "x_AgeBand": ["9--17"] }),
        json!({ "x_AgeBand": ["30--38", "0--29"] }),
        json!({ "x_Guardian": { "type": "Parent" } }),
        json!({ "x_Consent": { "given_by": "guardian" } }),
        json!({ "x_Consent": [{ "given_by": "self" }, { "child_view": true }] }),
        json!({ "x_Shelter": { "type": "FosterFamily" } }),
        json!({ "vic_TypeOfExploitation": ["ChildLabour"] }),
    ] {
        assert_eq!(victim(&child), Age::Child, "{child}");
        let mut known = child.as_object().unwrap().clone();
        known.entry("prs_Birthdate").or_insert(json!("1985-06-15"));
        assert_ne!(victim(&Value::Object(known)), Age::Adult, "{child} beside the date of an adult");
    }
}

#[test]
fn who_was_a_child_on_any_day_of_the_record_or_the_acts_is_one() {
    let born = |born: &str, case: Value| age_of("victim_presumed", &json!({ "prs_Birthdate": born }), &case);
    for case in [
        json!({ "x_RecordDate": "2018-06-14" }),
        json!({ "x_Interview": { "start": "2018-06-14T08:00:00Z" } }),
        json!({ "x_AssessmentDate": "2018-06" }),
        json!({ "cas_IncomingReferralDate": "2018-06-14" }),
        json!({ "x_RecordDate": "2020-01-01", "x_AssessmentDate": "2018-06-14" }),
        json!({ "x_Events": [{ "hte_Date": "2018-06-14" }] }),
        json!({ "x_Events": [{ "hte_Date": "2019" }, { "hte_Date": "2018-06-14" }] }),
        json!({ "x_Events": [{ "hte_Date": "2018" }] }),
        json!({ "x_Events": [{ "hte_Date": "2019-01-01", "x_EndDate": "2018-01-01" }] }),
    ] {
        assert_eq!(born("2000-06-15", case.clone()), Age::Child, "{case}");
        assert_eq!(born("1985-06-15", case.clone()), Age::Adult, "{case}");
    }
    let person = json!({ "prs_Birthdate": "2005-06-15", "x_MonthsTrafficked": 24 });
    assert_eq!(age_of("victim_presumed", &person, &json!({ "x_RecordDate": "2024-01-01" })), Age::Child);
    // An age that is counted from the record.
    let person = json!({ "x_AgeStated": 20 });
    let acts = json!({ "x_RecordDate": "2024-03-05", "x_Events": [{ "hte_Date": "2022-03-04" }] });
    assert_eq!(age_of("victim_presumed", &person, &acts), Age::Child);
}

#[test]
fn an_article_or_register_about_children_counts_for_whoever_is_not_shown_an_adult_at_the_acts() {
    let offence = |jurisdiction: &str, article: &str, paragraph: &str| json!({ "x_Offence": [{ "jurisdiction": jurisdiction, "article": article, "paragraph": paragraph }] });
    let cases = [
        offence("RS", "388", "2"),
        offence("RS", "388", "3"),
        offence("RS", "388", "9"),
        offence("RS", "389", ""),
        offence("SI", "113", "2"),
        offence("AT", "104a", "5"),
        json!({ "x_Aggravating": ["ChildVictim"] }),
        json!({ "x_CaseId": "KTM-123/24" }),
        json!({ "x_CaseId": "rs/jt:КТМ 123/24" }),
    ];
    let adult = json!({ "prs_Birthdate": "1985-06-15" });
    for case in &cases {
        assert_eq!(age_of("victim_presumed", &adult, case), Age::Unknown, "{case}");
        let mut dated = case.clone();
        dated["x_Events"] = json!([{ "hte_Date": "2024-01-01" }]);
        assert_eq!(age_of("victim_presumed", &adult, &dated), Age::Adult, "{case}");
        dated["x_Persons"] =
            json!([{ "x_SubjectCategory": "victim_presumed", "prs_Birthdate": "1985-06-15" }]);
        assert_eq!(found(&dated)[0].doubts().collect::<Vec<_>>(), [AgeDoubt::Case], "{case}");
        // A child among the victims is whom the case is about.
        let mut both = case.clone();
        both["x_Persons"] = json!([
            { "x_SubjectCategory": "victim_presumed", "prs_Birthdate": "2012-07-07" },
            { "x_SubjectCategory": "victim_presumed", "prs_Birthdate": "1985-06-15" },
        ]);
        assert_eq!(
            found(&both).iter().map(|one| one.age).collect::<Vec<_>>(),
            [Age::Child, Age::Adult],
            "{case}"
        );
    }
    for case in [offence("RS", "388", "1"), offence("RS", "246", "3"), json!({ "x_CaseId": "KT-123/24" })] {
        assert_eq!(age_of("victim_presumed", &adult, &case), Age::Adult, "{case}");
    }
    // In the register of minors it is the suspect who is one.
    assert_eq!(age_of("suspect", &json!({}), &json!({ "x_CaseId": "KTM-1/24" })), Age::Unknown);
    assert_eq!(age_of("suspect", &json!({}), &offence("RS", "388", "3")), Age::Adult);
}

#[test]
fn a_contradiction_is_told() {
    let doubts = |person: Value| {
        let mut person = person.as_object().unwrap().clone();
        person.insert("x_SubjectCategory".to_owned(), json!("victim_presumed"));
        let record = json!({
            "x_RecordDate": "2024-03-05", "x_Events": [{ "hte_Date": "2024-01-01" }], "x_Persons": [person],
        });
        found(&record)[0].doubts().collect::<Vec<_>>()
    };
    for (person, expected) in [
        (json!({ "prs_Birthdate": "1985-06-15" }), &[][..]),
        (json!({ "prs_Birthdate": "2010-06-15", "x_ChildAtOffence": false }), &[AgeDoubt::Denied]),
        (json!({ "prs_Birthdate": "2010-06-15", "x_ChildNow": false }), &[AgeDoubt::Denied]),
        (json!({ "vic_AgeWhenTrafficked": 15, "x_ChildAtOffence": false }), &[AgeDoubt::Denied]),
        (json!({ "prs_Birthdate": "1985-06-15", "x_ChildNow": true }), &[AgeDoubt::Contradiction]),
        (json!({ "prs_Birthdate": "1985-06-15", "vic_AgeWhenTrafficked": 15 }), &[AgeDoubt::Contradiction]),
        (json!({ "prs_Birthdate": "1985-06-15", "x_Guardian": { "name": "x" } }), &[AgeDoubt::Contradiction]),
        (json!({ "prs_Birthdate": "2985-06-15" }), &[AgeDoubt::Birth]),
        (json!({ "vic_AgeWhenTrafficked": 985 }), &[AgeDoubt::Years]),
    ] {
        assert_eq!(doubts(person.clone()), expected, "{person}");
    }
}

#[test]
fn the_flags_of_a_record_say_what_leaves_no_doubt() {
    let flags = |person: Value, acts: &[&str]| {
        let acts: Vec<Value> = acts.iter().map(|day| json!({ "hte_Date": day })).collect();
        let record = json!({ "x_RecordDate": "2024-03-05", "x_Events": acts, "x_Persons": [person] });
        let found = found(&record)[0];
        (found.child_at_record, found.child_at_acts)
    };
    let born = |born: &str| json!({ "prs_Birthdate": born });
    for (person, acts, expected) in [
        (born("2006-03-06"), &[][..], (Some(true), Some(true))),
        (born("2006-03-05"), &[], (Some(false), None)),
        (born("2006"), &[], (None, None)),
        (born("2006-07-01"), &["2024"], (Some(true), Some(true))),
        (born("2005-06-01"), &["2023", "2023-05-10"], (Some(false), Some(true))),
        (born("2005-06-01"), &["2023-06-01"], (Some(false), Some(false))),
        (born("2005-06-01"), &["2023-06-01", "when"], (Some(false), None)),
        (
            json!({ "prs_Birthdate": "2005-06-01", "x_Unread": ["ActDate"] }),
            &["2023-06-01"],
            (Some(false), None),
        ),
        (born("2004-02-29"), &["2022-02-28"], (Some(false), Some(true))),
        (born("0000"), &["2023-06-01"], (None, None)),
        (born("2985-01-01"), &["2023-06-01"], (None, None)),
        (json!({ "prs_IdentityNumber": "0707012739989" }), &[], (Some(true), Some(true))),
        // Nothing but protection is taken from a number.
        (
            json!({ "x_IdentityNumberType": "JMBG", "prs_IdentityNumber": "1506985719998" }),
            &["2024"],
            (None, None),
        ),
        (json!({ "prs_Birthdate": "1985-06-15", "x_AgeDisputed": true }), &["2024-01-01"], (None, None)),
    ] {
        assert_eq!(flags(person.clone(), acts), expected, "{person} {acts:?}");
    }
}

fn anything() -> impl Strategy<Value = Value> {
    prop_oneof![
        any::<String>().prop_map(Value::from),
        (0..3000_i64).prop_map(Value::from),
        any::<bool>().prop_map(Value::from),
        Just(Value::Null),
        "[0-9]{1,4}[-./ ][0-9]{1,2}[-./ ][0-9]{1,4}".prop_map(Value::from),
        "[0-9]{13}".prop_map(Value::from),
        (1900..2027_i16, 1..13_u8, 1..29_u8).prop_map(|(y, m, d)| json!(format!("{y:04}-{m:02}-{d:02}"))),
    ]
}

const SIGNS: [&str; 14] = [
    "prs_Birthdate",
    "prs_IdentityNumber",
    "x_IdentityNumberType",
    "vic_AgeWhenTrafficked",
    "x_AgeStated",
    "x_AgeEstimated",
    "x_AgeBand",
    "x_ChildNow",
    "x_ChildAtOffence",
    "x_AgeDisputed",
    "x_Guardian",
    "x_Consent",
    "x_Unread",
    "x_MonthsTrafficked",
];

proptest! {
    #[test]
    fn nothing_that_is_added_to_what_shows_no_adult_or_a_child_makes_an_adult_but_a_readable_age(
        values in proptest::collection::vec((proptest::sample::select(SIGNS.to_vec()), anything()), 0..6),
    ) {
        let mut person: Map<String, Value> = values.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        let age = victim(&Value::Object(person.clone()));
        if age == Age::Adult {
            let year = |name: &str| person.get(name).and_then(Value::as_str).is_some_and(|text| text.len() >= 4);
            let years = |name: &str| person.get(name).and_then(Value::as_i64).is_some_and(|age| (18..=120).contains(&age));
            prop_assert!(
                year("prs_Birthdate") || year("prs_IdentityNumber") || years("vic_AgeWhenTrafficked")
                    || years("x_AgeStated") || person.contains_key("x_AgeBand"),
                "{person:?}"
            );
        }
        // A sign of a child beside all of it always protects.
        person.insert("x_ChildAtEntry".to_owned(), json!(true));
        prop_assert_eq!(victim(&Value::Object(person)), Age::Child);
    }
}
