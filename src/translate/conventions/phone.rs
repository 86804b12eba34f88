//! Telephone numbers in the form of E.164, such as `+381111234567`.

use rlibphonenumber::{PHONE_NUMBER_UTIL, PhoneNumberFormat, Region};

/// Longest text that is looked at, in bytes: a number has fifteen digits, and the rest is for what people write between.
const MAX_TEXT: usize = 64;

/// Fifteen digits and the `+`.
const MAX_E164: usize = 16;

/// Ranges that the numbering plans of the library no longer have although records do, with the length of a number.
/// Slovene mobile numbers under 49 are of the time when Kosovo had no code of its own.
const STILL_IN_RECORDS: [(&str, usize); 1] = [("+38649", 12)];

/// A number in the form of E.164, or nothing when the text is not one whole number that its country's plan has.
///
/// `region` is the alpha-2 code of the country in which a number without `+` is dialled; its trunk prefix, such as the 0
/// of `011/123-4567`, is dropped. A number with an extension is refused, because E.164 has no place for it, and so is a
/// text with letters. Numbers of Kosovo under +381 (28, 29, 38, 39) and under +383 are both good, and neither is turned
/// into the other.
#[must_use]
pub fn to_e164(text: &str, region: &str) -> Option<String> {
    // Two slashes, as in `011/123-4567/8`, are how two numbers of one office are written.
    let slashes = text.bytes().filter(|b| *b == b'/').count();
    if text.len() > MAX_TEXT || slashes > 1 || text.contains(|c: char| c.is_alphabetic() || c.is_control()) {
        return None;
    }
    let number = PHONE_NUMBER_UTIL.parse(text, region.parse::<Region>().ok()).ok()?;
    if number.extension.is_some() {
        return None;
    }
    let e164 = PHONE_NUMBER_UTIL.format(&number, PhoneNumberFormat::E164);
    let known = PHONE_NUMBER_UTIL.is_valid_number(&number) || is_still_in_records(&e164);
    // Some plans have numbers for use at home that are longer than E.164 allows.
    (known && e164.len() <= MAX_E164).then(|| e164.into_owned())
}

/// The number that a table writes: in the form of E.164 and known to its country's plan.
///
/// # Errors
/// What is wrong with it.
pub(in super::super) fn fixed(text: &str) -> Result<&str, String> {
    match to_e164(text, "") {
        Some(number) if number == text => Ok(text),
        _ => Err(format!("`{text}` is no telephone number such as `+381111234567` (E.164)")),
    }
}

fn is_still_in_records(e164: &str) -> bool {
    STILL_IN_RECORDS.iter().any(|(range, length)| e164.len() == *length && e164.starts_with(range))
}

#[cfg(test)]
mod tests {
    use super::to_e164;

    #[test]
    fn the_trunk_prefix_is_dropped_and_punctuation_does_not_matter() {
        for (text, region, expected) in [
            ("011/123-4567", "RS", "+381111234567"),
            ("011 123 4567", "RS", "+381111234567"),
            ("+381 11 123-4567", "RS", "+381111234567"),
            ("00381 11 1234567", "RS", "+381111234567"),
            ("+381 (0)11 1234567", "RS", "+381111234567"),
            ("064 123 45 67", "RS", "+381641234567"),
            ("01 234 56 78", "SI", "+38612345678"),
            ("031 234 567", "SI", "+38631234567"),
            ("01/2345678", "AT", "+4312345678"),
            ("0664 1234567", "AT", "+436641234567"),
            ("038 123 456", "XK", "+38338123456"),
            ("043 201 234", "XK", "+38343201234"),
        ] {
            assert_eq!(to_e164(text, region).as_deref(), Some(expected), "{text} {region}");
        }
    }

    #[test]
    fn the_numbering_facts_of_the_four_plans_hold() {
        let good = |numbers: &[String]| {
            for number in numbers {
                assert_eq!(to_e164(number, "").as_ref(), Some(number));
            }
        };
        good(&(60..=66).map(|code| format!("+381{code}1234567")).collect::<Vec<_>>());
        let mobile = [30, 31, 40, 41, 43, 49, 51, 64, 68, 69, 70, 71];
        good(&mobile.map(|code| format!("+386{code}234567")));
        good(
            &[650, 651, 653, 655, 657, 659, 660, 664, 676, 680, 699].map(|code| format!("+43{code}1234567")),
        );
        good(&(43..=49).map(|code| format!("+383{code}201234")).collect::<Vec<_>>());
        // Slovene numbers have eight digits, neither seven nor nine.
        assert_eq!(to_e164("+3863123456", ""), None);
        assert_eq!(to_e164("+386312345678", ""), None);
    }

    #[test]
    fn old_numbers_of_kosovo_stay_under_the_code_they_were_received_with() {
        for old in ["+38128423456", "+381280323456", "+381290323456", "+38138223456", "+381390423456"] {
            assert_eq!(to_e164(old, "RS").as_deref(), Some(old));
            assert_eq!(to_e164(old, "XK").as_deref(), Some(old));
        }
        assert_eq!(to_e164("038/223-456", "RS").as_deref(), Some("+38138223456"));
        assert_eq!(to_e164("038/223-456", "XK").as_deref(), Some("+38338223456"));
        assert_eq!(to_e164("+38338223456", "RS").as_deref(), Some("+38338223456"));
    }

    #[test]
    fn what_is_not_one_whole_number_is_refused() {
        for bad in [
            "",
            "+",
            "0",
            "011",
            "123",
            "011/123-4567 lok. 12",
            "011/123-4567 ext 12",
            "011/123-4567x12",
            "011/123-4567#12",
            "+381111234567;ext=12",
            "tel:+381111234567",
            "0800 CVETKO",
            "011/123-4567\n",
            "011/123-4567, 011/765-4321",
            "011/123-4567/8",
            "+999 11 123 4567",
            "+381 0000000000",
            // Eighteen digits of a plan that has such numbers for use at home.
            "+81 0037815141491243",
            "15.06.1985.",
            "1506985719998",
        ] {
            assert_eq!(to_e164(bad, "RS"), None, "{bad:?}");
        }
        assert_eq!(to_e164("011/123-4567", "QQ"), None);
        assert_eq!(to_e164("011/123-4567", ""), None);
        assert_eq!(to_e164(&"1".repeat(1 << 20), "RS"), None);
    }

    #[test]
    fn what_is_in_the_form_stays_in_it() {
        for number in ["+381111234567", "+38631234567", "+436641234567", "+38343201234"] {
            assert_eq!(to_e164(number, "AT").as_deref(), Some(number));
        }
    }

    #[test]
    fn many_threads_may_ask_at_once() {
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    for _ in 0..200 {
                        assert_eq!(to_e164("011/123-4567", "RS").as_deref(), Some("+381111234567"));
                    }
                });
            }
        });
    }
}
