//! National identity numbers with a check digit.

use jiff::civil::Date;

/// What a Serbian JMBG or a Slovene EMŠO says of its holder. It is there to be compared with what a record states, and
/// for nothing else: no field is ever filled from it.
///
/// In particular the region is where the number was first registered, in 1976 for most people. It is neither a
/// citizenship nor a place of birth.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Jmbg {
    pub born: Date,
    pub sex: Sex,
    /// `RR`, 0 to 99.
    pub region: u8,
    /// The weighted sum leaves the remainder 1, for which some registers issue no number. Those that do write 0.
    pub remainder_one: bool,
}

// What it says is personal data: no debug output may show it.
impl std::fmt::Debug for Jmbg {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Jmbg").finish_non_exhaustive()
    }
}

/// The sex that a number was issued for: its serial is below 500 or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sex {
    Male,
    Female,
}

/// What does not agree about a number that is well formed. Always a warning: the register may be wrong as well as the
/// record, and a person decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum JmbgDoubt {
    #[error("its date is not the stated date of birth; check both")]
    Born,
    #[error("its sex is not the stated one; check both")]
    Sex,
    #[error(
        "its check digit stands for the remainder 1, which some registers do not issue; check the number"
    )]
    RemainderOne,
}

impl JmbgDoubt {
    /// A stable code for reports.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Born => "W-NUMBER-DATE",
            Self::Sex => "W-NUMBER-SEX",
            Self::RemainderOne => "W-NUMBER-CHECK",
        }
    }
}

impl Jmbg {
    /// Reads a JMBG, an EMŠO or a Serbian EBS (the number of a foreigner): one scheme, `DDMMYYYRRBBBK`, thirteen digits.
    ///
    /// # Errors
    /// What is wrong, without the number.
    pub fn read(number: &str) -> Result<Self, &'static str> {
        let digits: [u8; 13] = digits(number).ok_or("must be thirteen digits")?;
        let [_, _, _, _, _, _, _, r1, r2, serial, _, _, check] = digits;
        let born = Self::date_of(number).ok_or("its first seven digits are not a date")?;
        let weights = [7, 6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2];
        let sum: u32 = digits.iter().zip(weights).map(|(digit, weight)| u32::from(*digit) * weight).sum();
        let expected = match 11 - sum % 11 {
            m @ 1..=9 => m,
            _ => 0,
        };
        if u32::from(check) != expected {
            return Err("its check digit is wrong");
        }
        let sex = if serial < 5 { Sex::Male } else { Sex::Female };
        Ok(Self { born, sex, region: r1 * 10 + r2, remainder_one: sum % 11 == 1 })
    }

    /// The date in the first seven of thirteen digits, whatever the others are.
    pub(super) fn date_of(number: &str) -> Option<Date> {
        let [d1, d2, m1, m2, y1, y2, y3, ..] = digits::<13>(number)?;
        let year = i16::from(y1) * 100 + i16::from(y2) * 10 + i16::from(y3);
        let year = if year >= 800 { 1000 + year } else { 2000 + year };
        let (month, day) = (i8::try_from(m1 * 10 + m2).ok()?, i8::try_from(d1 * 10 + d2).ok()?);
        Date::new(year, month, day).ok()
    }

    /// What does not agree with the record.
    ///
    /// `born` is the stated date in ISO 8601, as exact as it is known; `sex` is the stated one, if it is one of the two.
    #[must_use]
    pub fn doubts(self, born: Option<&str>, sex: Option<Sex>) -> Vec<JmbgDoubt> {
        let mut doubts = Vec::new();
        if born.is_some_and(|stated| !self.born.to_string().starts_with(stated)) {
            doubts.push(JmbgDoubt::Born);
        }
        if sex.is_some_and(|stated| stated != self.sex) {
            doubts.push(JmbgDoubt::Sex);
        }
        if self.remainder_one {
            doubts.push(JmbgDoubt::RemainderOne);
        }
        doubts
    }
}

/// Checks what [`Jmbg::read`] reads.
///
/// # Errors
/// What is wrong, without the number.
pub fn check_jmbg(number: &str) -> Result<(), &'static str> {
    Jmbg::read(number).map(|_| ())
}

/// Checks an Austrian social-insurance number, `SSSPTTMMJJ`, ten digits.
///
/// A date of birth is never derived from it: its century is open, and months above 12 are issued.
///
/// # Errors
/// What is wrong, without the number.
pub fn check_svnr(number: &str) -> Result<(), &'static str> {
    let digits: [u8; 10] = digits(number).ok_or("must be ten digits")?;
    let [first, _, _, check, ..] = digits;
    if first == 0 {
        return Err("its first digit must not be 0");
    }
    let weights = [3, 7, 9, 0, 5, 8, 4, 2, 1, 6];
    let sum: u32 = digits.iter().zip(weights).map(|(digit, weight)| u32::from(*digit) * weight).sum();
    if sum % 11 == u32::from(check) { Ok(()) } else { Err("its check digit is wrong") }
}

fn digits<const N: usize>(text: &str) -> Option<[u8; N]> {
    let bytes: [u8; N] = text.as_bytes().try_into().ok()?;
    bytes.iter().all(u8::is_ascii_digit).then(|| bytes.map(|b| b - b'0'))
}

#[cfg(test)]
mod tests {
    use super::{Jmbg, JmbgDoubt, Sex, check_jmbg, check_svnr};

    #[test]
    fn every_worked_example_of_a_valid_jmbg_or_emso_passes() {
        for number in [
            "1506985719998",
            "0311979804992",
            "2902004739982",
            "1010995719990",
            "1010995809990",
            "1203992504996",
            "3009008509997",
            "0505971504980",
            "0101990914991",
        ] {
            assert_eq!(check_jmbg(number), Ok(()), "{number}");
        }
    }

    #[test]
    fn a_number_reads_as_the_worked_examples_say() {
        for (number, born, sex, region) in [
            ("1506985719998", "1985-06-15", Sex::Female, 71),
            ("0311979804992", "1979-11-03", Sex::Male, 80),
            ("2902004739982", "2004-02-29", Sex::Female, 73),
            ("1203992504996", "1992-03-12", Sex::Male, 50),
            ("3009008509997", "2008-09-30", Sex::Female, 50),
            ("0505971504980", "1971-05-05", Sex::Male, 50),
            ("0101990914991", "1990-01-01", Sex::Male, 91),
            // The number of a foreigner in Serbia follows the same scheme.
            ("0101990074993", "1990-01-01", Sex::Male, 7),
        ] {
            let read = Jmbg::read(number).unwrap();
            assert_eq!((&*read.born.to_string(), read.sex, read.region), (born, sex, region), "{number}");
            assert!(!read.remainder_one, "{number}");
        }
    }

    #[test]
    fn the_remainder_one_is_accepted_with_a_warning_and_the_remainder_zero_without() {
        let doubts = |number: &str| Jmbg::read(number).unwrap().doubts(None, None);
        assert_eq!(doubts("1010995719990"), []);
        assert_eq!(doubts("1010995809990"), [JmbgDoubt::RemainderOne]);
    }

    #[test]
    fn another_date_or_sex_than_stated_is_a_warning_and_an_inexact_date_is_none() {
        let read = Jmbg::read("1506985719998").unwrap();
        for agrees in [None, Some("1985-06-15"), Some("1985-06"), Some("1985")] {
            assert_eq!(read.doubts(agrees, Some(Sex::Female)), [], "{agrees:?}");
        }
        for differs in ["1985-06-14", "1985-05", "1958"] {
            assert_eq!(read.doubts(Some(differs), None), [JmbgDoubt::Born], "{differs}");
        }
        assert_eq!(read.doubts(Some("1985-06-16"), Some(Sex::Male)), [JmbgDoubt::Born, JmbgDoubt::Sex]);
        assert_eq!(JmbgDoubt::Born.to_string(), "its date is not the stated date of birth; check both");
        assert_eq!(JmbgDoubt::Sex.code(), "W-NUMBER-SEX");
    }

    #[test]
    fn no_debug_output_shows_what_a_number_says() {
        assert_eq!(format!("{:?}", Jmbg::read("1506985719998").unwrap()), "Jmbg { .. }");
    }

    #[test]
    fn a_wrong_check_digit_an_impossible_date_and_a_wrong_length_are_told_apart() {
        assert_eq!(check_jmbg("1506985719997"), Err("its check digit is wrong"));
        assert_eq!(check_jmbg("3102985719998"), Err("its first seven digits are not a date"));
        assert_eq!(check_jmbg("2902003739982"), Err("its first seven digits are not a date"));
        for bad in ["", "150698571999", "15069857199988", "15o6985719998", "１506985719998"] {
            assert_eq!(check_jmbg(bad), Err("must be thirteen digits"), "{bad}");
        }
    }

    #[test]
    fn every_single_wrong_digit_of_a_jmbg_is_found() {
        let right = *b"1506985719998";
        for place in 0..13 {
            for digit in b'0'..=b'9' {
                let mut number = right;
                number[place] = digit;
                let text = std::str::from_utf8(&number).unwrap();
                assert_eq!(check_jmbg(text).is_ok(), number == right, "{text}");
            }
        }
    }

    #[test]
    fn every_number_without_a_check_digit_has_exactly_one_and_all_ten_occur() {
        let mut seen = [0; 10];
        for serial in 0..=999 {
            let fits = |check: &usize| check_jmbg(&format!("150698571{serial:03}{check}")).is_ok();
            let checks: Vec<usize> = (0..=9).filter(fits).collect();
            assert_eq!(checks.len(), 1, "{serial}");
            seen[checks[0]] += 1;
        }
        assert!(seen.iter().all(|times| *times > 0), "{seen:?}");
    }

    #[test]
    fn the_worked_examples_of_the_austrian_number_hold() {
        for number in ["9877120392", "9930300908", "9811050571"] {
            assert_eq!(check_svnr(number), Ok(()), "{number}");
        }
        assert_eq!(check_svnr("9878120392"), Err("its check digit is wrong"));
        assert_eq!(check_svnr("0877120392"), Err("its first digit must not be 0"));
        assert_eq!(check_svnr("987712039"), Err("must be ten digits"));
    }
}
