//! ASCII armor of one message (RFC 9580 section 6).
//!
//! Written here because receipts are most of the traffic. RFC 9580 section 6.1 advises against the checksum, and its
//! readers ignore it; it is written because GnuPG 2.2 fails without one when no padding ends the text.

const BEGIN: &str = "-----BEGIN PGP MESSAGE-----";
const END: &str = "-----END PGP MESSAGE-----";
const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
/// The value of each character; 64 is none.
const VALUES: [u8; 256] = values();
/// 64 characters a line.
const LINE: usize = 48;

/// CRC-24 (RFC 4880 section 6.1) of each byte.
const CRC: [u32; 256] = crc_table();

const fn crc_table() -> [u32; 256] {
    let mut out = [0; 256];
    let mut n = 0;
    while n < 256 {
        #[expect(clippy::cast_possible_truncation, reason = "below 256")]
        let mut crc = (n as u32) << 16;
        let mut bit = 0;
        while bit < 8 {
            crc = crc << 1 ^ if crc & 0x0080_0000 == 0 { 0 } else { 0x0186_4CFB };
            bit += 1;
        }
        out[n] = crc;
        n += 1;
    }
    out
}

const fn values() -> [u8; 256] {
    let mut out = [64; 256];
    let mut n = 0;
    while n < 64 {
        #[expect(clippy::cast_possible_truncation, reason = "below 64")]
        {
            out[ALPHABET[n] as usize] = n as u8;
        }
        n += 1;
    }
    out
}

/// The armored form. `checksum`: with the CRC-24 line that readers before RFC 9580 need; its section 6.1 forbids the
/// line where every reader is known to do without.
pub(super) fn encode(bytes: &[u8], checksum: bool) -> String {
    let mut out = String::with_capacity(64 + bytes.len() * 4 / 3 + bytes.len() / LINE + 16);
    out.push_str(BEGIN);
    out.push_str("\n\n");
    for line in bytes.chunks(LINE) {
        for group in line.chunks(3) {
            let [a, b, c] = [0, 1, 2].map(|n| u32::from(group.get(n).copied().unwrap_or(0)));
            encode_group(&mut out, a << 16 | b << 8 | c, group.len());
        }
        out.push('\n');
    }
    if checksum {
        out.push('=');
        encode_group(&mut out, crc24(bytes), 3);
        out.push('\n');
    }
    out.push_str(END);
    out.push('\n');
    out
}

/// `bytes` of the three in `bits`, as four characters.
fn encode_group(out: &mut String, bits: u32, bytes: usize) {
    for n in 0..4 {
        // Six bits index 64 characters.
        let sign = ALPHABET[(bits >> (18 - 6 * n) & 63) as usize];
        out.push(if n > bytes { '=' } else { char::from(sign) });
    }
}

pub(super) fn crc24(bytes: &[u8]) -> u32 {
    let next = |crc: u32, byte: &u8| {
        // Eight bits index 256 entries.
        let index = (crc >> 16 ^ u32::from(*byte)) & 255;
        (crc << 8 ^ CRC[index as usize]) & 0x00FF_FFFF
    };
    bytes.iter().fold(0x00B7_04CE, next)
}

/// The bytes of exactly one armored message. Headers and a checksum, right or wrong, are passed over: neither is signed.
pub(super) fn decode(text: &str) -> Option<Vec<u8>> {
    let mut lines = text.trim_end_matches(['\r', '\n']).split('\n').map(|line| line.trim_end_matches('\r'));
    if lines.next()? != BEGIN {
        return None;
    }
    // Headers end with an empty line.
    while !lines.next().filter(|line| line.is_empty() || line.contains(": "))?.is_empty() {}
    let mut out = Vec::with_capacity(text.len() * 3 / 4);
    let mut ended = false;
    for line in lines.by_ref() {
        if line == END || (line.starts_with('=') && line.len() == 5) {
            return (line == END || lines.next()? == END).then(|| lines.next().is_none().then_some(out))?;
        }
        // Padding may end only the last line.
        if ended || line.is_empty() || line.len() % 4 != 0 {
            return None;
        }
        for group in line.as_bytes().chunks_exact(4) {
            ended = !decode_group(&mut out, group.try_into().ok()?, ended)?;
        }
    }
    None
}

/// Whether more groups may follow. The unused bits before padding must be zero: one text, one meaning.
fn decode_group(out: &mut Vec<u8>, group: [u8; 4], ended: bool) -> Option<bool> {
    let pad = group.iter().rev().take_while(|sign| **sign == b'=').count();
    let mut bits = 0u32;
    for sign in group.iter().take(4 - pad) {
        let value = VALUES[usize::from(*sign)];
        if value == 64 {
            return None;
        }
        bits = bits << 6 | u32::from(value);
    }
    let (bits, n) = match pad {
        0 => (bits, 3),
        1 if bits.trailing_zeros() >= 2 => (bits << 6, 2),
        2 if bits.trailing_zeros() >= 4 => (bits << 12, 1),
        _ => return None,
    };
    out.extend_from_slice(bits.to_be_bytes().get(1..=n)?);
    (!ended).then_some(pad == 0)
}
