//! Where a field stands in a record, with and without positions.

use std::fmt;

/// The place of one value in a record: `x_Persons[0].prs_FirstName`.
///
/// Positions are part of an instance path; [`FieldPath::pattern`] drops them to find the catalogue's entry.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct FieldPath {
    text: String,
}

impl FieldPath {
    /// The record itself.
    #[must_use]
    pub const fn root() -> Self {
        Self { text: String::new() }
    }

    /// The path of the member `name` below this one.
    #[must_use]
    pub fn member(&self, name: &str) -> Self {
        let mut text = String::with_capacity(self.text.len() + name.len() + 1);
        text.push_str(&self.text);
        if !text.is_empty() {
            text.push('.');
        }
        text.push_str(name);
        Self { text }
    }

    /// The path of the element at `index` of the list at this path.
    #[must_use]
    pub fn element(&self, index: usize) -> Self {
        Self { text: format!("{}[{index}]", self.text) }
    }

    /// The path as it is written, with positions.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The catalogue's form: positions replaced by `[]`.
    #[must_use]
    pub fn pattern(&self) -> String {
        Self::pattern_of(&self.text)
    }

    /// The catalogue's form of a path that was written down before.
    #[must_use]
    pub fn pattern_of(text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        let mut inside = false;
        for c in text.chars() {
            match c {
                '[' => {
                    inside = true;
                    out.push_str("[]");
                }
                ']' => inside = false,
                _ if inside => {}
                _ => out.push(c),
            }
        }
        out
    }
}

/// A place in a record that is being walked: written out only for those that are told.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place<'a> {
    above: Option<&'a Place<'a>>,
    part: Part<'a>,
}

#[derive(Debug, Clone, Copy)]
enum Part<'a> {
    Member(&'a str),
    Element(usize),
}

impl<'a> Place<'a> {
    pub(super) const fn top(name: &'a str) -> Self {
        Self { above: None, part: Part::Member(name) }
    }

    pub(super) const fn member(&'a self, name: &'a str) -> Self {
        Self { above: Some(self), part: Part::Member(name) }
    }

    pub(super) const fn element(&'a self, index: usize) -> Self {
        Self { above: Some(self), part: Part::Element(index) }
    }

    /// The same place with its last name cut to `length` characters.
    pub(super) fn cut(self, length: usize) -> Self {
        let part = match self.part {
            Part::Member(name) => {
                let end = name.char_indices().nth(length).map_or(name.len(), |(at, _)| at);
                Part::Member(name.get(..end).unwrap_or(name))
            }
            part @ Part::Element(_) => part,
        };
        Self { part, ..self }
    }

    pub(super) fn path(&self) -> FieldPath {
        let above = self.above.map(Place::path).unwrap_or_default();
        match self.part {
            Part::Member(name) => above.member(name),
            Part::Element(index) => above.element(index),
        }
    }
}

impl fmt::Display for FieldPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::FieldPath;

    #[test]
    fn a_pattern_drops_positions_and_keeps_names() {
        let path =
            FieldPath::root().member("x_Persons").element(12).member("x_Names").element(0).member("given");
        assert_eq!(path.as_str(), "x_Persons[12].x_Names[0].given");
        assert_eq!(path.pattern(), "x_Persons[].x_Names[].given");
    }
}
