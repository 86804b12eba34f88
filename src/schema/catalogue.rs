//! The field catalogue: every field of the common record, once.
//!
//! Validation, policy, mapping checks and documents all read it, so a field is added in one place:
//! `config/schema/fields.toml`, with its codes in `config/schema/codes.toml`.

use rustc_hash::FxHashMap;

use super::category::{DataCategory, name_tells_ethnicity, tells_ethnicity};
use super::labels::Labels;
use super::law::{Law, Offence};
use super::load::{self, CatalogueError};

/// All fields and code lists of one schema version.
#[derive(Debug)]
pub struct Catalogue {
    pub(super) version: String,
    pub(super) root: Fields,
    pub(super) lists: FxHashMap<String, CodeList>,
    pub(super) offences: Vec<Offence>,
}

/// One field: a leaf, or a group of fields.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "the marks of `fields.toml`, each by itself")]
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
    /// Whether the value withdraws, ends, restricts or protects: without it the rest of a record would go further than
    /// the source allows. The members of a group inherit it.
    pub protects: bool,
    /// Whether the value names an organisation: it may tell of the people whom that one serves.
    pub organisation: bool,
    /// The HTCDS 2.0 name, when the field comes from that standard.
    pub htcds: Option<String>,
    /// What people call it.
    pub labels: Labels,
    pub(super) children: Fields,
}

/// Fields by name. Every value of a record asks for its own several times; nothing that comes from outside is put in.
pub(super) type Fields = FxHashMap<String, Field>;

/// The fields in the order of their names, as documents show them.
pub(super) fn sorted(fields: &Fields) -> Vec<(&str, &Field)> {
    let mut sorted: Vec<_> = fields.iter().map(|(name, field)| (name.as_str(), field)).collect();
    sorted.sort_unstable_by_key(|(name, _)| *name);
    sorted
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
    /// A string is a code of ISO 3166-1 alpha-2 as it was received. Everything else (former countries, `XK`, another
    /// system's code) is an object `{code, scheme, as_received}`, whose scheme is `iso3166-1`, `iso3166-3`,
    /// `user-assigned` or `other`. Either way it is one value: released or withheld as a whole.
    Country,
    /// ISO 639-2/T, three letters.
    Language,
    /// E.164.
    Phone,
}

/// One list of codes.
#[derive(Debug)]
pub(super) struct CodeList {
    pub(super) codes: Vec<String>,
    pub(super) about: FxHashMap<String, Code>,
    /// Other spellings that are accepted, each with the code that it stands for.
    pub(super) aliases: FxHashMap<String, String>,
    /// One of the codes tells of liability.
    pub(super) liability: bool,
    /// One of the codes tells more than its field.
    pub(super) special: bool,
}

/// What is known of one code.
#[derive(Debug)]
pub struct Code {
    /// What people call it.
    pub labels: Labels,
    /// The category of its mere presence, when it tells more than its field does (health, sexual life).
    pub special: Option<DataCategory>,
    /// Told of a victim, it could be used against the victim: an offence, a false document.
    pub liability: bool,
    /// How the laws word it, if they have it.
    pub law: Option<Law>,
}

impl Catalogue {
    /// Reads the two catalogue files.
    ///
    /// # Errors
    /// The first defect: syntax, an unknown type, a field before its group, a missing code list or label.
    pub fn parse(fields: &str, codes: &str) -> Result<Self, CatalogueError> {
        load::parse(fields, codes)
    }

    /// Puts a field below its group, which must be there.
    pub(super) fn add(&mut self, mut field: Field) -> Result<(), String> {
        let (parent, name) = field.path.rsplit_once('.').unwrap_or(("", &field.path));
        let name = name.to_owned();
        let siblings = if parent.is_empty() {
            &mut self.root
        } else {
            let group = find_mut(&mut self.root, parent)
                .ok_or_else(|| format!("its group `{parent}` must stand before it"))?;
            if group.kind != FieldKind::Group {
                return Err(format!("`{parent}` is not a group"));
            }
            field.protects |= group.protects;
            &mut group.children
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

    /// The names of all code lists, sorted.
    pub fn lists(&self) -> impl Iterator<Item = &str> {
        let mut names: Vec<_> = self.lists.keys().map(String::as_str).collect();
        names.sort_unstable();
        names.into_iter()
    }

    /// Whether `code` is in the list, as itself.
    #[must_use]
    pub fn has_code(&self, list: &str, code: &str) -> bool {
        self.code(list, code).is_some()
    }

    /// The codes of a list, in their order.
    #[must_use]
    pub fn codes(&self, list: &str) -> &[String] {
        self.lists.get(list).map_or(&[], |l| &l.codes)
    }

    /// What is known of one code of a list: labels, special category, law.
    #[must_use]
    pub fn code(&self, list: &str, code: &str) -> Option<&Code> {
        self.lists.get(list)?.about.get(code)
    }

    /// How the laws word a code of `x_Act`, `x_Means`, `x_Aggravating` or `vic_TypeOfExploitation`.
    #[must_use]
    pub fn law(&self, list: &str, code: &str) -> Option<&Law> {
        self.code(list, code)?.law.as_ref()
    }

    /// The offences of national laws that `x_Offence` may name, with their penalties.
    #[must_use]
    pub fn offences(&self) -> &[Offence] {
        &self.offences
    }

    /// The code that another accepted spelling stands for.
    #[must_use]
    pub fn alias(&self, list: &str, spelling: &str) -> Option<&str> {
        self.lists.get(list)?.aliases.get(spelling).map(String::as_str)
    }

    /// Whether a value of the field may tell more than the field: one of its codes is special.
    #[must_use]
    pub fn has_special(&self, field: &Field) -> bool {
        if field.kind == FieldKind::Language || field.organisation {
            return true;
        }
        let FieldKind::Code(list) = &field.kind else { return false };
        self.lists.get(list).is_some_and(|list| list.special)
    }

    /// The category of one value: its code's own, where the code tells more than the field. What stands in the place of
    /// a code and is none can say anything: it is free text, unless its field is special anyway.
    #[must_use]
    pub fn category_of(&self, field: &Field, code: &str) -> DataCategory {
        match &field.kind {
            FieldKind::Code(list) => match self.code(list, code) {
                Some(known) => known.special.unwrap_or(field.category),
                None if field.category.is_special() => field.category,
                None => DataCategory::FreeText,
            },
            FieldKind::Language if tells_ethnicity(code) => DataCategory::EthnicityReligion,
            FieldKind::Text if field.organisation && name_tells_ethnicity(code) => {
                DataCategory::EthnicityReligion
            }
            _ => field.category,
        }
    }
}

impl Catalogue {
    /// Whether one value, told of a victim, could be used against the victim. A word that is no code of such a list may
    /// mean any of its codes.
    #[must_use]
    pub fn tells_liability(&self, field: &Field, code: &str) -> bool {
        let FieldKind::Code(list) = &field.kind else { return false };
        let Some(list) = self.lists.get(list) else { return false };
        list.about.get(code).map_or(list.liability, |known| known.liability)
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

impl FieldKind {
    /// The kind that a word of `fields.toml` names; codes need their list besides.
    pub(super) fn from_word(word: &str) -> Option<Self> {
        [
            Self::Group,
            Self::Text,
            Self::LongText,
            Self::Boolean,
            Self::Integer,
            Self::Number,
            Self::Date,
            Self::Timestamp,
            Self::Country,
            Self::Language,
            Self::Phone,
        ]
        .into_iter()
        .find(|kind| kind.as_str() == word)
    }

    /// The word of `fields.toml` and of the documents.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Group => "group",
            Self::Text => "text",
            Self::LongText => "long_text",
            Self::Boolean => "boolean",
            Self::Integer => "integer",
            Self::Number => "number",
            Self::Date => "date",
            Self::Timestamp => "timestamp",
            Self::Code(_) => "code",
            Self::Country => "country",
            Self::Language => "language",
            Self::Phone => "phone",
        }
    }
}

fn step(part: &str) -> &str {
    part.strip_suffix("[]").unwrap_or(part)
}

fn find<'a>(root: &'a Fields, path: &str) -> Option<&'a Field> {
    let mut parts = path.split('.');
    let mut field = root.get(step(parts.next()?))?;
    for part in parts {
        field = field.children.get(step(part))?;
    }
    Some(field)
}

fn find_mut<'a>(root: &'a mut Fields, path: &str) -> Option<&'a mut Field> {
    let mut parts = path.split('.');
    let mut field = root.get_mut(step(parts.next()?))?;
    for part in parts {
        field = field.children.get_mut(step(part))?;
    }
    Some(field)
}

fn collect<'a>(fields: &'a Fields, out: &mut Vec<&'a Field>) {
    for (_, field) in sorted(fields) {
        out.push(field);
        collect(&field.children, out);
    }
}
