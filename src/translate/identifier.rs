//! National identity numbers with a check digit.

use jiff::civil::Date;

/// Checks a Serbian JMBG or a Slovene EMŠO: one scheme, `DDMMYYYRRBBBK`, thirteen digits.
///
/// The region `RR` is where the number was first registered. It is neither a citizenship nor a place of birth, and
/// nothing is derived from it.
///
/// # Errors
/// What is wrong, without the number.
pub fn check_jmbg(number: &str) -> Result<(), &'static str> {
    let digits: [u8; 13] = digits(number).ok_or("must be thirteen digits")?;
    let [d1, d2, m1, m2, y1, y2, y3, .., check] = digits;
    let year = i16::from(y1) * 100 + i16::from(y2) * 10 + i16::from(y3);
    let year = if year >= 800 { 1000 + year } else { 2000 + year };
    let (month, day) = (i8::try_from(m1 * 10 + m2), i8::try_from(d1 * 10 + d2));
    let real = matches!((month, day), (Ok(month), Ok(day)) if Date::new(year, month, day).is_ok());
    if !real {
        return Err("its first seven digits are not a date");
    }
    let weights = [7, 6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2];
    let sum: u32 = digits.iter().zip(weights).map(|(digit, weight)| u32::from(*digit) * weight).sum();
    // A remainder of 1 gives 10, for which some registers issue no number; those that do write 0.
    let expected = match 11 - sum % 11 {
        m @ 1..=9 => m,
        _ => 0,
    };
    if u32::from(check) == expected { Ok(()) } else { Err("its check digit is wrong") }
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
    use super::{check_jmbg, check_svnr};

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
