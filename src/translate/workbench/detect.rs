//! What a sample is: its format, encoding and delimiter, by evidence that is told, or refused when there is none.

use std::borrow::Cow;

use super::super::csv::{RowError, Rows, decode};
use super::super::error::{MAX_DOCUMENT, TranslateError};
use super::super::mapping::Format;
use super::super::table::Encoding;

/// What the caller knows of the samples; it goes before all evidence.
#[derive(Debug, Clone, Copy, Default)]
pub struct Hints {
    pub format: Option<Format>,
    /// One ASCII character.
    pub delimiter: Option<u8>,
    /// Whether the samples are windows-1250 (`true`) or UTF-8 (`false`).
    pub windows_1250: Option<bool>,
}

/// Why no table can be made from a sample. Texts name lines, paths and options, never a value.
#[derive(Debug, thiserror::Error)]
pub enum SampleError {
    #[error("cannot tell the {what}: {evidence}; give {option}")]
    Unclear { what: &'static str, evidence: String, option: &'static str },
    #[error("{0}")]
    Unfit(String),
    #[error(transparent)]
    Malformed(#[from] TranslateError),
    #[error("its {what} is not that of the first sample; give samples of one form at a time")]
    Different { what: &'static str },
}

/// A sample whose nature is known.
pub(super) struct Detected<'a> {
    pub(super) format: Format,
    pub(super) encoding: Encoding,
    /// CSV only.
    pub(super) delimiter: Option<u8>,
    pub(super) text: Cow<'a, str>,
    /// How each was told: format, encoding, delimiter.
    pub(super) evidence: [String; 3],
}

/// What can stand between two columns.
const DELIMITERS: [(u8, &str); 4] =
    [(b';', "the semicolon"), (b',', "the comma"), (b'\t', "the tab"), (b'|', "the bar")];
/// How many rows are looked at for the delimiter.
const ROWS: usize = 1_000;
/// The letters outside ASCII of Serbian Latin, Slovene and German.
const LETTERS: &str = "ČčĆćĐđŠšŽžÄäÖöÜüß";

pub(super) fn detect(bytes: &[u8], hints: Hints) -> Result<Detected<'_>, SampleError> {
    if bytes.len() > MAX_DOCUMENT {
        return Err(TranslateError::TooLarge { limit: MAX_DOCUMENT }.into());
    }
    if bytes.starts_with(b"\xFF\xFE") || bytes.starts_with(b"\xFE\xFF") || bytes.contains(&0) {
        let text = "it is UTF-16 or no text at all; save it as UTF-8 or windows-1250";
        return Err(SampleError::Unfit(text.to_owned()));
    }
    let content = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let marked = content.len() != bytes.len();
    let (encoding, how_encoded) = encoding(content, marked, hints)?;
    let text = decode(content, encoding).map_err(|found| {
        SampleError::Unfit(format!("the bytes are {found}, but `--encoding` says otherwise; leave it away"))
    })?;
    let (format, how_formed) = format(&text, hints)?;
    if format == Format::Json && encoding != Encoding::Utf8 {
        let text = "it is JSON, which is always UTF-8 (RFC 8259 section 8.1); save it as UTF-8";
        return Err(SampleError::Unfit(text.to_owned()));
    }
    let (delimiter, how_divided) = match format {
        Format::Csv => delimiter(text.as_bytes(), hints).map(|(mark, how)| (Some(mark), how))?,
        _ => (None, String::new()),
    };
    Ok(Detected { format, encoding, delimiter, text, evidence: [how_formed, how_encoded, how_divided] })
}

fn encoding(content: &[u8], marked: bool, hints: Hints) -> Result<(Encoding, String), SampleError> {
    let declared = declared_encoding(content);
    let is = |name: &str| declared.as_deref().is_some_and(|d| d.eq_ignore_ascii_case(name));
    if let Some(windows) = hints.windows_1250 {
        let encoding = if windows { Encoding::Windows1250 } else { Encoding::Utf8 };
        return Ok((encoding, "as `--encoding` says".to_owned()));
    }
    if marked {
        return Ok((Encoding::Utf8, "it begins with the mark of UTF-8".to_owned()));
    }
    if is("windows-1250") {
        return Ok((Encoding::Windows1250, "the XML declaration says so".to_owned()));
    }
    if content.is_ascii() {
        return Ok((
            Encoding::Utf8,
            "only ASCII, which every encoding writes alike: ask the agency".to_owned(),
        ));
    }
    if std::str::from_utf8(content).is_ok() {
        return Ok((Encoding::Utf8, "all its bytes are well-formed UTF-8".to_owned()));
    }
    let unclear = |evidence: &str| SampleError::Unclear {
        what: "encoding",
        evidence: evidence.to_owned(),
        option: "`--encoding windows-1250`, or save the sample as UTF-8",
    };
    let Ok(text) = decode(content, Encoding::Windows1250) else {
        return Err(unclear("the bytes are neither UTF-8 nor windows-1250"));
    };
    let strange = text.chars().filter(|c| !c.is_ascii()).any(|c| !LETTERS.contains(c));
    if strange {
        return Err(unclear(
            "the bytes are not UTF-8, and in windows-1250 some are letters of other languages",
        ));
    }
    let count = text.chars().filter(|c| !c.is_ascii()).count();
    let how = format!(
        "not UTF-8, and all {count} characters outside ASCII are Serbian, Slovene or German letters in it"
    );
    Ok((Encoding::Windows1250, how))
}

/// What the XML declaration says.
fn declared_encoding(content: &[u8]) -> Option<String> {
    let head: String = content.iter().take(200).map(|byte| char::from(*byte)).collect();
    let declaration = head.trim_start().strip_prefix("<?xml")?.split_once("?>")?.0.to_owned();
    let after = declaration.split_once("encoding")?.1.trim_start().strip_prefix('=')?.trim_start();
    let mark = after.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    after.strip_prefix(mark)?.split_once(mark).map(|(name, _)| name.to_owned())
}

fn format(text: &str, hints: Hints) -> Result<(Format, String), SampleError> {
    if let Some(format) = hints.format {
        return Ok((format, "as `--format` says".to_owned()));
    }
    match text.trim_start().chars().next() {
        None => Err(SampleError::Unfit("there is nothing in it".to_owned())),
        Some('<') => Ok((Format::Xml, "it begins with `<`".to_owned())),
        Some('{') => Ok((Format::Json, "it begins with `{`".to_owned())),
        Some('[') => Err(SampleError::Unclear {
            what: "format",
            evidence: "it begins with `[`, and a JSON record is one object".to_owned(),
            option: "one object of the list as a sample of its own, or `--format csv`",
        }),
        Some(_)
            if hints.delimiter.is_none()
                && !text.contains(|c| DELIMITERS.iter().any(|(d, _)| c == char::from(*d))) =>
        {
            Err(SampleError::Unclear {
                what: "format",
                evidence: "it begins like neither XML nor JSON, and nothing in it divides columns".to_owned(),
                option: "`--format`",
            })
        }
        Some(_) => Ok((Format::Csv, "it begins like neither XML nor JSON, and has columns".to_owned())),
    }
}

/// The one mark that gives every row as many columns as the first row has.
fn delimiter(content: &[u8], hints: Hints) -> Result<(u8, String), SampleError> {
    if let Some(given) = hints.delimiter {
        return Ok((given, "as `--delimiter` says".to_owned()));
    }
    let fitting: Vec<_> =
        DELIMITERS.iter().filter_map(|(mark, name)| Some((*mark, *name, columns(content, *mark)?))).collect();
    let option = "`--delimiter`";
    match fitting.as_slice() {
        [(mark, name, (rows, columns))] => {
            let how = format!("only {name} gives all {rows} rows the same {columns} columns");
            Ok((*mark, how))
        }
        [] => Err(SampleError::Unclear {
            what: "delimiter",
            evidence: "no mark gives every row as many columns as the first row has".to_owned(),
            option,
        }),
        several => {
            let names: Vec<_> = several.iter().map(|(_, name, _)| *name).collect();
            let evidence = format!("{} fit all rows alike", names.join(" and "));
            Err(SampleError::Unclear { what: "delimiter", evidence, option })
        }
    }
}

/// How many rows and columns there are with this mark; `None` when it does not fit.
fn columns(content: &[u8], mark: u8) -> Option<(usize, usize)> {
    let mut rows = Rows::new(content, Encoding::Utf8, mark);
    let (mut seen, mut width) = (0, 0);
    while seen < ROWS {
        match rows.next_row() {
            Ok(Some(row)) if seen == 0 && row.fields.len() > 1 => width = row.fields.len(),
            Ok(Some(row)) if row.fields.len() == width => {}
            Ok(None) if seen > 0 => break,
            Ok(_) | Err(RowError::Row(_) | RowError::End(_)) => return None,
        }
        seen += 1;
    }
    Some((seen, width))
}
