//! A national record as a tree of names and texts, the same for every format.

use std::borrow::Cow;
use std::fmt::Write;

/// No such node.
const NONE: u32 = u32::MAX;

/// Most nodes of one record: what 16 MiB of the smallest elements could hold would not fit a small machine.
pub(super) const MAX_NODES: usize = 100_000;

/// Nodes in the order in which they stand in the source. XML attributes are children whose name begins with `@`;
/// the elements of a JSON list are children with the same name.
#[derive(Default)]
pub(super) struct Tree<'a> {
    nodes: Vec<Node<'a>>,
}

pub(super) struct Node<'a> {
    pub(super) name: Cow<'a, str>,
    /// The text of a leaf; empty when it has none.
    pub(super) value: Cow<'a, str>,
    parent: u32,
    first: u32,
    last: u32,
    next: u32,
}

/// More nodes than [`MAX_NODES`].
pub(super) struct TooMany;

impl<'a> Tree<'a> {
    /// Adds a node below `parent`; the first node is the root and its parent is ignored.
    pub(super) fn add(
        &mut self,
        parent: usize,
        name: Cow<'a, str>,
        value: Cow<'a, str>,
    ) -> Result<usize, TooMany> {
        let index = self.nodes.len();
        if index >= MAX_NODES {
            return Err(TooMany);
        }
        let small = u32::try_from(index).map_err(|_| TooMany)?;
        let up = if index == 0 { NONE } else { u32::try_from(parent).map_err(|_| TooMany)? };
        self.nodes.push(Node { name, value, parent: up, first: NONE, last: NONE, next: NONE });
        if up != NONE {
            let last = self.nodes.get_mut(parent).map(|node| {
                if node.first == NONE {
                    node.first = small;
                }
                std::mem::replace(&mut node.last, small)
            });
            if let Some(node) = last.and_then(|last| self.nodes.get_mut(last as usize)) {
                node.next = small;
            }
        }
        Ok(index)
    }

    pub(super) fn node(&self, index: usize) -> Option<&Node<'a>> {
        self.nodes.get(index)
    }

    /// Every node that has a text, in the order of the source.
    pub(super) fn texts(&self) -> impl Iterator<Item = (usize, &str)> {
        let nodes = self.nodes.iter().enumerate().map(|(index, node)| (index, &*node.value));
        nodes.filter(|(_, text)| !text.is_empty())
    }

    pub(super) fn append_value(&mut self, index: usize, text: Cow<'a, str>) {
        if let Some(node) = self.nodes.get_mut(index) {
            if node.value.is_empty() { node.value = text } else { node.value.to_mut().push_str(&text) }
        }
    }

    /// Keeps apart what stands before another element and what follows it.
    pub(super) fn part_value(&mut self, index: usize) {
        if let Some(node) = self.nodes.get_mut(index).filter(|node| !node.value.trim().is_empty()) {
            node.value.to_mut().push(' ');
        }
    }

    /// The value without the white space that only lays the source out.
    pub(super) fn trim(&mut self, index: usize) {
        let Some(node) = self.nodes.get_mut(index) else { return };
        let trimmed = node.value.trim();
        if trimmed.len() != node.value.len() {
            node.value = match &node.value {
                Cow::Borrowed(text) => Cow::Borrowed(text.trim()),
                Cow::Owned(_) => Cow::Owned(trimmed.to_owned()),
            };
        }
    }

    pub(super) fn children(&self, index: usize) -> impl Iterator<Item = usize> {
        let step = |index: u32| (index != NONE).then_some(index as usize);
        let first = self.nodes.get(index).and_then(|node| step(node.first));
        std::iter::successors(first, move |at| self.nodes.get(*at).and_then(|node| step(node.next)))
    }

    /// Where a node stands, as `Lice[2]/Prezime`: the root is left out, the first of several has no number.
    pub(super) fn path(&self, index: usize) -> String {
        let mut chain = Vec::new();
        let mut at = index;
        while let Some(node) = self.nodes.get(at) {
            if node.parent == NONE {
                break;
            }
            chain.push(at);
            at = node.parent as usize;
        }
        let mut out = String::new();
        for at in chain.into_iter().rev() {
            let Some(node) = self.nodes.get(at) else { continue };
            if !out.is_empty() {
                out.push('/');
            }
            out.extend(node.name.chars().take(64));
            let before = self
                .children(node.parent as usize)
                .take_while(|sibling| *sibling != at)
                .filter(|sibling| self.nodes.get(*sibling).is_some_and(|s| s.name == node.name))
                .count();
            if before > 0 {
                // Writing to a `String` cannot fail.
                let _ = write!(out, "[{}]", before + 1);
            }
        }
        out
    }
}
