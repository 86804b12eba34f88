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
        let mut out = String::with_capacity(self.text.len());
        let mut inside = false;
        for c in self.text.chars() {
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
