//! Dates that are none, in every date of every form: whoever may be a child counts as one, and what was not read is told.

use jiff::civil::date;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::maker::Maker;
use super::{CATALOGUE, TABLES, leaves, lines};
use crate::schema::tests::childhood::may_be_child;
use crate::schema::{Age, Case};
use crate::translate::mapping::Mapping;
use crate::translate::records;

/// What people write when they do not know the date, mistype it, or the program puts in its place.
const NO_DATES: [&str; 14] = [
    "00.00.0000.",
    "0000-00-00",
    "0000",
    "31.02.2012.",
    "2009-13-07",
    "07.07.12.",
    "oko 2012",
    "2012?",
    "0012-07-07",
    "1.1.1700.",
    "marta 2009",
    "2012-07-07 ili 2013",
    "99.99.9999.",
    "N. N.",
];

fn hold(mapping: &Mapping, choices: &[u16]) -> Result<usize, TestCaseError> {
    let source = Maker::new(mapping, choices).with_dates(&NO_DATES).record();
    let now = "2026-03-06T20:15:00Z".parse().unwrap();
    let shown = || String::from_utf8_lossy(&source).into_owned();
    let mut unread = 0;
    // A date of consent, or of whatever else protects, stops the record: then nothing leaves.
    for translated in records(mapping, &CATALOGUE, &source[..]).flatten() {
        let members = translated.record.members();
        let record = Value::Object(members.clone());
        let case = Case::of(members, Some(now));
        for person in translated.record.persons() {
            let found = case.person(person, false);
            let plain = may_be_child(&Value::Object(person.clone()), &record, date(2026, 3, 6));
            prop_assert!(
                !plain || found.age != Age::Adult,
                "{}: counts as an adult\n{}",
                mapping.name(),
                record
            );
            let known = person.get("prs_Birthdate").and_then(Value::as_str).unwrap_or_default();
            prop_assert!(!NO_DATES.contains(&known) && !known.starts_with('0'), "{known}");
            unread +=
                usize::from(person.get("x_Unread").is_some_and(|list| {
                    list.as_array().is_some_and(|list| list.contains(&json!("Birthdate")))
                }));
        }
        let written = leaves(mapping, &source);
        let of_acts = written.iter().any(|(_, plain, text)| {
            let dates = lines(mapping, plain)
                .into_iter()
                .any(|line| line.target.text.starts_with("x_Events[") && line.target.leaf.ends_with("Date"));
            dates && NO_DATES.contains(&text.as_str())
        });
        for person in translated.record.persons().filter(|_| of_acts) {
            let told = person.get("x_Unread").and_then(Value::as_array);
            prop_assert!(
                told.is_some_and(|told| told.contains(&json!("ActDate"))),
                "{}: {person:?}\n{}",
                mapping.name(),
                shown()
            );
            // What the source itself denies is its own word.
            let asked = mapping.lines.iter().any(|line| &*line.target.leaf == "x_ChildAtOffence");
            prop_assert!(asked || person.get("x_ChildAtOffence") != Some(&json!(false)), "{person:?}");
        }
        let births = written.iter().filter(|(_, plain, text)| {
            let births = lines(mapping, plain).into_iter().any(|line| &*line.target.leaf == "prs_Birthdate");
            births && NO_DATES.contains(&text.as_str())
        });
        for (path, ..) in births {
            prop_assert!(
                translated.report.unmapped.contains(path),
                "{}: `{path}` is not told\n{}",
                mapping.name(),
                shown()
            );
            prop_assert!(unread > 0, "{}: `{path}` is not told of the person\n{}", mapping.name(), shown());
        }
    }
    Ok(unread)
}

#[test]
fn a_date_that_is_none_makes_nobody_an_adult_in_any_profile() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    for mapping in TABLES.iter() {
        let mut found = 0;
        for _ in 0..150 {
            let tree = prop::collection::vec(any::<u16>(), 300).new_tree(&mut runner).unwrap();
            found += hold(mapping, &proptest::strategy::ValueTree::current(&tree))
                .unwrap_or_else(|e| panic!("{e}"));
        }
        let asks = mapping.lines.iter().any(|line| line.exports && &*line.target.leaf == "prs_Birthdate");
        assert!(!asks || found > 0, "{}: no date was unread", mapping.name());
    }
}
