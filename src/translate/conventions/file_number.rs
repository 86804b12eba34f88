//! File numbers of the Serbian prosecution, such as `KT. br. 12/24`. They are read to warn of one that no register can
//! have; the form in which a number was received is never changed.

use crate::schema::script::to_latin;

/// The parts of a file number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileNumber<'r> {
    /// The register as the list writes it.
    pub register: &'r str,
    pub number: u32,
    /// As it is written, with two digits or four: the century of two is open.
    pub year: u16,
}

/// The parts of a file number in one of the registers, or nothing for any other text: numbers of the police, of courts
/// and of other states look otherwise and stay what they are.
///
/// The registers change with the rulebook, so they are data. A number is the register, optionally a full stop, `br.` and
/// single spaces, then at most six digits, `/`, and the year with two digits or four. Capitals and script do not matter.
#[must_use]
pub fn read<'r>(text: &str, registers: &'r [impl AsRef<str>]) -> Option<FileNumber<'r>> {
    if text.len() > 64 {
        return None;
    }
    let text = to_latin(text).to_uppercase();
    registers.iter().map(AsRef::as_ref).find_map(|register| {
        let rest = text.strip_prefix(&register.to_uppercase()).filter(|_| !register.is_empty())?;
        let rest = space(rest.strip_prefix('.').unwrap_or(rest));
        let rest = space(rest.strip_prefix("BR.").unwrap_or(rest));
        let (number, year) = rest.split_once('/')?;
        let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
        let fits =
            (1..=6).contains(&number.len()) && matches!(year.len(), 2 | 4) && digits(number) && digits(year);
        let (number, year) = fits.then(|| (number.parse().ok(), year.parse().ok()))?;
        Some(FileNumber { register, number: number?, year: year? })
    })
}

fn space(text: &str) -> &str {
    text.strip_prefix(char::is_whitespace).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::{FileNumber, read};

    const REGISTERS: [&str; 7] = ["KT", "KTN", "KTNI", "KTM", "KTR", "KTO", "KTŽ"];

    #[test]
    fn a_number_is_read_in_every_spelling() {
        for (text, register, number, year) in [
            ("KT. br. 12/24", "KT", 12, 24),
            ("Kt 12/2024", "KT", 12, 2024),
            ("KT12/24", "KT", 12, 24),
            ("KT.12/24", "KT", 12, 24),
            ("KT br.12/24", "KT", 12, 24),
            ("KTN 5/2023", "KTN", 5, 2023),
            ("KTNI 999999/23", "KTNI", 999_999, 23),
            ("KTM. 7/24", "KTM", 7, 24),
            ("КТО. бр. 3/24", "KTO", 3, 24),
            ("Ktž 4/2024", "KTŽ", 4, 2024),
        ] {
            assert_eq!(read(text, &REGISTERS), Some(FileNumber { register, number, year }), "{text}");
        }
    }

    #[test]
    fn numbers_of_others_and_numbers_that_no_register_has_are_not_read() {
        for other in [
            "КУ-1234/24",
            "5 St 12/24x",
            "Kt/12345/2024",
            "CZZTLJ-057/24",
            "KT 12/024",
            "KT 1234567/24",
            "KT /24",
            "KT 12/",
            "KT   12/24",
            "KT 12/24 ",
            "KT 12-24",
            "KTX 12/24",
            "KT +1/24",
            "KT",
            "",
            "12/24",
        ] {
            assert_eq!(read(other, &REGISTERS), None, "{other}");
        }
        assert_eq!(read(&"K".repeat(1 << 20), &REGISTERS), None);
    }

    #[test]
    fn the_registers_are_the_lists_and_no_others() {
        assert_eq!(read("KTPO 1/24", &REGISTERS), None);
        assert!(read("KTPO 1/24", &["KTPO"]).is_some());
        assert_eq!(read("KT 1/24", &["KTPO", ""]), None);
        assert_eq!(read("KT 1/24", &[] as &[&str]), None);
    }
}
