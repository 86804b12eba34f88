//! A common record into an agency's own inbound form.

use std::collections::HashSet;
use std::fmt::Write as _;

use serde_json::{Map, Value};

use super::elements;
use super::error::{MAX_ENTRIES, MAX_VALUES, TranslateError};
use super::mapping::{Format, Mapping};
use super::report::{Loss, National, Report};
use super::target::{Bound, Found};
use super::write::{self, Out, Scalar};
use crate::schema::{Catalogue, Record};

/// Members that speak about the common record itself; no form has, or needs, a place for them.
const OWN: [&str; 4] = ["x_PersonId", "x_RecordVersion", "x_Schema", "x_Source"];

/// Translates a common record into the agency's inbound form.
///
/// Fields that the form has no place for are named in the report as unmapped.
///
/// # Errors
/// [`TranslateError::NoImport`] when the table describes no inbound form, [`TranslateError::TooManyEntries`] for a
/// record with more persons or values than any form is meant for.
pub fn import(
    mapping: &Mapping,
    _catalogue: &Catalogue,
    record: &Record,
) -> Result<National, TranslateError> {
    if !mapping.imports {
        return Err(TranslateError::NoImport { mapping: mapping.name().to_owned() });
    }
    let mut pass = Pass {
        mapping,
        record: record.members(),
        bound: vec![None; mapping.groups.len()],
        used: Vec::new(),
        report: Report::default(),
    };
    for constant in mapping.constants.iter().filter(|constant| !constant.in_group) {
        pass.use_fixed(constant);
    }
    let mut roots = Vec::new();
    pass.place(0, &mut roots);
    let root = roots.into_iter().next().unwrap_or_default();
    let (mut report, mut used) = (pass.report, pass.used);
    used.sort_unstable();
    used.dedup();
    let mut unplaced = |path: &str, value: &Value| {
        if used.binary_search(&address(value)).is_err() {
            report.unmapped.push(path.to_owned());
        }
    };
    for (name, value) in record.members() {
        leaves(name, &mut name.clone(), value, &mut unplaced)?;
    }
    report.partial = !report.unmapped.is_empty();
    report.warnings.extend(elements::missing_for(record.members(), mapping.country()));
    report.mapped = used.len() - report.lossy.iter().map(|l| &l.path).collect::<HashSet<_>>().len();
    let bytes = match mapping.format() {
        Format::Xml => write::xml(&root, mapping),
        Format::Json => write::json(&root),
        Format::Csv => write::csv(&root, &mapping.columns, mapping.delimiter, mapping.encoding),
    };
    Ok(National { bytes, report })
}

/// Tells of every value of the record and its place.
fn leaves(
    name: &str,
    path: &mut String,
    value: &Value,
    tell: &mut impl FnMut(&str, &Value),
) -> Result<(), TranslateError> {
    let length = path.len();
    match value {
        _ if OWN.contains(&name) => {}
        Value::Object(members) => {
            for (name, value) in members {
                path.push('.');
                path.push_str(name);
                leaves(name, path, value, tell)?;
                path.truncate(length);
            }
        }
        Value::Array(items) => {
            let limit = if items.iter().any(Value::is_object) { MAX_ENTRIES } else { MAX_VALUES };
            if items.len() > limit {
                return Err(TranslateError::TooManyEntries { path: path.clone(), limit });
            }
            for (index, item) in items.iter().enumerate() {
                // Writing to a String cannot fail.
                let _ = write!(path, "[{index}]");
                leaves("", path, item, tell)?;
                path.truncate(length);
            }
        }
        value => tell(path, value),
    }
    Ok(())
}

/// A value's own mark while the record stands still: two equal values at different places have different ones.
pub(super) fn address(value: &Value) -> usize {
    std::ptr::from_ref(value).addr()
}

pub(super) struct Pass<'p> {
    pub(super) mapping: &'p Mapping,
    pub(super) record: &'p Map<String, Value>,
    pub(super) bound: Bound,
    /// The values that have gone into the form, by their [`address`].
    pub(super) used: Vec<usize>,
    pub(super) report: Report,
}

impl Pass<'_> {
    /// Writes a place of the form: once, or once for each entry of its group.
    fn place(&mut self, pattern: usize, out: &mut Vec<Out>) {
        let mapping = self.mapping;
        let Some(place) = mapping.nodes.get(pattern) else { return };
        let Some((number, group)) = place.group.and_then(|n| Some((n, mapping.groups.get(n)?))) else {
            self.one(pattern, false, out);
            return;
        };
        let mut written = false;
        for (index, found) in group.target.find(self.record, &self.bound).into_iter().enumerate() {
            if let Some(only) = &group.only {
                let member = found.value.get(&only.member).and_then(Value::as_str);
                if !member.is_some_and(|member| only.values.iter().any(|value| value == member)) {
                    continue;
                }
                if only.values.len() == 1 {
                    self.used.extend(found.value.get(&only.member).map(address));
                }
            }
            if let Some((member, value)) = &group.member {
                let there = found.value.get(&**member).filter(|there| *there == value);
                let Some(there) = there else { continue };
                self.used.push(address(there));
            }
            self.bind(number, Some(index));
            for constant in group.constants.iter().filter_map(|n| mapping.constants.get(*n)) {
                self.use_fixed(constant);
            }
            self.one(pattern, !group.single, out);
            written = true;
            if group.single {
                break;
            }
        }
        // The last entry stays bound only while it is written.
        self.bind(number, None);
        if !written && (pattern == 0 || mapping.format() == Format::Csv) {
            self.one(pattern, false, out);
        }
    }

    fn bind(&mut self, group: usize, entry: Option<usize>) {
        if let Some(bound) = self.bound.get_mut(group) {
            *bound = entry;
        }
    }

    fn use_fixed(&mut self, constant: &super::mapping::Constant) {
        for found in constant.target.find(self.record, &self.bound) {
            if *found.value == constant.value {
                self.take(&found);
            }
        }
    }

    fn one(&mut self, pattern: usize, list: bool, out: &mut Vec<Out>) {
        let mapping = self.mapping;
        let Some(place) = mapping.nodes.get(pattern) else { return };
        let (values, repeats) = match (place.joined, &place.literal) {
            (_, Some(literal)) => (vec![Scalar::Text(literal.to_string())], false),
            (Some((join, part)), None) => (self.part(join, part), false),
            (None, None) => self.values(pattern, &place.lines),
        };
        let mut children = Vec::new();
        for child in &place.order {
            self.place(*child, &mut children);
        }
        if let ([], [_, _, ..]) = (values.as_slice(), children.as_slice())
            && place.order.first().is_some_and(|only| mapping.alone(*only))
        {
            // An element has an attribute once.
            out.extend(children.into_iter().map(|child| Out {
                name: place.name.to_string(),
                value: None,
                children: vec![child],
                list,
            }));
            return;
        }
        let list = list || (repeats && children.is_empty());
        let mut values = values.into_iter();
        let first = values.next();
        if first.is_some() || !children.is_empty() || pattern == 0 {
            out.push(Out { name: place.name.to_string(), value: first, children, list });
        }
        let more =
            |value| Out { name: place.name.to_string(), value: Some(value), children: Vec::new(), list };
        out.extend(values.map(more));
    }

    pub(super) fn take(&mut self, found: &Found<'_>) {
        self.used.extend(found.chosen_by.iter().map(|value| address(value)));
        if !found.chosen_by.is_empty() {
            self.used.extend(found.holder.get("script").map(address));
        }
        self.used.push(address(found.value));
        // A country that is more than a plain code goes as one value.
        self.used.extend(found.value.as_object().into_iter().flat_map(Map::values).map(address));
    }

    pub(super) fn lose(&mut self, value: &Value, note: &str) {
        let value = value.get("code").unwrap_or(value);
        let mut path = String::new();
        let mut told = |here: &str, found: &Value| {
            if std::ptr::eq(found, value) {
                here.clone_into(&mut path);
            }
        };
        for (name, value) in self.record {
            // A record beyond the limits is refused when its unplaced values are listed.
            let _ = leaves(name, &mut name.clone(), value, &mut told);
        }
        self.report.lossy.push(Loss { path, note: note.to_owned() });
    }
}
