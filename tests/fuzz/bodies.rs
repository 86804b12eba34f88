//! What is tried on every input, one function per target: nothing may panic, and what is read must keep its promises.
//! The fuzz targets and `tests/fuzz.rs` both run these functions.

#[path = "submit.rs"]
mod submit;

use std::sync::LazyLock;

use casebridge::config::shipped;
use casebridge::schema::json::{self, Limits};
use casebridge::schema::script::{
    ascii_forms, has_unseen, is_cyrillic, latin_form, looks_misread, mixes_scripts, mrz_forms, normal,
    repair_d, script_of, to_cyrillic, to_latin,
};
use casebridge::schema::{Catalogue, FieldKind, Record};
use casebridge::translate::date::{self, DateStyle};
use casebridge::translate::workbench::{Wish, skeleton};
use casebridge::translate::{
    Format, Jmbg, JmbgDoubt, Mapping, check_jmbg, check_svnr, country, file_number, import, language,
    matching_keys, phone, records, same_name,
};

/// Tries one input.
type Body = fn(&[u8]);

/// Every target with its body.
pub(crate) const TARGETS: [(&str, Body); 15] = [
    ("country", country_codes),
    ("csv", csv),
    ("date", dates),
    ("file_number", file_numbers),
    ("jmbg", jmbg),
    ("json", json),
    ("language", languages),
    ("mapping", mapping),
    ("names", names),
    ("phone", phones),
    ("record_json", record_json),
    ("sample", sample),
    ("submit", submit::submit),
    ("svnr", svnr),
    ("xml", xml),
];

/// Runs the body of the target with this name.
pub(crate) fn run(target: &str, data: &[u8]) {
    let (_, body) = TARGETS.iter().find(|(name, _)| *name == target).expect("a target of the list");
    body(data);
}

fn text(name: &str) -> &'static str {
    std::str::from_utf8(shipped::file(name).unwrap()).unwrap()
}

static CATALOGUE: LazyLock<Catalogue> =
    LazyLock::new(|| Catalogue::parse(text("schema/fields.toml"), text("schema/codes.toml")).unwrap());

/// The shipped tables, and each of XML and CSV in the other encoding too.
static MAPPINGS: LazyLock<Vec<Mapping>> = LazyLock::new(|| {
    let mut mappings = Vec::new();
    for (name, bytes) in shipped::folder("translate") {
        let table = std::str::from_utf8(bytes).unwrap();
        mappings.push(Mapping::load(table, name, &CATALOGUE).unwrap());
        let other = if table.contains("encoding = \"windows-1250\"") {
            table.replace("encoding = \"windows-1250\"", "encoding = \"UTF-8\"")
        } else {
            format!("encoding = \"windows-1250\"\n{}", table.replace("encoding = \"UTF-8\"\n", ""))
        };
        mappings.extend(Mapping::load(&other, name, &CATALOGUE));
    }
    mappings
});

/// The source is read by every table of its format.
fn source(format: Format, data: &[u8]) {
    let mut tables = 0;
    for mapping in MAPPINGS.iter().filter(|mapping| mapping.format() == format) {
        tables += 1;
        for translated in records(mapping, &CATALOGUE, data).take(1_000).flatten() {
            translated.record.check(&CATALOGUE).unwrap();
            let bytes = translated.record.to_bytes();
            let value = json::parse(&bytes, Limits { bytes: usize::MAX, ..Limits::RECORD }).unwrap();
            assert_eq!(value.as_object(), Some(translated.record.members()));
            back(&translated.record);
        }
    }
    assert!(tables > 0);
}

/// The record is written in every inbound form.
fn back(record: &Record) {
    for mapping in MAPPINGS.iter() {
        let _ = import(mapping, &CATALOGUE, record);
    }
}

fn xml(data: &[u8]) {
    source(Format::Xml, data);
}

fn csv(data: &[u8]) {
    source(Format::Csv, data);
}

fn json(data: &[u8]) {
    source(Format::Json, data);
}

fn record_json(data: &[u8]) {
    let Ok(value) = json::parse(data, Limits::RECORD) else { return };
    // What one reader accepts, the other does too, and with the same meaning.
    assert_eq!(serde_json::from_slice::<serde_json::Value>(data).unwrap(), value);
    let serde_json::Value::Object(members) = value else { return };
    let mut record = Record::new(members);
    let checked = record.check(&CATALOGUE);
    assert_eq!(Record::new(record.members().clone()), record);
    if checked.is_ok() {
        back(&record);
    }
    let mut asked = 0;
    record.withhold(&CATALOGUE, |_, _, _| {
        asked += 1;
        asked % 2 == 0
    });
    record.withhold(&CATALOGUE, |_, _, _| false);
    assert!(record.members().is_empty());
}

fn mapping(data: &[u8]) {
    let Ok(table) = std::str::from_utf8(data) else { return };
    match Mapping::load(table, "table.toml", &CATALOGUE) {
        Ok(mapping) => {
            for source in ["", "{}", "<a/>", "a;b\n1;2\n"] {
                let results = records(&mapping, &CATALOGUE, source.as_bytes());
                results.flatten().for_each(|translated| {
                    translated.record.check(&CATALOGUE).unwrap();
                });
            }
            let _ = import(&mapping, &CATALOGUE, &Record::new(serde_json::Map::new()));
        }
        Err(problems) => {
            assert!(!problems.is_empty());
            let lines = table.split('\n').count();
            assert!(problems.iter().all(|problem| (1..=lines).contains(&problem.line)), "{problems:?}");
        }
    }
}

/// A table made from a sample loads as it stands, and with every proposal taken.
fn sample(data: &[u8]) {
    let Ok(table) = skeleton(&[data], &Wish::default(), &CATALOGUE) else { return };
    let taken: Vec<&str> = table.lines().map(|line| line.strip_prefix("#? ").unwrap_or(line)).collect();
    for table in [&table, &taken.join("\n")] {
        let problems = Mapping::load(table, "table.toml", &CATALOGUE).err();
        assert_eq!(problems, None, "{table}");
    }
}

fn jmbg(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    match Jmbg::read(&text) {
        Ok(read) => {
            assert_eq!(check_jmbg(&text), Ok(()));
            assert!(text.len() == 13 && text.bytes().all(|b| b.is_ascii_digit()));
            let born = read.born.strftime("%d%m%Y").to_string();
            assert_eq!((text.get(..4), text.get(4..7)), (born.get(..4), born.get(5..8)));
            assert!(read.region < 100);
            let doubts = read.doubts(Some(&read.born.to_string()), Some(read.sex));
            assert_eq!(doubts.contains(&JmbgDoubt::RemainderOne), read.remainder_one);
            assert!(doubts.len() <= 1);
            // Any other check digit is wrong.
            let others = (0..10).map(|digit| format!("{}{digit}", text.get(..12).unwrap()));
            assert_eq!(others.filter(|other| check_jmbg(other).is_ok()).count(), 1);
        }
        Err(reason) => assert_eq!(check_jmbg(&text), Err(reason)),
    }
}

fn svnr(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    if check_svnr(&text).is_ok() {
        assert!(text.len() == 10 && text.bytes().all(|b| b.is_ascii_digit()) && !text.starts_with('0'));
        let serial = |digit| format!("{}{digit}{}", text.get(..3).unwrap(), text.get(4..).unwrap());
        assert_eq!((0..10).filter(|digit| check_svnr(&serial(*digit)).is_ok()).count(), 1);
    }
}

fn phones(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    for region in ["RS", "SI", "AT", "XK", "IT", ""] {
        let Some(number) = phone::to_e164(&text, region) else { continue };
        let digits = number.strip_prefix('+').unwrap();
        assert!((3..=15).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit()));
        assert_eq!(phone::to_e164(&number, "").as_ref(), Some(&number));
        if let Some(country) = text.trim().strip_prefix("+381").and(number.get(..4)) {
            assert_eq!(country, "+381");
        }
    }
}

fn country_codes(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let Some(found) = country::read(&text) else { return };
    assert_eq!(found.as_received, text);
    assert_eq!(country::read(found.code).unwrap().code, found.code);
    for form in [country::Form::Alpha2, country::Form::Alpha3, country::Form::Numeric] {
        if let Some(written) = country::write(found.code, form) {
            let back = country::read(&written).unwrap();
            assert_eq!((back.code, back.scheme), (found.code, found.scheme));
        }
    }
    assert_eq!(found.code == "XK", ["XK", "XKX", "UNK", "RKS"].contains(&&*text));
}

fn languages(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let Some(code) = language::read(&text) else { return };
    assert_eq!(language::read(code), Some(code));
    assert_eq!(language::two_letters(&text), language::two_letters(code));
    if let Some(two) = language::two_letters(code) {
        assert_eq!(language::read(two), Some(code));
    }
}

fn dates(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    if let Some(iso) = date::parse(&text) {
        assert!(matches!(iso.len(), 4 | 7 | 10));
        for style in [DateStyle::Iso, DateStyle::Rs, DateStyle::Si, DateStyle::At] {
            let written = date::format(&iso, style).unwrap();
            assert_eq!(date::parse(&written).as_ref(), Some(&iso));
        }
    }
    // What the schema takes as a date is one, and as exact as it is written; a year that cannot be is none of a form.
    let value = serde_json::Value::from(&*text);
    if FieldKind::Date.holds(&value) {
        assert!(date::parse(&text).is_none_or(|read| read == text));
    }
    assert!(!FieldKind::Timestamp.holds(&value) || date::parse(&text).is_none());
}

fn file_numbers(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let registers = ["KT", "KTN", "KTNI", "KTM", "KTR", "KTO", "KTŽ", ""];
    let Some(read) = file_number::read(&text, &registers) else { return };
    assert!(!read.register.is_empty() && read.number < 1_000_000 && read.year < 10_000);
    let written = format!("{} {}/{:02}", read.register, read.number, read.year);
    if !(100..1_000).contains(&read.year) {
        assert_eq!(file_number::read(&written, &registers).as_ref(), Some(&read));
    }
}

fn names(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let plain = normal(&text);
    assert_eq!(normal(&plain), plain);
    let latin = to_latin(&plain);
    assert_eq!(to_latin(&latin), latin);
    let serbian = "абвгдђежзијклљмнњопрстћуфхцчџш";
    assert!(!latin.to_lowercase().contains(|c| serbian.contains(c)));
    let cyrillic = to_cyrillic(&text);
    assert_eq!(to_cyrillic(&cyrillic.text).text, cyrillic.text);
    assert!(cyrillic.text.len() <= 3 * plain.len());
    // Whatever is in doubt, no letter is lost on the way there and back.
    let folded = |text: &str| repair_d(text).unwrap_or_else(|| text.to_owned()).to_lowercase();
    assert_eq!(folded(&to_latin(&cyrillic.text)), folded(&latin));
    let _ = (script_of(&text), has_unseen(&text), looks_misread(&text));
    assert!(latin_form(&text).is_none_or(|form| !form.contains(is_cyrillic)));
    assert!(!(text.is_ascii() && mixes_scripts(&text)));
    let keys = matching_keys(&text);
    assert!(keys.len() <= 2 && keys.iter().all(|key| key.chars().all(char::is_alphabetic)));
    assert_eq!(same_name(&text, &text), !keys.is_empty());
    // Normal form can make a name longer than any that has keys.
    assert!(keys.is_empty() || plain.len() > 512 || same_name(&text, &plain));
    for forms in [ascii_forms(&text), mrz_forms(&text)] {
        assert!(forms.len() <= 4 && forms.iter().all(|form| form.is_ascii()));
    }
}
