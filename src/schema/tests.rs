//! The shipped catalogue: complete, true to its standard, and one source for all that is made of it.

mod age;
pub(crate) mod childhood;
mod documents;
mod htcds;
mod labels;
mod law;
mod one_entry;
mod protects;
mod value;

use super::{Catalogue, Record};

pub(super) const FIELDS: &str = include_str!("../../config/schema/fields.toml");
pub(super) const CODES: &str = include_str!("../../config/schema/codes.toml");

pub(super) fn catalogue() -> Catalogue {
    Catalogue::parse(FIELDS, CODES).unwrap_or_else(|error| panic!("{error}"))
}

pub(super) fn record(value: serde_json::Value) -> Record {
    match value {
        serde_json::Value::Object(members) => Record::new(members),
        _ => panic!("a record is an object"),
    }
}
