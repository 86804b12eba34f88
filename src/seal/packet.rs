//! The outer form of OpenPGP packets (RFC 9580 section 4): headers, lengths, partial bodies.
//!
//! Written here because the exchange takes one strict sequence of packets, and because Sequoia's own message
//! verification fills a process-wide cache that never evicts.

use std::borrow::Cow;

use super::error::OpenRefusal;

pub(super) const PKESK: u8 = 1;
pub(super) const SIGNATURE: u8 = 2;
pub(super) const ONE_PASS: u8 = 4;
pub(super) const COMPRESSED: u8 = 8;
pub(super) const LITERAL: u8 = 11;
pub(super) const SEIPD: u8 = 18;
pub(super) const PADDING: u8 = 21;

/// Smallest first part of a partial body (RFC 9580 section 4.2.1.4).
const MIN_FIRST_PART: usize = 512;

/// Bytes that are read from the front and may end at any point.
#[derive(Clone, Copy)]
pub(super) struct Cursor<'a>(pub(super) &'a [u8]);

impl<'a> Cursor<'a> {
    pub(super) fn take(&mut self, n: usize) -> Option<&'a [u8]> {
        let (head, tail) = self.0.split_at_checked(n)?;
        self.0 = tail;
        Some(head)
    }

    pub(super) fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (head, tail) = self.0.split_first_chunk::<N>()?;
        self.0 = tail;
        Some(*head)
    }

    pub(super) fn u8(&mut self) -> Option<u8> {
        self.array::<1>().map(|[b]| b)
    }

    pub(super) fn u16(&mut self) -> Option<usize> {
        self.array().map(|b| usize::from(u16::from_be_bytes(b)))
    }

    pub(super) fn u32(&mut self) -> Option<u32> {
        self.array().map(u32::from_be_bytes)
    }

    /// A length of four octets.
    pub(super) fn len32(&mut self) -> Option<usize> {
        usize::try_from(self.u32()?).ok()
    }
}

/// One packet.
pub(super) struct Packet<'a> {
    pub(super) tag: u8,
    pub(super) body: Cow<'a, [u8]>,
}

/// Reads the packet at the front of `input`, or nothing at its end.
///
/// # Errors
/// `not-openpgp` for a broken header, an indeterminate length, or a partial body where none is allowed.
pub(super) fn next<'a>(input: &mut Cursor<'a>) -> Result<Option<Packet<'a>>, OpenRefusal> {
    if input.0.is_empty() {
        return Ok(None);
    }
    read(input).ok_or(OpenRefusal::NotOpenPgp).map(Some)
}

fn read<'a>(input: &mut Cursor<'a>) -> Option<Packet<'a>> {
    let header = input.u8()?;
    // Refused by every caller, in whatever form its length comes.
    if header >> 6 == 0b11 && header & 0x3f == COMPRESSED
        || header >> 6 == 0b10 && (header >> 2) & 0x0f == COMPRESSED
    {
        return Some(Packet { tag: COMPRESSED, body: Cow::Borrowed(&[]) });
    }
    match header >> 6 {
        0b11 => {
            let tag = header & 0x3f;
            match length(input)? {
                Length::Full(n) => Some(Packet { tag, body: Cow::Borrowed(input.take(n)?) }),
                Length::Part(n) if matches!(tag, LITERAL | SEIPD) && n >= MIN_FIRST_PART => {
                    Some(Packet { tag, body: Cow::Owned(join_parts(input, n)?) })
                }
                Length::Part(_) => None,
            }
        }
        0b10 => {
            let tag = (header >> 2) & 0x0f;
            let n = match header & 0x03 {
                0 => usize::from(input.u8()?),
                1 => input.u16()?,
                2 => input.len32()?,
                _ => return None,
            };
            Some(Packet { tag, body: Cow::Borrowed(input.take(n)?) })
        }
        _ => None,
    }
}

enum Length {
    Full(usize),
    Part(usize),
}

fn length(input: &mut Cursor<'_>) -> Option<Length> {
    Some(match input.u8()? {
        n @ 0..=191 => Length::Full(usize::from(n)),
        n @ 192..=223 => Length::Full(((usize::from(n) - 192) << 8) + usize::from(input.u8()?) + 192),
        255 => Length::Full(input.len32()?),
        n => Length::Part(1 << (n & 0x1f)),
    })
}

/// Never longer than the input, whose size the caller has bounded.
fn join_parts(input: &mut Cursor<'_>, first: usize) -> Option<Vec<u8>> {
    let mut body = Vec::with_capacity(input.0.len());
    body.extend_from_slice(input.take(first)?);
    loop {
        match length(input)? {
            Length::Part(n) => body.extend_from_slice(input.take(n)?),
            Length::Full(n) => {
                body.extend_from_slice(input.take(n)?);
                return Some(body);
            }
        }
    }
}

/// Writes the header of a packet whose body has `n` bytes.
///
/// `n` is far below 2^32: documents are bounded by `MAX_DOCUMENT`.
#[expect(clippy::cast_possible_truncation, reason = "each arm's range fits the octets it writes")]
pub(super) fn put_header(out: &mut Vec<u8>, tag: u8, n: usize) {
    out.push(0xc0 | tag);
    put_length(out, n as u32);
}

/// Writes a length as packets and subpackets use it (RFC 9580 sections 4.2.1 and 5.2.3.7).
pub(super) fn put_length(out: &mut Vec<u8>, n: u32) {
    match n {
        0..=191 => out.extend_from_slice(&n.to_be_bytes()[3..]),
        192..=8383 => out.extend_from_slice(&(n - 192 + (192 << 8)).to_be_bytes()[2..]),
        _ => {
            out.push(255);
            out.extend_from_slice(&n.to_be_bytes());
        }
    }
}
