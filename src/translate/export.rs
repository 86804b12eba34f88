//! A national record into a common one.

use super::draft::{Draft, Part};
use super::error::{MAX_ENTRIES, TranslateError};
use super::keyed::Origin;
use super::leaf::Later;
use super::mapping::{Constant, Group, Mapping};
use super::report::{Report, Translated};
use super::target::Bound;
use super::trace::Traced;
use super::tree::Tree;
use crate::schema::Catalogue;

/// Translates one record that was read into a tree. `lines` are the lines of its rows, for CSV.
pub(super) fn export(
    mapping: &Mapping,
    catalogue: &Catalogue,
    tree: &Tree<'_>,
    origin: Origin<'_>,
    lines: &[usize],
    traced: bool,
) -> Result<Translated, TranslateError> {
    let mut pass = Pass {
        trace: traced.then(Vec::new),
        mapping,
        tree,
        lines,
        record: Draft::default(),
        bound: vec![None; mapping.groups.len()],
        report: Report::default(),
        unmapped: Vec::new(),
        later: Vec::new(),
        unread_case: Vec::new(),
    };
    pass.enter(0, 0)?;
    let constants = || mapping.constants.iter().filter(|constant| !constant.in_group);
    for constant in constants().filter(|constant| !constant.target.each) {
        pass.fix(constant, None);
    }
    // What goes to every person of a kind comes last, when all persons have their kind.
    for later in std::mem::take(&mut pass.later) {
        pass.leaf_for_each(later)?;
    }
    for constant in constants().filter(|constant| constant.target.each) {
        for entry in constant.target.each_entry(&pass.record) {
            pass.fix(constant, Some(entry));
        }
    }
    Ok(pass.finish(catalogue, origin))
}

pub(super) struct Pass<'p, 't> {
    /// When it is asked for.
    pub(super) trace: Option<Vec<Traced>>,
    pub(super) mapping: &'p Mapping,
    pub(super) tree: &'p Tree<'t>,
    pub(super) lines: &'p [usize],
    pub(super) record: Draft<'p>,
    pub(super) bound: Bound,
    pub(super) report: Report,
    /// The texts that have no place; the report says where they stand.
    pub(super) unmapped: Vec<String>,
    /// Leaves that go to every entry of a kind, once all entries are there.
    pub(super) later: Vec<Later<'p>>,
    /// The words of `x_Unread` for what stands in the source of the case and was not read.
    pub(super) unread_case: Vec<&'static str>,
}

impl<'p> Pass<'p, '_> {
    /// Reads a node and everything below it.
    fn enter(&mut self, node: usize, pattern: usize) -> Result<(), TranslateError> {
        let mapping = self.mapping;
        let Some(place) = mapping.nodes.get(pattern) else { return Ok(()) };
        for number in &place.groups {
            let Some(group) = mapping.groups.get(*number) else { continue };
            let at = group.target.holder(&mut self.record, &self.bound, None, None).and_then(|holder| {
                let list = holder.list(&group.target.leaf)?;
                list.push(Part::Group(Draft::default()));
                Some(list.len() - 1)
            });
            if at.is_some_and(|at| at >= MAX_ENTRIES) {
                return Err(self.too_many(node, MAX_ENTRIES));
            }
            if let Some(bound) = self.bound.get_mut(*number) {
                *bound = at;
            }
        }
        if self.tree.node(node).is_some_and(|node| !node.value.is_empty()) {
            self.leaf(node, pattern)?;
        }
        for child in self.tree.children(node) {
            let name = self.tree.node(child).map_or("", |child| &*child.name);
            match place.children.get(name) {
                Some(known) if self.twice(node, child, *known) => return Err(self.stop(child)),
                Some(known) => self.enter(child, *known)?,
                None => self.unknown_below(child, pattern)?,
            }
        }
        for join in &place.joins {
            self.join(node, *join)?;
        }
        // The last first: what is taken out of a list stands behind the others then.
        for number in place.groups.iter().rev() {
            if let Some(group) = mapping.groups.get(*number) {
                self.leave(*number, group);
            }
        }
        Ok(())
    }

    /// Gives a finished entry its constants; an entry without anything in it goes.
    fn leave(&mut self, number: usize, group: &'p Group) {
        let Some(Some(at)) = self.bound.get(number).copied() else { return };
        let holder = group.target.holder(&mut self.record, &self.bound, None, None);
        let Some(list) = holder.and_then(|holder| holder.list(&group.target.leaf)) else { return };
        let Some(entry) = list.get_mut(at).and_then(Part::group_mut) else { return };
        let empty = entry.is_empty() && !group.always;
        if empty {
            list.remove(at);
        } else {
            if let Some((member, value)) = &group.member {
                entry.member(member, || Part::Value(value.clone()));
            }
            for constant in group.constants.iter().filter_map(|number| self.mapping.constants.get(*number)) {
                self.fix(constant, None);
            }
        }
        // What stands elsewhere is not for the entry that was made last.
        if let Some(bound) = self.bound.get_mut(number) {
            *bound = None;
        }
    }

    fn fix(&mut self, constant: &'p Constant, each: Option<usize>) {
        let holder = constant.target.holder(&mut self.record, &self.bound, each, None);
        if let Some(holder) = holder {
            holder.member(&constant.target.leaf, || Part::Value(constant.value.clone()));
            self.carried(usize::MAX, "", None, (&constant.target, each), &constant.value);
        }
    }
}
