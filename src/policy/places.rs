//! Places in Kosovo: written as agreed with the partner, or not at all.
//!
//! Serbian systems code them `RS`, others `XK` (`docs/decisions/0006-country-values.md`). Neither is turned into the
//! other without the agreement's rule, and what the rule changed is told: in the returned list, and in the record.

use serde_json::{Map, Value, json};

use super::checks;
use crate::message::{Document, RefusalCode, Withheld};
use crate::partner::{PlaceRule, Rendering};
use crate::schema::{Catalogue, DataCategory, Field, FieldKind, FieldPath, Record};

/// Codes under which Kosovo is received.
const KOSOVO: [&str; 4] = ["XK", "XKX", "UNK", "RKS"];
/// The member of a group that names the region of a place of disputed coding.
const REGION: &str = "x_PlaceRegion";
/// The member of a group that holds the note on the status of the place.
const FOOTNOTE: &str = "x_StatusFootnote";
/// The list in which a record tells what became of its values.
const NOTES: &str = "x_LossNote";

/// One value that was changed for the partner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    pub path: FieldPath,
    pub category: DataCategory,
    pub how: How,
}

/// What rendering came to for a whole message.
#[derive(Debug, Default)]
pub(super) struct Places {
    /// A place would have to be rendered, but the agreement does not say how.
    pub(super) without_rule: bool,
    /// Where places stand as agreed.
    pub(super) written: Vec<String>,
    pub(super) withheld: Vec<Withheld>,
}

impl Places {
    /// Writes the places of every record by `rule`. Without a rule nothing is changed.
    pub(super) fn render(document: &mut Document, rule: Option<&PlaceRule>, catalogue: &Catalogue) -> Self {
        let mut places = Self::default();
        let Some(rule) = rule else {
            places.without_rule = document
                .body
                .records
                .iter()
                .any(|record| needs_rendering(record, catalogue) || contradicts(record, catalogue));
            return places;
        };
        for (number, record) in (0_u16..).zip(&mut document.body.records) {
            // A region in Kosovo beside the code of another state: no rule says what is meant.
            places.without_rule |= contradicts(record, catalogue);
            if !needs_rendering(record, catalogue) {
                continue;
            }
            let (written, rendered) = render(record.clone(), rule, catalogue);
            *record = written;
            for one in rendered {
                match one.how {
                    How::Written => places.written.push(one.path.as_str().to_owned()),
                    How::Withheld => places.withheld.push(Withheld {
                        record: number,
                        path: one.path.as_str().to_owned(),
                        category: one.category,
                        code: RefusalCode::OutsideCategories,
                        rule: checks::PLACE.code.to_owned(),
                    }),
                }
            }
        }
        places
    }
}

/// What became of the value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// It stands there as agreed.
    Written,
    /// It is gone: the rule says so, or the schema has no room for the region that would have to stand beside it.
    Withheld,
}

/// Whether the record names a place in Kosovo, so that it may leave only by a rule.
///
/// A place is known by its code, or by its region: a number, a name of a person or a town tells none.
#[must_use]
pub fn needs_rendering(record: &Record, catalogue: &Catalogue) -> bool {
    group_names(&Group { members: record.members(), field: &|name| catalogue.top(name) })
}

/// The record with its places in Kosovo written by `rule`, and what was changed. The same record again comes out the same.
#[must_use]
pub fn render(record: Record, rule: &PlaceRule, catalogue: &Catalogue) -> (Record, Vec<Rendered>) {
    let mut pass = Pass { rule, rendered: Vec::new(), notes: Vec::new() };
    let mut members = record.into_members();
    pass.group(&mut members, &|name| catalogue.top(name), &FieldPath::root());
    let Pass { rendered, notes, .. } = pass;
    if catalogue.top(NOTES).is_some() && !notes.is_empty() {
        let list = members.entry(NOTES).or_insert_with(|| Value::Array(Vec::new()));
        if let Value::Array(list) = list {
            for note in notes {
                if !list.contains(&note) {
                    list.push(note);
                }
            }
        }
    }
    (Record::new(members), rendered)
}

/// One object of a record, with what the catalogue says of its members.
struct Group<'a, 'c> {
    members: &'a Map<String, Value>,
    field: Fields<'a, 'c>,
}

type Fields<'a, 'c> = &'a dyn Fn(&str) -> Option<&'c Field>;

/// What the words beside a country say of its place.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Region {
    Silent,
    Kosovo,
    /// A region of disputed coding, but not one that is known to be in Kosovo.
    Unclear,
}

impl Group<'_, '_> {
    fn kind(&self, name: &str) -> Option<&FieldKind> {
        (self.field)(name).map(|field| &field.kind)
    }

    fn text(&self, name: &str) -> Option<&str> {
        let text = self.members.get(name).filter(|_| self.kind(name) == Some(&FieldKind::Text))?;
        text.as_str().filter(|text| !text.trim().is_empty())
    }

    /// The names of the members that hold countries.
    fn countries(&self) -> impl Iterator<Item = &str> {
        let names = self.members.keys().map(String::as_str);
        names.filter(|name| self.kind(name) == Some(&FieldKind::Country))
    }

    /// The region beside the country `name`. A citizenship has none: that somebody lives in a region makes nobody a citizen.
    fn region(&self, name: &str) -> Region {
        let Some(place) = name.strip_suffix("Country") else { return Region::Silent };
        let texts = [self.text(REGION), self.text(&format!("{place}State"))];
        if texts.into_iter().flatten().any(names_kosovo) {
            Region::Kosovo
        } else if texts[0].is_some() {
            Region::Unclear
        } else {
            Region::Silent
        }
    }

    /// Whether the country `name` means Kosovo, or may mean it.
    fn names(&self, name: &str, value: &Value) -> bool {
        is_kosovo(value) || (code(value) == Some("RS") && self.region(name) != Region::Silent)
    }

    /// Whether `holds` of any group inside this one.
    fn below(&self, holds: fn(&Group<'_, '_>) -> bool) -> bool {
        self.members.iter().filter(|(_, value)| each(value).any(Value::is_object)).any(|(name, value)| {
            let below = (self.field)(name).filter(|field| field.kind == FieldKind::Group);
            let Some(below) = below else { return false };
            let mut objects = each(value).filter_map(Value::as_object);
            objects.any(|members| holds(&Group { members, field: &|name| below.child(name) }))
        })
    }

    /// Whether the words of a place that has no country name Kosovo.
    fn names_without_country(&self) -> bool {
        let told = |place: &str| self.countries().any(|name| name == format!("{place}Country"));
        let lone = |name: &&String| match name.strip_suffix("State") {
            Some(place) => !told(place),
            None => *name == REGION && !self.countries().any(|name| name.ends_with("Country")),
        };
        self.members.keys().filter(lone).any(|name| self.text(name).is_some_and(names_kosovo))
    }
}

/// Whether a region in Kosovo stands beside the code of another state than those that claim it.
fn contradicts(record: &Record, catalogue: &Catalogue) -> bool {
    group_contradicts(&Group { members: record.members(), field: &|name| catalogue.top(name) })
}

fn group_contradicts(group: &Group<'_, '_>) -> bool {
    let other = |value: &Value| !is_kosovo(value) && code(value) != Some("RS");
    let told = group.members.keys().any(|name| name == REGION || name.ends_with("State"));
    let own = told
        && group.countries().any(|name| {
            let stray = || group.members.get(name).is_some_and(|value| each(value).any(other));
            group.region(name) == Region::Kosovo && stray()
        });
    own || group.below(group_contradicts)
}

fn group_names(group: &Group<'_, '_>) -> bool {
    // The value first: the catalogue is asked for few of them.
    let may = |value: &Value| is_kosovo(value) || code(value) == Some("RS");
    let own = group.members.iter().filter(|(_, value)| each(value).any(may)).any(|(name, value)| {
        group.kind(name) == Some(&FieldKind::Country) && each(value).any(|value| group.names(name, value))
    });
    own || group.names_without_country() || group.below(group_names)
}

/// A value that may be one of a list, as a list.
fn each(value: &Value) -> std::slice::Iter<'_, Value> {
    value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice).iter()
}

fn code(value: &Value) -> Option<&str> {
    value.as_str().or_else(|| value.get("code")?.as_str())
}

fn is_kosovo(value: &Value) -> bool {
    let received = value.get("as_received").and_then(Value::as_str);
    [code(value), received].into_iter().flatten().any(|text| KOSOVO.contains(&text))
}

/// In each language of the exchange and in Albanian the name begins alike.
fn names_kosovo(text: &str) -> bool {
    let text = text.to_lowercase();
    text.contains("kosov") || text.contains("косов")
}

struct Pass<'a> {
    rule: &'a PlaceRule,
    rendered: Vec<Rendered>,
    notes: Vec<Value>,
}

/// One country while it is written.
struct Country<'c> {
    field: &'c Field,
    region: Region,
    /// Whether the note on the status stands beside it.
    noted: bool,
}

impl Pass<'_> {
    /// Whether anything of the object stays.
    fn group(&mut self, members: &mut Map<String, Value>, field: Fields<'_, '_>, path: &FieldPath) -> bool {
        if members.is_empty() {
            return true;
        }
        let group = Group { members, field };
        let lone = group.names_without_country();
        let countries: Vec<String> = group.countries().map(str::to_owned).collect();
        let mut named = lone;
        for name in countries {
            let group = Group { members, field };
            let here = members.get(&name).is_some_and(|value| each(value).any(|one| group.names(&name, one)));
            if here {
                named |= self.place(members, field, path, &name);
            }
        }
        if named && self.rule.kosovo == Rendering::Withhold {
            self.withhold(members, field, path, |name, text| {
                name == REGION || (name.ends_with("State") && names_kosovo(text))
            });
        } else if let (true, Some(room), Some(note)) = (named, field(FOOTNOTE), &self.rule.footnote) {
            let old = members.insert(FOOTNOTE.to_owned(), Value::String(note.clone()));
            if old.as_ref().and_then(Value::as_str) != Some(note) {
                self.tell(path.member(FOOTNOTE), room.category, How::Written);
            }
        }
        members.retain(|name, value| {
            let Some(below) = field(name).filter(|field| field.kind == FieldKind::Group) else { return true };
            kept(value, &path.member(name), |value, path| match value {
                Value::Object(one) => self.group(one, &|name| below.child(name), path),
                _ => true,
            })
        });
        !members.is_empty()
    }

    /// Writes the place whose country is `name`; whether it is one in Kosovo.
    fn place(
        &mut self,
        members: &mut Map<String, Value>,
        field: Fields<'_, '_>,
        path: &FieldPath,
        name: &str,
    ) -> bool {
        let Some(known) = field(name) else { return false };
        let coded = members.get(name).is_some_and(|value| each(value).any(is_kosovo));
        let mut region = match (Group { members, field }).region(name) {
            Region::Unclear if coded => Region::Kosovo,
            region => region,
        };
        let wants_region = matches!(self.rule.kosovo, Rendering::AsRsWithRegion | Rendering::RegionOnly);
        if let (true, Region::Silent, true) = (wants_region, region, name.ends_with("Country"))
            && let (Some(room), Some(word)) = (field(REGION), self.rule.region.clone())
        {
            members.insert(REGION.to_owned(), Value::String(word));
            self.tell(path.member(REGION), room.category, How::Written);
            region = Region::Kosovo;
        }
        if region == Region::Unclear {
            self.withhold(members, field, path, |name, _| name == REGION);
        }
        let country = Country { field: known, region, noted: field(FOOTNOTE).is_some() };
        let stays = members.get_mut(name).is_some_and(|value| {
            kept(value, &path.member(name), |value, path| self.country(value, path, &country))
        });
        if !stays {
            members.remove(name);
        }
        region != Region::Unclear
    }

    /// Writes one country; whether it stays.
    fn country(&mut self, value: &mut Value, path: &FieldPath, country: &Country<'_>) -> bool {
        let is_rs = code(value) == Some("RS");
        let ours = is_kosovo(value) || (is_rs && country.region != Region::Silent);
        if !ours {
            return true;
        }
        let new = match (self.rule.kosovo, country.region) {
            // What the region is stays unclear, so no code is put in the place of another.
            (_, Region::Unclear)
            | (Rendering::RegionOnly | Rendering::Withhold, _)
            | (Rendering::AsRsWithRegion, Region::Silent) => None,
            (Rendering::AsXk, _) => Some(written(value, "XK", "user-assigned")),
            (Rendering::AsRsWithRegion, Region::Kosovo) if is_rs => Some(value.clone()),
            (Rendering::AsRsWithRegion, Region::Kosovo) => Some(written(value, "RS", "iso3166-1")),
        };
        let Some(new) = new else {
            self.tell(path.clone(), country.field.category, How::Withheld);
            return false;
        };
        if new != *value {
            *value = new;
            self.tell(path.clone(), country.field.category, How::Written);
        }
        // Where the note has no room beside the country, it travels with the record's own notes.
        if let Some(note) = self.rule.footnote.as_ref().filter(|_| !country.noted) {
            self.notes.push(json!({ "note": note, "path": path.as_str() }));
        }
        true
    }

    /// Removes the texts that `which` names.
    fn withhold(
        &mut self,
        members: &mut Map<String, Value>,
        field: Fields<'_, '_>,
        path: &FieldPath,
        which: impl Fn(&str, &str) -> bool,
    ) {
        members.retain(|name, value| {
            let text = value.as_str().filter(|text| which(name, text));
            let Some(known) = field(name).filter(|_| text.is_some()) else { return true };
            self.tell(path.member(name), known.category, How::Withheld);
            false
        });
    }

    fn tell(&mut self, path: FieldPath, category: DataCategory, how: How) {
        let what = if how == How::Written { "written" } else { "withheld" };
        let note = format!("place {what} by the agreement ({})", self.rule.kosovo.as_str());
        self.notes.push(json!({ "note": note, "path": path.as_str() }));
        self.rendered.push(Rendered { path, category, how });
    }
}

/// Keeps of a value, or of each one of a list, what `keep` keeps; whether anything stays.
fn kept(value: &mut Value, path: &FieldPath, mut keep: impl FnMut(&mut Value, &FieldPath) -> bool) -> bool {
    let Value::Array(items) = value else { return keep(value, path) };
    // What was empty before is not this rule's to remove.
    if items.is_empty() {
        return true;
    }
    let mut position = 0;
    items.retain_mut(|item| {
        let path = path.element(position);
        position += 1;
        keep(item, &path)
    });
    !items.is_empty()
}

/// The country under another code, with what was received beside it.
fn written(old: &Value, new_code: &str, scheme: &str) -> Value {
    let received = old.get("as_received").and_then(Value::as_str).or_else(|| code(old));
    match received.filter(|text| *text != new_code) {
        Some(text) => json!({ "as_received": text, "code": new_code, "scheme": scheme }),
        None => json!({ "code": new_code, "scheme": scheme }),
    }
}
