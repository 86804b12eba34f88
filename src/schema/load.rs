//! Reading the two catalogue files. The first defect is told with its place.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;
use serde::Deserialize;

use super::catalogue::{Catalogue, Code, CodeList, Field, FieldKind, Fields};
use super::category::DataCategory;
use super::labels::{LatinWord, LatinWords, WrittenLabels};
use super::law::{Law, Offence};

/// Why the catalogue files cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum CatalogueError {
    #[error("{file}: {reason}")]
    Syntax { file: &'static str, reason: String },
    #[error("fields.toml: field `{path}`: {reason}")]
    Field { path: String, reason: String },
    #[error("codes.toml: list `{list}`: code `{code}`: {reason}")]
    Code { list: String, code: String, reason: String },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FieldsFile {
    version: String,
    field: Vec<FieldEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "the marks of `fields.toml`, each by itself")]
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
    #[serde(default)]
    protects: bool,
    #[serde(default)]
    organisation: bool,
    htcds: Option<String>,
    labels: WrittenLabels,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CodesFile {
    #[serde(default)]
    latin: Vec<LatinWord>,
    #[serde(default)]
    offences: Vec<Offence>,
    #[serde(default)]
    lists: BTreeMap<String, ListEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ListEntry {
    codes: Vec<CodeEntry>,
    #[serde(default)]
    law: BTreeMap<String, Law>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CodeEntry {
    code: String,
    en: Option<String>,
    #[serde(rename = "sr-Cyrl")]
    sr_cyrl: Option<String>,
    sl: Option<String>,
    de: Option<String>,
    special: Option<DataCategory>,
    #[serde(default)]
    liability: bool,
    #[serde(default)]
    aliases: Vec<String>,
}

/// Reads the text of `fields.toml` and `codes.toml`.
pub(super) fn parse(fields: &str, codes: &str) -> Result<Catalogue, CatalogueError> {
    let fields: FieldsFile = read("fields.toml", fields)?;
    let codes: CodesFile = read("codes.toml", codes)?;
    let latin = LatinWords::new(codes.latin)
        .map_err(|reason| CatalogueError::Syntax { file: "codes.toml", reason })?;
    let mut lists = FxHashMap::default();
    for (name, entry) in codes.lists {
        let list = code_list(&name, entry, &latin)?;
        lists.insert(name, list);
    }
    let mut catalogue =
        Catalogue { version: fields.version, root: Fields::default(), lists, offences: codes.offences };
    for entry in fields.field {
        let path = entry.path.clone();
        let added = field(entry, &catalogue.lists, &latin).and_then(|field| catalogue.add(field));
        added.map_err(|reason| CatalogueError::Field { path, reason })?;
    }
    Ok(catalogue)
}

fn read<T: serde::de::DeserializeOwned>(file: &'static str, text: &str) -> Result<T, CatalogueError> {
    toml::from_str(text).map_err(|error| CatalogueError::Syntax { file, reason: error.to_string() })
}

fn code_list(name: &str, entry: ListEntry, latin: &LatinWords) -> Result<CodeList, CatalogueError> {
    let wrong = |code: &str, reason: String| CatalogueError::Code {
        list: name.to_owned(),
        code: code.to_owned(),
        reason,
    };
    let ListEntry { codes, mut law } = entry;
    let mut list = CodeList {
        codes: Vec::with_capacity(codes.len()),
        about: FxHashMap::default(),
        aliases: FxHashMap::default(),
        liability: codes.iter().any(|code| code.liability),
        special: codes.iter().any(|code| code.special.is_some()),
    };
    for entry in codes {
        let CodeEntry { code, en, sr_cyrl, sl, de, special, liability, aliases } = entry;
        let labels = WrittenLabels { en, sr_cyrl, sl, de }.complete(latin);
        let labels = labels.map_err(|reason| wrong(&code, reason))?;
        for alias in aliases {
            if list.aliases.insert(alias.clone(), code.clone()).is_some() {
                return Err(wrong(&code, format!("the alias `{alias}` stands for another code too")));
            }
        }
        let about = Code { labels, special, liability, law: law.remove(&code) };
        if list.about.insert(code.clone(), about).is_some() {
            return Err(wrong(&code, "stands twice".to_owned()));
        }
        list.codes.push(code);
    }
    if let Some(code) = law.keys().next() {
        return Err(wrong(code, "stands under `law`, but the list does not have it".to_owned()));
    }
    if let Some(alias) = list.aliases.keys().find(|alias| list.about.contains_key(*alias)) {
        return Err(wrong(alias, "is a code and an alias too".to_owned()));
    }
    Ok(list)
}

fn field(
    entry: FieldEntry,
    lists: &FxHashMap<String, CodeList>,
    latin: &LatinWords,
) -> Result<Field, String> {
    let kind = match (entry.kind.as_str(), entry.list) {
        ("code", Some(list)) if lists.contains_key(&list) => FieldKind::Code(list),
        ("code", Some(list)) => return Err(format!("no code list `{list}` in codes.toml")),
        ("code", None) => return Err("a field of type `code` needs `list`".to_owned()),
        (_, Some(_)) => return Err("only a field of type `code` has a `list`".to_owned()),
        (word, None) => FieldKind::from_word(word).ok_or_else(|| format!("no such type `{word}`"))?,
    };
    Ok(Field {
        path: entry.path,
        kind,
        many: entry.many,
        category: entry.category,
        anonymous: entry.anonymous,
        protects: entry.protects,
        organisation: entry.organisation,
        htcds: entry.htcds,
        labels: entry.labels.complete(latin)?,
        children: Fields::default(),
    })
}
