//! What follows from the values of a common record and is in no national form: child flags and person numbers.

use serde_json::{Map, Value};

use super::draft::{Draft, Part};
use crate::message::Sha256;
use crate::schema::{Jmbg, Problem, Sex};

/// Full age in all three states.
const FULL_AGE: i32 = 18;

pub(super) type Members = Map<String, Value>;

/// Sets `x_ChildAtOffence` and `x_ChildNow` where the dates leave no doubt and the source says nothing.
///
/// "Now" is the date of the record. Whoever was a child then was one at the acts before it.
pub(super) fn child_flags(record: &mut Draft<'_>) {
    let now = record.text("x_RecordDate").map(str::to_owned);
    let acts = record.parts("x_Events").iter().filter_map(|event| event.group()?.text("hte_Date"));
    let acts = acts.min().map(str::to_owned);
    for person in persons_mut(record) {
        let Some(born) = person.text("prs_Birthdate") else { continue };
        let at_record = now.as_deref().and_then(|now| is_child(born, now));
        let at_acts = match acts.as_deref() {
            Some(acts) => is_child(born, acts),
            None => at_record.filter(|child| *child),
        };
        for (name, child) in [("x_ChildNow", at_record), ("x_ChildAtOffence", at_acts)] {
            if let Some(child) = child {
                person.member(name, || Part::Value(Value::Bool(child)));
            }
        }
    }
}

/// Whether someone born on one date was under 18 on another; `None` when the dates are not exact enough.
fn is_child(born: &str, on: &str) -> Option<bool> {
    let year = |date: &str| date.get(..4)?.parse::<i32>().ok();
    match year(on)? - year(born)? {
        years if years < FULL_AGE => Some(true),
        years if years > FULL_AGE => Some(false),
        // The birthday decides: ISO dates of one precision compare as text.
        _ if born.len() == 10 && on.len() == 10 => Some(on.get(4..)? < born.get(4..)?),
        _ => None,
    }
}

/// Where a number of identity does not agree with the date of birth or the sex beside it.
///
/// Nothing is taken from the number: its region says where it was registered, not where its bearer was born or belongs.
pub(super) fn number_doubts(record: &Members) -> Vec<Problem> {
    let mut out = Vec::new();
    for (index, person) in list(record, "x_Persons").enumerate() {
        let text = |name: &str| person.get(name).and_then(Value::as_str);
        if !matches!(text("x_IdentityNumberType"), Some("JMBG" | "EMSO")) {
            continue;
        }
        let Some(Ok(number)) = text("prs_IdentityNumber").map(Jmbg::read) else { continue };
        let sex = match text("prs_Gender") {
            Some("Feminine") => Some(Sex::Female),
            Some("Masculine") => Some(Sex::Male),
            _ => None,
        };
        out.extend(number.doubts(text("prs_Birthdate"), sex).into_iter().map(|doubt| Problem {
            path: format!("x_Persons[{index}].prs_IdentityNumber"),
            code: doubt.code(),
            text: doubt.to_string(),
        }));
    }
    out
}

/// Numbers the persons of a record.
///
/// The number is derived from the digest of the source and the person's position, so that the same source gives
/// the same bytes. It tells nothing to anyone who does not hold the source, and differs from record to record.
pub(super) fn person_ids(record: &mut Draft<'_>, digest: Sha256) {
    for (index, person) in persons_mut(record).enumerate() {
        let mut source = digest.as_bytes().to_vec();
        source.extend_from_slice(&(index as u64).to_be_bytes());
        let mut id = Sha256::of(&source).to_string();
        id.truncate(32);
        person.set("x_PersonId", Part::Value(Value::String(id)));
    }
}

pub(super) fn list<'r>(record: &'r Members, name: &str) -> impl Iterator<Item = &'r Value> {
    record.get(name).and_then(Value::as_array).into_iter().flatten()
}

fn persons_mut<'d, 'm>(record: &'d mut Draft<'m>) -> impl Iterator<Item = &'d mut Draft<'m>> {
    record.parts_mut("x_Persons").iter_mut().filter_map(Part::group_mut)
}

#[cfg(test)]
mod tests {
    use super::is_child;

    #[test]
    fn a_child_is_under_eighteen_on_the_day_and_doubt_stays_doubt() {
        assert_eq!(is_child("2006-03-05", "2024-03-04"), Some(true));
        assert_eq!(is_child("2006-03-05", "2024-03-05"), Some(false));
        assert_eq!(is_child("2006", "2024-03-05"), None);
        assert_eq!(is_child("2006-03-05", "2024-03"), None);
        assert_eq!(is_child("2007", "2024"), Some(true));
        assert_eq!(is_child("2005", "2024"), Some(false));
    }
}
