//! What withdraws, ends, restricts or protects is never set aside.
//!
//! The field's mark in the catalogue decides, not the table. A place of the source that feeds such a field is
//! *guarded*, with the element around it and everything inside: what cannot be carried from there stops the record.

use super::derive::persons_mut;
use super::error::TranslateError;
use super::export::Pass;
use super::load::Loader;
use super::mapping::{Format, Mapping};
use super::table::{CodeEntry, ConstantEntry, ConvertName, FieldEntry};
use super::target::Target;
use crate::schema::script::to_latin;

/// What only a person can say in one case: no table says it for all of them.
const SAID_ONCE: [&str; 7] = [
    "con_Consent",
    "given_by",
    "given_at",
    "child_view",
    "overridden_by",
    "override_ground",
    "recovery_period_until",
];
/// Groups of which the same holds.
const SAID_ONCE_IN: [&str; 2] = ["x_NrmRelease.", ".x_Return."];

/// A withdrawal is looked for under its name wherever it stands: agencies put it beside the consent too.
const WITHDRAWAL: &str = "withdrawn_at";

impl Loader<'_> {
    /// Refuses a line that would set a value of a protecting field aside. `beside` tells of another line that carries
    /// every value of the same source.
    pub(super) fn sets_nothing_aside(entry: &FieldEntry, target: &Target) -> Result<(), String> {
        if target.protects && entry.convert == ConvertName::Set {
            return Err(format!(
                "`{}` protects, and `set` looks at no value; name the words in a code table",
                target.text
            ));
        }
        Ok(())
    }

    /// Refuses a word that is read for nothing although it says something.
    pub(super) fn reads_every_word<'t>(
        target: &Target,
        mut words: impl Iterator<Item = (&'t str, &'t CodeEntry)>,
    ) -> Result<(), String> {
        let lost = |(_, entry): &(&str, &CodeEntry)| matches!(entry, CodeEntry::Lossy(entry) if entry.code.is_none());
        match words.find(lost).filter(|_| target.protects) {
            Some((word, _)) => Err(format!(
                "`{word}` is read for nothing, but `{}` protects; give it a code, or leave the word out: it stops the \
                 record then",
                target.text
            )),
            None => Ok(()),
        }
    }

    /// Refuses a constant in the place of what a person must have said.
    pub(super) fn is_not_said_for_all(entry: &ConstantEntry, target: &Target) -> Result<(), String> {
        let once = SAID_ONCE.contains(&&*target.leaf)
            || SAID_ONCE_IN.iter().any(|group| entry.target.contains(group));
        if target.protects && once {
            return Err(format!("`{}` is said for each person or case; no constant says it", entry.target));
        }
        Ok(())
    }
}

/// Marks the places of the source that are guarded, when all lines are there. Tells of a line with `first` that has
/// nobody to carry what it leaves behind, by its place in the file.
pub(super) fn guard(mapping: &mut Mapping) -> Vec<(usize, String)> {
    let mut alone = Vec::new();
    let mut tops: Vec<usize> = Vec::new();
    for at in 0..mapping.nodes.len() {
        let Some(place) = mapping.nodes.get(at) else { continue };
        let lines = || place.lines.iter().filter_map(|number| mapping.lines.get(*number));
        for line in lines().filter(|line| line.target.protects && line.first) {
            if !lines().any(|other| other.exports && !other.first) {
                alone.push((
                    line.at,
                    format!(
                        "`{}` protects, and `first` may leave a value behind; another line of the same source must \
                         carry them all",
                        line.target.text
                    ),
                ));
            }
        }
        let joined = place.joined.and_then(|(join, _)| mapping.joins.get(join));
        let own = lines().any(|line| line.target.protects && !line.first)
            || joined.is_some_and(|join| join.target.protects);
        let withdrawal = lines().any(|line| line.target.protects && *line.target.leaf == *WITHDRAWAL);
        if !own {
            continue;
        }
        let parent = place.parent;
        let around = mapping.nodes.get(parent).is_some_and(|around| around.group.is_none());
        // The record itself, a row, and the entry of a list hold much else.
        let row = mapping.format == Format::Csv;
        let inside = at != 0 && parent != 0 && around && !row;
        let name = mapping.nodes.get(if inside { parent } else { at }).map(|place| folded(&place.name));
        let withdrawal = withdrawal.then(|| folded(&place.name));
        mapping.guarded.extend(name.into_iter().chain(withdrawal).filter(|name| !name.is_empty()));
        tops.push(at);
        if inside {
            tops.push(parent);
            if let Some(around) = mapping.nodes.get_mut(parent) {
                around.once = true;
            }
        }
    }
    for at in tops {
        if let Some(place) = mapping.nodes.get_mut(at) {
            place.guards = true;
        }
    }
    // A place comes after the one around it.
    for at in 1..mapping.nodes.len() {
        let parent = mapping.nodes.get(at).map_or(0, |place| place.parent);
        let inherits = mapping.nodes.get(parent).is_some_and(|parent| parent.guards);
        if let Some(place) = mapping.nodes.get_mut(at).filter(|_| inherits) {
            place.guards = true;
        }
    }
    alone
}

/// A name whatever its case, script, prefix or kind.
fn folded(name: &str) -> String {
    let name = name.rsplit(['}', ':', '@']).next().unwrap_or(name);
    to_latin(name).chars().flat_map(char::to_lowercase).filter(|c| c.is_alphanumeric()).collect()
}

impl<'p> Pass<'p, '_> {
    /// Whether nothing at this place may be set aside.
    pub(super) fn guards(&self, pattern: usize) -> bool {
        self.mapping.nodes.get(pattern).is_some_and(|place| place.guards)
    }

    /// Whether a place that the table does not have is called as a guarded one of another part of the form.
    pub(super) fn called_as_guarded(&self, node: usize) -> bool {
        let guarded = &self.mapping.guarded;
        self.tree
            .node(node)
            .filter(|_| !guarded.is_empty())
            .is_some_and(|node| guarded.contains(&folded(&node.name)))
    }

    /// A guarded element that stands twice would be read as one: the scope of the one consent with the date of the other.
    pub(super) fn twice(&self, parent: usize, child: usize, pattern: usize) -> bool {
        let once = self.mapping.nodes.get(pattern).is_some_and(|place| place.once);
        let name = |at: usize| self.tree.node(at).map(|node| &*node.name);
        once && self.tree.children(parent).take_while(|at| *at != child).any(|at| name(at) == name(child))
    }

    /// What stands here stops the record.
    pub(super) fn stop(&self, node: usize) -> TranslateError {
        TranslateError::Protecting { line: self.line(node), path: self.tree.path(node) }
    }

    /// Names, at the person, a role, sex or birth that the source states and that was not read.
    pub(super) fn note_unread(&mut self, target: &'p Target) {
        let Some(code) = target.unread else { return };
        if OF_CASE.contains(&code) {
            if !self.unread_case.contains(&code) {
                self.unread_case.push(code);
            }
            return;
        }
        let entries = if target.each {
            target.each_entry(&self.record).into_iter().map(Some).collect()
        } else {
            vec![None]
        };
        for each in entries {
            let holder = target.holder(&mut self.record, &self.bound, each, None);
            let Some(list) = holder.and_then(|holder| holder.list("x_Unread")) else { continue };
            if !list.iter().any(|known| known.text() == Some(code)) {
                list.push(super::draft::Part::text_of(code));
            }
        }
    }

    /// Names, at every person, what was not read of the case: whom it concerns is not known, and it may be a child.
    pub(super) fn note_unread_case(&mut self) {
        for code in std::mem::take(&mut self.unread_case) {
            for person in persons_mut(&mut self.record) {
                if let Some(list) = person.list("x_Unread") {
                    list.push(super::draft::Part::text_of(code));
                }
            }
        }
    }

    /// As [`Self::note_unread`], for everything that a place is read for.
    pub(super) fn note_unread_place(&mut self, pattern: usize) {
        let mapping = self.mapping;
        let Some(place) = mapping.nodes.get(pattern) else { return };
        for line in
            place.lines.iter().filter_map(|number| mapping.lines.get(*number)).filter(|line| line.exports)
        {
            self.note_unread(&line.target);
        }
    }
}

/// An article, or what raises its penalty: it may tell of a child.
const OFFENCE: &str = "Offence";
/// The date of an act: the person may have been a child then.
const ACT_DATE: &str = "ActDate";
/// What is said of the case and concerns every person in it.
const OF_CASE: [&str; 2] = [OFFENCE, ACT_DATE];

/// The word of `x_Unread` for a field, of those whose loss the person must not suffer.
pub(super) fn unread_word(pattern: &str) -> Option<&'static str> {
    match pattern {
        "x_Offence" | "x_Aggravating" => return Some(OFFENCE),
        "x_Events[].hte_Date" | "x_Events[].x_EndDate" => return Some(ACT_DATE),
        _ => {}
    }
    Some(match pattern.strip_prefix("x_Persons[].")? {
        "x_SubjectCategory" => "SubjectCategory",
        "prs_Gender" => "Gender",
        // Whatever tells an age.
        "prs_Birthdate" | "x_AgeBand" | "vic_AgeWhenTrafficked" => "Birthdate",
        _ => return None,
    })
}
