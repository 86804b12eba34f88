//! Groups: which place of the source makes which entries of a list.
//!
//! A place may make several entries: a row is a person and an event, or a traveller and a companion. Only a group makes
//! a person; a line that names a category means the persons who are there.

use super::convert::fixed;
use super::entries::{pattern_of, writable};
use super::load::Loader;
use super::mapping::{Group, Mapping};
use super::table::GroupEntry;
use super::target::Target;
use crate::schema::FieldKind;

impl Loader<'_> {
    pub(super) fn group(&mut self, mapping: &mut Mapping, entry: GroupEntry) -> Result<(), String> {
        let (list, choice) =
            entry.target.strip_suffix(']').and_then(|target| target.rsplit_once('[')).ok_or(
                "a group makes entries of a list: its target ends in `[]`, `[name]` or `[member=value]`",
            )?;
        let target = Target::parse(list, self.catalogue, &self.groups)?;
        if target.kind != FieldKind::Group || !target.many {
            return Err(format!("`{}` is not a list of groups in the catalogue", entry.target));
        }
        if target.each {
            return Err(format!("`{list}`: a group stands in an entry that a group makes"));
        }
        let member = match choice.split_once('=') {
            None if choice == "first" || !choice.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') => {
                return Err(format!(
                    "`[{choice}]` is no name of a group: letters, digits and `_`, not `first`"
                ));
            }
            None => None,
            Some((member, value)) => {
                let full = format!("{}.{member}", entry.target);
                let chosen = Target::parse(&full, self.catalogue, &[(entry.target.clone(), 0)])?;
                Some((member.into(), fixed(&chosen, value, self.catalogue)?))
            }
        };
        if let Some(only) = &entry.only {
            let pattern = pattern_of(&entry.target);
            if self.catalogue.field(&format!("{pattern}.{}", only.member)).is_none() {
                return Err(format!("`only`: the group has no member `{}`", only.member));
            }
        }
        if self.groups.iter().any(|(text, _)| *text == entry.target) {
            return Err(format!(
                "`{}` is bound twice; give one of them a name, as in `{list}[other]`",
                entry.target
            ));
        }
        if mapping.imports {
            writable(mapping, &entry.source)?;
        }
        let at = mapping.place(&entry.source);
        let number = mapping.groups.len();
        self.groups.push((entry.target, number));
        let (only, single, always) = (entry.only, entry.single, entry.always);
        mapping.groups.push(Group { target, at, member, always, only, single, constants: Vec::new() });
        let repeats =
            |number: &usize| mapping.groups.get(*number).is_some_and(|group| group.member.is_none());
        let groups = mapping.nodes.get(at).map_or(&[][..], |place| &place.groups);
        let mut groups = groups.to_vec();
        groups.push(number);
        let group = match groups.as_slice() {
            [alone] => Some(*alone),
            several => several.iter().copied().find(repeats),
        };
        if let Some(place) = mapping.node_mut(at) {
            (place.groups, place.group) = (groups, group);
        }
        Ok(())
    }

    /// A line for the entry of a group has its source where the group makes it: elsewhere the value would go to the
    /// entry that was made last.
    pub(super) fn inside(mapping: &Mapping, target: &Target, at: usize, source: &str) -> Result<(), String> {
        for group in target.bound_to().filter_map(|number| mapping.groups.get(number)) {
            let mut here = at;
            while here != group.at && here != 0 {
                here = mapping.nodes.get(here).map_or(0, |place| place.parent);
            }
            if here != group.at {
                return Err(format!(
                    "`{source}` stands outside of what makes the entries of `{}`; say which of them are meant, as in \
                     `[member=value]`",
                    target.text
                ));
            }
        }
        Ok(())
    }

    /// Tells of lines that would write an entry of a further group: the record does not say which entries stood
    /// together. Entries that are told apart by a member are written together.
    pub(super) fn written_together(&mut self, mapping: &Mapping) {
        let aside = |group: usize| {
            let place = mapping.groups.get(group).and_then(|group| mapping.nodes.get(group.at));
            place.is_some_and(|place| place.group.is_some_and(|written| written != group))
        };
        let lines = mapping.lines.iter().filter(|line| line.imports).map(|line| (line.at, &line.target));
        let joins = mapping.joins.iter().filter(|_| mapping.imports).map(|join| (join.at, &join.target));
        for (at, target) in lines.chain(joins).filter(|(_, target)| target.bound_to().any(aside)) {
            let text = format!(
                "`{}` belongs to a further group of its place, which is never written: the record does not say what \
                 stood together; mark the line `only = \"export\"`, or the table `import = false`",
                target.text
            );
            self.problem_on(at, text);
        }
    }
}
