//! JSON into a tree.

use std::borrow::Cow;

use serde_json::Value;

use super::error::TranslateError;
use super::tree::Tree;
use crate::schema::json::{JsonError, Limits, parse};

/// Reads one document; its value must be an object.
pub(super) fn read(bytes: &[u8]) -> Result<Tree<'static>, TranslateError> {
    let value = parse(bytes, Limits::RECORD).map_err(|error| match error {
        JsonError::TooLong { limit, .. } => TranslateError::TooLarge { limit },
        JsonError::Malformed { line, reason, .. } => TranslateError::Malformed { line, reason },
    })?;
    if !value.is_object() {
        return Err(wrong("the document must be one object"));
    }
    let mut tree = Tree::default();
    below(&mut tree, 0, "", value)?;
    Ok(tree)
}

/// Adds a value; the elements of a list become neighbours of one name. Depth is bounded by the parser.
fn below(tree: &mut Tree<'static>, parent: usize, name: &str, value: Value) -> Result<(), TranslateError> {
    let text = match value {
        Value::Array(items) => return items.into_iter().try_for_each(|item| below(tree, parent, name, item)),
        Value::Object(members) => {
            let node = add(tree, parent, name, String::new())?;
            if members.is_empty() {
                // Where a text is expected, this is no empty text.
                return add(tree, node, "{}", String::new()).map(|_| ());
            }
            return members.into_iter().try_for_each(|(name, value)| below(tree, node, &name, value));
        }
        Value::Null => String::new(),
        Value::Bool(is) => is.to_string(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => text,
    };
    add(tree, parent, name, text).map(|_| ())
}

fn add(tree: &mut Tree<'static>, parent: usize, name: &str, text: String) -> Result<usize, TranslateError> {
    tree.add(parent, Cow::Owned(name.to_owned()), Cow::Owned(text)).map_err(|_| wrong("too many members"))
}

fn wrong(reason: &str) -> TranslateError {
    TranslateError::Malformed { line: 1, reason: reason.to_owned() }
}
