//! Strict JSON (RFC 8259, I-JSON of RFC 7493): no duplicate names, bounded size and depth, exact integers.
//!
//! Every JSON document from outside is read here, so that two readers can never disagree about its meaning.

use std::cell::Cell;
use std::fmt;

use serde::de::{Deserialize, DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

/// Largest integer that every JSON reader holds exactly (RFC 7493 section 2.2).
const MAX_EXACT: u64 = 1 << 53;

/// What a reader is willing to take.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Longest document, in bytes.
    pub bytes: usize,
    /// Deepest nesting of objects and lists.
    pub depth: usize,
}

impl Limits {
    /// For one record or one message: 16 MiB, 32 levels.
    pub const RECORD: Self = Self { bytes: 16 << 20, depth: 32 };
}

/// Why a document is not acceptable JSON.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JsonError {
    #[error("the document has {bytes} bytes, more than the {limit} allowed")]
    TooLong { bytes: usize, limit: usize },
    #[error("line {line}, column {column}: {reason}")]
    Malformed { line: usize, column: usize, reason: String },
}

/// Reads one document.
///
/// # Errors
/// [`JsonError`] with line and column for anything but strict JSON within `limits`.
pub fn parse(bytes: &[u8], limits: Limits) -> Result<Value, JsonError> {
    if bytes.len() > limits.bytes {
        return Err(JsonError::TooLong { bytes: bytes.len(), limit: limits.bytes });
    }
    let text = text(bytes)?;
    let depth = Cell::new(limits.depth);
    let mut reader = serde_json::Deserializer::from_str(text);
    let value = Strict { left: &depth }
        .deserialize(&mut reader)
        .and_then(|value| reader.end().map(|()| value))
        .map_err(|error| malformed(&error))?;
    Ok(value)
}

/// JSON is UTF-8 without a byte order mark (RFC 8259 section 8.1); what the bytes are instead is told, not guessed.
fn text(bytes: &[u8]) -> Result<&str, JsonError> {
    let wrong = |line, column, reason: &str| JsonError::Malformed { line, column, reason: reason.to_owned() };
    match *bytes {
        [0xEF, 0xBB, 0xBF, ..] => return Err(wrong(1, 1, "a byte order mark; save it without one")),
        [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..] | [0, 1..=255, ..] | [1..=255, 0, ..] => {
            return Err(wrong(1, 1, "the bytes are UTF-16, but JSON is UTF-8; save it as UTF-8"));
        }
        _ => {}
    }
    std::str::from_utf8(bytes).map_err(|error| {
        let before = bytes.get(..error.valid_up_to()).unwrap_or_default();
        let line = before.split(|b| *b == b'\n');
        let column = line.clone().next_back().map_or(0, <[u8]>::len) + 1;
        wrong(line.count(), column, "the bytes are not UTF-8; save it as UTF-8")
    })
}

/// Reads one value as strictly as [`parse`] does, out of a document that another reader reads.
///
/// # Errors
/// As the reader words them.
pub(crate) fn strict<'de, D: Deserializer<'de>>(deserializer: D, depth: usize) -> Result<Value, D::Error> {
    let left = Cell::new(depth);
    Strict { left: &left }.deserialize(deserializer)
}

fn malformed(error: &serde_json::Error) -> JsonError {
    let text = error.to_string();
    let reason = text.rsplit_once(" at line ").map_or(text.as_str(), |(reason, _)| reason).to_owned();
    JsonError::Malformed { line: error.line(), column: error.column(), reason }
}

struct Strict<'a> {
    left: &'a Cell<usize>,
}

impl Strict<'_> {
    fn descend<E: serde::de::Error>(&self) -> Result<(), E> {
        let left = self
            .left
            .get()
            .checked_sub(1)
            .ok_or_else(|| E::custom("nested too deep; a record has at most 32 levels"))?;
        self.left.set(left);
        Ok(())
    }

    fn ascend(&self) {
        self.left.set(self.left.get() + 1);
    }
}

impl<'de> DeserializeSeed<'de> for Strict<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E: serde::de::Error>(self, value: i64) -> Result<Value, E> {
        if value.unsigned_abs() > MAX_EXACT {
            return Err(E::custom("an integer beyond 2^53 is not exact in JSON; write it as text"));
        }
        Ok(Value::Number(value.into()))
    }

    fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<Value, E> {
        if value > MAX_EXACT {
            return Err(E::custom("an integer beyond 2^53 is not exact in JSON; write it as text"));
        }
        Ok(Value::Number(value.into()))
    }

    #[expect(clippy::cast_precision_loss, reason = "2^53 is exact in f64")]
    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Value, E> {
        if value.fract() == 0.0 && value.abs() > MAX_EXACT as f64 {
            return Err(E::custom("an integer beyond 2^53 is not exact in JSON; write it as text"));
        }
        Number::from_f64(value).map(Value::Number).ok_or_else(|| E::custom("not a finite number"))
    }

    fn visit_str<E: serde::de::Error>(self, value: &str) -> Result<Value, E> {
        self.visit_string(value.to_owned())
    }

    fn visit_string<E: serde::de::Error>(self, value: String) -> Result<Value, E> {
        if value.contains('\0') {
            return Err(E::custom("a NUL character in a text"));
        }
        Ok(Value::String(value))
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        self.descend()?;
        let mut items = Vec::new();
        while let Some(item) = seq.next_element_seed(Strict { left: self.left })? {
            items.push(item);
        }
        self.ascend();
        Ok(Value::Array(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        self.descend()?;
        let mut members = Map::new();
        while let Some(name) = map.next_key::<Name>()? {
            if members.contains_key(&name.0) {
                // The name is the sender's structure, not a person's data; it is cut all the same.
                let shown: String = name.0.chars().take(64).collect();
                return Err(A::Error::custom(format_args!(
                    "the name `{shown}` stands twice in one object; keep one"
                )));
            }
            let value = map.next_value_seed(Strict { left: self.left })?;
            members.insert(name.0, value);
        }
        self.ascend();
        Ok(Value::Object(members))
    }
}

struct Name(String);

impl<'de> Deserialize<'de> for Name {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        if name.contains('\0') {
            return Err(D::Error::custom("a NUL character in a name"));
        }
        Ok(Self(name))
    }
}

#[cfg(test)]
mod tests {
    use super::{JsonError, Limits, parse};

    fn reason(text: &str) -> String {
        match parse(text.as_bytes(), Limits::RECORD) {
            Err(JsonError::Malformed { reason, .. }) => reason,
            other => panic!("expected a refusal, got {other:?}"),
        }
    }

    #[test]
    fn a_duplicate_name_is_refused_at_its_line() {
        let error = parse(b"{\"a\":1,\n\"a\":2}", Limits::RECORD).unwrap_err();
        assert_eq!(error.to_string(), "line 2, column 3: the name `a` stands twice in one object; keep one");
    }

    #[test]
    fn a_duplicate_name_written_with_an_escape_is_still_a_duplicate() {
        assert_eq!(reason(r#"{"a":1,"\u0061":2}"#), "the name `a` stands twice in one object; keep one");
    }

    #[test]
    fn nesting_beyond_the_limit_is_refused_without_deep_recursion() {
        for depth in [33, 10_000, 1_000_000] {
            for open in ["[", "{\"a\":"] {
                let text = open.repeat(depth);
                assert_eq!(reason(&text), "nested too deep; a record has at most 32 levels", "{depth}");
            }
        }
        let fits = format!("{}{}", "[".repeat(32), "]".repeat(32));
        assert!(parse(fits.as_bytes(), Limits::RECORD).is_ok());
    }

    #[test]
    fn depth_counts_nesting_not_siblings() {
        let text = format!("[{}]", vec!["[[1]]"; 500].join(","));
        assert!(parse(text.as_bytes(), Limits { bytes: 1 << 20, depth: 3 }).is_ok());
    }

    #[test]
    fn an_integer_beyond_2_to_the_53_is_refused_and_one_up_to_it_is_exact() {
        for text in [
            "9007199254740993",
            "-9007199254740993",
            "123456789012345678901234567890",
            "1e300",
            "9007199254740994.0",
        ] {
            assert_eq!(
                reason(text),
                "an integer beyond 2^53 is not exact in JSON; write it as text",
                "{text}"
            );
        }
        assert_eq!(reason("1e400"), "number out of range");
        assert_eq!(parse(b"9007199254740992", Limits::RECORD).unwrap().as_u64(), Some(1 << 53));
        assert_eq!(parse(b"-9007199254740992", Limits::RECORD).unwrap().as_i64(), Some(-(1 << 53)));
    }

    #[test]
    fn nul_and_trailing_text_are_refused() {
        assert_eq!(reason(r#""a\u0000b""#), "a NUL character in a text");
        assert_eq!(reason(r#"{"a\u0000":1}"#), "a NUL character in a name");
        assert_eq!(reason("\"a\0b\""), "control character (\\u0000-\\u001F) found while parsing a string");
        assert_eq!(reason("{} {}"), "trailing characters");
    }

    #[test]
    fn another_encoding_than_utf8_is_named_at_its_place() {
        let error = |bytes: &[u8]| parse(bytes, Limits::RECORD).unwrap_err().to_string();
        let utf16 = "line 1, column 1: the bytes are UTF-16, but JSON is UTF-8; save it as UTF-8";
        for bytes in [b"\xFF\xFE{\0}\0", b"\xFE\xFF\0{\0}"] {
            assert_eq!(error(bytes), utf16);
        }
        for bytes in [b"{\0}\0", b"\0{\0}"] {
            assert_eq!(error(bytes), utf16);
        }
        assert_eq!(error(b"\xEF\xBB\xBF{}"), "line 1, column 1: a byte order mark; save it without one");
        assert_eq!(
            error(b"{\n\"a\":\"\xE8\"}"),
            "line 2, column 6: the bytes are not UTF-8; save it as UTF-8"
        );
    }

    #[test]
    fn a_document_over_the_limit_is_refused_before_it_is_read() {
        let error = parse(b"{}", Limits { bytes: 1, depth: 1 }).unwrap_err();
        assert_eq!(error, JsonError::TooLong { bytes: 2, limit: 1 });
    }
}
