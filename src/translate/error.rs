//! Why a national record cannot be translated.

/// Longest XML or JSON document, in bytes.
pub(super) const MAX_DOCUMENT: usize = 16 << 20;
/// Longest CSV row, in bytes.
pub(super) const MAX_LINE: usize = 1 << 20;
/// Most rows of one CSV case.
pub(super) const MAX_ROWS: usize = 10_000;
/// Most entries of one group, such as persons.
pub(super) const MAX_ENTRIES: usize = 10_000;
/// Most values of one list.
pub(super) const MAX_VALUES: usize = 1_000;
/// Deepest nesting of elements.
pub(super) const MAX_DEPTH: usize = 32;
/// Most losses and values without a place that one record may have.
pub(super) const MAX_NOTES: usize = 1_000;

/// A national record that cannot be translated. Texts name lines, paths and codes, never a value of the record.
#[derive(Debug, thiserror::Error)]
pub enum TranslateError {
    #[error("the source cannot be read; try again")]
    Read(#[source] std::io::Error),
    #[error("the document is longer than {limit} bytes; split it into several records")]
    TooLarge { limit: usize },
    #[error("line {line}: longer than {limit} bytes; look for a quotation mark that is never closed")]
    LineTooLong { line: usize, limit: usize },
    #[error(
        "line {line}: the bytes are {found}, but the table says `{declared}`; save the file as `{declared}`"
    )]
    Encoding { line: usize, declared: &'static str, found: &'static str },
    #[error("line {line}: {reason}")]
    Malformed { line: usize, reason: String },
    #[error("{}`{path}`: {reason}; correct it at its source", at(*.line))]
    Value { line: Option<usize>, path: String, reason: &'static str },
    #[error(
        "{}`{path}`: withdraws, ends, restricts or protects, and cannot be read here, so nothing of the record goes; write it \
         at its source as the form has it, or let whoever keeps the translation table add it",
        at(*.line)
    )]
    Protecting { line: Option<usize>, path: String },
    #[error(
        "more than {limit} values have no place in the common record; check that `{mapping}` is the right table"
    )]
    TooManyNotes { limit: usize, mapping: String },
    #[error("`{path}` stands more than {limit} times; split the record")]
    TooManyEntries { path: String, limit: usize },
    #[error("table `{mapping}` describes no inbound form; choose another table")]
    NoImport { mapping: String },
}

impl TranslateError {
    /// A stable code for outsiders.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::TooManyEntries { .. } => "too-many-entries",
            Self::Read(_) => "source-unreadable",
            Self::TooLarge { .. } | Self::LineTooLong { .. } => "source-too-large",
            Self::Encoding { .. } => "wrong-encoding",
            Self::Malformed { .. } => "malformed-source",
            Self::Value { .. } => "bad-value",
            Self::Protecting { .. } => "unread-protection",
            Self::TooManyNotes { .. } => "too-many-unmapped",
            Self::NoImport { .. } => "no-inbound-form",
        }
    }
}

fn at(line: Option<usize>) -> String {
    line.map_or_else(String::new, |line| format!("line {line}: "))
}
