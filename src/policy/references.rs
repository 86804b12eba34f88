//! Whom a message is about and whether it rests on their consent: what must be known to erase it later.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::about::PERSONS;
use super::consent;
use crate::message::{Document, Envelope, Kind, PartyId, Purpose};
use crate::schema::{Record, is_victim, script};

/// The cases and persons of a message. Personal: only ever stored sealed.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct References {
    records: Vec<Of>,
    /// The message as a whole rests on consent.
    consent: bool,
}

/// The references of one record.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Of {
    case: Option<String>,
    persons: Vec<Person>,
}

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Person {
    /// `x_PersonId`, `prs_IdentityNumber` and the references of the person's consents.
    ids: Vec<String>,
    /// What is said of this person rests on consent.
    consent: bool,
}

/// What a message has to do with the case or person whose consent was withdrawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Concern {
    /// Another case.
    None,
    /// The case, but on another ground than consent.
    OtherGround,
    /// The case and consent, but none of its persons goes by that id: people must look.
    OtherPerson,
    /// It must be erased.
    Erase,
}

// Case numbers and persons: no debug output may show them.
impl std::fmt::Debug for References {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("References").field("records", &self.records.len()).finish_non_exhaustive()
    }
}

impl References {
    /// The references of a draft, before anything is withheld from it.
    #[must_use]
    pub fn of(document: &Document) -> Self {
        let consent = rests_on_consent(&document.envelope);
        let of = |record: &Record| Of {
            case: text(record.members(), "x_CaseId"),
            persons: persons(record).map(|person| Person::of(person, consent)).collect(),
        };
        Self { records: document.body.records.iter().map(of).collect(), consent }
    }

    /// What the message has to do with `case`, and with `person` if one is named. The case's number as it stands in the
    /// agency's own record, or with the agency before it, as in the exchange; in either script.
    #[must_use]
    pub fn concern(&self, case: &str, person: Option<&str>) -> Concern {
        let same = |one: &&Of| one.case.as_deref().is_some_and(|known| same_case(known, case));
        let mut concern = Concern::None;
        for one in self.records.iter().filter(same) {
            let found = one.concern(person, self.consent);
            let worse = match (concern, found) {
                (Concern::Erase, _) | (_, Concern::Erase) => Concern::Erase,
                (Concern::OtherPerson, _) | (_, Concern::OtherPerson) => Concern::OtherPerson,
                _ => Concern::OtherGround,
            };
            concern = worse;
        }
        concern
    }
}

impl Of {
    fn concern(&self, person: Option<&str>, consent: bool) -> Concern {
        // What rests on consent and names nobody rests on the consent of whoever the case is about.
        let all = consent && self.persons.is_empty();
        let resting = || self.persons.iter().filter(|one| one.consent);
        match person {
            None if all || resting().next().is_some() => Concern::Erase,
            Some(id) if resting().any(|one| one.ids.iter().any(|known| folded(known) == folded(id))) => {
                Concern::Erase
            }
            Some(_) if all || resting().next().is_some() => Concern::OtherPerson,
            _ => Concern::OtherGround,
        }
    }
}

impl Person {
    fn of(person: &Map<String, Value>, resting: bool) -> Self {
        let own = ["x_PersonId", "prs_IdentityNumber"].iter().filter_map(|name| text(person, name));
        let evidence = consent::each(person).filter_map(|consent| text(consent, "evidence_ref"));
        let consent = resting && is_victim(person) && !consent::all_overridden(person);
        Self { ids: own.chain(evidence).collect(), consent }
    }
}

/// The earliest end of a consent that the message rests on; nothing if it rests on none, or on none that ends.
#[must_use]
pub fn consent_until(document: &Document) -> Option<Timestamp> {
    if !rests_on_consent(&document.envelope) {
        return None;
    }
    let people = document.body.records.iter().flat_map(persons);
    people.filter(|person| !consent::all_overridden(person)).filter_map(consent::until).min()
}

/// Whether a record says that a person has withdrawn consent: what was sent on it before should be erased.
#[must_use]
pub fn tells_of_withdrawal(document: &Document) -> bool {
    document.body.records.iter().flat_map(persons).any(consent::withdrawn)
}

/// Whether sending needs consent: what serves protection or return, by its purpose or its kind, and what names consent
/// as its legal basis. The rules `consent-missing` and `consent-withdrawn` say the same of what leaves.
fn rests_on_consent(envelope: &Envelope) -> bool {
    matches!(envelope.purpose, Purpose::VictimProtection | Purpose::SafeReturn)
        || matches!(envelope.kind, Kind::VictimReferral | Kind::SafeReturn)
        || envelope.legal_basis.as_str() == "CONSENT"
}

/// Whether an officer who types `typed` means the case `known`. Too strict here tells a false "nothing must be erased".
fn same_case(known: &str, typed: &str) -> bool {
    let without_agency = |text: &str| match text.split_once(':') {
        Some((agency, number)) if agency.trim().parse::<PartyId>().is_ok() => folded(number),
        _ => folded(text),
    };
    let exact = folded(known) == folded(typed);
    // Two agencies may use one number: with the agency said, it must be that one.
    exact || without_agency(known) == folded(typed)
}

/// Without what people write differently: script, upper and lower case, blanks.
fn folded(text: &str) -> String {
    let latin = script::to_latin(text);
    latin.chars().filter(|c| !c.is_whitespace()).flat_map(char::to_lowercase).collect()
}

fn persons(record: &Record) -> impl Iterator<Item = &Map<String, Value>> {
    let listed = record.members().get(PERSONS);
    let many = listed.and_then(Value::as_array).map_or(&[] as &[Value], Vec::as_slice);
    listed.into_iter().chain(many).filter_map(Value::as_object)
}

fn text(members: &Map<String, Value>, name: &str) -> Option<String> {
    members.get(name).and_then(Value::as_str).filter(|text| !text.trim().is_empty()).map(str::to_owned)
}
