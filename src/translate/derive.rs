//! What follows from the values of a common record and is in no national form: child flags.

use serde_json::{Map, Value};

use super::draft::{Draft, Part};
use crate::schema::{AgeDoubt, Case, Finding, Jmbg, Problem, Sex};

pub(super) type Members = Map<String, Value>;

/// Sets `x_ChildAtOffence` and `x_ChildNow` where the record leaves no doubt, and tells of what contradicts itself.
///
/// "Now" is the date of the record. A source that says "no child" of somebody whom a date shows to be one is wrong in one
/// of both: the child counts.
pub(super) fn child_flags(record: &mut Members, warnings: &mut Vec<Problem>) {
    let case = Case::of(record, None);
    let mut warn = |path: String, code, text: String| warnings.push(Problem { path, code, text });
    for event in Case::ends_too_early(record) {
        let text = "it ends before it begins; check both dates".to_owned();
        warn(format!("x_Events[{event}].x_EndDate"), "W-EVENT", text);
    }
    let Some(Value::Array(persons)) = record.get_mut("x_Persons") else { return };
    let each = || persons.iter().filter_map(Value::as_object);
    let mut found: Vec<Finding> = each().map(|person| case.person(person, false)).collect();
    case.settle(&mut found);
    let each = persons.iter_mut().enumerate();
    let each = each.filter_map(|(index, person)| Some((index, person.as_object_mut()?)));
    for ((index, person), found) in each.zip(found) {
        let flags = [("x_ChildNow", found.child_at_record), ("x_ChildAtOffence", found.child_at_acts)];
        for (name, child) in flags {
            match (child, person.get(name)) {
                (Some(child), None) | (Some(child @ true), Some(Value::Bool(false))) => {
                    person.insert(name.to_owned(), Value::Bool(child));
                }
                _ => {}
            }
        }
        for doubt in found.doubts() {
            let path = match doubt {
                AgeDoubt::Birth => format!("x_Persons[{index}].prs_Birthdate"),
                _ => format!("x_Persons[{index}]"),
            };
            warn(path, doubt.code(), doubt.to_string());
        }
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

pub(super) fn list<'r>(record: &'r Members, name: &str) -> impl Iterator<Item = &'r Value> {
    record.get(name).and_then(Value::as_array).into_iter().flatten()
}

pub(super) fn persons_mut<'d, 'm>(record: &'d mut Draft<'m>) -> impl Iterator<Item = &'d mut Draft<'m>> {
    record.parts_mut("x_Persons").iter_mut().filter_map(Part::group_mut)
}
