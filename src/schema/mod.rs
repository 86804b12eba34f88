//! The common exchange schema: field catalogue, code lists, records, strict JSON.
//!
//! In: the catalogue files of `config/schema/` and JSON from anyone.
//! Out: [`Catalogue`], the one source of truth for fields, its JSON Schema and page; [`Record`]s checked against it.
//! Must hold: every field of a record is in the catalogue; unknown codes are kept and reported, never dropped.

mod age;
mod catalogue;
mod category;
mod days;
mod export_json;
mod identifier;
pub mod json;
mod labels;
mod law;
mod load;
mod matching;
mod offences;
mod page;
mod path;
mod person;
mod record;
pub mod script;
#[cfg(test)]
pub(crate) mod tests;
mod value;

pub use age::{Age, AgeDoubt, Case, Finding};
pub use catalogue::{Catalogue, Code, Field, FieldKind};
pub use category::{DataCategory, SubjectCategory};
pub use days::is_year;
pub use identifier::{Jmbg, JmbgDoubt, Sex, check_jmbg, check_svnr};
pub use labels::{Labels, Language};
pub use law::{Law, Offence};
pub use load::CatalogueError;
pub use matching::{matching_keys, same_name};
pub use path::FieldPath;
pub use person::{is_victim, says_something};
pub use record::{Problem, Record, RecordError, Removed};
