//! What a record says about consent, guardian, release and handling.

use std::collections::BTreeSet;

use jiff::{Timestamp, civil};
use serde_json::{Map, Value};

use super::marks::Marks;
use super::words::Consent;
use crate::message::{Handling, PartyId, Purpose};
use crate::partner::Body;
use crate::schema::{DataCategory, Record, says_something};

/// What a message wants to do with the data.
pub(super) struct Use<'a> {
    pub(super) purpose: Purpose,
    pub(super) recipient: &'a PartyId,
    /// What kind of body the recipient is; nothing where no agreement says it.
    pub(super) body: Option<Body>,
    pub(super) now: Timestamp,
    /// The persons whose age a protection reviewer has stated, by the positions of record and person.
    pub(super) ages: &'a BTreeSet<(usize, usize)>,
}

/// The state of the person's consent to this use. Of several consents the worst counts.
pub(super) fn of(person: &Map<String, Value>, wanted: &Use<'_>) -> Consent {
    match person.get("x_Consent") {
        Some(Value::Object(consent)) => state(consent, wanted),
        Some(Value::Array(consents)) => consents
            .iter()
            .map(|consent| consent.as_object().map_or(Consent::Missing, |consent| state(consent, wanted)))
            .max()
            .unwrap_or(Consent::Missing),
        _ => Consent::Missing,
    }
}

/// The categories of data about a victim that a valid consent, or documented vital interests, cover for this use.
pub(super) fn covered(person: &Map<String, Value>, wanted: &Use<'_>) -> Marks<DataCategory> {
    match of(person, wanted) {
        Consent::Overridden
        | Consent::WithdrawalOverridden
        | Consent::ByGuardian
        | Consent::ByRepresentative
        | Consent::BySelf
        | Consent::ByGuardianAlone => {
            // Of several consents the narrowest counts.
            let each = |consent: &Value| consent.as_object().map_or_else(Marks::default, categories);
            match person.get("x_Consent") {
                Some(Value::Array(consents)) => consents.iter().map(each).fold(Marks::full(), Marks::shared),
                Some(consent) => each(consent),
                None => Marks::default(),
            }
        }
        Consent::OutOfScope | Consent::Expired | Consent::Missing | Consent::Withdrawn => Marks::default(),
    }
}

/// The consents of a person, however they are listed.
pub(super) fn each(person: &Map<String, Value>) -> impl Iterator<Item = &Map<String, Value>> {
    let listed = person.get("x_Consent");
    let many = listed.and_then(Value::as_array).map_or(&[] as &[Value], Vec::as_slice);
    listed.into_iter().chain(many).filter_map(Value::as_object)
}

/// Whether documented vital interests stand in the place of every consent of the person.
pub(super) fn all_overridden(person: &Map<String, Value>) -> bool {
    let mut consents = each(person).peekable();
    consents.peek().is_some() && consents.all(overridden)
}

/// When the first of the person's consents ends. One whose end cannot be read has ended at once.
pub(super) fn until(person: &Map<String, Value>) -> Option<Timestamp> {
    let ending = each(person).filter(|consent| !overridden(consent) && present(consent, "expires_at"));
    ending.map(|consent| time(consent, "expires_at", true).unwrap_or(Timestamp::UNIX_EPOCH)).min()
}

/// Whether one of the person's consents was withdrawn.
pub(super) fn withdrawn(person: &Map<String, Value>) -> bool {
    each(person).any(|consent| present(consent, "withdrawn_at"))
}

/// Whether the record names a guardian.
pub(super) fn has_guardian(person: &Map<String, Value>) -> bool {
    match person.get("x_Guardian") {
        Some(Value::Object(guardian)) => says_something(guardian),
        Some(Value::Array(guardians)) => {
            guardians.iter().any(|one| one.as_object().is_some_and(says_something))
        }
        _ => false,
    }
}

/// Whether the record holds the decision of the National Referral Mechanism that releases it to the police: who decided,
/// when, under which reference, and not withdrawn. Anything less is no decision.
pub(super) fn nrm_release(record: &Map<String, Value>) -> bool {
    record.get("x_NrmRelease").and_then(Value::as_object).is_some_and(|decision| {
        ["decided_by", "decided_at", "reference"].iter().all(|name| text(decision, name).is_some())
            && !present(decision, "withdrawn_at")
    })
}

/// The handling codes of the record itself: what its source demanded holds whatever the envelope says.
/// A code that is not known is a restriction told elsewhere.
pub(super) fn handling(record: &Record) -> impl Iterator<Item = Handling> {
    let listed = record.members().get("x_Handling");
    let many = listed.and_then(Value::as_array).map_or(&[] as &[Value], Vec::as_slice);
    listed
        .filter(|listed| !listed.is_array())
        .into_iter()
        .chain(many)
        .map(|code| code.as_str().and_then(|code| code.parse().ok()).unwrap_or(Handling::H3))
}

fn state(consent: &Map<String, Value>, wanted: &Use<'_>) -> Consent {
    // Vital interests go before consent when somebody has documented them.
    if overridden(consent) {
        let withdrawn = present(consent, "withdrawn_at");
        return if withdrawn { Consent::WithdrawalOverridden } else { Consent::Overridden };
    }
    if present(consent, "withdrawn_at") {
        return Consent::Withdrawn;
    }
    // A time that cannot be read is held against the consent.
    if present(consent, "expires_at") && time(consent, "expires_at", true).is_none_or(|end| end <= wanted.now)
    {
        return Consent::Expired;
    }
    if present(consent, "given_at") && time(consent, "given_at", false).is_none_or(|start| wanted.now < start)
    {
        return Consent::Missing;
    }
    // Only a yes is one: silence is none.
    if consent.get("con_Consent") != Some(&Value::Bool(true)) {
        return Consent::Missing;
    }
    if !in_scope(consent, wanted) {
        return Consent::OutOfScope;
    }
    match text(consent, "given_by") {
        Some("self") => Consent::BySelf,
        Some("guardian") if consent.get("child_view") == Some(&Value::Bool(true)) => Consent::ByGuardian,
        Some("guardian") => Consent::ByGuardianAlone,
        Some("representative") => Consent::ByRepresentative,
        _ => Consent::Missing,
    }
}

/// Whether the scope allows the use. It must name this purpose. It may name recipients, or kinds of them: then this one
/// must be among them. Where the form has no place for recipients, the purpose covers the bodies that serve it
/// (docs/decisions/0012). A word that nobody understands may be a limit, so with it the scope covers nothing.
fn in_scope(consent: &Map<String, Value>, wanted: &Use<'_>) -> bool {
    let purposes = listed(consent, "scope").unwrap_or_default();
    let understood = |word: &&str| word.parse::<Purpose>().is_ok();
    let purpose = purposes.iter().all(understood) && purposes.contains(&wanted.purpose.as_str());
    let recipient = match listed(consent, "scope_recipients") {
        None => wanted.body.is_some_and(|body| serves(body, wanted.purpose)),
        Some(named) => {
            let kind = |word: &str| BODIES.into_iter().find(|body| body.as_str() == word);
            let understood = |word: &&str| kind(word).is_some() || word.parse::<PartyId>().is_ok();
            let meant = |word: &&str| {
                *word == wanted.recipient.as_str() || kind(word).is_some_and(|kind| Some(kind) == wanted.body)
            };
            named.iter().all(understood) && named.iter().any(meant)
        }
    };
    purpose && recipient
}

const BODIES: [Body; 3] = [Body::Police, Body::Protection, Body::Prosecution];

/// Whether a body of this kind does what the purpose names. The focal points for referrals in Slovenia and Austria are
/// police offices.
const fn serves(body: Body, purpose: Purpose) -> bool {
    match purpose {
        Purpose::VictimIdentification
        | Purpose::VictimProtection
        | Purpose::SafeReturn
        | Purpose::MissingChild => {
            matches!(body, Body::Police | Body::Protection)
        }
        Purpose::Investigation | Purpose::Prosecution => matches!(body, Body::Police | Body::Prosecution),
        _ => false,
    }
}

/// The words of a list; nothing if there is none. What is no word is one that nothing equals and nobody understands.
fn listed<'a>(consent: &'a Map<String, Value>, name: &str) -> Option<Vec<&'a str>> {
    Some(match consent.get(name)? {
        Value::Array(items) => items.iter().map(|item| item.as_str().unwrap_or_default()).collect(),
        item => vec![item.as_str().unwrap_or_default()],
    })
}

/// The categories of data that one consent covers: those that it lists, or all. Vital interests cover all.
fn categories(consent: &Map<String, Value>) -> Marks<DataCategory> {
    match listed(consent, "scope_categories") {
        Some(words) if !overridden(consent) => {
            DataCategory::ALL.into_iter().filter(|one| words.contains(&one.as_str())).collect()
        }
        _ => Marks::full(),
    }
}

/// Whether somebody has documented vital interests: who, and on what ground.
fn overridden(consent: &Map<String, Value>) -> bool {
    text(consent, "overridden_by").is_some() && text(consent, "override_ground").is_some()
}

fn present(group: &Map<String, Value>, name: &str) -> bool {
    group.get(name).is_some_and(|value| !value.is_null())
}

pub(super) fn text<'a>(group: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    group.get(name).and_then(Value::as_str).map(str::trim).filter(|text| !text.is_empty())
}

/// The time at `name`; of a mere day its beginning, or its end, in UTC.
pub(super) fn time(group: &Map<String, Value>, name: &str, end_of_day: bool) -> Option<Timestamp> {
    let text = text(group, name)?;
    if let Ok(at) = text.parse::<Timestamp>() {
        return Some(at);
    }
    let day = text.parse::<civil::Date>().ok()?;
    let day = if end_of_day { day.tomorrow().ok()? } else { day };
    jiff::tz::TimeZone::UTC.to_timestamp(day.at(0, 0, 0, 0)).ok()
}
