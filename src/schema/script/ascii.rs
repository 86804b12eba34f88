//! Names as systems write them that know no letter beyond A to Z: other databases, and the machine-readable zone of a
//! travel document.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::{normal, repair_d, to_latin};

/// Longest name that is looked at, in bytes.
const MAX_NAME: usize = 512;

/// Every way in which a name may have been written without its marks, at most four: `Đ` as `Dj` and as `D`, umlauts with
/// and without their `e`. Empty when the name has a letter that nobody writes in ASCII.
///
/// The forms come from the Latin form. The table of ICAO Doc 9303 for Serbian Cyrillic is never used: it has `H` for `Г`.
#[must_use]
pub fn ascii_forms(name: &str) -> Vec<String> {
    if name.len() > MAX_NAME {
        return Vec::new();
    }
    let name = normal(name);
    let name = to_latin(&name);
    let name = repair_d(&name).map_or(name, Into::into);
    let mut forms = Vec::new();
    for (d, umlaut) in [(true, true), (true, false), (false, true), (false, false)] {
        match ascii(&name, d, umlaut) {
            Some(form) if !forms.contains(&form) => forms.push(form),
            _ => {}
        }
    }
    forms
}

/// Every way in which a name may stand in a machine-readable zone (ICAO Doc 9303, part 3), not cut to its length: capitals,
/// `<` between the parts of the name, no apostrophe. At most four, as for [`ascii_forms`].
#[must_use]
pub fn mrz_forms(name: &str) -> Vec<String> {
    let mut forms = Vec::new();
    for form in ascii_forms(name) {
        let parts: Vec<String> = form
            .split(|c: char| c == '-' || c.is_whitespace())
            .map(|part| part.replace('\'', "").to_ascii_uppercase())
            .filter(|part| !part.is_empty())
            .collect();
        let letters = parts.iter().all(|part| part.bytes().all(|b| b.is_ascii_uppercase()));
        let form = parts.join("<");
        if letters && !form.is_empty() && !forms.contains(&form) {
            forms.push(form);
        }
    }
    forms
}

fn ascii(name: &str, long_d: bool, long_umlaut: bool) -> Option<String> {
    let mut out = String::with_capacity(name.len() + 8);
    let mut before = None;
    let mut chars = name.chars().peekable();
    while let Some(c) = chars.next() {
        let pair = match c {
            'Đ' | 'đ' => Some(if long_d { "dj" } else { "d" }),
            'Ä' | 'ä' => Some(if long_umlaut { "ae" } else { "a" }),
            'Ö' | 'ö' => Some(if long_umlaut { "oe" } else { "o" }),
            'Ü' | 'ü' => Some(if long_umlaut { "ue" } else { "u" }),
            'ß' | 'ẞ' => Some("ss"),
            'Æ' | 'æ' => Some("ae"),
            'Œ' | 'œ' | 'Ø' | 'ø' => Some("oe"),
            'Þ' | 'þ' => Some("th"),
            'Ł' | 'ł' => Some("l"),
            'ı' => Some("i"),
            '’' | 'ʼ' => Some("'"),
            _ => None,
        };
        match pair {
            Some(pair) if c.is_uppercase() => {
                // `Dj` in a capitalised word, `DJ` in a word of capitals.
                let capitals = match chars.peek() {
                    Some(next) if next.is_alphabetic() => next.is_uppercase(),
                    _ => before.is_some_and(char::is_uppercase),
                };
                let (first, rest) = pair.split_at(1);
                out.push_str(&first.to_ascii_uppercase());
                out.push_str(&if capitals { rest.to_ascii_uppercase() } else { rest.to_owned() });
            }
            Some(pair) => out.push_str(pair),
            None if c.is_ascii() => out.push(c),
            None => {
                let plain: String = std::iter::once(c).nfkd().filter(|c| !is_combining_mark(*c)).collect();
                if !plain.is_ascii() {
                    return None;
                }
                out.push_str(&plain);
            }
        }
        before = Some(c);
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::{ascii_forms, mrz_forms};

    #[test]
    fn a_name_has_the_forms_that_partners_without_its_letters_write() {
        for (name, forms) in [
            ("Đorđević", &["Djordjevic", "Dordevic"][..]),
            ("ЂОРЂЕВИЋ", &["DJORDJEVIC", "DORDEVIC"]),
            ("\u{D0}or\u{111}e", &["Djordje", "Dorde"]),
            ("Живковић Љиљана", &["Zivkovic Ljiljana"]),
            ("Džajić", &["Dzajic"]),
            ("Müller", &["Mueller", "Muller"]),
            ("Đurđa Müller", &["Djurdja Mueller", "Djurdja Muller", "Durda Mueller", "Durda Muller"]),
            ("Weiß", &["Weiss"]),
            ("José", &["Jose"]),
            ("Ana", &["Ana"]),
            ("王", &[]),
            ("Щ", &[]),
        ] {
            assert_eq!(ascii_forms(name), forms, "{name}");
        }
        assert_eq!(ascii_forms(&"a".repeat(1 << 20)), [] as [&str; 0]);
    }

    #[test]
    fn the_machine_readable_form_comes_from_the_latin_one() {
        for (name, forms) in [
            ("Гордана Ђорђевић", &["GORDANA<DJORDJEVIC", "GORDANA<DORDEVIC"][..]),
            ("Жељко Његован-Џакић", &["ZELJKO<NJEGOVAN<DZAKIC"]),
            ("Ћирић Чеда", &["CIRIC<CEDA"]),
            ("O’Brien  Åsa", &["OBRIEN<ASA"]),
            ("Jovan 2", &[]),
            ("- ", &[]),
        ] {
            assert_eq!(mrz_forms(name), forms, "{name}");
        }
    }
}
