//! What the records of a message hold, and whom they are about: categories and places, never values.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::about::{self, About, PERSONS, Persons, Whom};
use super::consent::{self, Use};
use super::marks::Marks;
use super::returns;
use super::words::{Classification, Consent, Grade, Return, Shield, Subject};
use crate::schema::{Catalogue, DataCategory, Field, FieldKind, Record};

/// What the records of a message hold, as rules on the whole message are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "each is a word of the rules, independent of the others")]
pub struct Content {
    pub data: Marks<DataCategory>,
    pub victim_data: Marks<DataCategory>,
    pub subjects: Marks<Subject>,
    pub child: bool,
    /// A child that is known to be one has no guardian in the record.
    pub child_without_guardian: bool,
    /// Somebody counts as a child only because the age is not known. Decisions from before this word lack it.
    #[serde(default)]
    pub age_unknown: bool,
    /// One of them is, or may be, a victim. Decisions from before this word lack it.
    #[serde(default)]
    pub child_victim_without_guardian: bool,
    /// A value tells of an act for which a victim could be held liable. Decisions from before this word lack it.
    #[serde(default)]
    pub victim_liability: bool,
    /// How the returns of which the records tell are prepared. Decisions from before this word lack it.
    #[serde(default)]
    pub returns: Marks<Return>,
    /// Something in the records singles a person out.
    pub identified: bool,
    /// How secret it is who the persons are. Decisions from before this word lack it.
    #[serde(default)]
    pub shields: Marks<Shield>,
    /// The source says of a person's role, sex or birth what was not read. Decisions from before this word lack it.
    #[serde(default)]
    pub unread: bool,
    /// What is withheld, or a number of identity, a telephone or an e-mail, stands elsewhere in what leaves. Decisions
    /// from before this word lack it.
    #[serde(default)]
    pub value_elsewhere: bool,
    /// A file number names a person or holds a number of identity. Decisions from before this word lack it.
    #[serde(default)]
    pub file_number_names: bool,
    pub consent_of_adults: Marks<Consent>,
    pub consent_of_children: Marks<Consent>,
    pub nrm_release: bool,
    pub classifications: Marks<Classification>,
    /// 4x4 evaluations in the records: of the whole, of events and of persons.
    pub evaluations: Marks<Grade>,
    /// A place whose rendering the agreement leaves open.
    pub place_without_rule: bool,
}

/// Fields of one category about one kind of subject.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Holding {
    pub category: DataCategory,
    pub about: About,
    /// Paths of the field catalogue, without positions.
    pub paths: Vec<String>,
}

/// One value that somebody wrote: where everything said of persons may hide.
#[derive(Clone, Copy)]
pub(super) struct Saying<'a> {
    pub(super) field: &'a Field,
    pub(super) category: DataCategory,
    pub(super) about: About,
    pub(super) text: &'a str,
}

/// One walk through all records.
pub(super) struct Walk<'a> {
    catalogue: &'a Catalogue,
    pub(super) content: Content,
    /// A field that the catalogue does not have, or in another shape.
    pub(super) unknown: bool,
    /// The persons of each record.
    pub(super) persons: Vec<Persons>,
    /// What is written in them, record by record.
    pub(super) sayings: Vec<Vec<Saying<'a>>>,
    holdings: Vec<(DataCategory, About, Vec<&'a str>)>,
}

impl<'a> Walk<'a> {
    pub(super) fn through(records: &'a [Record], catalogue: &'a Catalogue, wanted: &Use<'_>) -> Self {
        let content = Content { nrm_release: !records.is_empty(), ..Content::default() };
        let mut walk = Self {
            catalogue,
            content,
            unknown: false,
            persons: Vec::new(),
            sayings: Vec::new(),
            holdings: Vec::new(),
        };
        for (record, persons) in records.iter().zip(Persons::of(records, wanted)) {
            if persons.each.is_empty() {
                // It is about somebody all the same, of whom no consent is known.
                walk.content.consent_of_adults.add(Consent::Missing);
            }
            for (person, whom) in about::persons(record).zip(&persons.each) {
                walk.person(person, *whom, wanted);
            }
            walk.record(record);
            walk.sayings.push(Vec::new());
            for (name, value) in record.members() {
                walk.value(catalogue.top(name), value, &persons, persons.case);
            }
            walk.persons.push(persons);
        }
        walk
    }

    /// What was found, by category and subject, in one order.
    pub(super) fn holdings(self) -> Vec<Holding> {
        let mut holdings: Vec<Holding> = self
            .holdings
            .into_iter()
            .map(|(category, about, mut paths)| {
                paths.sort_unstable();
                Holding { category, about, paths: paths.into_iter().map(str::to_owned).collect() }
            })
            .collect();
        holdings.sort_by_key(|holding| (holding.category, holding.about));
        holdings
    }

    fn person(&mut self, person: &Map<String, Value>, whom: Whom, wanted: &Use<'_>) {
        let content = &mut self.content;
        content.child |= whom.child;
        content.age_unknown |= whom.unknown;
        let unguarded = whom.child && !whom.unknown && !consent::has_guardian(person);
        content.child_without_guardian |= unguarded;
        content.child_victim_without_guardian |= unguarded && whom.victim;
        content.returns.join(returns::of(person, wanted.now));
        content.shields.add(whom.shield);
        content.unread |= person.contains_key("x_Unread");
        if whom.victim {
            let state = consent::of(person, wanted);
            // Whose age is not known may be an adult who speaks for himself: whoever states the age decides.
            if whom.child && !whom.unknown {
                content.consent_of_children.add(state);
            } else {
                content.consent_of_adults.add(state);
            }
        }
    }

    /// What the record says about itself.
    fn record(&mut self, record: &Record) {
        self.content.nrm_release &= consent::nrm_release(record.members());
        if let Some(level) = record.members().get("x_Classification") {
            let known = [Classification::None, Classification::InternoEq];
            let said = known.into_iter().find(|one| level.as_str() == Some(one.as_str()));
            self.content.classifications.add(said.unwrap_or(Classification::Unknown));
        }
    }

    /// Walks as [`Record::withhold`] does, so that both see the same fields.
    fn value(&mut self, field: Option<&'a Field>, value: &'a Value, persons: &Persons, whom: Whom) {
        let Some(field) = field else {
            self.unknown = true;
            return;
        };
        let listed = value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice);
        for (position, item) in listed.iter().enumerate() {
            let position = (field.path == PERSONS).then_some(position);
            let whom = if position.is_some() { persons.whom(field, position) } else { whom };
            self.one(field, item, persons, whom);
        }
    }

    fn one(&mut self, field: &'a Field, value: &'a Value, persons: &Persons, whom: Whom) {
        match (&field.kind, value) {
            (FieldKind::Group, Value::Object(members)) => {
                if field.path == EVALUATION || field.path.ends_with(".x_Evaluation") {
                    self.content.evaluations.join(evaluation(members));
                }
                for (name, value) in members {
                    self.value(field.child(name), value, persons, whom);
                }
            }
            // Something could hide in a shape that the catalogue does not describe.
            (FieldKind::Group, _) | (_, Value::Array(_)) => self.unknown = true,
            (kind, Value::Object(_)) if !kind.holds(value) => self.unknown = true,
            _ => self.leaf(field, value, whom),
        }
    }

    fn leaf(&mut self, field: &'a Field, value: &'a Value, whom: Whom) {
        let word = value.as_str();
        let category = word.map_or(field.category, |code| self.catalogue.category_of(field, code));
        // An offence of the case that its victim is said to have committed is no less the victim's.
        let of_victim = whom.victim || whom.subject == Subject::Case;
        let liable = of_victim && word.is_some_and(|code| self.catalogue.tells_liability(field, code));
        let content = &mut self.content;
        content.victim_liability |= liable;
        content.identified |= category.identifies() && !field.anonymous;
        content.data.add(category);
        content.subjects.add(whom.subject);
        if whom.victim && whom.subject != Subject::Case {
            content.victim_data.add(category);
        }
        let about = whom.about(category);
        if let Some(text) = word.filter(|_| is_written(field, category))
            && let Some(sayings) = self.sayings.last_mut()
        {
            sayings.push(Saying { field, category, about, text });
        }
        let same = |(c, a, _): &&mut (DataCategory, About, Vec<&str>)| *c == category && *a == about;
        match self.holdings.iter_mut().find(same) {
            // Pointers differ for different fields only: there is one catalogue.
            Some((_, _, paths)) if paths.iter().any(|path| std::ptr::eq(*path, field.path.as_str())) => {}
            Some((_, _, paths)) => paths.push(&field.path),
            None => self.holdings.push((category, about, vec![&field.path])),
        }
    }
}

/// Whether anything can stand in the value: a text, a date or a telephone, or a word in the place of a code that is none.
fn is_written(field: &Field, category: DataCategory) -> bool {
    match field.kind {
        FieldKind::Text | FieldKind::LongText | FieldKind::Date | FieldKind::Phone => true,
        FieldKind::Code(_) => category == DataCategory::FreeText && field.category != category,
        _ => false,
    }
}

/// The group that evaluates a record, or what it stands in.
const EVALUATION: &str = "x_Evaluation";

/// What an evaluation says; nothing if it says nothing. What cannot be read may mean anything.
fn evaluation(members: &Map<String, Value>) -> Marks<Grade> {
    let part = |name: &str| match members.get(name) {
        None | Some(Value::Null) => "",
        Some(value) => value.as_str().unwrap_or("?"),
    };
    match (part("source"), part("information")) {
        ("", "") => Marks::default(),
        (source, information) => grade(source, information),
    }
}

/// The 4x4 evaluation as a word.
pub(super) fn grade(source: &str, information: &str) -> Marks<Grade> {
    let fits = |grade: &&Grade| {
        let (a, b) = grade.as_str().split_at(1);
        **grade != Grade::Unknown && a == source && b == information
    };
    std::iter::once(Grade::ALL.iter().find(fits).copied().unwrap_or(Grade::Unknown)).collect()
}
