//! A table tried both ways on an example: what is written of a record must read as the same record.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::super::entries::pattern_of;
use super::super::mapping::{Mapping, MappingProblem};
use super::super::{Traced, import, records, traced_records};
use super::example::example;
use crate::schema::Catalogue;
use crate::translate::Fate;

/// Members that are made anew for each record.
const MADE: [&str; 7] =
    ["x_PersonId", "x_RecordVersion", "x_Schema", "x_Source", "x_LossNote", "x_Unmapped", "x_ChildAtOffence"];

/// The values of a record by their places without numbers.
type Leaves = BTreeMap<String, Vec<String>>;

/// What the table writes and does not read again as it was, with the lines that wrote it.
pub(super) fn defects(mapping: &Mapping, file: &str, catalogue: &Catalogue) -> Vec<MappingProblem> {
    if !mapping.imports {
        return Vec::new();
    }
    let source = example(mapping);
    let Some(Ok(first)) = traced_records(mapping, catalogue, &source[..]).next() else { return Vec::new() };
    let problem = |line, reason: String| MappingProblem { file: file.to_owned(), line, reason };
    let Ok(form) = import(mapping, catalogue, &first.record) else { return Vec::new() };
    let again: Vec<_> = records(mapping, catalogue, &form.bytes[..]).collect();
    let second = match again.as_slice() {
        [Ok(second)] => second,
        [Err(error)] => {
            let reason = format!("what is written of the table's own example cannot be read again: {error}");
            return vec![problem(1, reason)];
        }
        several => {
            let reason = format!(
                "what is written of the table's own example is read again as {} records",
                several.len()
            );
            return vec![problem(1, reason)];
        }
    };
    let (mut there, mut back) = (Leaves::new(), Leaves::new());
    leaves("", first.record.members(), &mut there);
    leaves("", second.record.members(), &mut back);
    let told: Vec<String> = form
        .report
        .lossy
        .iter()
        .map(|loss| &loss.path)
        .chain(&form.report.unmapped)
        .map(|p| pattern_of(p))
        .collect();
    let differs = |path: &&String| there.get(*path) != back.get(*path) && !told.contains(&plain(path));
    let paths: std::collections::BTreeSet<&String> = there.keys().chain(back.keys()).collect();
    let lines = paths.into_iter().filter(differs).map(|path| {
        let line = line_of(&first.trace, path).or_else(|| line_of(&second.trace, path)).unwrap_or(1);
        problem(
            line,
            format!(
                "`{path}` is not read again as it is written, in the table's own example; mark the line \
                 `only = \"export\"`, or say with `lossy` what is lost"
            ),
        )
    });
    lines.collect()
}

/// The line of the table that carries values to a place.
fn line_of(trace: &[Traced], path: &str) -> Option<usize> {
    let there = |step: &&Traced| matches!(&step.fate, Fate::Carried { target, .. } if pattern_of(target) == plain(path));
    trace.iter().find(there).and_then(|step| step.line)
}

fn plain(path: &str) -> String {
    pattern_of(path)
}

fn leaves(path: &str, members: &Map<String, Value>, out: &mut Leaves) {
    for (name, value) in
        members.iter().filter(|(name, _)| !MADE.contains(&name.as_str()) && *name != "x_ChildNow")
    {
        let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
        leaf(&path, value, out);
    }
    for values in out.values_mut() {
        values.sort();
    }
}

fn leaf(path: &str, value: &Value, out: &mut Leaves) {
    match value {
        Value::Object(members) => leaves(path, members, out),
        Value::Array(items) => items.iter().for_each(|item| leaf(&format!("{path}[]"), item, out)),
        value => out.entry(path.to_owned()).or_default().push(value.to_string()),
    }
}
