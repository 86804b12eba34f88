//! What a person of a record is, by all that the record says and not by one mark alone: whoever writes a record chooses
//! its marks, and what they lift is what protects the person.

use serde_json::{Map, Value};

use super::category::SubjectCategory;

/// What only a record about a victim says of a person.
const OF_VICTIMS: [&str; 2] = ["x_Shelter", "x_Return"];

/// A victim, somebody who may be one, or of whom the record does not say what he is.
#[must_use]
pub fn is_victim(person: &Map<String, Value>) -> bool {
    let category =
        person.get("x_SubjectCategory").and_then(Value::as_str).and_then(SubjectCategory::from_word);
    category.is_none_or(SubjectCategory::is_victim)
        || is_unread(person, "SubjectCategory")
        || marked_as_victim(person)
}

/// Whatever the category says: the record holds of this person what is told of victims only.
fn marked_as_victim(person: &Map<String, Value>) -> bool {
    let said = |value: &Value| !value.is_null() && value.as_array().is_none_or(|items| !items.is_empty());
    person.iter().filter(|(_, value)| said(value)).any(|(name, value)| match name.as_str() {
        "vic_TraffickingStatus" => value.as_str() != Some("NotAVictimOfTrafficking"),
        // Who decided is also told of somebody who is none.
        "vic_TraffickingStatusDecisionMakingOrg" => false,
        "x_NonPunishment" => *value != Value::Bool(false),
        name => name.starts_with("vic_") || OF_VICTIMS.contains(&name),
    })
}

/// Whether the source said something at this place of the person that was not read, or a second, different thing.
pub(super) fn is_unread(person: &Map<String, Value>, place: &str) -> bool {
    each(person.get("x_Unread")).any(|unread| unread.as_str() == Some(place))
}

/// The same of any person of the record: what the source says of the case is noted at each.
pub(super) fn one_has_unread(record: &Map<String, Value>, place: &str) -> bool {
    each(record.get("x_Persons")).filter_map(Value::as_object).any(|person| is_unread(person, place))
}

/// The entries of a list, or the one entry that stands without a list.
pub(super) fn each(value: Option<&Value>) -> impl Iterator<Item = &Value> {
    value.map_or(&[] as &[Value], |it| it.as_array().map_or(std::slice::from_ref(it), Vec::as_slice)).iter()
}

/// Whether a group holds anything at all.
#[must_use]
pub fn says_something(group: &Map<String, Value>) -> bool {
    group.values().any(|value| match value {
        Value::Null => false,
        Value::Bool(said) => *said,
        Value::String(text) => !text.trim().is_empty(),
        Value::Array(items) => !items.is_empty(),
        Value::Object(members) => says_something(members),
        Value::Number(_) => true,
    })
}
