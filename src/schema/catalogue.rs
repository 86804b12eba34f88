//! The field catalogue: every field of the common record, once.
//!
//! Validation, policy, mapping checks and documents all read it, so a field is added in one place:
//! `config/schema/fields.toml`, with its codes in `config/schema/codes.toml`.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::category::DataCategory;

/// All fields and code lists of one schema version.
#[derive(Debug)]
pub struct Catalogue {
    version: String,
    root: BTreeMap<String, Field>,
    lists: BTreeMap<String, CodeList>,
}

/// One field: a leaf, or a group of fields.
#[derive(Debug)]
pub struct Field {
    /// Catalogue form of the place, e.g. `x_Persons[].prs_FirstName`.
    pub path: String,
    /// What a value looks like.
    pub kind: FieldKind,
    /// Whether the field holds a list of values.
    pub many: bool,
    /// What kind of data it is; groups carry the category of their most telling member.
    pub category: DataCategory,
    /// Whether a value singles nobody out, although its category may (sex, age band, region).
    pub anonymous: bool,
    /// The HTCDS 2.0 name, when the field comes from that standard.
    pub htcds: Option<String>,
    /// What people call it, by language tag: `en`, `sr-Latn`, `sr-Cyrl`, `sl`, `de`.
    pub labels: BTreeMap<String, String>,
    children: BTreeMap<String, Field>,
}

/// What the value of a field looks like.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FieldKind {
    /// An object with the fields below this one.
    Group,
    Text,
    LongText,
    Boolean,
    Integer,
    Number,
    /// ISO 8601, as exact as known: `1985`, `1985-06` or `1985-06-15`.
    Date,
    /// RFC 3339 with zone.
    Timestamp,
    /// A code of the named list.
    Code(String),
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct CodeList {
    codes: Vec<String>,
    /// Codes whose mere presence tells more than their field does (health, sexual life).
    #[serde(default)]
    special: BTreeMap<String, DataCategory>,
    /// Other spellings that are accepted, each with the code that it stands for.
    #[serde(default)]
    aliases: BTreeMap<String, String>,
}

/// Why the catalogue files cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum CatalogueError {
    #[error("{file}: {reason}")]
    Syntax { file: &'static str, reason: String },
    #[error("field `{path}`: {reason}")]
    Field { path: String, reason: String },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FieldsFile {
    version: String,
    field: Vec<FieldEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FieldEntry {
    path: String,
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    many: bool,
    list: Option<String>,
    category: DataCategory,
    #[serde(default)]
    anonymous: bool,
    htcds: Option<String>,
    labels: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CodesFile {
    lists: BTreeMap<String, CodeList>,
}

const LANGUAGES: [&str; 5] = ["en", "sr-Latn", "sr-Cyrl", "sl", "de"];

impl Catalogue {
    /// Reads the two catalogue files.
    ///
    /// # Errors
    /// The first defect: syntax, an unknown type, a field before its group, a missing code list or label.
    pub fn parse(fields: &str, codes: &str) -> Result<Self, CatalogueError> {
        let fields: FieldsFile = toml::from_str(fields)
            .map_err(|e| CatalogueError::Syntax { file: "fields.toml", reason: e.to_string() })?;
        let codes: CodesFile = toml::from_str(codes)
            .map_err(|e| CatalogueError::Syntax { file: "codes.toml", reason: e.to_string() })?;
        let mut catalogue = Self { version: fields.version, root: BTreeMap::new(), lists: codes.lists };
        for entry in fields.field {
            let path = entry.path.clone();
            catalogue.add(entry).map_err(|reason| CatalogueError::Field { path, reason })?;
        }
        Ok(catalogue)
    }

    fn add(&mut self, entry: FieldEntry) -> Result<(), String> {
        let kind = match (entry.kind.as_str(), entry.list) {
            ("code", Some(list)) if self.lists.contains_key(&list) => FieldKind::Code(list),
            ("code", Some(list)) => return Err(format!("no code list `{list}` in codes.toml")),
            ("code", None) => return Err("a field of type `code` needs `list`".to_owned()),
            (_, Some(_)) => return Err("only a field of type `code` has a `list`".to_owned()),
            ("group", None) => FieldKind::Group,
            ("text", None) => FieldKind::Text,
            ("long_text", None) => FieldKind::LongText,
            ("boolean", None) => FieldKind::Boolean,
            ("integer", None) => FieldKind::Integer,
            ("number", None) => FieldKind::Number,
            ("date", None) => FieldKind::Date,
            ("timestamp", None) => FieldKind::Timestamp,
            (other, None) => return Err(format!("no such type `{other}`")),
        };
        if let Some(missing) = LANGUAGES.iter().find(|tag| !entry.labels.contains_key(**tag)) {
            return Err(format!("no label in `{missing}`"));
        }
        let (parent, name) = entry.path.rsplit_once('.').unwrap_or(("", &entry.path));
        let name = name.to_owned();
        let siblings = if parent.is_empty() {
            &mut self.root
        } else {
            let group = find_mut(&mut self.root, parent)
                .ok_or_else(|| format!("its group `{parent}` must stand before it"))?;
            if group.kind != FieldKind::Group {
                return Err(format!("`{parent}` is not a group"));
            }
            &mut group.children
        };
        let field = Field {
            path: entry.path,
            kind,
            many: entry.many,
            category: entry.category,
            anonymous: entry.anonymous,
            htcds: entry.htcds,
            labels: entry.labels,
            children: BTreeMap::new(),
        };
        if siblings.insert(name, field).is_some() {
            return Err("stands twice".to_owned());
        }
        Ok(())
    }

    /// The schema version that records carry in `x_Schema`.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.version
    }

    /// The field at a catalogue path, e.g. `x_Persons[].prs_Gender`.
    #[must_use]
    pub fn field(&self, path: &str) -> Option<&Field> {
        find(&self.root, path)
    }

    /// The top-level field `name`.
    #[must_use]
    pub fn top(&self, name: &str) -> Option<&Field> {
        self.root.get(name)
    }

    /// Every field, groups before their members.
    pub fn fields(&self) -> impl Iterator<Item = &Field> {
        let mut out = Vec::new();
        collect(&self.root, &mut out);
        out.into_iter()
    }

    /// Whether `code` is in the list, as itself.
    #[must_use]
    pub fn has_code(&self, list: &str, code: &str) -> bool {
        self.lists.get(list).is_some_and(|l| l.codes.iter().any(|c| c == code))
    }

    /// The codes of a list, in their order.
    #[must_use]
    pub fn codes(&self, list: &str) -> &[String] {
        self.lists.get(list).map_or(&[], |l| &l.codes)
    }

    /// The code that another accepted spelling stands for.
    #[must_use]
    pub fn alias(&self, list: &str, spelling: &str) -> Option<&str> {
        self.lists.get(list)?.aliases.get(spelling).map(String::as_str)
    }

    /// The category of one value: its code's own, where the code tells more than the field.
    #[must_use]
    pub fn category_of(&self, field: &Field, code: &str) -> DataCategory {
        match &field.kind {
            FieldKind::Code(list) => {
                self.lists.get(list).and_then(|l| l.special.get(code)).copied().unwrap_or(field.category)
            }
            _ => field.category,
        }
    }
}

impl Field {
    /// The field `name` of this group.
    #[must_use]
    pub fn child(&self, name: &str) -> Option<&Self> {
        self.children.get(name)
    }

    /// The last part of the path: the member's name in JSON.
    #[must_use]
    pub fn name(&self) -> &str {
        self.path.rsplit('.').next().unwrap_or(&self.path)
    }
}

fn step(part: &str) -> &str {
    part.strip_suffix("[]").unwrap_or(part)
}

fn find<'a>(root: &'a BTreeMap<String, Field>, path: &str) -> Option<&'a Field> {
    let mut parts = path.split('.');
    let mut field = root.get(step(parts.next()?))?;
    for part in parts {
        field = field.children.get(step(part))?;
    }
    Some(field)
}

fn find_mut<'a>(root: &'a mut BTreeMap<String, Field>, path: &str) -> Option<&'a mut Field> {
    let mut parts = path.split('.');
    let mut field = root.get_mut(step(parts.next()?))?;
    for part in parts {
        field = field.children.get_mut(step(part))?;
    }
    Some(field)
}

fn collect<'a>(fields: &'a BTreeMap<String, Field>, out: &mut Vec<&'a Field>) {
    for field in fields.values() {
        out.push(field);
        collect(&field.children, out);
    }
}
