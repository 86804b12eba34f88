//! Places in the common record: how a table names them, and how they are found or made.

use std::borrow::Cow;
use std::fmt::Write as _;

use serde_json::{Map, Value};

use super::draft::{Draft, Part};
use super::nearest::did_you_mean;
use super::protect::unread_word;
use crate::schema::{Catalogue, Field, FieldKind};

/// The list of which a line makes no entry: only a `[[group]]` says that somebody is there.
const PERSONS: &str = "x_Persons";

/// The place of a value in the common record, with everything resolved when the table is loaded.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is independent of the others")]
pub(super) struct Target {
    pub(super) text: String,
    /// The groups on the way.
    steps: Vec<Step>,
    /// The value's own name.
    pub(super) leaf: Box<str>,
    pub(super) many: bool,
    pub(super) kind: FieldKind,
    /// The list `…Absent` of what does not apply, or the list that this one is such a twin of: no code is in both.
    pub(super) opposite: Option<Box<str>>,
    /// Whether it is reached through every entry of a kind, so that it is filled in after everything else.
    pub(super) each: bool,
    /// Whether the field protects: nothing meant for it is set aside.
    pub(super) protects: bool,
    /// Whether a `true` here says that somebody may be a child.
    pub(super) of_child: bool,
    /// The word that names the field in `x_Unread`, when it is one of those.
    pub(super) unread: Option<&'static str>,
}

#[derive(Debug)]
struct Step {
    name: Box<str>,
    pick: Pick,
}

/// Which entry of a list.
#[derive(Debug)]
enum Pick {
    /// Not a list.
    Alone,
    /// `[]`, `[name]`: the entry of the group that is being read.
    Bound(usize),
    /// `[member=value]` of a group: the entry that is being read; on the way back every one with this member.
    Made { group: usize, member: Box<str>, value: Box<str> },
    /// `[first]`
    First,
    /// `[member=value]`: the entry with this member; made when absent.
    Where { member: Box<str>, value: Box<str> },
    /// `[member=a|b]`, and `[member=a]` of persons: every entry with one of these; never made.
    Each { member: Box<str>, values: Vec<Box<str>> },
}

/// Which entry of each group is being read, by the group's number in the mapping.
pub(super) type Bound = Vec<Option<usize>>;

/// A value of a common record.
pub(super) struct Found<'r> {
    pub(super) value: &'r Value,
    /// The entry that holds it.
    pub(super) holder: &'r Map<String, Value>,
    /// Values that were used to choose an entry on the way.
    pub(super) chosen_by: Vec<&'r Value>,
}

impl Target {
    /// Reads a place such as `x_Persons[].x_Names[type=legal].family`. `groups` are the list targets that are bound
    /// by a source element, e.g. `x_Persons[]`, with their numbers.
    pub(super) fn parse(
        text: &str,
        catalogue: &Catalogue,
        groups: &[(String, usize)],
    ) -> Result<Self, String> {
        let mut steps = Vec::new();
        let (mut pattern, mut literal) = (String::new(), String::new());
        let mut found: Option<&Field> = None;
        let parts: Vec<&str> = split_path(text);
        let last = parts.len().saturating_sub(1);
        for (index, part) in parts.iter().enumerate() {
            let (name, pick) = match part.split_once('[') {
                Some((name, pick)) => (name, Some(pick.strip_suffix(']').ok_or("a `[` is not closed")?)),
                None => (*part, None),
            };
            for (out, part) in [(&mut pattern, name), (&mut literal, *part)] {
                if !out.is_empty() {
                    out.push('.');
                }
                out.push_str(part);
            }
            let field = catalogue.field(&pattern).ok_or_else(|| {
                let near = did_you_mean(&pattern, catalogue.fields().map(|field| field.path.as_str()));
                format!("no field `{pattern}` in the catalogue{near}")
            })?;
            found = Some(field);
            if index == last {
                if pick.is_some() {
                    return Err(format!("`{part}` is the value itself; write it without `[…]`"));
                }
                break;
            }
            if field.kind != FieldKind::Group {
                return Err(format!("`{pattern}` is not a group"));
            }
            let pick = pick_of(pick, (field, catalogue), &literal, groups)?;
            if matches!(pick, Pick::Each { .. }) && index > 0 {
                return Err("`[member=a|b]` stands only at the top of a path".to_owned());
            }
            steps.push(Step { name: name.into(), pick });
        }
        let field = found.ok_or("an empty path")?;
        Ok(Self {
            text: text.to_owned(),
            each: steps.iter().any(|step| matches!(step.pick, Pick::Each { .. })),
            steps,
            opposite: opposite(&pattern, catalogue),
            protects: field.protects,
            of_child: matches!(
                field.name(),
                "x_ChildAtOffence" | "x_ChildAtEntry" | "x_ChildNow" | "x_AgeDisputed"
            ),
            unread: unread_word(&field.path),
            leaf: field.name().into(),
            many: field.many,
            kind: field.kind.clone(),
        })
    }

    /// The group that holds the value, made when absent. `also` is a further member that the innermost chosen entry
    /// must have. `None` when a group on the way is not being read.
    pub(super) fn holder<'r, 'm>(
        &'m self,
        record: &'r mut Draft<'m>,
        bound: &Bound,
        each: Option<usize>,
        also: Option<(&'m str, &'m str)>,
    ) -> Option<&'r mut Draft<'m>> {
        let mut here = record;
        let last = self.steps.len().saturating_sub(1);
        for (index, step) in self.steps.iter().enumerate() {
            let inside = here.member(&step.name, || match step.pick {
                Pick::Alone => Part::Group(Draft::default()),
                _ => Part::List(Vec::new()),
            })?;
            here = match (&step.pick, inside) {
                (Pick::Alone, Part::Group(group)) => group,
                (pick, Part::List(entries)) => {
                    let at = match pick {
                        Pick::Bound(group) | Pick::Made { group, .. } => (*bound.get(*group)?)?,
                        Pick::Each { .. } => each?,
                        Pick::First => {
                            if entries.is_empty() {
                                entries.push(Part::Group(Draft::default()));
                            }
                            0
                        }
                        Pick::Where { member, value } => {
                            entry_with(entries, member, value, also.filter(|_| index == last))
                        }
                        Pick::Alone => return None,
                    };
                    entries.get_mut(at)?.group_mut()?
                }
                _ => return None,
            };
        }
        Some(here)
    }

    /// The place as it is in one record: `x_Persons[0].prs_Gender`, with the numbers of the entries.
    pub(super) fn shown(&self, bound: &Bound, each: Option<usize>) -> String {
        let mut out = String::new();
        for step in &self.steps {
            out.push_str(&step.name);
            let number = match &step.pick {
                Pick::Alone => None,
                Pick::Bound(group) | Pick::Made { group, .. } => bound.get(*group).copied().flatten(),
                Pick::First => Some(0),
                Pick::Each { .. } => each,
                Pick::Where { member, value } => {
                    out.extend(["[", member, "=", value, "]"]);
                    None
                }
            };
            if let Some(number) = number {
                // Writing to a `String` cannot fail.
                let _ = write!(out, "[{number}]");
            }
            out.push('.');
        }
        out.push_str(&self.leaf);
        out
    }

    /// The groups whose entries lie on the way.
    pub(super) fn bound_to(&self) -> impl Iterator<Item = usize> {
        self.steps.iter().filter_map(|step| match &step.pick {
            Pick::Bound(group) | Pick::Made { group, .. } => Some(*group),
            _ => None,
        })
    }

    /// The entries that `[member=a|b]` stands for.
    pub(super) fn each_entry(&self, record: &Draft<'_>) -> Vec<usize> {
        let Some(Step { name, pick: Pick::Each { member, values } }) = self.steps.first() else {
            return Vec::new();
        };
        let fits = |entry: &Part<'_>| {
            let word = entry.group().and_then(|group| group.text(member));
            word.is_some_and(|word| values.iter().any(|value| **value == *word))
        };
        let entries = record.parts(name).iter().enumerate();
        entries.filter(|(_, entry)| fits(entry)).map(|(index, _)| index).collect()
    }

    /// Every value at this place, in the order of the record.
    pub(super) fn find<'r>(&self, record: &'r Map<String, Value>, bound: &Bound) -> Vec<Found<'r>> {
        let mut out = Vec::new();
        self.descend(&self.steps, record, &[], bound, &mut out);
        out
    }

    fn descend<'r>(
        &self,
        steps: &[Step],
        here: &'r Map<String, Value>,
        chosen_by: &[&'r Value],
        bound: &Bound,
        out: &mut Vec<Found<'r>>,
    ) {
        let Some((step, rest)) = steps.split_first() else {
            let Some(value) = here.get(&*self.leaf) else { return };
            let mut push = |value| out.push(Found { value, holder: here, chosen_by: chosen_by.to_vec() });
            match value {
                Value::Array(items) => items.iter().for_each(push),
                value => push(value),
            }
            return;
        };
        match here.get(&*step.name) {
            Some(Value::Object(members)) => self.descend(rest, members, chosen_by, bound, out),
            Some(Value::Array(entries)) => {
                // Where the place is known, the others are not looked at: a record may have many persons.
                let (from, count) = match &step.pick {
                    Pick::Bound(group) => match bound.get(*group) {
                        Some(Some(at)) => (*at, 1),
                        _ => return,
                    },
                    Pick::Made { group, .. } => {
                        bound.get(*group).copied().flatten().map_or((0, entries.len()), |at| (at, 1))
                    }
                    Pick::First => (0, 1),
                    _ => (0, entries.len()),
                };
                for entry in entries.iter().skip(from).take(count) {
                    let Some(members) = entry.as_object() else { continue };
                    let is = |member: &str, value: &str| {
                        members.get(member).and_then(Value::as_str).is_some_and(|v| v == value)
                    };
                    let chosen: Cow<'_, [&Value]> = match &step.pick {
                        Pick::Bound(_) | Pick::First => chosen_by.into(),
                        Pick::Where { member, value } | Pick::Made { member, value, .. }
                            if is(member, value) =>
                        {
                            chosen_by.iter().copied().chain(members.get(&**member)).collect::<Vec<_>>().into()
                        }
                        Pick::Each { member, values } if values.iter().any(|value| is(member, value)) => {
                            chosen_by.into()
                        }
                        _ => continue,
                    };
                    self.descend(rest, members, &chosen, bound, out);
                }
            }
            _ => {}
        }
    }
}

/// The name of a list's twin: `vic_MethodsOfControl` and `x_MethodsOfControlAbsent`.
fn opposite(pattern: &str, catalogue: &Catalogue) -> Option<Box<str>> {
    let (before, name) = pattern.rsplit_once('.').map_or(("", pattern), |(before, name)| (before, name));
    let (_, stem) = name.split_once('_')?;
    let names = match stem.strip_suffix("Absent") {
        Some(stem) => vec![format!("vic_{stem}"), format!("x_{stem}")],
        None => vec![format!("x_{stem}Absent")],
    };
    let known = |name: &String| {
        let path = if before.is_empty() { name.clone() } else { format!("{before}.{name}") };
        catalogue.field(&path).is_some_and(|field| field.many)
    };
    names.into_iter().find(known).map(String::into_boxed_str)
}

/// Splits at the dots outside brackets.
fn split_path(text: &str) -> Vec<&str> {
    let mut inside = false;
    text.split(|c| {
        match c {
            '[' => inside = true,
            ']' => inside = false,
            _ => {}
        }
        c == '.' && !inside
    })
    .collect()
}

fn pick_of(
    pick: Option<&str>,
    (field, catalogue): (&Field, &Catalogue),
    literal: &str,
    groups: &[(String, usize)],
) -> Result<Pick, String> {
    let Some(choice) = pick.filter(|_| field.many) else {
        return match (pick, field.many) {
            (None, false) => Ok(Pick::Alone),
            (Some(_), _) => Err(format!("`{literal}` is not a list")),
            (None, true) => Err(format!("`{literal}` is a list; say which entry, as in `{literal}[]`")),
        };
    };
    let group = groups.iter().find(|(target, _)| target == literal).map(|(_, number)| *number);
    let persons = field.path == PERSONS;
    match (choice.split_once('='), group) {
        (None, Some(group)) => Ok(Pick::Bound(group)),
        (None, None) if choice == "first" && !persons => Ok(Pick::First),
        (None, None) if choice.is_empty() => {
            Err(format!("no `[[group]]` before this line makes entries of `{literal}`"))
        }
        (None, None) => {
            let near = did_you_mean(literal, groups.iter().map(|(target, _)| target.as_str()));
            Err(format!(
                "`[{choice}]` chooses no entry: no `[[group]]` before this line makes `{literal}`{near}"
            ))
        }
        (Some((member, values)), group) => {
            let values = chosen(field, member, values, literal, catalogue)?;
            Ok(match (values.as_slice(), group) {
                ([value], Some(group)) => Pick::Made { group, member: member.into(), value: value.clone() },
                ([value], None) if !persons => Pick::Where { member: member.into(), value: value.clone() },
                // Nobody becomes a victim because a value was meant for one.
                _ => Pick::Each { member: member.into(), values },
            })
        }
    }
}

/// The values of a choice `[member=a|b]`, which the member can have.
fn chosen(
    field: &Field,
    member: &str,
    values: &str,
    literal: &str,
    catalogue: &Catalogue,
) -> Result<Vec<Box<str>>, String> {
    let Some(child) = field.child(member) else {
        let members = catalogue
            .fields()
            .filter_map(|other| other.path.strip_prefix(field.path.as_str())?.strip_prefix("[]."));
        let near = did_you_mean(member, members);
        return Err(format!("`{literal}`: the group has no member `{member}`{near}"));
    };
    let values: Vec<Box<str>> = values.split('|').map(Into::into).collect();
    if let FieldKind::Code(list) = &child.kind
        && let Some(unknown) = values.iter().find(|value| !catalogue.has_code(list, value))
    {
        let near = did_you_mean(unknown, catalogue.codes(list).iter().map(String::as_str));
        return Err(format!("`{literal}`: list `{list}` has no code `{unknown}`{near}"));
    }
    Ok(values)
}

fn entry_with<'m>(
    entries: &mut Vec<Part<'m>>,
    member: &'m str,
    value: &'m str,
    also: Option<(&'m str, &'m str)>,
) -> usize {
    let wanted = || std::iter::once((member, value)).chain(also);
    let fits = |entry: &Part<'_>| {
        entry.group().is_some_and(|group| wanted().all(|(member, value)| group.text(member) == Some(value)))
    };
    entries.iter().position(fits).unwrap_or_else(|| {
        let mut made = Draft::default();
        wanted().for_each(|(member, value)| made.set(member, Part::text_of(value)));
        entries.push(Part::Group(made));
        entries.len() - 1
    })
}
