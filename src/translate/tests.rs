//! The tables and samples of `config/`, both ways, and every bad input.

mod austria;
mod bad_input;
mod conventions;
mod ctdc;
mod ctdc_codebook;
mod ctdc_global;
mod ctdc_rows;
mod ctdc_synthetic;
mod every_leaf;
mod every_profile;
mod keyed;
mod layout;
mod language;
mod offence;
mod persons;
mod protecting;
mod readable;
mod round_trip;
mod scripts;
mod survey;
mod tables;

use super::{Mapping, Report, TranslateError, Translated, records};
use crate::schema::Catalogue;

pub(super) const MUP: &str = include_str!("../../config/translate/rs-mup.toml");
pub(super) const JT: &str = include_str!("../../config/translate/rs-jt.toml");
pub(super) const MINRZS: &str = include_str!("../../config/translate/rs-minrzs.toml");
pub(super) const CZTLJ: &str = include_str!("../../config/translate/rs-cztlj.toml");
pub(super) const SI: &str = include_str!("../../config/translate/si-policija.toml");
pub(super) const AT: &str = include_str!("../../config/translate/at-bk.toml");
pub(super) const SURVEY: &str = include_str!("../../config/translate/htcds-survey.toml");
pub(super) const CTDC: &str = include_str!("../../config/translate/ctdc-vp.toml");
pub(super) const GLOBAL: &str = include_str!("../../config/translate/ctdc-global.toml");
pub(super) const SYNTHETIC: &str = include_str!("../../config/translate/ctdc-synthetic.toml");

pub(super) const ALL: [&str; 10] = [MUP, JT, MINRZS, CZTLJ, SI, AT, SURVEY, CTDC, GLOBAL, SYNTHETIC];

pub(super) fn catalogue() -> Catalogue {
    let fields = include_str!("../../config/schema/fields.toml");
    let codes = include_str!("../../config/schema/codes.toml");
    Catalogue::parse(fields, codes).unwrap()
}

pub(super) fn mapping(text: &str, catalogue: &Catalogue) -> Mapping {
    Mapping::load(text, "table.toml", catalogue).unwrap_or_else(|problems| panic!("{problems:#?}"))
}

/// All results for a source under a table.
pub(super) fn all(table: &str, source: &[u8]) -> Vec<Result<Translated, TranslateError>> {
    let catalogue = catalogue();
    let mapping = mapping(table, &catalogue);
    records(&mapping, &catalogue, source).collect()
}

/// The one record of a good source.
pub(super) fn one(table: &str, source: &[u8]) -> Translated {
    let mut results = all(table, source);
    assert_eq!(results.len(), 1);
    let translated = results.remove(0).unwrap();
    let notes = translated.record.check(&catalogue()).unwrap();
    assert_eq!(notes, []);
    translated
}

/// The text of the only error.
pub(super) fn error(table: &str, source: &[u8]) -> String {
    let mut results = all(table, source);
    assert_eq!(results.len(), 1, "{results:?}");
    results.remove(0).unwrap_err().to_string()
}

/// What is said where something that protects cannot be read.
pub(super) fn stopped(place: &str) -> String {
    format!(
        "`{place}`: withdraws, ends, restricts or protects, and cannot be read here, so nothing of the record goes; write \
         it at its source as the form has it, or let whoever keeps the translation table add it"
    )
}

/// How many leaves a report accounts for.
pub(super) fn accounted(report: &Report) -> usize {
    let noted: std::collections::BTreeSet<&str> =
        report.unmapped.iter().map(String::as_str).chain(report.lossy.iter().map(|l| &*l.path)).collect();
    report.mapped + noted.len()
}
