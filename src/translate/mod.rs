//! National record <-> common record, by the mapping tables of `config/translate/`.
//!
//! In: a record in an agency's own format, or a common record.
//! Out: the other form, and a report of what was mapped, lossy or unmapped.
//! Must hold: no source value is dropped silently; same input, same table and same key give the same bytes.

mod account;
mod again;
mod codes;
mod conventions;
mod convert;
mod csv;
mod derive;
mod doubt;
mod draft;
mod elements;
mod entries;
mod error;
mod export;
mod groups;
mod import;
mod joined;
mod json;
mod keyed;
mod leaf;
mod load;
mod mapping;
mod nearest;
mod offence;
mod protect;
mod put;
mod records;
mod report;
mod table;
mod target;
mod trace;
mod tree;
mod words;
pub mod workbench;
mod write;
mod xml;

pub use crate::schema::{Jmbg, JmbgDoubt, Sex, check_jmbg, check_svnr, matching_keys, same_name};
pub use conventions::{country, date, file_number, language, phone};
pub use error::TranslateError;
pub use import::import;
pub use keyed::Keying;
pub use mapping::{Format, Mapping, MappingProblem};
pub use records::{keyed_records, records, traced_records};
pub use report::{Loss, National, Report, Translated};
pub use trace::{Fate, Traced};

#[cfg(test)]
mod tests;
