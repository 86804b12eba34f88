//! The mapping table as it is written in TOML.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

use super::date::DateStyle;
use super::mapping::Format;
use crate::schema::script::Script;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TableFile {
    pub(super) name: String,
    pub(super) version: String,
    /// The party that writes and reads this form.
    pub(super) agency: Spanned<String>,
    pub(super) format: Format,
    /// XML: the name of the root element.
    #[serde(default)]
    pub(super) root: Option<String>,
    /// The script in which the agency's inbound form is written.
    #[serde(default = "latin")]
    pub(super) script: Script,
    #[serde(default)]
    pub(super) dates: DateStyle,
    #[serde(default)]
    pub(super) encoding: Encoding,
    /// CSV: what stands between two columns.
    #[serde(default)]
    pub(super) delimiter: Option<Spanned<char>>,
    /// CSV: the columns that are equal in all rows of one record.
    #[serde(default)]
    pub(super) key: Vec<Spanned<String>>,
    /// CSV: all columns in their order.
    #[serde(default)]
    pub(super) columns: Vec<String>,
    /// XML: prefix -> namespace. Sources without a prefix are in the namespace of `""`.
    #[serde(default)]
    pub(super) namespaces: BTreeMap<String, Spanned<String>>,
    /// Values that say nothing, wherever they stand: `-99`, `Not specified`.
    #[serde(default)]
    pub(super) empty: Vec<String>,
    /// The words of the columns that answer one question each.
    #[serde(default)]
    pub(super) flags: Option<FlagWords>,
    /// CSV: another name that a header may have -> the column.
    #[serde(default)]
    pub(super) renamed: BTreeMap<Spanned<String>, String>,
    /// The registers whose file numbers the agency's cases have; `case` warns of a number that is in none.
    #[serde(default)]
    pub(super) registers: Vec<String>,
    /// Whether the table also describes an inbound form.
    #[serde(default = "yes")]
    pub(super) import: bool,
    #[serde(default)]
    pub(super) group: Vec<Spanned<GroupEntry>>,
    #[serde(default)]
    pub(super) field: Vec<Spanned<FieldEntry>>,
    #[serde(default)]
    pub(super) join: Vec<Spanned<JoinEntry>>,
    #[serde(default)]
    pub(super) constant: Vec<Spanned<ConstantEntry>>,
    #[serde(default)]
    pub(super) literal: Vec<Spanned<LiteralEntry>>,
    /// National word -> code.
    #[serde(default)]
    pub(super) codes: BTreeMap<String, BTreeMap<Spanned<String>, CodeEntry>>,
    /// Code -> national word, where `codes` does not say it or says it twice.
    #[serde(default)]
    pub(super) back: BTreeMap<String, BTreeMap<Spanned<String>, BackEntry>>,
    /// Codes that the form has no word for: they stay unmapped on the way back, also when a lossy word is read for them.
    #[serde(default)]
    pub(super) without: BTreeMap<String, Vec<Spanned<String>>>,
}

/// The encodings that the formats use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
pub(super) enum Encoding {
    #[default]
    #[serde(rename = "UTF-8")]
    Utf8,
    #[serde(rename = "windows-1250")]
    Windows1250,
}

/// A source element that becomes one entry of a list in the common record.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct GroupEntry {
    pub(super) source: String,
    pub(super) target: String,
    /// Inbound: only entries whose `member` has one of `values`.
    #[serde(default)]
    pub(super) only: Option<OnlyEntry>,
    /// The form has room for one entry only.
    #[serde(default)]
    pub(super) single: bool,
    /// The entry is made also where the form says nothing of it.
    #[serde(default)]
    pub(super) always: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OnlyEntry {
    pub(super) member: String,
    pub(super) values: Vec<String>,
}

/// One source value and where it goes.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "each is a key of the table")]
pub(super) struct FieldEntry {
    pub(super) source: String,
    pub(super) target: String,
    #[serde(rename = "as", default)]
    pub(super) convert: ConvertName,
    /// For `code` and `country`: the table of words.
    #[serde(default)]
    pub(super) table: Option<String>,
    /// For `set`: the value; for `offence`: the jurisdiction; for `flag`: the code; for `phone`: the country of
    /// numbers that name none.
    #[serde(default)]
    pub(super) value: Option<String>,
    /// For `boolean`: the words for true and false.
    #[serde(default)]
    pub(super) words: Option<[String; 2]>,
    /// For `country`: write the numeric code.
    #[serde(default)]
    pub(super) numeric: bool,
    /// For `country`: write the code of three letters.
    #[serde(default)]
    pub(super) alpha3: bool,
    /// For `language`: write the code of two letters (ISO 639-1).
    #[serde(default)]
    pub(super) two_letters: bool,
    /// One source value holds several, with this between them.
    #[serde(default)]
    pub(super) split: Option<String>,
    /// For `code`: a word of the table is a beginning of the value; the longest that fits is taken.
    #[serde(default)]
    pub(super) prefix: bool,
    /// The target takes the first of several source values; another line carries them all.
    #[serde(default)]
    pub(super) first: bool,
    #[serde(default)]
    pub(super) only: Option<Direction>,
    /// For `flag`: the member beside the target that lists the codes which are stated not to apply.
    #[serde(default)]
    pub(super) absent: Option<String>,
    /// What is lost, in both directions, when the target is wider or narrower than the source.
    #[serde(default)]
    pub(super) lossy: Option<String>,
    /// A value that the conversion does not know refuses the record: without it the rest must not go.
    #[serde(default)]
    pub(super) strict: bool,
    /// The form has room for one value of a list.
    #[serde(default)]
    pub(super) single: bool,
    /// What the form says where there is no value.
    #[serde(default)]
    pub(super) blank: Option<String>,
}

/// The closed set of conversions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum ConvertName {
    #[default]
    Text,
    /// A name in its own script, with a Latin copy beside a Cyrillic original.
    Name,
    /// Text in Latin script.
    Latin,
    Date,
    Integer,
    /// With a point or a comma: a latitude.
    Number,
    Boolean,
    Code,
    Country,
    /// A Serbian number of thirteen digits, checked.
    Jmbg,
    /// A Slovene number of thirteen digits, checked.
    Emso,
    /// An Austrian social-insurance number, checked.
    Svnr,
    /// E.164.
    Phone,
    /// ISO 639-2/T, read also as ISO 639-1 and 639-2/B.
    Language,
    /// RFC 3339.
    Timestamp,
    /// A column that says yes, no or nothing of one code.
    Flag,
    /// `388/3 u vezi 1`
    Offence,
    /// A case number, made unique by the agency's name.
    Case,
    /// A fixed value wherever the source value stands.
    Set,
}

/// The one direction in which a line is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Direction {
    Export,
    Import,
}

/// Several source values that make one value.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct JoinEntry {
    pub(super) sources: Vec<String>,
    /// `{}` stands for each source value in turn.
    pub(super) template: String,
    pub(super) target: String,
    #[serde(rename = "as", default)]
    pub(super) convert: ConvertName,
}

/// A value that every record, or every entry of a group, gets.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ConstantEntry {
    pub(super) target: String,
    pub(super) value: String,
}

/// A value that the form always has and that says nothing: the form's own name, its version.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LiteralEntry {
    pub(super) source: String,
    pub(super) value: String,
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FlagWords {
    pub(super) yes: String,
    #[serde(default)]
    pub(super) no: Option<String>,
    /// The first is the one that is written.
    #[serde(default)]
    pub(super) unknown: Vec<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum CodeEntry {
    /// The code; an empty one when the word says nothing here.
    Code(String),
    Lossy(LossyCode),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LossyCode {
    /// Absent when the common record has no code for the word.
    #[serde(default)]
    pub(super) code: Option<String>,
    /// What is lost.
    pub(super) lossy: String,
}

#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum BackEntry {
    Word(String),
    Lossy(LossyWord),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LossyWord {
    pub(super) word: String,
    pub(super) lossy: String,
}

const fn yes() -> bool {
    true
}

const fn latin() -> Script {
    Script::Latn
}
