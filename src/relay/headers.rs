//! A message's cover as HTTP headers.

use http::{HeaderMap, HeaderName, HeaderValue};
use jiff::Timestamp;

use super::door::Refused;
use super::problem::Code;
use crate::message::Cover;

const MESSAGE: &str = "casebridge-message";
const FROM: &str = "casebridge-from";
const TO: &str = "casebridge-to";
pub(super) const CLASS: &str = "casebridge-class";
const DIGEST: &str = "casebridge-digest";
const EXPIRES: &str = "casebridge-expires";

/// Reads the cover of a body of `size` bytes.
///
/// # Errors
/// `malformed-cover`, naming the first header that is missing, repeated or ill-formed.
pub fn read_cover(headers: &HeaderMap, size: u64) -> Result<Cover, Refused> {
    let expires: Timestamp = read(headers, EXPIRES)?;
    if expires.subsec_nanosecond() % 1000 != 0 {
        let detail = format!("the header `{EXPIRES}` is finer than a microsecond; give at most six decimals");
        return Err(Refused::new(Code::MalformedCover, detail));
    }
    Ok(Cover {
        id: read(headers, MESSAGE)?,
        from: read(headers, FROM)?,
        to: read(headers, TO)?,
        class: read(headers, CLASS)?,
        size,
        digest: read(headers, DIGEST)?,
        expires,
    })
}

/// Writes a cover. Its size is the body's own length.
pub fn write_cover(cover: &Cover, headers: &mut HeaderMap) {
    let pairs = [
        (MESSAGE, cover.id.to_string()),
        (FROM, cover.from.to_string()),
        (TO, cover.to.to_string()),
        (CLASS, cover.class.to_string()),
        (DIGEST, cover.digest.to_string()),
        (EXPIRES, cover.expires.to_string()),
    ];
    for (name, value) in pairs {
        // Ids, parties, digests and times are ASCII without control characters by their types.
        if let Ok(value) = HeaderValue::try_from(value) {
            headers.insert(HeaderName::from_static(name), value);
        }
    }
}

fn read<T: std::str::FromStr>(headers: &HeaderMap, name: &'static str) -> Result<T, Refused> {
    let mut values = headers.get_all(name).iter();
    let refused = |what| Refused::new(Code::MalformedCover, format!("the header `{name}` {what}"));
    let value = values.next().ok_or_else(|| refused("is missing"))?;
    if values.next().is_some() {
        return Err(refused("stands twice"));
    }
    let text = value.to_str().map_err(|_| refused("is not plain text"))?;
    text.parse().map_err(|_| refused("is ill-formed"))
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, HeaderValue};
    use jiff::Timestamp;

    use super::{DIGEST, EXPIRES, FROM, read_cover, write_cover};
    use crate::message::{Class, Cover, MessageId, Sha256};

    fn cover() -> Cover {
        Cover {
            id: MessageId::new(Timestamp::UNIX_EPOCH),
            from: "rs/mup".parse().unwrap(),
            to: "si/policija".parse().unwrap(),
            class: Class::Request,
            size: 3,
            digest: Sha256::of(b"abc"),
            expires: "2026-12-01T10:00:00.000001Z".parse().unwrap(),
        }
    }

    #[test]
    fn a_cover_survives_its_headers() {
        let (mut headers, cover) = (HeaderMap::new(), cover());
        write_cover(&cover, &mut headers);
        assert_eq!(read_cover(&headers, 3), Ok(cover));
    }

    #[test]
    fn a_missing_repeated_or_ill_formed_header_is_named() {
        let mut headers = HeaderMap::new();
        write_cover(&cover(), &mut headers);
        let mut missing = headers.clone();
        missing.remove(DIGEST);
        assert_eq!(read_cover(&missing, 3).unwrap_err().detail, "the header `casebridge-digest` is missing");
        let mut twice = headers.clone();
        twice.append(FROM, HeaderValue::from_static("at/bk"));
        assert_eq!(read_cover(&twice, 3).unwrap_err().detail, "the header `casebridge-from` stands twice");
        let mut fine = headers.clone();
        fine.insert(EXPIRES, HeaderValue::from_static("2026-12-01T10:00:00.0000015Z"));
        assert!(read_cover(&fine, 3).unwrap_err().detail.contains("finer than a microsecond"));
        headers.insert(FROM, HeaderValue::from_static("at"));
        assert_eq!(read_cover(&headers, 3).unwrap_err().detail, "the header `casebridge-from` is ill-formed");
    }
}
