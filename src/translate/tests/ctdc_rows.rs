//! Rows of the CTDC data sets, made here: no row of the official data is ever copied.

use serde_json::{Map, Value};

use super::{accounted, catalogue, mapping};
use crate::schema::{Catalogue, Record};
use crate::translate::{Mapping, Translated, import, records};

/// A table, ready for rows.
pub(super) struct Rows {
    pub(super) catalogue: Catalogue,
    pub(super) mapping: Mapping,
    /// What a column holds of which a row says nothing.
    silent: &'static str,
}

impl Rows {
    pub(super) fn of(table: &str, silent: &'static str) -> Self {
        let catalogue = catalogue();
        let mapping = mapping(table, &catalogue);
        Self { catalogue, mapping, silent }
    }

    /// The header, and one row with these values; the other columns are silent.
    pub(super) fn text(&self, values: &[(&str, &str)]) -> String {
        for (column, _) in values {
            assert!(self.mapping.columns.iter().any(|name| name == column), "{column}");
        }
        let value = |column: &String| {
            let found =
                values.iter().find(|(name, _)| name == column).map_or(self.silent, |(_, value)| value);
            if found.contains(',') { format!("\"{found}\"") } else { found.to_owned() }
        };
        let row: Vec<String> = self.mapping.columns.iter().map(value).collect();
        format!("{}\n{}\n", self.mapping.columns.join(","), row.join(","))
    }

    /// The record of such a row; it keeps to the catalogue, and every value of the row is accounted for.
    pub(super) fn read(&self, values: &[(&str, &str)]) -> Translated {
        let text = self.text(values);
        let read = self.parse(text.as_bytes());
        let row = text.lines().nth(1).unwrap_or_default();
        let filled = if self.silent.is_empty() {
            values.iter().filter(|(_, value)| !value.is_empty()).count()
        } else {
            let empty = values.iter().filter(|(_, value)| value.is_empty()).count();
            self.mapping.columns.len() - empty
        };
        assert_eq!(accounted(&read.report), filled, "{row} {:?}", read.report);
        read
    }

    pub(super) fn parse(&self, source: &[u8]) -> Translated {
        let mut results: Vec<_> = records(&self.mapping, &self.catalogue, source).collect();
        assert_eq!(results.len(), 1, "{results:?}");
        let read = results.remove(0).unwrap();
        assert_eq!(read.record.check(&self.catalogue).unwrap(), []);
        read
    }

    /// The row that a record becomes, by column, and where the values of a person stand that it has no place for.
    pub(super) fn write(&self, record: &Record) -> (Vec<(String, String)>, Vec<String>) {
        let back = import(&self.mapping, &self.catalogue, record).unwrap();
        let mut reader = csv::Reader::from_reader(&back.bytes[..]);
        let header = reader.headers().unwrap().clone();
        let row = reader.records().next().unwrap().unwrap();
        let pairs = header.iter().zip(row.iter()).map(|(name, value)| (name.to_owned(), value.to_owned()));
        let unmapped = back.report.unmapped.into_iter().filter(|path| path.starts_with("x_Persons"));
        (pairs.collect(), unmapped.collect())
    }
}

/// The one person of a record.
pub(super) fn victim(read: &Translated) -> &Map<String, Value> {
    assert_eq!(read.record.persons().count(), 1);
    read.record.persons().next().unwrap()
}

/// The codes of a list of the person.
pub(super) fn codes(read: &Translated, list: &str) -> Vec<String> {
    let items = victim(read).get(list).and_then(Value::as_array);
    items.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}

/// The notes of what was lost, by column.
pub(super) fn losses(read: &Translated) -> Vec<(&str, &str)> {
    read.report
        .lossy
        .iter()
        .map(|loss| (loss.path.strip_prefix("row/").unwrap(), loss.note.as_str()))
        .collect()
}
