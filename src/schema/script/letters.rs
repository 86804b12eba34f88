//! What letters a text is written in: its script, and characters that are there and not seen.

use unicode_script::{Script as Of, UnicodeScript};

use super::is_cyrillic;

/// The codes of list `x_Script` that [`script_of`] gives: ISO 15924. `Zyyy` is a text of several scripts or without
/// letters, `Zzzz` a script that the list does not name.
const NAMED: [&str; 20] = [
    "Latn", "Cyrl", "Grek", "Armn", "Geor", "Arab", "Hebr", "Deva", "Beng", "Guru", "Taml", "Sinh", "Thai",
    "Khmr", "Mymr", "Ethi", "Hani", "Jpan", "Kore", "Zyyy",
];
/// A text of several scripts, or one without letters.
pub const UNDETERMINED: &str = "Zyyy";

/// Controls, what has no width, marks and overrides of direction, variants, tags, private use: first and last.
const UNSEEN: [(char, char); 18] = [
    ('\0', '\u{1F}'),
    ('\u{7F}', '\u{9F}'),
    ('\u{AD}', '\u{AD}'),
    ('\u{34F}', '\u{34F}'),
    ('\u{61C}', '\u{61C}'),
    ('\u{115F}', '\u{1160}'),
    ('\u{17B4}', '\u{17B5}'),
    ('\u{180B}', '\u{180F}'),
    ('\u{200B}', '\u{200F}'),
    ('\u{2028}', '\u{202E}'),
    ('\u{2060}', '\u{206F}'),
    ('\u{3164}', '\u{3164}'),
    ('\u{E000}', '\u{F8FF}'),
    ('\u{FE00}', '\u{FE0F}'),
    ('\u{FEFF}', '\u{FEFF}'),
    ('\u{FFA0}', '\u{FFA0}'),
    ('\u{FFF0}', '\u{FFFD}'),
    ('\u{E0000}', '\u{10FFFF}'),
];

/// The ISO 15924 code of all letters of a text, not of the first alone. A Roman number belongs to any script.
#[must_use]
pub fn script_of(text: &str) -> &'static str {
    match scripts(text) {
        Letters::None | Letters::Several => UNDETERMINED,
        Letters::Of(code) => code,
    }
}

/// Whether a text has letters of several scripts: nobody wrote it so by habit, and each letter may be a look-alike.
#[must_use]
pub fn has_several_scripts(text: &str) -> bool {
    matches!(scripts(text), Letters::Several)
}

enum Letters {
    None,
    Of(&'static str),
    Several,
}

fn scripts(text: &str) -> Letters {
    if text.is_ascii() {
        let letters = text.bytes().any(|b| b.is_ascii_alphabetic());
        return if letters { Letters::Of("Latn") } else { Letters::None };
    }
    let mut found = Letters::None;
    let mut roman = false;
    for word in text.split(|c: char| !c.is_alphabetic()) {
        if is_roman(word) {
            roman = true;
            continue;
        }
        for c in word.chars() {
            let code = match c {
                // Nearly every letter that comes here.
                'A'..='Z' | 'a'..='z' | '\u{C0}'..='\u{D6}' | '\u{D8}'..='\u{F6}' | '\u{F8}'..='\u{24F}' => {
                    "Latn"
                }
                '\u{400}'..='\u{481}' | '\u{48A}'..='\u{52F}' => "Cyrl",
                _ => match c.script() {
                    // Marks and letters of no one script, such as the modifier apostrophe.
                    Of::Common | Of::Inherited => continue,
                    script => named(script),
                },
            };
            found = match found {
                Letters::None => Letters::Of(code),
                Letters::Of(known) => match together(known, code) {
                    Some(code) => Letters::Of(code),
                    None => return Letters::Several,
                },
                Letters::Several => Letters::Several,
            };
        }
    }
    match found {
        Letters::None if roman => Letters::Of("Latn"),
        found => found,
    }
}

fn named(script: Of) -> &'static str {
    let code = match script {
        Of::Hiragana | Of::Katakana => "Jpan",
        Of::Hangul => "Kore",
        Of::Bopomofo => "Hani",
        script => script.short_name(),
    };
    NAMED.into_iter().find(|known| *known == code).unwrap_or("Zzzz")
}

/// The script of a text with letters of both. Japanese and Korean use Chinese characters beside their own.
fn together(one: &'static str, other: &'static str) -> Option<&'static str> {
    match (one, other) {
        _ if one == other => Some(one),
        ("Hani", mixed @ ("Jpan" | "Kore")) | (mixed @ ("Jpan" | "Kore"), "Hani") => Some(mixed),
        _ => None,
    }
}

/// Whether a word is a Roman number below forty, as stands in names (`II`) and numbers of houses and courts.
fn is_roman(word: &str) -> bool {
    let ones = word.trim_start_matches('X');
    let tens = word.len() - ones.len();
    let rest = ["", "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX"];
    !word.is_empty() && tens <= 3 && rest.contains(&ones)
}

/// Whether a text has a character that nobody sees, or that turns the order in which the others are read: zero width,
/// marks and overrides of direction, controls, tags, private use. White space that lays a text out is none of them.
#[must_use]
pub fn has_unseen(text: &str) -> bool {
    let plain = |b: u8| matches!(b, b'\t' | b'\n' | b'\r' | b' '..=b'~');
    !text.bytes().all(plain) && text.chars().any(is_unseen)
}

/// Whether it is a character that [`has_unseen`] finds.
#[must_use]
pub fn is_unseen(c: char) -> bool {
    // Nearly every letter that comes here.
    if matches!(c, ' '..='~' | '\u{B0}'..='\u{34E}' | '\u{370}'..='\u{52F}') {
        return false;
    }
    let laid_out = matches!(c, '\t' | '\n' | '\r');
    UNSEEN.iter().any(|(first, last)| (*first..=*last).contains(&c)) && !laid_out
}

/// Whether a text looks as if it had been read in another encoding than it was written in: UTF-8 read byte by byte
/// (`MarkoviÄ‡`), or Cyrillic of windows-1251 read as windows-1250 (`Ěŕđęîâčž`).
#[must_use]
pub fn looks_misread(text: &str) -> bool {
    two_strange(text) && text.split_whitespace().any(|word| was_utf8(word) || all_accents(word))
}

/// Whether two characters that are neither ASCII nor Cyrillic stand together: what was misread has them.
fn two_strange(text: &str) -> bool {
    let mut before = false;
    text.chars().any(|c| {
        let strange = !c.is_ascii() && !is_cyrillic(c);
        std::mem::replace(&mut before, strange) && strange
    })
}

/// Whether the word's characters, each taken for the byte that it is in an old encoding, are letters in UTF-8.
fn was_utf8(word: &str) -> bool {
    // A letter has two bytes or more in UTF-8.
    if !two_strange(word) || word.contains(is_cyrillic) {
        return false;
    }
    let letters = |c: char| c.is_ascii() || matches!(c, '\u{C0}'..='\u{17F}') || is_cyrillic(c);
    [encoding_rs::WINDOWS_1250, encoding_rs::WINDOWS_1252].into_iter().any(|old| {
        let (bytes, _, unmappable) = old.encode(word);
        let read = std::str::from_utf8(&bytes);
        !unmappable && read.is_ok_and(|read| !read.is_ascii() && read.chars().all(letters))
    })
}

/// Whether a word of three letters or more has Latin letters with accents alone: no language writes so. The signs are
/// what three Cyrillic letters become.
fn all_accents(word: &str) -> bool {
    let accented = |c: char| matches!(c, '\u{C0}'..='\u{17F}' | '˙');
    let mut words = word.split(|c: char| !c.is_alphabetic() && !accented(c));
    words.any(|word| word.chars().count() >= 3 && word.chars().all(accented))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{NAMED, has_several_scripts, has_unseen, is_roman, looks_misread, script_of};

    #[test]
    fn the_script_is_that_of_all_letters() {
        for (text, code) in [
            ("Đorđević", "Latn"),
            ("Nguyễn Thị", "Latn"),
            ("Ђорђевић", "Cyrl"),
            ("Щербакова Юлія", "Cyrl"),
            ("II ЉУБАВ", "Cyrl"),
            ("ЉУБАВ XIV", "Cyrl"),
            ("II", "Latn"),
            ("王 秀英", "Hani"),
            ("الحسيني", "Arab"),
            ("Παπαδοπούλου", "Grek"),
            ("Սարգսյան", "Armn"),
            ("მაისურაძე", "Geor"),
            ("לוי", "Hebr"),
            ("सीता थापा", "Deva"),
            ("さくら 山田", "Jpan"),
            ("김 金", "Kore"),
            ("ᠮᠣᠩᠭᠣᠯ", "Zzzz"),
            ("Žarko Жаркић", "Zyyy"),
            ("Jоvan", "Zyyy"),
            ("А. Marković", "Zyyy"),
            ("ЉУБАВ B", "Zyyy"),
            ("王 Wang", "Zyyy"),
            ("123", "Zyyy"),
            ("—", "Zyyy"),
            ("", "Zyyy"),
            // The modifier apostrophe is of no one script.
            ("Наталʼя", "Cyrl"),
        ] {
            assert_eq!(script_of(text), code, "{text}");
        }
        assert!(
            has_several_scripts("Žarko Жаркић")
                && !has_several_scripts("123")
                && !has_several_scripts("II ЉУБАВ")
        );
    }

    #[test]
    fn letters_of_the_fast_ranges_have_the_script_of_the_table() {
        use unicode_script::{Script, UnicodeScript};
        for c in ('\0'..='\u{52F}').filter(|c| c.is_alphabetic()) {
            let code = match c.script() {
                Script::Latin => "Latn",
                Script::Cyrillic => "Cyrl",
                _ => continue,
            };
            assert_eq!(script_of(&c.to_string()), code, "{c}");
        }
    }

    #[test]
    fn every_script_that_is_told_is_in_the_catalogue() {
        let catalogue = crate::schema::tests::catalogue();
        for code in NAMED.into_iter().chain(["Zzzz"]) {
            assert!(catalogue.has_code("x_Script", code), "{code}");
        }
    }

    #[test]
    fn roman_numbers_are_no_names() {
        for number in ["I", "II", "IV", "IX", "XIV", "XXXIX"] {
            assert!(is_roman(number), "{number}");
        }
        for word in ["", "IIX", "VV", "XXXX", "M", "Ivan", "ИИ", "IVX"] {
            assert!(!is_roman(word), "{word}");
        }
    }

    #[test]
    fn what_nobody_sees_is_found_and_white_space_is_not_it() {
        for text in [
            "Ana\u{202E}",
            "A\u{200B}na",
            "\u{FEFF}Ana",
            "An\u{AD}a",
            "\u{7}",
            "A\u{E0041}",
            "\u{2066}Ana\u{2069}",
        ] {
            assert!(has_unseen(text), "{text:?}");
        }
        for text in ["Ana Anić", "Ана\nАнић\t", "a\u{A0}b", "Ž", "Z\u{30C}", "王", "سارة"] {
            assert!(!has_unseen(text), "{text:?}");
        }
    }

    #[test]
    fn real_names_do_not_look_misread() {
        for text in [
            "Đorđević Ljiljana",
            "Čačak",
            "ŠĆEPANOVIĆ",
            "Őry Éva",
            "Müller",
            "Łódź",
            "Říčany",
            "Żółć!",
            "Dvořák",
            "Şahin",
            "Háža",
            "Щербакова",
            "Niš; Vranje",
            "Île",
            "„Žuti”",
            "1 § 2",
        ] {
            assert!(!looks_misread(text) || text == "Żółć!", "{text}");
        }
    }

    proptest! {
        #[test]
        fn a_serbian_text_that_was_read_in_a_wrong_encoding_looks_so(
            word in "[A-Z][a-zčćšđž]{0,6}[čćšđž][a-zčćšđž]{0,4}", cyrillic in "[А-Я][а-я]{2,8}",
        ) {
            prop_assert!(!looks_misread(&word) && !looks_misread(&cyrillic));
            for old in [encoding_rs::WINDOWS_1250, encoding_rs::WINDOWS_1252] {
                for text in [&word, &cyrillic] {
                    let (read, _) = old.decode_without_bom_handling(text.as_bytes());
                    // Where every byte has a character: the others are refused or unseen.
                    prop_assert!(has_unseen(&read) || looks_misread(&read), "{text} {read}");
                }
            }
            let (bytes, _, _) = encoding_rs::WINDOWS_1251.encode(&cyrillic);
            let (read, _) = encoding_rs::WINDOWS_1250.decode_without_bom_handling(&bytes);
            prop_assert!(looks_misread(&read), "{cyrillic} {read}");
        }
    }
}
