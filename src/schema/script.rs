//! Serbian script. Cyrillic to Latin is total and unambiguous; the way back is neither, so it tells its doubts, and the
//! original always travels beside its copy.

mod ascii;
mod cyrillic;
mod letters;

use std::borrow::Cow;

use unicode_normalization::{UnicodeNormalization, is_nfc};

pub use ascii::{ascii_forms, mrz_forms};
pub use cyrillic::{Cyrillic, repair_d, to_cyrillic};
pub use letters::{UNDETERMINED, has_several_scripts, has_unseen, is_unseen, looks_misread, script_of};

/// The script in which an agency writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
pub enum Script {
    Latn,
    Cyrl,
}

impl Script {
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Latn => "Latn",
            Self::Cyrl => "Cyrl",
        }
    }
}

/// The text in Unicode normal form C, with the digraph letters U+01C4..U+01CC written as two letters.
#[must_use]
pub fn normal(text: &str) -> Cow<'_, str> {
    let digraph = |c: char| ('\u{1C4}'..='\u{1CC}').contains(&c);
    if text.is_ascii() || (is_nfc(text) && !text.contains(digraph)) {
        return Cow::Borrowed(text);
    }
    let mut plain = String::with_capacity(text.len());
    for c in text.chars() {
        // Only these nine letters: compatibility forms of others would change the text.
        if digraph(c) { plain.extend(std::iter::once(c).nfkc()) } else { plain.push(c) }
    }
    Cow::Owned(plain.nfc().collect())
}

/// The text in Latin letters, where the Serbian alphabet has a rule for each of its letters: unchanged when it is Latin
/// already, and nothing when a part of it would stay in another script, or a word mixes scripts. Other languages write
/// the same Cyrillic letters otherwise in Latin, and which language a name is of nobody can tell from its letters.
#[must_use]
pub fn latin_form(text: &str) -> Option<Cow<'_, str>> {
    if text.is_ascii() {
        return Some(Cow::Borrowed(text));
    }
    let latin = to_latin(text);
    let whole = !mixes_scripts(text) && !latin.contains(is_cyrillic);
    (whole && (script_of(&latin) == "Latn" || !latin.contains(char::is_alphabetic))).then_some(latin)
}

/// The text with every Serbian Cyrillic letter in Latin. Other characters stay: for comparing, not for a reader.
#[must_use]
pub fn to_latin(text: &str) -> Cow<'_, str> {
    if text.is_ascii() || !text.contains(is_cyrillic) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut before = None;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match latin_letter(c) {
            Some(pair) => {
                // A capital digraph is `Lj` in a capitalised word and `LJ` in a word of capitals.
                let capitals = c.is_uppercase()
                    && pair.len() > 1
                    && match chars.peek() {
                        Some(next) if next.is_alphabetic() => next.is_uppercase(),
                        _ => before.is_some_and(char::is_uppercase),
                    };
                if capitals {
                    out.extend(pair.chars().flat_map(char::to_uppercase));
                } else {
                    out.push_str(pair);
                }
            }
            None => out.push(c),
        }
        before = Some(c);
    }
    Cow::Owned(out)
}

/// Whether some word mixes Latin and Cyrillic letters: a sign of a look-alike.
#[must_use]
pub fn mixes_scripts(text: &str) -> bool {
    let other = |c: char| !is_cyrillic(c) && c.is_alphabetic();
    if text.is_ascii() || !text.contains(is_cyrillic) || !text.contains(other) {
        return false;
    }
    text.split(|c: char| !c.is_alphabetic()).any(|word| {
        let cyrillic = word.chars().filter(|c| is_cyrillic(*c)).count();
        cyrillic > 0 && cyrillic < word.chars().count()
    })
}

/// Whether the letter is Cyrillic, Serbian or not.
#[must_use]
pub fn is_cyrillic(c: char) -> bool {
    ('\u{400}'..='\u{52F}').contains(&c)
}

/// The Latin form of a Serbian Cyrillic letter, a capital of two letters as at the beginning of a word.
#[must_use]
pub fn latin_letter(c: char) -> Option<&'static str> {
    Some(match c {
        'А' => "A",
        'а' => "a",
        'Б' => "B",
        'б' => "b",
        'В' => "V",
        'в' => "v",
        'Г' => "G",
        'г' => "g",
        'Д' => "D",
        'д' => "d",
        'Ђ' => "Đ",
        'ђ' => "đ",
        'Е' => "E",
        'е' => "e",
        'Ж' => "Ž",
        'ж' => "ž",
        'З' => "Z",
        'з' => "z",
        'И' => "I",
        'и' => "i",
        'Ј' => "J",
        'ј' => "j",
        'К' => "K",
        'к' => "k",
        'Л' => "L",
        'л' => "l",
        'Љ' => "Lj",
        'љ' => "lj",
        'М' => "M",
        'м' => "m",
        'Н' => "N",
        'н' => "n",
        'Њ' => "Nj",
        'њ' => "nj",
        'О' => "O",
        'о' => "o",
        'П' => "P",
        'п' => "p",
        'Р' => "R",
        'р' => "r",
        'С' => "S",
        'с' => "s",
        'Т' => "T",
        'т' => "t",
        'Ћ' => "Ć",
        'ћ' => "ć",
        'У' => "U",
        'у' => "u",
        'Ф' => "F",
        'ф' => "f",
        'Х' => "H",
        'х' => "h",
        'Ц' => "C",
        'ц' => "c",
        'Ч' => "Č",
        'ч' => "č",
        'Џ' => "Dž",
        'џ' => "dž",
        'Ш' => "Š",
        'ш' => "š",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::{latin_form, mixes_scripts, normal, to_latin};

    #[test]
    fn cyrillic_becomes_latin_letter_by_letter() {
        for (cyrillic, latin) in [
            ("Ђорђевић Љиљана", "Đorđević Ljiljana"),
            ("ЉИЉАНА", "LJILJANA"),
            ("ЏОРЏ", "DŽORDŽ"),
            ("Његован", "Njegovan"),
            ("КЊ", "KNJ"),
            ("Љ", "Lj"),
            ("Танјуг", "Tanjug"),
            ("инјекција", "injekcija"),
            ("Надживковић", "Nadživković"),
            ("КУ-1234/24", "KU-1234/24"),
            ("Žarko", "Žarko"),
        ] {
            assert_eq!(to_latin(cyrillic), latin);
        }
    }

    #[test]
    fn a_combining_caron_and_a_digraph_letter_get_their_plain_form() {
        assert_eq!(normal("Z\u{30C}ivko"), "Živko");
        assert_eq!(normal("\u{1C8}iljana"), "Ljiljana");
        // A mark that follows a digraph joins its second letter.
        assert_eq!(normal("\u{1CC}\u{30C}"), "n\u{1F0}");
        // A ligature is not one of the digraphs and stays.
        assert_eq!(normal("\u{FB01}"), "\u{FB01}");
    }

    #[test]
    fn a_word_of_two_scripts_is_flagged_and_a_text_of_two_is_not() {
        assert!(mixes_scripts("Jоvan"));
        assert!(!mixes_scripts("Јован Jovan"));
    }

    #[test]
    fn a_latin_form_is_all_latin_or_there_is_none() {
        for (text, form) in [
            ("Ђорђевић", Some("Đorđević")),
            ("II ЉУБАВ", Some("II LJUBAV")),
            ("Трг Republike 5", Some("Trg Republike 5")),
            ("Müller", Some("Müller")),
            ("123", Some("123")),
            ("Ѓорѓиевска", None),
            ("Щербакова", None),
            ("Юлія", None),
            ("Ганчев Ъ", None),
            ("Jоvan", None),
            ("王 秀英", None),
            ("الحسيني", None),
            ("Ђорђевић 王", None),
        ] {
            assert_eq!(latin_form(text).as_deref(), form, "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_latin_form_keeps_a_letter_of_another_script(text in "[\\u{400}-\\u{52F}A-Za-zžђ ]{1,8}") {
            if let Some(form) = latin_form(&text) {
                proptest::prop_assert!(!form.contains(super::is_cyrillic), "{}", form);
            }
        }
    }
}
