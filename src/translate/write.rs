//! An inbound form as bytes.

use encoding_rs::WINDOWS_1250;
use serde_json::{Map, Value};

use super::mapping::{Format, Mapping};
use super::table::Encoding;

/// A place of the form with its value and what stands below it.
#[derive(Default)]
pub(super) struct Out {
    pub(super) name: String,
    pub(super) value: Option<Scalar>,
    pub(super) children: Vec<Out>,
    /// JSON: in a list even when alone.
    pub(super) list: bool,
}

pub(super) enum Scalar {
    Text(String),
    Bool(bool),
    Number(serde_json::Number),
}

impl Scalar {
    fn text(&self) -> std::borrow::Cow<'_, str> {
        match self {
            Self::Text(text) => text.into(),
            Self::Bool(is) => is.to_string().into(),
            Self::Number(number) => number.to_string().into(),
        }
    }
}

/// The text with `?` for every character that the form cannot hold; `None` when it holds them all.
pub(super) fn holdable(text: &str, format: Format, encoding: Encoding) -> Option<String> {
    let fits = |c: char| {
        let allowed = match format {
            // XML 1.0 production 2.
            Format::Xml => {
                matches!(c, '\t' | '\n' | '\r' | ' '..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{10000}'..)
            }
            Format::Csv => c != '\0',
            Format::Json => true,
        };
        allowed && (encoding == Encoding::Utf8 || !WINDOWS_1250.encode(c.encode_utf8(&mut [0; 4])).2)
    };
    let plain = encoding == Encoding::Utf8 || text.is_ascii();
    if plain && text.chars().all(fits) {
        return None;
    }
    let held: String = text.chars().map(|c| if fits(c) { c } else { '?' }).collect();
    (held != text).then_some(held)
}

fn encoded(text: String, encoding: Encoding) -> Vec<u8> {
    match encoding {
        Encoding::Utf8 => text.into_bytes(),
        // Everything that the encoding lacks has been replaced by `holdable` before.
        Encoding::Windows1250 => WINDOWS_1250.encode(&text).0.into_owned(),
    }
}

pub(super) fn xml(root: &Out, mapping: &Mapping) -> Vec<u8> {
    let label = match mapping.encoding {
        Encoding::Utf8 => "UTF-8",
        Encoding::Windows1250 => "windows-1250",
    };
    let mut out = format!("<?xml version=\"1.0\" encoding=\"{label}\"?>\n");
    element(root, &mapping.root, &mapping.namespaces, &mut out);
    out.push('\n');
    encoded(out, mapping.encoding)
}

/// Writes an element that declares these namespaces: all at the root, none below.
fn element(node: &Out, name: &str, namespaces: &[(Box<str>, Box<str>)], out: &mut String) {
    out.push('<');
    out.push_str(name);
    for (prefix, uri) in namespaces {
        out.push_str(" xmlns");
        if !prefix.is_empty() {
            out.push(':');
            out.push_str(prefix);
        }
        out.push_str("=\"");
        escape(uri, out);
        out.push('"');
    }
    let attribute = |child: &&Out| child.name.starts_with('@');
    for child in node.children.iter().filter(attribute) {
        out.push(' ');
        out.push_str(child.name.trim_start_matches('@'));
        out.push_str("=\"");
        if let Some(value) = &child.value {
            escape(&value.text(), out);
        }
        out.push('"');
    }
    let text = node.value.as_ref().map(Scalar::text).unwrap_or_default();
    let mut inner = node.children.iter().filter(|child| !attribute(child)).peekable();
    if text.is_empty() && inner.peek().is_none() {
        out.push_str("/>");
        return;
    }
    out.push('>');
    escape(&text, out);
    for child in inner {
        element(child, &child.name, &[], out);
    }
    out.push_str("</");
    out.push_str(name);
    out.push('>');
}

fn escape(text: &str, out: &mut String) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            // A reader turns these into spaces or line feeds unless they are references.
            '\t' => out.push_str("&#9;"),
            '\n' => out.push_str("&#10;"),
            '\r' => out.push_str("&#13;"),
            c => out.push(c),
        }
    }
}

pub(super) fn json(root: &Out) -> Vec<u8> {
    let mut bytes = object(&root.children).to_string().into_bytes();
    bytes.push(b'\n');
    bytes
}

fn object(children: &[Out]) -> Value {
    let mut members = Map::new();
    for child in children {
        let value = if child.children.is_empty() {
            match &child.value {
                Some(Scalar::Text(text)) => Value::String(text.clone()),
                Some(Scalar::Bool(is)) => Value::Bool(*is),
                Some(Scalar::Number(number)) => Value::Number(number.clone()),
                None => Value::Null,
            }
        } else {
            object(&child.children)
        };
        match members.get_mut(&child.name) {
            None if child.list => {
                members.insert(child.name.clone(), Value::Array(vec![value]));
            }
            None => {
                members.insert(child.name.clone(), value);
            }
            Some(Value::Array(list)) if child.list => list.push(value),
            Some(there) => *there = Value::Array(vec![there.take(), value]),
        }
    }
    Value::Object(members)
}

pub(super) fn csv(root: &Out, columns: &[String], delimiter: u8, encoding: Encoding) -> Vec<u8> {
    let delimiter = char::from(delimiter);
    let mut out = String::new();
    let mut row = |fields: &mut dyn Iterator<Item = String>| {
        for (index, field) in fields.enumerate() {
            if index > 0 {
                out.push(delimiter);
            }
            if field.contains([delimiter, '"', '\r', '\n']) {
                out.push('"');
                out.push_str(&field.replace('"', "\"\""));
                out.push('"');
            } else {
                out.push_str(&field);
            }
        }
        out.push_str("\r\n");
    };
    row(&mut columns.iter().cloned());
    for line in root.children.iter().filter(|child| child.name == "row") {
        row(&mut columns.iter().map(|column| {
            let cell = line.children.iter().find(|cell| cell.name == *column);
            cell.and_then(|cell| cell.value.as_ref()).map(|v| v.text().into_owned()).unwrap_or_default()
        }));
    }
    encoded(out, encoding)
}
