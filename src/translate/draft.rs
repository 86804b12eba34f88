//! A common record while it is being made.
//!
//! Groups are small and their names are the table's own: looking through one in its order is faster than hashing the
//! name, and no name is copied before the record is done.

use std::borrow::Cow;

use serde_json::{Map, Value};

/// The members of a group, in the order in which they came.
#[derive(Default)]
pub(super) struct Draft<'m> {
    members: Vec<(Cow<'m, str>, Part<'m>)>,
}

/// The value of a member.
#[derive(PartialEq)]
pub(super) enum Part<'m> {
    Value(Value),
    List(Vec<Self>),
    Group(Draft<'m>),
}

impl<'m> Draft<'m> {
    pub(super) fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    pub(super) fn get(&self, name: &str) -> Option<&Part<'m>> {
        self.members.iter().find(|(known, _)| *known == *name).map(|(_, part)| part)
    }

    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.get(name)?.text()
    }

    /// What stands in a list.
    pub(super) fn parts(&self, name: &str) -> &[Part<'m>] {
        if let Some(Part::List(parts)) = self.get(name) { parts } else { &[] }
    }

    /// What stands in a list, to be changed.
    pub(super) fn parts_mut(&mut self, name: &str) -> &mut [Part<'m>] {
        match self.members.iter_mut().find(|(known, _)| *known == *name) {
            Some((_, Part::List(parts))) => parts,
            _ => &mut [],
        }
    }

    /// The member, which is made when it is absent.
    pub(super) fn member(&mut self, name: &'m str, make: impl FnOnce() -> Part<'m>) -> Option<&mut Part<'m>> {
        let at = self.members.iter().position(|(known, _)| *known == *name).unwrap_or_else(|| {
            self.members.push((Cow::Borrowed(name), make()));
            self.members.len() - 1
        });
        self.members.get_mut(at).map(|(_, part)| part)
    }

    /// The list of a member, which is made when it is absent.
    pub(super) fn list(&mut self, name: &'m str) -> Option<&mut Vec<Part<'m>>> {
        match self.member(name, || Part::List(Vec::new()))? {
            Part::List(parts) => Some(parts),
            _ => None,
        }
    }

    /// Puts a member in the place of the one that may be there.
    pub(super) fn set(&mut self, name: &'m str, part: Part<'m>) {
        self.members.retain(|(known, _)| *known != *name);
        self.members.push((Cow::Borrowed(name), part));
    }

    /// Removes the lists in which nothing stands.
    pub(super) fn drop_empty_lists(&mut self) {
        self.members.retain(|(_, part)| !matches!(part, Part::List(parts) if parts.is_empty()));
    }

    /// The members with their names sorted, at every depth.
    pub(super) fn into_members(mut self) -> Map<String, Value> {
        self.members.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
        let mut out = Map::with_capacity(self.members.len());
        for (name, part) in self.members {
            out.insert(name.into_owned(), part.into_value());
        }
        out
    }
}

/// As of JSON objects: the order does not matter.
impl PartialEq for Draft<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.members.len() == other.members.len()
            && self.members.iter().all(|(name, part)| other.get(name) == Some(part))
    }
}

impl<'m> Part<'m> {
    pub(super) fn text_of(text: &str) -> Self {
        Self::Value(Value::String(text.to_owned()))
    }

    /// A group of texts.
    pub(super) fn texts_of<const N: usize>(members: [(&'m str, &str); N]) -> Self {
        let members = members.map(|(name, text)| (Cow::Borrowed(name), Self::text_of(text)));
        Self::Group(Draft { members: members.into() })
    }

    pub(super) fn text(&self) -> Option<&str> {
        if let Self::Value(value) = self { value.as_str() } else { None }
    }

    pub(super) fn group(&self) -> Option<&Draft<'m>> {
        if let Self::Group(group) = self { Some(group) } else { None }
    }

    pub(super) fn group_mut(&mut self) -> Option<&mut Draft<'m>> {
        if let Self::Group(group) = self { Some(group) } else { None }
    }

    fn into_value(self) -> Value {
        match self {
            Self::Value(value) => value,
            Self::List(parts) => Value::Array(parts.into_iter().map(Self::into_value).collect()),
            Self::Group(group) => Value::Object(group.into_members()),
        }
    }
}

/// An entry that a conversion has made whole.
impl From<Value> for Part<'_> {
    fn from(value: Value) -> Self {
        match value {
            Value::Object(members) => {
                let members = members.into_iter().map(|(name, value)| (Cow::Owned(name), Part::Value(value)));
                Self::Group(Draft { members: members.collect() })
            }
            value => Self::Value(value),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Draft, Part};

    #[test]
    fn names_come_out_sorted_at_every_depth_and_values_in_their_order() {
        let mut draft = Draft::default();
        draft.set("z", Part::text_of("1"));
        let list = draft.list("a").unwrap();
        list.extend([Part::texts_of([("d", "2"), ("c", "3")]), Part::from(json!({ "f": 4, "e": 5 }))]);
        let text = Value::Object(draft.into_members()).to_string();
        assert_eq!(text, r#"{"a":[{"c":"3","d":"2"},{"e":5,"f":4}],"z":"1"}"#);
    }

    #[test]
    fn groups_with_the_same_members_are_equal_whatever_their_order() {
        let one = Part::texts_of([("a", "1"), ("b", "2")]);
        assert!(one == Part::from(json!({ "b": "2", "a": "1" })));
        assert!(one != Part::texts_of([("a", "1")]));
        assert!(one != Part::texts_of([("a", "1"), ("b", "3")]));
    }

    #[test]
    fn a_member_is_made_once_and_set_takes_the_place_of_another() {
        let mut draft = Draft::default();
        assert!(draft.member("a", || Part::text_of("1")).unwrap().text() == Some("1"));
        assert!(draft.member("a", || Part::text_of("2")).unwrap().text() == Some("1"));
        draft.set("a", Part::text_of("3"));
        draft.list("b");
        draft.drop_empty_lists();
        assert_eq!(Value::Object(draft.into_members()), json!({ "a": "3" }));
    }
}
