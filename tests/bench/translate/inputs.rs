//! What is measured: every shipped sample under the table that reads it best, and the 16-column table of the CTDC.

use std::collections::BTreeSet;
use std::path::Path;

use casebridge::config::shipped::{self, Shipped};
use casebridge::schema::Catalogue;
use casebridge::translate::{Format, Mapping, records};

use super::Outcome;

/// Records of a CSV input.
const CASES: usize = 2_000;
/// The table of the 16 columns.
const CTDC: &str = "translate/ctdc-vp.toml";

#[derive(Debug)]
pub(crate) struct Input {
    pub(crate) name: String,
    pub(crate) mapping: Mapping,
    pub(crate) parser: Parser,
    pub(crate) bytes: Vec<u8>,
}

/// The parser crate alone.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Parser {
    /// With this delimiter.
    Csv(u8),
    Xml,
    Json,
}

/// The inputs, and the names of the tables for which there is none.
pub(crate) fn all(catalogue: &Catalogue) -> Outcome<(Vec<Input>, BTreeSet<&'static str>)> {
    let mut inputs = Vec::new();
    let mut without: BTreeSet<&str> = shipped::folder("translate").map(|(name, _)| stem(name)).collect();
    let ctdc = shipped::file(CTDC).ok_or("the 16-column table is not shipped")?;
    let generated = Rows::new(21_195).bytes();
    let mut add = |name: String, file: Shipped, bytes: Vec<u8>| -> Outcome {
        let mapping = table(file, catalogue)?;
        let parser = parser(file.1, mapping.format())?;
        without.remove(stem(file.0));
        inputs.push(Input { name, mapping, parser, bytes });
        Ok(())
    };
    add("ctdc-vp generated".to_owned(), (CTDC, ctdc), generated)?;
    match std::env::var_os("CTDC_DATA") {
        Some(folder) => {
            let path = Path::new(&folder).join("CTDC_VPsynthetic_condensed.csv");
            add("ctdc-vp official file".to_owned(), (CTDC, ctdc), std::fs::read(path)?)?;
        }
        None => eprintln!("the official data set is left out: name its folder in CTDC_DATA"),
    }
    for (sample, bytes) in shipped::folder("samples") {
        let Some(file) = table_of(sample, bytes, catalogue)? else {
            eprintln!("no shipped table reads `{sample}`");
            continue;
        };
        let (stem, file_name) = (stem(file.0), sample.trim_start_matches("samples/"));
        let name =
            if file_name.starts_with(stem) { file_name.to_owned() } else { format!("{stem} {file_name}") };
        let many = match table(file, catalogue)?.format() {
            Format::Csv => many_cases(file.1, bytes)?,
            Format::Xml | Format::Json => bytes.to_vec(),
        };
        add(name, file, many)?;
    }
    Ok((inputs, without))
}

/// A shipped table, loaded.
pub(crate) fn table((name, bytes): Shipped, catalogue: &Catalogue) -> Outcome<Mapping> {
    Mapping::load(std::str::from_utf8(bytes)?, name, catalogue)
        .map_err(|problems| problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n").into())
}

fn stem(path: &str) -> &str {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.split('.').next().unwrap_or(name)
}

/// The table that reads all of the sample and leaves the least of it without a place.
fn table_of(sample: &str, bytes: &[u8], catalogue: &Catalogue) -> Outcome<Option<Shipped>> {
    let mut best: Option<(usize, Shipped)> = None;
    for file in shipped::folder("translate") {
        let mapping = table(file, catalogue)?;
        let format = match mapping.format() {
            Format::Csv => ".csv",
            Format::Xml => ".xml",
            Format::Json => ".json",
        };
        if !sample.ends_with(format) {
            continue;
        }
        let mut lost = 0;
        let read = records(&mapping, catalogue, bytes).all(|translated| {
            translated.is_ok_and(|translated| {
                lost += translated.report.unmapped.len();
                translated.record.check(catalogue).is_ok()
            })
        });
        if read && best.is_none_or(|(least, _)| lost < least) {
            best = Some((lost, file));
        }
    }
    Ok(best.map(|(_, file)| file))
}

fn parser(table: &[u8], format: Format) -> Outcome<Parser> {
    Ok(match format {
        Format::Csv => Parser::Csv(csv_form(table)?.0),
        Format::Xml => Parser::Xml,
        Format::Json => Parser::Json,
    })
}

/// The delimiter and the key columns of a CSV table.
fn csv_form(table: &[u8]) -> Outcome<(u8, Vec<String>)> {
    let table: toml::Table = toml::from_str(std::str::from_utf8(table)?)?;
    let delimiter = table.get("delimiter").and_then(toml::Value::as_str).unwrap_or(",");
    let key = table.get("key").and_then(toml::Value::as_array).into_iter().flatten();
    let key = key.filter_map(|column| column.as_str().map(str::to_owned)).collect();
    Ok((delimiter.bytes().next().unwrap_or(b','), key))
}

/// The sample's cases over and over, each time with another number in its key.
fn many_cases(table: &[u8], sample: &[u8]) -> Outcome<Vec<u8>> {
    let (delimiter, key) = csv_form(table)?;
    let mut reader = csv::ReaderBuilder::new().delimiter(delimiter).from_reader(sample);
    let header = reader.byte_headers()?.clone();
    let rows: Vec<csv::ByteRecord> = reader.byte_records().collect::<Result<_, _>>()?;
    let number = |at: &usize| rows.iter().all(|row| row.get(*at).is_some_and(|v| v.is_ascii() && digits(v)));
    let at = |column: &String| header.iter().position(|name| name == column.as_bytes());
    let varied = key.iter().filter_map(at).find(number);
    if varied.is_none() && !key.is_empty() {
        return Err("no key column of the sample holds a number that can be varied".into());
    }
    let mut writer = csv::WriterBuilder::new().delimiter(delimiter).from_writer(Vec::new());
    writer.write_byte_record(&header)?;
    for case in 0..CASES {
        let case = (case + 1).to_string();
        for row in &rows {
            let fields = row.iter().enumerate();
            writer.write_record(fields.map(|(i, v)| if Some(i) == varied { case.as_bytes() } else { v }))?;
        }
    }
    Ok(writer.into_inner()?)
}

fn digits(value: &[u8]) -> bool {
    !value.is_empty() && value.iter().all(u8::is_ascii_digit)
}

/// Rows of the 16 columns from a fixed seed. Each column has the frequencies of the official dictionary
/// (1 December 2022), independently of the others; the rest of its rows is empty.
#[derive(Debug)]
pub(crate) struct Rows {
    state: u64,
    left: u64,
    header: bool,
}

type Column = (&'static str, &'static [(&'static str, u64)]);

/// Rows of the official data set, of which each value has its share.
const OF: u64 = 21_195;

#[rustfmt::skip]
const COLUMNS: [Column; 16] = [
    ("yearRegister", &[("2005-2013", 2_531), ("2014-2018", 6_274), ("2019", 2_398), ("2020", 2_002), ("2021-2022", 4_335)]),
    ("gender", &[("Female", 9_589), ("Male", 7_995)]),
    ("majorityStatus", &[("Adult", 16_379), ("Minor", 1_212)]),
    ("isForcedLabour", &[("1", 12_248)]),
    ("isSexualExploit", &[("1", 2_775)]),
    ("UN_COO_Region", &[("Africa", 5_282), ("Americas/Oceania", 277), ("Asia", 6_139), ("Europe", 5_887)]),
    ("UN_COE_Region", &[("Africa", 4_271), ("Americas/Oceania", 212), ("Asia", 6_281), ("Europe", 6_432)]),
    ("IP_Exploiter", &[("1", 9_458)]),
    ("IP_Gender", &[("Female", 3_515), ("Male", 9_820), ("Female;Male", 2_452)]),
    ("IP_ageBroad", &[("0--29", 306), ("0--29;30--38", 8), ("0--29;39--47", 18), ("30--38", 1_196), ("30--38;39--47", 18),
        ("30--38;48+", 3), ("39--47", 1_293), ("39--47;48+", 4), ("48+", 356)]),
    ("IP_citizen_UNRegion", &[("Africa", 3_799), ("Africa;Asia", 420), ("Americas/Oceania", 200), ("Asia", 5_069),
        ("Asia;Europe", 382), ("Europe", 4_368)]),
    ("IP_Relation", &[("FamilyIntimatePartner", 967), ("FriendAcquaintance", 4_617), ("StrangerUnknownOther", 8_321),
        ("FamilyIntimatePartner;StrangerUnknownOther", 73), ("FriendAcquaintance;StrangerUnknownOther", 588)]),
    ("IP_PayMoney", &[("No", 11_075), ("No;Yes", 944), ("Yes", 3_136)]),
    ("IP_RecruiterBroker", &[("1", 11_865)]),
    ("IP_TransactionProcess", &[("1", 7_344)]),
    ("IP_ControlAbuseKidnap", &[("1", 2_078)]),
];

impl Rows {
    pub(crate) const fn new(count: u64) -> Self {
        Self { state: 1, left: count, header: true }
    }

    fn bytes(mut self) -> Vec<u8> {
        let mut out = Vec::new();
        while self.next_row(&mut out) {}
        out
    }

    /// Adds the header or the next row; `false` when there is no more.
    pub(crate) fn next_row(&mut self, out: &mut Vec<u8>) -> bool {
        let header = std::mem::take(&mut self.header);
        if !header {
            let Some(left) = self.left.checked_sub(1) else { return false };
            self.left = left;
        }
        for (index, (name, values)) in COLUMNS.iter().enumerate() {
            if index > 0 {
                out.push(b',');
            }
            let value = if header { name } else { self.one_of(values) };
            out.extend_from_slice(value.as_bytes());
        }
        out.push(b'\n');
        true
    }

    fn one_of(&mut self, values: &[(&'static str, u64)]) -> &'static str {
        let mut at = self.random() % OF;
        for (value, share) in values {
            match at.checked_sub(*share) {
                None => return value,
                Some(rest) => at = rest,
            }
        }
        ""
    }

    /// `SplitMix64` (Steele, Lea, Flood 2014).
    const fn random(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }
}
