//! CSV rows (RFC 4180) from a stream, in constant memory.
//!
//! Our own, because the `csv` crate reads a misplaced quotation mark without a word, and keeps neither the bytes of a
//! row, of which the digest is made, nor a bound on its length. It takes a sixteenth of the time of a record.

use std::borrow::Cow;
use std::io::BufRead;

use encoding_rs::WINDOWS_1250;

use super::error::{MAX_LINE, TranslateError};
use super::table::Encoding;

/// One row.
pub(super) struct Row {
    /// The line on which it begins.
    pub(super) line: usize,
    pub(super) fields: Vec<String>,
    /// The bytes as they stand in the source, with their line end.
    pub(super) raw: Vec<u8>,
}

/// What is wrong with a row.
pub(super) enum RowError {
    /// The row is bad; the next one can be read.
    Row(TranslateError),
    /// Nothing after this can be trusted.
    End(TranslateError),
}

pub(super) struct Rows<R> {
    reader: R,
    encoding: Encoding,
    delimiter: u8,
    /// Lines read so far.
    line: usize,
}

impl<R: BufRead> Rows<R> {
    pub(super) const fn new(reader: R, encoding: Encoding, delimiter: u8) -> Self {
        Self { reader, encoding, delimiter, line: 0 }
    }

    /// The next row that is not blank.
    pub(super) fn next_row(&mut self) -> Result<Option<Row>, RowError> {
        loop {
            let line = self.line + 1;
            let mut raw = Vec::new();
            if !self.raw_row(&mut raw)? {
                return Ok(None);
            }
            let content = if line == 1 { raw.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&raw) } else { &raw };
            if line == 1
                && let Some(found) = other_encoding(&raw, self.encoding)
            {
                return Err(RowError::End(wrong_encoding(line, self.encoding, found)));
            }
            let content = content.strip_suffix(b"\n").unwrap_or(content);
            let content = content.strip_suffix(b"\r").unwrap_or(content);
            if content.is_empty() {
                continue;
            }
            let text = decode(content, self.encoding)
                .map_err(|found| RowError::End(wrong_encoding(line, self.encoding, found)))?;
            let fields = fields(&text, self.delimiter).map_err(|reason| {
                RowError::Row(TranslateError::Malformed { line, reason: reason.to_owned() })
            })?;
            return Ok(Some(Row { line, fields, raw }));
        }
    }

    /// Reads up to the line end that is outside quotation marks; `false` at the end of the source.
    fn raw_row(&mut self, out: &mut Vec<u8>) -> Result<bool, RowError> {
        let first = self.line + 1;
        let mut state = State::Start;
        loop {
            let chunk = self.reader.fill_buf().map_err(|error| RowError::End(TranslateError::Read(error)))?;
            if chunk.is_empty() {
                if !out.is_empty() {
                    self.line += 1;
                }
                return match state {
                    State::Quoted => Err(RowError::End(TranslateError::Malformed {
                        line: first,
                        reason: "a quotation mark is not closed before the end of the file".to_owned(),
                    })),
                    _ => Ok(!out.is_empty()),
                };
            }
            let mut taken = 0;
            let mut ended = false;
            for byte in chunk {
                taken += 1;
                state = state.after(*byte, self.delimiter);
                if *byte == b'\n' {
                    self.line += 1;
                    if state != State::Quoted {
                        ended = true;
                        break;
                    }
                }
                if out.len() + taken > MAX_LINE {
                    break;
                }
            }
            out.extend(chunk.iter().take(taken));
            self.reader.consume(taken);
            if out.len() > MAX_LINE {
                return Err(RowError::End(TranslateError::LineTooLong { line: first, limit: MAX_LINE }));
            }
            if ended {
                return Ok(true);
            }
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Start,
    Plain,
    Quoted,
    /// After a quotation mark inside a quoted field: its end, or the first of a doubled one.
    Quote,
}

impl State {
    const fn after(self, byte: u8, delimiter: u8) -> Self {
        match (self, byte) {
            (Self::Quoted, b'"') => Self::Quote,
            (Self::Start | Self::Quote, b'"') | (Self::Quoted, _) => Self::Quoted,
            (_, b'\n') => Self::Start,
            (_, byte) if byte == delimiter => Self::Start,
            _ => Self::Plain,
        }
    }
}

/// The encoding that the first bytes of a source show, if it is another than the declared one: a byte order mark, or the
/// zero byte that UTF-16 has in the first character of every table, element and object.
pub(super) fn other_encoding(source: &[u8], declared: Encoding) -> Option<&'static str> {
    match *source {
        [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..] | [0, 1..=255, ..] | [1..=255, 0, ..] => Some("UTF-16"),
        [0xEF, 0xBB, 0xBF, ..] if declared != Encoding::Utf8 => Some("UTF-8"),
        _ => None,
    }
}

/// The text of bytes in the declared encoding, or what they seem to be instead. Never a guess.
pub(super) fn decode(bytes: &[u8], declared: Encoding) -> Result<Cow<'_, str>, &'static str> {
    match (declared, std::str::from_utf8(bytes)) {
        (_, Ok(text)) if text.is_ascii() => Ok(Cow::Borrowed(text)),
        (Encoding::Utf8, Ok(text)) => Ok(Cow::Borrowed(text)),
        (Encoding::Utf8, Err(_)) => Err("not UTF-8"),
        // Text in windows-1250 is practically never well-formed UTF-8 by chance.
        (Encoding::Windows1250, Ok(_)) => Err("UTF-8"),
        (Encoding::Windows1250, Err(_)) => {
            let (text, _) = WINDOWS_1250.decode_without_bom_handling(bytes);
            // The five bytes without a character in windows-1250 come out as control characters.
            if text.contains(|c: char| ('\u{80}'..='\u{9F}').contains(&c)) {
                return Err("not windows-1250");
            }
            Ok(text)
        }
    }
}

pub(super) fn wrong_encoding(line: usize, declared: Encoding, found: &'static str) -> TranslateError {
    let declared = match declared {
        Encoding::Utf8 => "UTF-8",
        Encoding::Windows1250 => "windows-1250",
    };
    TranslateError::Encoding { line, declared, found }
}

fn fields(text: &str, delimiter: u8) -> Result<Vec<String>, &'static str> {
    if text.contains('\0') {
        return Err("a NUL character");
    }
    let delimiter = char::from(delimiter);
    let mut out = Vec::new();
    let mut rest = text;
    loop {
        let (field, after) = if let Some(quoted) = rest.strip_prefix('"') {
            quoted_field(quoted)?
        } else {
            let end = rest.find(delimiter).unwrap_or(rest.len());
            let (field, after) = rest.split_at(end);
            if field.contains('"') {
                return Err("a quotation mark inside a field that does not begin with one");
            }
            (field.to_owned(), after)
        };
        out.push(field);
        match after.strip_prefix(delimiter) {
            Some(next) => rest = next,
            None if after.is_empty() => return Ok(out),
            None => return Err("text after a closing quotation mark"),
        }
    }
}

/// The field whose opening quotation mark is gone, and what stands after its closing one.
fn quoted_field(text: &str) -> Result<(String, &str), &'static str> {
    let mut field = String::new();
    let mut rest = text;
    loop {
        let (part, after) = rest.split_once('"').ok_or("a quotation mark is not closed")?;
        field.push_str(part);
        match after.strip_prefix('"') {
            Some(next) => {
                field.push('"');
                rest = next;
            }
            None => return Ok((field, after)),
        }
    }
}
