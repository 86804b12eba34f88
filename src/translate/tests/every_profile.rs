//! Records made at random from a table itself, for every shipped table: each value of the source is accounted for,
//! and what the table does not declare lost comes back.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use proptest::prelude::*;

use super::{accounted, catalogue};
use crate::config::shipped;
use crate::schema::Catalogue;
use crate::schema::script::Script;
use crate::translate::convert::{Common, Convert, Flag};
use crate::translate::date;
use crate::translate::mapping::{Format, Line, Mapping, Pattern};
use crate::translate::tree::Tree;
use crate::translate::write::{self, Out, Scalar};
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

/// Decisions, taken one after the other; when they run out, the smallest.
struct Choices<'c> {
    left: std::slice::Iter<'c, u16>,
    /// Numbers the texts, so that no two are equal.
    made: usize,
}

impl Choices<'_> {
    fn below(&mut self, n: usize) -> usize {
        usize::from(self.left.next().copied().unwrap_or_default()) % n.max(1)
    }

    fn of<'t, T>(&mut self, of: &'t [T]) -> Option<&'t T> {
        of.get(self.below(of.len()))
    }
}

/// Makes one record in the table's format.
struct Maker<'m, 'c> {
    mapping: &'m Mapping,
    choices: Choices<'c>,
    /// The key columns of a case, equal in all its rows.
    key: BTreeMap<String, String>,
}

impl Maker<'_, '_> {
    fn record(&mut self) -> Vec<u8> {
        let mut roots = Vec::new();
        self.place(0, &mut roots);
        let root = roots.into_iter().next().unwrap_or_default();
        match self.mapping.format {
            Format::Xml => write::xml(&root, self.mapping),
            Format::Json => write::json(&root),
            Format::Csv => {
                write::csv(&root, &self.mapping.columns, self.mapping.delimiter, self.mapping.encoding)
            }
        }
    }

    fn place(&mut self, at: usize, out: &mut Vec<Out>) {
        let mapping = self.mapping;
        let place = &mapping.nodes[at];
        let times = match place.group.map(|group| &mapping.groups[group]) {
            Some(group) if group.single => self.choices.below(2),
            Some(_) if &*place.name == "row" && mapping.key.is_empty() => 1,
            Some(_) if &*place.name == "row" => 1 + self.choices.below(3),
            Some(_) => self.choices.below(4),
            None if at == 0 || &*place.name == "row" => 1,
            None => 1,
        };
        for _ in 0..times {
            self.one(at, place, out);
        }
    }

    fn one(&mut self, at: usize, place: &Pattern, out: &mut Vec<Out>) {
        let mut children = Vec::new();
        for child in &place.order {
            self.place(*child, &mut children);
        }
        let values = self.values(place);
        let name = place.name.to_string();
        let list = place.group.is_some_and(|group| !self.mapping.groups[group].single);
        let mut values = values.into_iter();
        let first = values.next();
        if first.is_none() && children.is_empty() && at != 0 {
            return;
        }
        out.push(Out { name: name.clone(), value: first, children, list });
        for value in values {
            out.push(Out { name: name.clone(), value: Some(value), children: Vec::new(), list: true });
        }
    }

    fn values(&mut self, place: &Pattern) -> Vec<Scalar> {
        if let Some(literal) = &place.literal {
            return vec![Scalar::Text(literal.to_string())];
        }
        let key = self.mapping.key.iter().any(|key| **key == *place.name);
        if let Some(known) = self.key.get(&*place.name) {
            return vec![Scalar::Text(known.clone())];
        }
        let lines: Vec<&Line> = place.lines.iter().map(|n| &self.mapping.lines[*n]).collect();
        let line = lines.iter().find(|line| line.exports && !matches!(line.convert, Convert::Set(_)));
        let values = match line {
            // A part of a joined value: digits stand in every template.
            None if place.joined.is_some() => {
                self.choices.made += 1;
                vec![Scalar::Text((1000 + self.choices.made).to_string())]
            }
            None => Vec::new(),
            Some(_) if !key && self.choices.below(3) == 0 => Vec::new(),
            Some(line) => self.line(line, place),
        };
        if key && let Some(Scalar::Text(text)) = values.first() {
            self.key.insert(place.name.to_string(), text.clone());
        }
        values
    }

    fn line(&mut self, line: &Line, place: &Pattern) -> Vec<Scalar> {
        let lists =
            line.target.many && !line.first && !line.single && !matches!(line.convert, Convert::Offence(_));
        let alone =
            place.name.starts_with('@') || self.mapping.format == Format::Csv || !place.children.is_empty();
        let count = if lists && (line.split.is_some() || !alone) { 1 + self.choices.below(3) } else { 1 };
        let mut texts: Vec<String> = Vec::new();
        for _ in 0..count {
            let text = self.text(&line.convert);
            if !text.is_empty() && !texts.contains(&text) {
                texts.push(text);
            }
        }
        if let Some(mark) = &line.split {
            texts.retain(|text| mark.trim().is_empty() || !text.contains(mark.trim()));
            return if texts.is_empty() { Vec::new() } else { vec![Scalar::Text(texts.join(mark))] };
        }
        let json = self.mapping.format == Format::Json;
        let scalar = |text: String| match (&line.convert, text.parse()) {
            (Convert::Boolean([yes, _]), _) if json && yes == "true" => Scalar::Bool(text == "true"),
            (Convert::Integer, Ok(number)) if json => Scalar::Number(number),
            _ => Scalar::Text(text),
        };
        texts.into_iter().map(scalar).collect()
    }

    /// A text that the conversion knows.
    fn text(&mut self, convert: &Convert) -> String {
        let cyrillic = self.mapping.script == Script::Cyrl;
        self.choices.made += 1;
        let n = self.choices.made;
        let words: &[&str] = if cyrillic {
            &["Љиљана", "Његован Џорџ", "а; б", "ћирилица & <знак>", "\"наводници\"", "к'о"]
        } else {
            &["Ljiljana", "Đorđević Šaš", "a; b", "č ć ž š đ & <mark>", "\"quoted\"", "d'or", "two\nlines"]
        };
        let iso = format!("19{:02}-0{}-1{}", 50 + n % 50, 1 + n % 9, n % 10);
        match convert {
            Convert::Text | Convert::Latin | Convert::Name | Convert::Case(_) => {
                format!("{} {n}", self.choices.of(words).unwrap())
            }
            Convert::Date(style) => {
                let exact = *self.choices.of(&[10, 7, 4]).unwrap();
                date::format(&iso[..exact], *style).unwrap()
            }
            Convert::Integer => (n % 100).to_string(),
            Convert::Boolean(words) => words[self.choices.below(2)].clone(),
            Convert::Code(table) => self.word(*table),
            Convert::Country { words, .. } => match words {
                Some(table) if self.choices.below(2) == 0 => self.word(*table),
                _ => (*self.choices.of(&["RS", "SI", "AT", "040", "SRB", "688", "YU", "XK"]).unwrap())
                    .to_owned(),
            },
            Convert::Number(check) => {
                let known = [
                    "1506985719998",
                    "0311979804992",
                    "2902004739982",
                    "1203992504996",
                    "9877120392",
                    "9930300908",
                ];
                let valid: Vec<&str> = known.into_iter().filter(|number| check(number).is_ok()).collect();
                (*self.choices.of(&valid).unwrap()).to_owned()
            }
            Convert::Phone(_) => format!("+38164{}", 1_234_567 + n),
            Convert::Language { .. } => {
                (*self.choices.of(&["sr", "srp", "ger", "deu", "hun"]).unwrap()).to_owned()
            }
            Convert::Timestamp => format!("{iso}T10:15:00.5+02:00"),
            Convert::Flag(flag) => self.flag(flag),
            Convert::Offence(_) => (*self
                .choices
                .of(&["388", "388/3", "388/3 u vezi 1", "389/2", "388/1 u vezi 390/2"])
                .unwrap())
            .to_owned(),
            Convert::Set(_) => String::new(),
        }
    }

    fn flag(&mut self, flag: &Flag) -> String {
        let mut words = vec![flag.words.yes.clone()];
        words.extend(flag.words.no.clone());
        words.extend(flag.words.unknown.clone());
        self.choices.of(&words).unwrap().clone()
    }

    fn word(&mut self, table: usize) -> String {
        let mut words: Vec<&str> = self.mapping.tables[table].words().collect();
        words.sort_unstable();
        (*self.choices.of(&words).unwrap()).to_owned()
    }
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

/// Holds one record of one table against the two requirements.
fn hold(catalogue: &Catalogue, mapping: &Mapping, choices: &[u16]) -> Result<(), TestCaseError> {
    let choices = Choices { left: choices.iter(), made: 0 };
    let source = Maker { mapping, choices, key: BTreeMap::new() }.record();
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
            let choices = Choices { left: choices.iter(), made: 0 };
            let source = Maker { mapping, choices, key: BTreeMap::new() }.record();
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
