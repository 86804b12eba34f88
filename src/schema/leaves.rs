//! Every single value of a record, for reading.

use serde_json::Value;

use super::catalogue::{Catalogue, Field, FieldKind};
use super::category::DataCategory;
use super::path::{FieldPath, Place};
use super::record::Record;

/// One value of a record that the catalogue knows.
#[derive(Debug, Clone, Copy)]
pub struct Leaf<'a, 'p> {
    pub field: &'a Field,
    /// The category of this very value.
    pub category: DataCategory,
    /// The position of the person that it is about in the list of persons, if it is about one.
    pub person: Option<usize>,
    pub value: &'a Value,
    place: &'p Place<'p>,
}

impl Leaf<'_, '_> {
    /// Where it stands.
    #[must_use]
    pub fn path(&self) -> FieldPath {
        self.place.path()
    }
}

impl Record {
    /// Shows every value in the order of the record, as [`Record::withhold`] asks about them.
    pub fn leaves<'a>(&'a self, catalogue: &'a Catalogue, mut see: impl FnMut(Leaf<'a, '_>)) {
        for (name, value) in self.members() {
            if let Some(field) = catalogue.top(name) {
                walk(catalogue, field, (&Place::top(name), None), value, &mut see);
            }
        }
    }
}

fn walk<'a>(
    catalogue: &'a Catalogue,
    field: &'a Field,
    (place, person): (&Place<'_>, Option<usize>),
    value: &'a Value,
    see: &mut impl FnMut(Leaf<'a, '_>),
) {
    let persons = field.path == "x_Persons";
    match value {
        Value::Array(items) => {
            for (position, item) in items.iter().enumerate() {
                let person = if persons { Some(position) } else { person };
                one(catalogue, field, (&place.element(position), person), item, see);
            }
        }
        value => one(catalogue, field, (place, if persons { Some(0) } else { person }), value, see),
    }
}

fn one<'a>(
    catalogue: &'a Catalogue,
    field: &'a Field,
    (place, person): (&Place<'_>, Option<usize>),
    value: &'a Value,
    see: &mut impl FnMut(Leaf<'a, '_>),
) {
    if let (FieldKind::Group, Value::Object(members)) = (&field.kind, value) {
        for (name, value) in members {
            if let Some(child) = field.child(name) {
                walk(catalogue, child, (&place.member(name), person), value, see);
            }
        }
        return;
    }
    let category = value.as_str().map_or(field.category, |code| catalogue.category_of(field, code));
    see(Leaf { field, category, person, value, place });
}
