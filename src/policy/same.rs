//! Which entries of a message are one person: those that share a number of the exchange, of identity or of a document, or
//! the name and a date of birth that agree; and through a third entry also those that share nothing themselves.
//!
//! Too much joined protects somebody who needs it not; too little lets a victim's data out under another entry.

use std::collections::HashMap;

use serde_json::{Map, Value};

use crate::schema::matching_keys;

/// The entry that stands for the person, for each entry.
pub(super) fn groups(people: &[&Map<String, Value>]) -> Vec<usize> {
    let mut sets = Sets((0..people.len()).collect());
    let mut known: HashMap<String, usize> = HashMap::new();
    let mut named: HashMap<String, Vec<(&str, usize)>> = HashMap::new();
    for (entry, person) in people.iter().enumerate() {
        for number in numbers(person) {
            let first = *known.entry(number).or_insert(entry);
            sets.join(first, entry);
        }
        let born = person.get("prs_Birthdate").and_then(Value::as_str).unwrap_or_default();
        for name in names(person) {
            named.entry(name).or_default().push((born, entry));
        }
    }
    for namesakes in named.values_mut() {
        join_namesakes(namesakes, &mut sets);
    }
    (0..people.len()).map(|entry| sets.root(entry)).collect()
}

/// Joins the bearers of one name whose dates of birth agree: one is the beginning of the other, as `1985` is of
/// `1985-06-15`, and nothing is the beginning of every date.
fn join_namesakes(namesakes: &mut [(&str, usize)], sets: &mut Sets) {
    // Sorted, what a date begins stands behind it.
    namesakes.sort_unstable();
    let Some(mut begins) = namesakes.first().copied() else { return };
    for (born, entry) in namesakes.iter().copied() {
        if born.starts_with(begins.0) {
            sets.join(begins.1, entry);
        } else {
            begins = (born, entry);
        }
    }
}

/// Sets of entries, each with one that stands for it.
struct Sets(Vec<usize>);

impl Sets {
    fn root(&mut self, entry: usize) -> usize {
        let mut root = entry;
        while self.0[root] != root {
            root = self.0[root];
        }
        let mut at = entry;
        while self.0[at] != root {
            at = std::mem::replace(&mut self.0[at], root);
        }
        root
    }

    fn join(&mut self, one: usize, other: usize) {
        let (one, other) = (self.root(one), self.root(other));
        self.0[one.max(other)] = one.min(other);
    }
}

/// The numbers by which somebody is known, each with its kind before it. Letters and digits count, in either case.
fn numbers(person: &Map<String, Value>) -> Vec<String> {
    let number = |group: &Map<String, Value>, kind: &str, name: &str| {
        let plain = |c: char| c.is_alphanumeric().then(|| c.to_lowercase()).into_iter().flatten();
        let text: String = group.get(name)?.as_str()?.chars().flat_map(plain).collect();
        (!text.is_empty()).then(|| format!("{kind}:{text}"))
    };
    let mut found: Vec<String> = Vec::new();
    found.extend(number(person, "exchange", "x_PersonId"));
    found.extend(number(person, "identity", "prs_IdentityNumber"));
    let documents = person.get("x_Documents");
    let many = documents.and_then(Value::as_array).map_or(&[] as &[Value], Vec::as_slice);
    for document in documents.into_iter().chain(many).filter_map(Value::as_object) {
        let kind = document.get("type").and_then(Value::as_str).unwrap_or_default();
        found.extend(number(document, kind, "number"));
    }
    found
}

/// The names under which somebody is known, folded as [`matching_keys`] folds them. Given and family name stand in either
/// order: forms mix them up.
fn names(person: &Map<String, Value>) -> Vec<String> {
    let keys = |group: &Map<String, Value>, name: &str| {
        group.get(name).and_then(Value::as_str).map(matching_keys).unwrap_or_default()
    };
    let listed = person.get("x_Names");
    let many = listed.and_then(Value::as_array).map_or(&[] as &[Value], Vec::as_slice);
    let listed = listed.into_iter().chain(many).filter_map(Value::as_object);
    let pair = |group: &Map<String, Value>, given: &str, family: &str, found: &mut Vec<String>| {
        let families = keys(group, family);
        for given in if families.is_empty() { Vec::new() } else { keys(group, given) } {
            for family in &families {
                let (first, second) = if given <= *family { (&given, family) } else { (family, &given) };
                let mut both = String::with_capacity(first.len() + second.len() + 1);
                both.push_str(first);
                both.push(' ');
                both.push_str(second);
                found.push(both);
            }
        }
    };
    let mut found: Vec<String> = Vec::new();
    pair(person, "prs_FirstName", "prs_SecondName", &mut found);
    for name in listed {
        // Nearly every list begins with the name that stands before it.
        let again = name.get("given") == person.get("prs_FirstName")
            && name.get("family") == person.get("prs_SecondName");
        if !again {
            pair(name, "given", "family", &mut found);
        }
    }
    found.sort_unstable();
    found.dedup();
    found
}
