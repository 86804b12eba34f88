//! The common exchange schema: field catalogue, code lists, records, strict JSON.
//!
//! In: the catalogue files of `config/schema/` and JSON from anyone.
//! Out: [`Catalogue`], the one source of truth for fields, and [`Record`]s checked against it.
//! Must hold: every field of a record is in the catalogue; unknown codes are kept and reported, never dropped.

mod catalogue;
mod category;
pub mod json;
mod path;
mod record;
pub mod script;

pub use catalogue::{Catalogue, CatalogueError, Field, FieldKind};
pub use category::{DataCategory, SubjectCategory};
pub use path::FieldPath;
pub use record::{Problem, Record, RecordError, Subject};
