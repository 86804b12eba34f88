//! Records made at random from a table itself, for every shipped table: each value of the source is accounted for,
//! and what the table does not declare lost comes back.

mod ages;
mod maker;

use std::collections::BTreeSet;
use std::sync::LazyLock;

use proptest::prelude::*;

use self::maker::Maker;
use super::{accounted, catalogue};
use crate::config::shipped;
use crate::schema::Catalogue;
use crate::translate::convert::{Common, Convert};
use crate::translate::mapping::{Format, Line, Mapping};
use crate::translate::tree::Tree;
use crate::translate::{Report, import, json, records, xml};

static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(catalogue);
static TABLES: LazyLock<Vec<Mapping>> = LazyLock::new(|| tables(&CATALOGUE));

/// Every shipped table, by name.
fn tables(catalogue: &Catalogue) -> Vec<Mapping> {
    let load = |(name, bytes): (&str, &[u8])| {
        Mapping::load(std::str::from_utf8(bytes).unwrap(), name, catalogue)
            .unwrap_or_else(|e| panic!("{e:#?}"))
    };
    shipped::folder("translate").map(load).collect()
}

/// A value of a national record: where it stands, the same without the numbers of neighbours, and what it says.
type Leaf = (String, String, String);

fn leaves(mapping: &Mapping, bytes: &[u8]) -> Vec<Leaf> {
    let decoded = encoding_rs::Encoding::for_label(match mapping.encoding {
        crate::translate::table::Encoding::Utf8 => b"utf-8",
        crate::translate::table::Encoding::Windows1250 => b"windows-1250",
    });
    let text = decoded.unwrap().decode_without_bom_handling(bytes).0.into_owned();
    let mut out = Vec::new();
    let mut collect = |tree: &Tree<'_>| {
        let mut at = 0;
        while let Some(node) = tree.node(at) {
            if !node.value.is_empty() {
                let path = tree.path(at);
                let plain = without_numbers(&path);
                out.push((path, plain, node.value.clone().into_owned()));
            }
            at += 1;
        }
    };
    match mapping.format {
        Format::Xml => collect(&xml::read(&text, mapping).unwrap()),
        Format::Json => collect(&json::read(text.as_bytes()).unwrap()),
        Format::Csv => {
            let mut reader =
                csv::ReaderBuilder::new().delimiter(mapping.delimiter).from_reader(text.as_bytes());
            let header = reader.headers().unwrap().clone();
            for (row, record) in reader.records().enumerate() {
                for (name, value) in
                    header.iter().zip(record.unwrap().iter()).filter(|(_, v)| !v.trim().is_empty())
                {
                    let number = if row == 0 { String::new() } else { format!("[{}]", row + 1) };
                    out.push((format!("row{number}/{name}"), format!("row/{name}"), value.trim().to_owned()));
                }
            }
        }
    }
    out
}

fn without_numbers(path: &str) -> String {
    path.split('/').map(|part| part.split('[').next().unwrap_or(part)).collect::<Vec<_>>().join("/")
}

/// The source paths, without numbers, of which the report says that something is lost or has no place.
fn declared(report: &Report) -> BTreeSet<String> {
    report
        .unmapped
        .iter()
        .chain(report.lossy.iter().map(|loss| &loss.path))
        .map(|p| without_numbers(p))
        .collect()
}

/// Whether a place says of somebody to be no child.
fn no_child(value: &str) -> bool {
    ["nein", "Adult", "ne", "false"].contains(&value)
}

/// Holds one record of one table against the two requirements.
fn hold(catalogue: &Catalogue, mapping: &Mapping, choices: &[u16]) -> Result<(), TestCaseError> {
    let source = Maker::new(mapping, choices).record();
    let name = mapping.name();
    let shown = || String::from_utf8_lossy(&source).into_owned();
    let there = leaves(mapping, &source);
    let translated: Vec<_> = records(mapping, catalogue, &source[..]).collect();
    if there.is_empty() {
        return Ok(());
    }
    prop_assert_eq!(translated.len(), 1, "{} {}", name, shown());
    let translated = translated.into_iter().next().unwrap();
    let translated =
        translated.map_err(|error| TestCaseError::fail(format!("{name}: {error}\n{}", shown())))?;
    let report = &translated.report;
    prop_assert_eq!(accounted(report), there.len(), "{} {}\n{:?}", name, shown(), report);
    let checked = translated.record.check(catalogue);
    prop_assert!(checked.as_ref().is_ok_and(Vec::is_empty), "{} {:?}", name, checked);
    if !mapping.imports {
        return Ok(());
    }
    let back = import(mapping, catalogue, &translated.record).unwrap();
    let again = leaves(mapping, &back.bytes);
    let lost = declared(report);
    let wanted = there.iter().filter(|(_, plain, _)| !lost.contains(plain));
    let says = |leaves: &[Leaf], plain: &str, value: &str| {
        leaves.iter().any(|(_, p, v)| p == plain && covers(mapping, plain, v, value))
    };
    let loss_back = !back.report.lossy.is_empty();
    for (path, plain, value) in wanted {
        let held = says(&again, plain, value) || says_nothing(mapping, plain, value) || loss_back;
        // Somebody said to be no child whom a date shows to be one: the child counts, and it is told.
        let held = held || (no_child(value) && report.warnings.iter().any(|warning| warning.code == "W-AGE"));
        prop_assert!(
            held,
            "{}: `{}` says `{}` and does not come back\n{}\n{}\n{:?}",
            name,
            path,
            value,
            shown(),
            String::from_utf8_lossy(&back.bytes),
            back.report
        );
    }
    // Nothing comes back that was not there.
    for (path, plain, value) in &again {
        let known = says(&there, plain, value);
        prop_assert!(
            known
                || lost.contains(plain)
                || loss_back
                || blank(mapping, plain, value)
                || derived(mapping, plain)
                || shared(mapping, plain, &there),
            "{}: `{}` says `{}`, which the source does not\n{}\n{}",
            name,
            path,
            value,
            shown(),
            String::from_utf8_lossy(&back.bytes)
        );
    }
    Ok(())
}

/// The lines of the place at a path without numbers.
fn lines<'m>(mapping: &'m Mapping, plain: &str) -> Vec<&'m Line> {
    let at = plain.split('/').try_fold(0, |at: usize, name| mapping.nodes[at].children.get(name).copied());
    at.map_or_else(Vec::new, |at| mapping.nodes[at].lines.iter().map(|n| &mapping.lines[*n]).collect())
}

/// Whether the place holds what follows from other values of the record, so that the source need not say it.
fn derived(mapping: &Mapping, plain: &str) -> bool {
    lines(mapping, plain).iter().any(|line| matches!(&*line.target.leaf, "x_ChildNow" | "x_ChildAtOffence"))
}

/// Whether the table writes this value where nothing is known.
fn blank(mapping: &Mapping, plain: &str, value: &str) -> bool {
    lines(mapping, plain).iter().any(|line| {
        let unknown =
            matches!(&line.convert, Convert::Flag(f) if f.words.unknown.first().is_some_and(|u| u == value));
        unknown || line.blank.as_deref() == Some(value)
    })
}

/// Whether the value is a word for silence, or several.
fn says_nothing(mapping: &Mapping, plain: &str, value: &str) -> bool {
    let silent =
        |line: &Line, part: &str| matches!(line.convert.to_common(part, &mapping.tables), Common::Nothing);
    let nothing = |line: &&Line| match &line.split {
        None => silent(line, value),
        Some(mark) => value.split(mark.as_str()).all(|part| silent(line, part.trim())),
    };
    mapping.empty.iter().any(|empty| empty == value) || lines(mapping, plain).iter().any(nothing)
}

/// Whether another place of the source, which speaks, has its value at the same place of the common record: what one
/// column says then comes back in all columns that say it.
fn shared(mapping: &Mapping, plain: &str, there: &[Leaf]) -> bool {
    let here = lines(mapping, plain);
    there.iter().filter(|(_, other, _)| other != plain).any(|(_, other, _)| {
        lines(mapping, other).iter().any(|line| here.iter().any(|own| own.target.text == line.target.text))
    })
}

/// Whether one text of a place says all that another says: the same text, another word for one code, or a longer list.
fn covers(mapping: &Mapping, plain: &str, a: &str, b: &str) -> bool {
    let one = |line: &Line, text: &str| match line.convert.to_common(text, &mapping.tables) {
        // What was received of a country beside its code is not written again.
        Common::Is(value) | Common::Lossy(Some(value), _) => {
            Some(value.get("code").unwrap_or(&value).to_string())
        }
        _ => None,
    };
    let common = |line: &Line, text: &str| -> Option<BTreeSet<String>> {
        match &line.split {
            None => one(line, text).map(|value| BTreeSet::from([value])),
            Some(mark) => text
                .split(mark.as_str())
                .map(str::trim)
                .filter(|part| !says_nothing(mapping, plain, part))
                .map(|part| one(line, part))
                .collect(),
        }
    };
    let set = |line: &&&Line| !matches!(line.convert, Convert::Set(_)) && !line.first;
    a == b
        || lines(mapping, plain)
            .iter()
            .filter(set)
            .any(|line| common(line, a).zip(common(line, b)).is_some_and(|(a, b)| a.is_superset(&b)))
}

#[test]
fn the_maker_reaches_every_source_of_every_table() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    for mapping in TABLES.iter() {
        let mut seen: BTreeSet<String> = BTreeSet::new();
        for _ in 0..200 {
            let tree = prop::collection::vec(any::<u16>(), 400).new_tree(&mut runner).unwrap();
            let choices = proptest::strategy::ValueTree::current(&tree);
            let source = Maker::new(mapping, &choices).record();
            seen.extend(leaves(mapping, &source).into_iter().map(|(_, plain, _)| plain));
        }
        let mut wanted = BTreeSet::new();
        for (at, place) in mapping.nodes.iter().enumerate() {
            if place.lines.iter().any(|n| mapping.lines[*n].exports) {
                wanted.insert(source_of(mapping, at));
            }
        }
        let missed: Vec<_> = wanted.difference(&seen).collect();
        assert!(missed.is_empty(), "{}: {missed:?}", mapping.name());
    }
}

fn source_of(mapping: &Mapping, at: usize) -> String {
    let place = &mapping.nodes[at];
    match place.parent {
        _ if at == 0 => String::new(),
        0 => place.name.to_string(),
        parent => format!("{}/{}", source_of(mapping, parent), place.name),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 120, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_value_is_accounted_for_and_comes_back_in_every_profile(
        choices in prop::collection::vec(any::<u16>(), 0..500)
    ) {
        for mapping in TABLES.iter() {
            hold(&CATALOGUE, mapping, &choices)?;
        }
    }
}
