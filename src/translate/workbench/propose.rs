//! Where a place of the samples may go: by its name, which is held against the catalogue's own names and labels in all
//! languages, and by what its values look like.

use std::collections::{BTreeMap, BTreeSet};

use super::outline::Outline;
use super::shape::Kind;
use crate::schema::script::{normal, to_latin};
use crate::schema::{Catalogue, Field, FieldKind};

/// What is proposed for one place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Proposal {
    /// Entries of this list; `single` when the form has room for one.
    Group {
        target: String,
        single: bool,
    },
    Field(Line),
}

/// A proposed `[[field]]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) target: String,
    /// `as`, when it is not plain text.
    pub(super) convert: Option<&'static str>,
    /// For `set`.
    pub(super) value: Option<&'static str>,
    /// The code list, when it needs a table of words.
    pub(super) list: Option<String>,
    /// The field is a list, and the place has room for one value: an attribute.
    pub(super) single: bool,
}

impl Line {
    fn new(target: String, convert: Option<&'static str>) -> Self {
        Self { target, convert, value: None, list: None, single: false }
    }
}

/// Fields that the gateway itself fills in.
const OWN: [&str; 6] = ["x_Schema", "x_Source", "x_Unmapped", "x_LossNote", "x_RecordVersion", "x_PersonId"];

/// The proposals for every place that has one, by the place's number.
pub(super) fn propose(
    outline: &Outline,
    country: &str,
    catalogue: &Catalogue,
) -> BTreeMap<usize, Vec<Proposal>> {
    let mut index: BTreeMap<String, Vec<&Field>> = BTreeMap::new();
    for field in catalogue.fields().filter(|field| !own(&field.path)) {
        let own_name = field.name().split_once('_').map_or(field.name(), |(_, name)| name);
        let names = field.labels.iter().map(|(_, label)| label).chain([own_name, field.name()]);
        for name in names.map(plain).collect::<BTreeSet<_>>() {
            index.entry(name).or_default().push(field);
        }
    }
    let mut proposer = Proposer { outline, country, index, taken: BTreeSet::new(), out: BTreeMap::new() };
    proposer.enter(0, &[]);
    proposer.out
}

/// Whether the gateway itself fills in the field.
pub(super) fn own(path: &str) -> bool {
    path.split('.').any(|part| OWN.contains(&part.trim_end_matches("[]")))
}

/// A name without what differs between spellings: script, case, marks, spaces.
pub(super) fn plain(name: &str) -> String {
    let mut out = String::new();
    for c in to_latin(&normal(name)).chars().flat_map(char::to_lowercase) {
        match c {
            'đ' => out.push_str("dj"),
            'č' | 'ć' => out.push('c'),
            'š' => out.push('s'),
            'ž' => out.push('z'),
            'ä' => out.push_str("ae"),
            'ö' => out.push_str("oe"),
            'ü' => out.push_str("ue"),
            'ß' => out.push_str("ss"),
            c if c.is_alphanumeric() => out.push(c),
            _ => {}
        }
    }
    out
}

/// Whether a column is called like the number of something, in the languages of the forms.
pub(super) fn names_a_number(name: &str) -> bool {
    const WORDS: [&str; 17] = [
        "broj",
        "brpredmeta",
        "predmet",
        "spis",
        "upisnik",
        "case",
        "caseid",
        "file",
        "number",
        "id",
        "nr",
        "no",
        "stevilka",
        "zadeva",
        "zahl",
        "aktenzahl",
        "geschaeftszahl",
    ];
    let lower = name.chars().any(char::is_lowercase);
    let mut parts = vec![String::new()];
    for c in name.chars() {
        let begins = !c.is_alphanumeric() || (lower && c.is_uppercase());
        if begins && parts.last().is_some_and(|part| !part.is_empty()) {
            parts.push(String::new());
        }
        if let Some(part) = parts.last_mut().filter(|_| c.is_alphanumeric()) {
            part.push(c);
        }
    }
    parts.iter().any(|part| WORDS.contains(&plain(part).as_str())) || WORDS.contains(&plain(name).as_str())
}

struct Proposer<'a> {
    outline: &'a Outline,
    /// The agency's, in small letters.
    country: &'a str,
    /// Plain name -> fields with that name or label, in the catalogue's order.
    index: BTreeMap<String, Vec<&'a Field>>,
    /// Targets that are given away.
    taken: BTreeSet<String>,
    out: BTreeMap<usize, Vec<Proposal>>,
}

impl<'a> Proposer<'a> {
    /// `bound` are the lists whose entries the places above make, such as `x_Persons[]`.
    fn enter(&mut self, at: usize, bound: &[String]) {
        let outline = self.outline;
        let Some(place) = outline.places.get(at) else { return };
        let mut bound = bound.to_vec();
        if let Some(target) = self.group(at, &bound) {
            self.taken.insert(target.clone());
            bound.push(target.clone());
            let many = outline.chain(at).any(|place| place.repeated);
            self.out.entry(at).or_default().push(Proposal::Group { target, single: !many });
        }
        if at != 0 && place.values.count > 0 || place.children.is_empty() {
            self.leaf(at, &bound);
        }
        for child in &place.children {
            self.enter(*child, &bound);
        }
    }

    /// The list whose entries a place makes: most of its own values must belong there.
    fn group(&self, at: usize, bound: &[String]) -> Option<String> {
        let place = self.outline.places.get(at)?;
        if place.children.is_empty() {
            return None;
        }
        let mut votes: BTreeMap<String, usize> = BTreeMap::new();
        for child in &place.children {
            let lists: BTreeSet<String> =
                self.named(*child).filter_map(|field| innermost(&field.path)).map(str::to_owned).collect();
            for list in lists {
                *votes.entry(list).or_default() += 1;
            }
        }
        for field in self.named(at).filter(|field| field.kind == FieldKind::Group && field.many) {
            *votes.entry(format!("{}[]", field.path)).or_default() += 2;
        }
        votes
            .into_iter()
            .filter(|(list, votes)| {
                let outer = innermost(list.trim_end_matches("[]"));
                *votes >= 2
                    && !self.taken.contains(list)
                    // Its kinds of name and script are chosen by the table, not by the form.
                    && !list.ends_with("x_Names[]")
                    && outer.is_none_or(|outer| bound.iter().any(|have| have == outer))
            })
            .max_by(|(list, votes), (other, more)| votes.cmp(more).then_with(|| other.cmp(list)))
            .map(|(list, _)| list)
    }

    fn named(&self, at: usize) -> impl Iterator<Item = &'a Field> {
        let name = self.outline.places.get(at).map_or("", |place| place.name.trim_start_matches('@'));
        let name = name.rsplit_once(':').map_or(name, |(_, local)| local);
        // A flat form has the group in the name: `Customer.Surname`.
        let last = name.rsplit_once('.').map_or(name, |(_, last)| last);
        let whole = self.index.get(&plain(name)).or_else(|| self.index.get(&plain(last)));
        whole.into_iter().flatten().copied()
    }

    fn leaf(&mut self, at: usize, bound: &[String]) {
        let Some(place) = self.outline.places.get(at) else { return };
        let kind = place.values.kind();
        let here = bound.last().map(String::as_str);
        let found = self
            .named(at)
            .filter_map(|field| Some((field, reach(field, here)?)))
            .filter(|(_, target)| !self.taken.contains(target))
            .find_map(|(field, target)| Some((field, target, convert(field, kind)?)));
        let personal = number(kind, self.country).map(|(convert, _)| convert);
        let mut lines = Vec::new();
        if let Some((field, target, convert)) = found {
            let list = match &field.kind {
                FieldKind::Code(list) => Some(list.clone()),
                _ => None,
            };
            let convert = Some(convert).filter(|convert| *convert != "text");
            let convert = if field.name() == "prs_IdentityNumber" { personal } else { convert };
            let single = field.many && place.name.starts_with('@');
            lines.push(Line { list, single, ..Line::new(target, convert) });
        } else if personal.is_some() && here == Some("x_Persons[]") {
            lines.push(Line::new("x_Persons[].prs_IdentityNumber".to_owned(), personal));
        }
        let beside: Vec<Line> = lines.iter().filter_map(|line| beside(line, kind, self.country)).collect();
        lines.extend(beside);
        lines.retain(|line| !self.taken.contains(&line.target));
        for line in lines {
            self.taken.insert(line.target.clone());
            self.out.entry(at).or_default().push(Proposal::Field(line));
        }
    }
}

/// The list that a path's value is an entry's member of: `x_Persons[]` for `x_Persons[].prs_Gender`.
fn innermost(path: &str) -> Option<&str> {
    path.rfind("[].").and_then(|at| path.get(..at + 2))
}

/// How a line names the field where the innermost list is `here`; `None` when it cannot be reached.
fn reach(field: &Field, here: Option<&str>) -> Option<String> {
    match innermost(&field.path) {
        None => Some(field.path.clone()),
        list if list == here => Some(field.path.clone()),
        // A name without more is the legal one.
        Some(list)
            if here.is_some() && list.strip_suffix(".x_Names[]") == here && field.kind == FieldKind::Text =>
        {
            Some(format!("{}[type=legal].{}", list.trim_end_matches("[]"), field.name()))
        }
        Some(_) => None,
    }
}

/// The conversion that makes values of this kind fit the field, if one does.
fn convert(field: &Field, kind: Kind) -> Option<&'static str> {
    let name = field.name();
    Some(match &field.kind {
        FieldKind::Date if matches!(kind, Kind::Date(_) | Kind::Nothing) => "date",
        FieldKind::Timestamp if matches!(kind, Kind::Timestamp | Kind::Nothing) => "timestamp",
        FieldKind::Integer if matches!(kind, Kind::Digits | Kind::Nothing) => "integer",
        FieldKind::Number => "number",
        FieldKind::Boolean => "boolean",
        FieldKind::Code(_) => "code",
        FieldKind::Country => "country",
        FieldKind::Language => "language",
        FieldKind::Phone => "phone",
        FieldKind::Text | FieldKind::LongText => match name {
            "x_CaseId" => "case",
            "prs_FirstName" | "prs_SecondName" => "latin",
            _ if field.path.contains("x_Names[].") => "name",
            _ => "text",
        },
        _ => return None,
    })
}

/// The conversion of a personal number and its code in `x_IdentityNumberType`.
fn number(kind: Kind, country: &str) -> Option<(&'static str, &'static str)> {
    match (kind, country) {
        (Kind::Jmbg, "si") => Some(("emso", "EMSO")),
        (Kind::Jmbg, _) => Some(("jmbg", "JMBG")),
        (Kind::Svnr, "at") => Some(("svnr", "SVNR")),
        _ => None,
    }
}

/// The second line of a value that has two places.
fn beside(line: &Line, kind: Kind, country: &str) -> Option<Line> {
    let (group, name) = line.target.rsplit_once('.')?;
    let person = group.strip_suffix(".x_Names[type=legal]");
    let copy = |name: &str| person.map(|person| Line::new(format!("{person}.{name}"), Some("latin")));
    match name {
        "given" => copy("prs_FirstName"),
        "family" => copy("prs_SecondName"),
        "prs_FirstName" => Some(Line::new(format!("{group}.x_Names[type=legal].given"), Some("name"))),
        "prs_SecondName" => Some(Line::new(format!("{group}.x_Names[type=legal].family"), Some("name"))),
        "prs_IdentityNumber" => number(kind, country).map(|(_, code)| Line {
            value: Some(code),
            ..Line::new(format!("{group}.x_IdentityNumberType"), Some("set"))
        }),
        _ => None,
    }
}
