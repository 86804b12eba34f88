//! What a record says of the return of a person. What it does not say, or not in a form that can be read, counts as the
//! worse: a return cannot be taken back.

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::consent::{text, time};
use super::marks::Marks;
use super::words::Return;

/// How the return of this person is prepared; nothing if the record tells of none. Of several the worst counts.
pub(super) fn of(person: &Map<String, Value>, now: Timestamp) -> Marks<Return> {
    let told = person.get("x_Return");
    let told = told.map(|it| it.as_array().map_or(std::slice::from_ref(it), Vec::as_slice));
    let mut found = Marks::default();
    for one in told.into_iter().flatten() {
        match one {
            Value::Null => {}
            Value::Object(members) if members.values().all(Value::is_null) => {}
            Value::Object(members) => found.join(state(members, now)),
            _ => found
                .join([Return::AgainstWill, Return::Unassessed, Return::InRecovery].into_iter().collect()),
        }
    }
    found
}

fn state(members: &Map<String, Value>, now: Timestamp) -> Marks<Return> {
    let mut found = Marks::default();
    if members.get("voluntary") != Some(&Value::Bool(true)) {
        found.add(Return::AgainstWill);
    }
    if text(members, "risk_assessment").is_none() {
        found.add(Return::Unassessed);
    }
    match members.get("recovery_period_until") {
        None | Some(Value::Null) => found.add(Return::RecoveryUnknown),
        // The period lasts until its last day is over; an end that cannot be read has not come.
        Some(_) if time(members, "recovery_period_until", true).is_none_or(|end| now < end) => {
            found.add(Return::InRecovery);
        }
        Some(_) => {}
    }
    if found == Marks::default() {
        found.add(Return::Prepared);
    }
    found
}
