//! `people.toml`: what kind of body each agency is, who may review what is held, and who may change the policy.

use std::collections::{BTreeMap, BTreeSet};

use super::partner_file::BODIES;
use super::problems::{At, Problems};
use super::reader::{Section, read_text};
use super::shelf::Shelf;
use super::value::{Value, shown};
use crate::access::{Person, PersonId, Roster, Seat};
use crate::message::PartyId;
use crate::partner::{Body, Role};

const NAME: &str = "people.toml";
/// More people than this no gateway has with such rights.
const MAX_PEOPLE: usize = 1000;

/// What kind of body each agency is.
pub(super) type Bodies = BTreeMap<PartyId, Body>;

/// Reads the agencies and people of a version. Without the file nobody may do anything.
pub(super) fn read(shelf: &Shelf, problems: &mut Problems) -> (Roster, Bodies) {
    let path = shelf.path(NAME);
    let whole = At { file: path.as_path().into(), line: 0 };
    if !shelf.has(NAME) {
        problems
            .warn_at(&whole, "there is no such file: nobody may release a held message or change the policy");
        return Default::default();
    }
    let text = match shelf.text(NAME) {
        Ok(text) => text,
        Err(reason) => {
            problems.push_at(&whole, reason);
            return Default::default();
        }
    };
    let read = read_text(&path, &text, problems, |file| {
        let bodies = read_agencies(file);
        let people = file.sections("person", read_person);
        if people.len() > MAX_PEOPLE {
            let at = file.at("person");
            file.problems.push_at(
                &at,
                format!("there are more than {MAX_PEOPLE} people; name only those with a role"),
            );
        }
        (people.into_iter().flatten().collect::<Vec<_>>(), bodies)
    });
    let (people, bodies) = read.unwrap_or_default();
    refuse_doubles(&people, problems);
    let roster = Roster::new(people.into_iter().map(|(_, person)| person));
    if !roster.can_change_policy() {
        problems.warn_at(
            &whole,
            "there is no `policy_author` with another person as `policy_approver`: the policy could never be changed",
        );
    }
    (roster, bodies)
}

/// An agency that stands twice could be two kinds of body.
fn read_agencies(file: &mut Section<'_, '_>) -> Bodies {
    let mut bodies = Bodies::new();
    file.sections("agency", |section| {
        let at = section.at("party");
        let party = section.required("party", "\"rs/mup\"", |value| value.party());
        let body = section.required("body", "\"police\"", |value| value.one_of(&BODIES));
        let (party, body) = (party?, body?);
        if bodies.contains_key(&party) {
            section.problems.push_at(&at, format!("`{party}` stands twice; keep one of the two"));
        }
        bodies.insert(party, body);
        Some(())
    });
    bodies
}

fn read_person(section: &mut Section<'_, '_>) -> Option<(At, Person)> {
    let at = section.at("id");
    let id = section.required("id", "\"officer-17\"", |value| {
        value.parsed::<PersonId>("1 to 128 printable ASCII characters without white space")
    });
    let seat = section.required("party", "\"rs/mup\"", |value| seat(&value));
    let roles: Vec<(&str, Role)> = Role::ALL.iter().map(|role| (role.as_str(), *role)).collect();
    let roles: BTreeSet<Role> =
        section.set("roles", "this person may do nothing", |value| value.one_of(&roles));
    let uid = section.optional("uid", |value| value.number(0..=u32::MAX));
    Some((at, Person { id: id?, seat: seat?, roles, uid }))
}

fn seat(value: &Value<'_>) -> Result<Seat, String> {
    match value.text()? {
        "gateway" => Ok(Seat::Gateway),
        text => text
            .parse()
            .map(Seat::Agency)
            .map_err(|_| format!("must be `gateway` or an agency, such as `rs/mup`, not `{}`", shown(text))),
    }
}

/// An id or a user that stands for two people would make one person two.
fn refuse_doubles(people: &[(At, Person)], problems: &mut Problems) {
    let (mut ids, mut uids) = (BTreeMap::new(), BTreeMap::new());
    for (at, person) in people {
        if let Some(first) = ids.insert(person.id.key(), at) {
            let text = format!("`{}` stands twice (case does not count), first at {first}", person.id);
            problems.push_at(at, text);
        }
        if let Some(uid) = person.uid
            && let Some(first) = uids.insert(uid, at)
        {
            problems.push_at(at, format!("`uid` {uid} is that of another person already, at {first}"));
        }
    }
}
