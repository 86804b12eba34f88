//! Numbers of identity, telephones and e-mail addresses in a text.

use crate::schema::{check_jmbg, check_svnr};

/// Digits of a JMBG or EMŠO, and of an Austrian social-insurance number.
const JMBG: usize = 13;
const SVNR: usize = 10;

/// A number of identity with a right check digit in a run of digits.
pub(super) fn identity(run: &str) -> Option<&str> {
    let jmbg =
        (0..run.len()).map_while(|start| run.get(start..start + JMBG)).find(|it| check_jmbg(it).is_ok());
    // One number of ten digits in eleven has a right check digit: alone, and with a day and a month, it is one.
    jmbg.or_else(|| Some(run).filter(|it| it.len() == SVNR && check_svnr(it).is_ok() && has_day(it)))
}

/// Whether the number has a day of birth. Months above 12 are issued when the days of a month are used up.
fn has_day(svnr: &str) -> bool {
    let part = |from: usize| svnr.get(from..from + 2).and_then(|two| two.parse::<u8>().ok());
    part(4).is_some_and(|day| (1..=31).contains(&day))
        && part(6).is_some_and(|month| (1..=15).contains(&month))
}

/// An e-mail address or a telephone number in a text, as it is written. One that is dialled without a country counts in
/// prose only: file numbers look alike.
pub(super) fn contact(text: &str, prose: bool) -> Option<&str> {
    if let Some(found) =
        text.split([' ', ',', ';', '<', '>', '(', ')', '\n', '\t']).find(|word| is_email(word))
    {
        return Some(found);
    }
    telephone(text, prose)
}

fn is_email(word: &str) -> bool {
    word.split_once('@').is_some_and(|(local, domain)| {
        let domain = domain.trim_end_matches('.');
        !local.is_empty()
            && domain.split_once('.').is_some_and(|(name, top)| !name.is_empty() && top.len() >= 2)
    })
}

/// From 8 to 15 digits after `+` (E.164); in prose also after `00`, or 8 to 10 after one `0`, in groups.
fn telephone(text: &str, prose: bool) -> Option<&str> {
    let bytes = text.as_bytes();
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let before = at.checked_sub(1).and_then(|before| bytes.get(before));
        let begins =
            byte == b'+' || (byte == b'0' && prose && !before.is_some_and(u8::is_ascii_alphanumeric));
        if !begins {
            at += 1;
            continue;
        }
        let (end, digits) = run(bytes, at);
        let number = text.get(at..end).unwrap_or_default();
        let zeros = number.bytes().take_while(|byte| *byte == b'0').count();
        let fits = match (byte, zeros) {
            (b'+', _) => (8..=15).contains(&digits),
            (_, 2) => (10..=17).contains(&digits),
            // A date has points.
            (_, 1) => (9..=11).contains(&digits) && !number.contains('.'),
            _ => false,
        };
        if fits {
            return Some(number);
        }
        at = end.max(at + 1);
    }
    None
}

/// The end of digits in groups, and how many there are.
fn run(bytes: &[u8], from: usize) -> (usize, usize) {
    let (mut end, mut digits, mut gap) = (from, 0, 0);
    for (at, byte) in bytes.iter().enumerate().skip(from) {
        match byte {
            b'0'..=b'9' => {
                (end, digits, gap) = (at + 1, digits + 1, 0);
            }
            b'+' if at == from => {}
            b' ' | b'-' | b'/' | b'.' | b'(' | b')' if gap < 2 => gap += 1,
            _ => break,
        }
    }
    (end, digits)
}
