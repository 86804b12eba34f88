//! The catalogue as JSON Schema (draft 2020-12).
//!
//! It refuses what [`super::Record::check`] refuses, and lets pass what that only reports: a code of a newer partner, a
//! country or language that is not known, a telephone number in another form.

use std::fmt::Write as _;

use serde_json::{Map, Value, json};

use super::catalogue::{Catalogue, Field, FieldKind, Fields, sorted};
use super::labels::{Labels, Language};
use super::page::ATTRIBUTION;
use super::value::COUNTRY_SCHEMES;

/// A full date; 29 February only in leap years.
const DAY: &str = "[0-9]{4}-((0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])|(0[469]|11)-(0[1-9]|[12][0-9]|30)|\
                   02-(0[1-9]|1[0-9]|2[0-8]))|([0-9]{2}(0[48]|[2468][048]|[13579][26])|\
                   ([02468][048]|[13579][26])00)-02-29";
const MONTH: &str = "[0-9]{4}(-(0[1-9]|1[0-2]))?";
const CLOCK: &str = "([01][0-9]|2[0-3]):[0-5][0-9]";

impl Catalogue {
    /// The JSON Schema of one record, versioned in its `$id`. Code lists are open: known codes are listed, and any
    /// other text is a code that the reader keeps and reports.
    #[must_use]
    pub fn json_schema(&self) -> Value {
        let mut defs = kinds();
        for name in self.lists() {
            defs.insert(name.to_owned(), self.list_schema(name));
        }
        json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "$id": format!("urn:casebridge:schema:record:{}", self.version()),
            "title": "Common record",
            "description": ATTRIBUTION,
            "type": "object",
            "properties": members(&self.root),
            "additionalProperties": false,
            "$defs": defs,
        })
    }

    fn list_schema(&self, name: &str) -> Value {
        let known = self.codes(name).iter().map(|code| {
            let labels = self.code(name, code).map(|about| &about.labels);
            json!({ "const": code, "title": labels.map_or(code.as_str(), title) })
        });
        json!({
            "type": "string",
            "anyOf": [
                { "title": "known codes", "oneOf": known.collect::<Vec<_>>() },
                { "title": "a code of a newer partner: kept and reported" },
            ],
        })
    }
}

fn title(labels: &Labels) -> &str {
    labels.get(Language::English)
}

fn members(fields: &Fields) -> Map<String, Value> {
    sorted(fields).into_iter().map(|(name, field)| (name.to_owned(), field_schema(field))).collect()
}

fn field_schema(field: &Field) -> Value {
    let mut schema = Map::new();
    schema.insert("title".to_owned(), title(&field.labels).into());
    schema.insert("description".to_owned(), description(field).into());
    let one = match &field.kind {
        FieldKind::Group => json!({
            "type": "object",
            "properties": members(&field.children),
            "additionalProperties": false,
        }),
        FieldKind::Text | FieldKind::LongText => json!({ "type": "string" }),
        FieldKind::Boolean => json!({ "type": "boolean" }),
        FieldKind::Integer => json!({ "type": "integer" }),
        FieldKind::Number => json!({ "type": "number" }),
        FieldKind::Code(list) => reference(list),
        kind => reference(kind.as_str()),
    };
    if field.many {
        schema.insert("type".to_owned(), "array".into());
        schema.insert("items".to_owned(), one);
    } else if let Value::Object(one) = one {
        schema.extend(one);
    }
    Value::Object(schema)
}

fn reference(name: &str) -> Value {
    json!({ "$ref": format!("#/$defs/{name}") })
}

fn description(field: &Field) -> String {
    let mut out = format!("Data category `{}`.", field.category.as_str());
    if field.protects {
        out.push_str(" Protects.");
    }
    if let Some(name) = &field.htcds {
        // Writing to a String cannot fail.
        let _ = write!(out, " HTCDS 2.0 `{name}`.");
    }
    out
}

/// The kinds of value that JSON has no type for.
fn kinds() -> Map<String, Value> {
    let open = |title: &str, pattern: &str| {
        json!({
            "type": "string",
            "anyOf": [{ "title": title, "pattern": pattern }, { "title": "anything else: kept and reported" }],
        })
    };
    let code = open("ISO 3166-1 alpha-2", "^[A-Z]{2}$");
    let schemes = json!({ "type": "string", "anyOf": [{ "enum": COUNTRY_SCHEMES }, {}] });
    let country = json!({
        "anyOf": [
            code,
            {
                "title": "former countries, user-assigned codes such as XK, codes of another system",
                "type": "object",
                "properties": { "code": { "type": "string" }, "scheme": schemes, "as_received": { "type": "string" } },
                "required": ["code", "scheme"],
                "additionalProperties": false,
            },
        ],
    });
    let date = json!({
        "title": "as exact as known: day, month or year",
        "type": "string",
        "pattern": format!("^({MONTH}|{DAY})$"),
    });
    let timestamp = json!({
        "title": "RFC 3339 with zone",
        "type": "string",
        "format": "date-time",
        "pattern": format!("^({DAY})T{CLOCK}:[0-5][0-9](\\.[0-9]{{1,9}})?(Z|[+-]{CLOCK})$"),
    });
    [
        ("country", country),
        ("date", date),
        ("language", open("ISO 639-2/T", "^[a-z]{3}$")),
        ("phone", open("E.164", r"^\+?[1-9][0-9]{1,14}$")),
        ("timestamp", timestamp),
    ]
    .into_iter()
    .map(|(name, schema)| (name.to_owned(), schema))
    .collect()
}
