//! A record in the common exchange schema.

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};

use super::catalogue::{Catalogue, Field, FieldKind};
use super::category::DataCategory;
use super::json;
use super::path::{FieldPath, Place};

/// A common record whose names stand in sorted order, so that equal records have equal bytes.
///
/// Made by [`Record::new`]; [`Record::check`] holds it against the catalogue.
#[derive(Clone, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Record {
    members: Map<String, Value>,
}

// Records hold persons' data: no debug output may show one.
impl std::fmt::Debug for Record {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Record").field("members", &self.members.len()).finish_non_exhaustive()
    }
}

impl<'de> Deserialize<'de> for Record {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match json::strict(deserializer, DEPTH)? {
            Value::Object(members) => Ok(Self::new(members)),
            _ => Err(serde::de::Error::custom("a record is an object")),
        }
    }
}

/// Deepest nesting of a record inside a document, of whose own three levels the rest of the limit is.
const DEPTH: usize = json::Limits::RECORD.depth - 3;

/// Something in a record that a reader should know of; never a value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    pub path: String,
    pub code: &'static str,
    pub text: String,
}

/// A value that was taken out of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Removed {
    /// Where it stood.
    pub path: FieldPath,
    /// Where its reader finds its place in what is left: entries are counted as they stand there, `[]` is an entry that has
    /// gone altogether, and of a list of values only the list is named.
    pub shown: String,
    /// The category of this very value.
    pub category: DataCategory,
}

/// A record that does not follow the catalogue.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{} {}", .problems.len(), if .problems.len() == 1 { "field does not follow the schema" } else { "fields do not follow the schema" })]
pub struct RecordError {
    pub problems: Vec<Problem>,
}

impl Record {
    /// Takes the members of a record and sorts their names, at every depth.
    #[must_use]
    pub fn new(mut members: Map<String, Value>) -> Self {
        sort(&mut members);
        Self { members }
    }

    /// The members, for reading.
    #[must_use]
    pub const fn members(&self) -> &Map<String, Value> {
        &self.members
    }

    /// The members, for building another record.
    #[must_use]
    pub fn into_members(self) -> Map<String, Value> {
        self.members
    }

    /// The text at a top-level field.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        self.members.get(name)?.as_str()
    }

    /// The persons of the record.
    pub fn persons(&self) -> impl Iterator<Item = &Map<String, Value>> {
        self.members
            .get("x_Persons")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(Value::as_object)
    }

    /// Canonical bytes: UTF-8, names sorted, no white space.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        // Writing JSON values that hold no map with non-text keys cannot fail.
        serde_json::to_vec(&self.members).unwrap_or_default()
    }

    /// Holds the record against the catalogue. What can be read although it is unknown (a code of a newer
    /// partner) comes back as a list of notes; the record keeps it.
    ///
    /// # Errors
    /// [`RecordError`] with every field that is not in the catalogue or has the wrong shape.
    pub fn check(&self, catalogue: &Catalogue) -> Result<Vec<Problem>, RecordError> {
        let mut check = Check { catalogue, errors: Vec::new(), notes: Vec::new() };
        for (name, value) in &self.members {
            check.member(catalogue.top(name), &Place::top(name), value);
        }
        if check.errors.is_empty() { Ok(check.notes) } else { Err(RecordError { problems: check.errors }) }
    }

    /// Removes every value that `keep` does not release and returns where each one stood.
    ///
    /// `keep` is asked with the field, the category of this very value and the position of the person that it is about
    /// in the list of persons, if it is about one. A value that the
    /// catalogue does not know is always removed. A group that has become empty goes too. A country is one value,
    /// whatever its form.
    pub fn withhold<'c, F>(&mut self, catalogue: &'c Catalogue, keep: F) -> Vec<Removed>
    where
        F: FnMut(&'c Field, DataCategory, Option<usize>) -> bool,
    {
        let mut pass = Withhold { catalogue, keep, removed: Vec::new() };
        self.members.retain(|name, value| {
            let place = Place::top(name);
            match catalogue.top(name) {
                Some(field) => pass.value(field, &place, value, None),
                None => pass.remove(&place, DataCategory::FreeText),
            }
        });
        pass.removed
    }
}

struct Check<'a> {
    catalogue: &'a Catalogue,
    errors: Vec<Problem>,
    notes: Vec<Problem>,
}

impl Check<'_> {
    fn member(&mut self, field: Option<&Field>, place: &Place<'_>, value: &Value) {
        let Some(field) = field else {
            let text = "no such field in the catalogue".to_owned();
            self.errors.push(Problem { path: place.cut(64).path().to_string(), code: "unknown-field", text });
            return;
        };
        match (field.many, value) {
            (true, Value::Array(items)) => {
                for (index, item) in items.iter().enumerate() {
                    self.one(field, &place.element(index), item);
                }
            }
            (true, _) => self.wrong(place, "a list"),
            (false, _) => self.one(field, place, value),
        }
    }

    fn one(&mut self, field: &Field, place: &Place<'_>, value: &Value) {
        if !field.kind.holds(value) {
            self.wrong(place, field.kind.wanted());
        } else if let (FieldKind::Group, Value::Object(members)) = (&field.kind, value) {
            for (name, value) in members {
                self.member(field.child(name), &place.member(name), value);
            }
        } else if let Some((code, text)) = field.kind.note(value, self.catalogue) {
            self.notes.push(Problem { path: place.path().to_string(), code, text });
        }
    }

    fn wrong(&mut self, place: &Place<'_>, wanted: &str) {
        let text = format!("must be {wanted}");
        self.errors.push(Problem { path: place.path().to_string(), code: "wrong-type", text });
    }
}

struct Withhold<'a, F> {
    catalogue: &'a Catalogue,
    keep: F,
    removed: Vec<Removed>,
}

impl<'a, F> Withhold<'a, F>
where
    F: FnMut(&'a Field, DataCategory, Option<usize>) -> bool,
{
    /// Whether anything of the value stays.
    fn value(
        &mut self,
        field: &'a Field,
        place: &Place<'_>,
        value: &mut Value,
        person: Option<usize>,
    ) -> bool {
        let persons = field.path == "x_Persons";
        let Value::Array(items) = value else {
            return self.one(field, place, value, if persons { Some(0) } else { person });
        };
        let (mut position, mut left) = (0, 0);
        items.retain_mut(|item| {
            let person = if persons { Some(position) } else { person };
            let (start, here) = (self.removed.len(), place.element(position));
            let kept = self.one(field, &here, item, person);
            if self.removed.len() > start {
                let list = place.path();
                let (from, to) = match (&field.kind, kept) {
                    (FieldKind::Group, true) => (here.path(), list.element(left).as_str().to_owned()),
                    (FieldKind::Group, false) => (here.path(), format!("{list}[]")),
                    _ => (here.path(), list.as_str().to_owned()),
                };
                for removed in self.removed.iter_mut().skip(start) {
                    if let Some(rest) = removed.shown.strip_prefix(from.as_str()) {
                        removed.shown = format!("{to}{rest}");
                    }
                }
            }
            position += 1;
            left += usize::from(kept);
            kept
        });
        !items.is_empty()
    }

    fn one(&mut self, field: &'a Field, place: &Place<'_>, value: &mut Value, person: Option<usize>) -> bool {
        if let (FieldKind::Group, Value::Object(members)) = (&field.kind, &mut *value) {
            members.retain(|name, value| {
                let place = place.member(name);
                match field.child(name) {
                    Some(child) => self.value(child, &place, value, person),
                    None => self.remove(&place, DataCategory::FreeText),
                }
            });
            return !members.is_empty();
        }
        let category = value.as_str().map_or(field.category, |code| self.catalogue.category_of(field, code));
        (self.keep)(field, category, person) || self.remove(place, category)
    }

    fn remove(&mut self, place: &Place<'_>, category: DataCategory) -> bool {
        let path = place.path();
        self.removed.push(Removed { shown: path.as_str().to_owned(), path, category });
        false
    }
}

/// Sorts names at every depth. Most records come sorted, and sorting rebuilds an object's index.
fn sort(members: &mut Map<String, Value>) {
    if !members.keys().is_sorted() {
        members.sort_keys();
    }
    members.values_mut().for_each(sort_within);
}

fn sort_within(value: &mut Value) {
    match value {
        Value::Object(members) => sort(members),
        Value::Array(items) => items.iter_mut().for_each(sort_within),
        _ => {}
    }
}
