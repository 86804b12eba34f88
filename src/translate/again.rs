//! A word of the form goes out only when the table reads it again as the value that it was made of.
//!
//! In: a word that is about to be written, and its value.
//! Out: whether it would come back as the same.
//! Must hold: what would come back as another value, as several, or as nothing is not written, and so is told as unmapped.

use serde_json::Value;

use super::convert::{Common, Convert};
use super::mapping::{Line, Mapping};
use crate::schema::script::normal;

pub(super) fn same(mapping: &Mapping, line: &Line, word: &str, value: &Value) -> bool {
    // A partner's number has another agency's name before it, and is shown as it is.
    if matches!(line.convert, Convert::Case(_)) {
        return true;
    }
    let text = word.trim();
    let silent = text.is_empty() || mapping.empty.iter().any(|empty| empty == text);
    let several = line.split.as_ref().is_some_and(|mark| text.contains(mark.as_str()));
    if silent || several || blank(line, text) {
        return false;
    }
    match line.convert.to_common(text, &mapping.tables) {
        Common::Is(read) | Common::Lossy(Some(read), _) => equal(&read, value),
        _ => false,
    }
}

/// Whether a text is what the form says where it has no value. A table of words says itself what its words mean.
pub(super) fn blank(line: &Line, text: &str) -> bool {
    let any =
        matches!(line.convert, Convert::Text | Convert::Name | Convert::Latin { .. } | Convert::Case(_));
    any && line.blank.as_deref() == Some(text)
}

/// Equal but for what no form keeps: white space at the ends, the composition of letters, what a country was received as.
fn equal(one: &Value, other: &Value) -> bool {
    let plain = |value| -> &Value { Value::get(value, "code").unwrap_or(value) };
    match (plain(one), plain(other)) {
        (Value::String(one), Value::String(other)) => {
            one == other || normal(one.trim()) == normal(other.trim())
        }
        (one, other) => one == other,
    }
}
