//! Serbian Latin to Cyrillic. Unlike the other way it is not always certain, so it says when it is not.

use unicode_normalization::char::is_combining_mark;

use super::{is_cyrillic, normal};

/// A text in Cyrillic, as far as its letters are Serbian.
#[derive(Clone, PartialEq, Eq)]
pub struct Cyrillic {
    pub text: String,
    /// Something in it may be wrong: a person looks at it before anyone relies on it, and the Latin original stays
    /// beside it.
    pub doubtful: bool,
}

// The text is a name: no debug output may show it.
impl std::fmt::Debug for Cyrillic {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Cyrillic").field("doubtful", &self.doubtful).finish_non_exhaustive()
    }
}

/// The 27 letters that are one letter in both scripts, each under its counterpart.
const LATIN: &str = "ABVGDĐEŽZIJKLMNOPRSTĆUFHCČŠabvgdđežzijklmnoprstćufhcčš";
const CYRILLIC: &str = "АБВГДЂЕЖЗИЈКЛМНОПРСТЋУФХЦЧШабвгдђежзијклмнопрстћуфхцчш";

/// Beginnings of words in which `nj` or `dž` is, or may be, two letters. `|` stands between the two letters; `?` says
/// that a person has to look. The longest beginning that fits decides. No Serbian prefix ends in `l`, so `lj` is `љ`.
const STEMS: [&str; 43] = [
    // Words that are certain.
    "an|jon",
    "in|jekc",
    "in|jekt",
    "in|junk",
    "izvan|jezič",
    "kon|jekt",
    "kon|jug",
    "kon|junk",
    "nad|žive",
    "nad|življ",
    "nad|žnj",
    "nadžak",
    "od|žale",
    "od|žali",
    "od|žive",
    "od|življ",
    "od|žvaka",
    "odžac",
    "odžak",
    "odžač",
    "pod|žanr",
    "pod|župan",
    "pred|živo",
    "tan|jug",
    "van|jezič",
    // The prefix `od`, `pod`, `nad` or `pred` before a `j`: not what is left of a `đ` without its stroke.
    "nadja",
    "nadje",
    "odja",
    "odje",
    "odju",
    "podja",
    "podje",
    "predja",
    "predje",
    // A prefix may end here, above all in surnames such as Nadživković.
    "inj?",
    "is|pod|ž?",
    "iz|nad|ž?",
    "konju?",
    "nad|ž?",
    "od|ž?",
    "pod|ž?",
    "pred|ž?",
    "sred|ž?",
];

/// The text in Serbian Cyrillic.
///
/// Digits, punctuation and Cyrillic letters stay. A word with a letter that the Serbian alphabet does not have (`Müller`,
/// `Wien`, or letters of both scripts) stays as it is, and so does a Roman number. Doubtful are these words, a `dž` or
/// `nj` at a possible border between prefix and word (the `dž` is then written as two letters, which no reader takes for
/// another name), a `dj` that may be a `đ` of a system without it, letters that only look like `Đ`, and `lJ`.
#[must_use]
pub fn to_cyrillic(text: &str) -> Cyrillic {
    let text = normal(text);
    let mut out = Cyrillic { text: String::with_capacity(text.len() * 2), doubtful: false };
    let in_word = |c: char| c.is_alphabetic() || is_combining_mark(c);
    let mut rest = &*text;
    while !rest.is_empty() {
        let (word, after) = rest.split_at(rest.find(|c| !in_word(c)).unwrap_or(rest.len()));
        let (between, next) = after.split_at(after.find(in_word).unwrap_or(after.len()));
        if !word.is_empty() {
            out.word(word);
        }
        out.text.push_str(between);
        rest = next;
    }
    out
}

/// `Đ` in place of the letters that look like it, Icelandic `Ð` and African `Ɖ`; nothing when there is none. Whoever
/// uses it has to say so: the source wrote something else.
#[must_use]
pub fn repair_d(text: &str) -> Option<String> {
    text.contains(['Ð', 'ð', 'Ɖ', 'ɖ']).then(|| text.replace(['Ð', 'Ɖ'], "Đ").replace(['ð', 'ɖ'], "đ"))
}

impl Cyrillic {
    fn word(&mut self, word: &str) {
        if word.chars().all(is_cyrillic) {
            return self.text.push_str(word);
        }
        let repaired = repair_d(word);
        let latin = repaired.as_deref().unwrap_or(word);
        let roman = word.len() > 1 && word.bytes().all(|b| matches!(b, b'I' | b'V'));
        if roman || latin.chars().any(|c| letter(c).is_none()) {
            self.doubtful = true;
            return self.text.push_str(word);
        }
        let stem = Stem::of(&latin.to_lowercase());
        self.doubtful |= repaired.is_some() || stem.doubtful;
        let mut chars = latin.chars().enumerate().peekable();
        while let Some((at, c)) = chars.next() {
            let next = chars.peek().map(|(_, next)| *next);
            match next.and_then(|next| digraph(c, next)).filter(|_| stem.border != Some(at + 1)) {
                Some(one) => {
                    self.doubtful |= c.is_lowercase() && next.is_some_and(char::is_uppercase);
                    self.text.push(one);
                    chars.next();
                }
                None => self.text.extend(letter(c)),
            }
        }
    }
}

/// What the beginning of a word says of its digraphs.
struct Stem {
    /// How many letters stand before the border, when two letters are kept apart.
    border: Option<usize>,
    doubtful: bool,
}

impl Stem {
    fn of(word: &str) -> Self {
        // Most words have none of the pairs in question.
        if !["nj", "dž", "dj"].iter().any(|pair| word.contains(pair)) {
            return Self { border: None, doubtful: false };
        }
        let letters = |stem: &str| stem.chars().filter(|c| c.is_alphabetic()).count();
        let fits = |stem: &&&str| {
            let mut rest = word.chars();
            stem.chars().filter(|c| c.is_alphabetic()).all(|c| rest.next() == Some(c))
        };
        match STEMS.iter().filter(fits).max_by_key(|stem| letters(stem)) {
            Some(stem) => Self {
                border: stem.rfind('|').and_then(|at| stem.get(..at)).map(letters),
                doubtful: stem.ends_with('?'),
            },
            None => Self { border: None, doubtful: word.contains("dj") },
        }
    }
}

fn letter(c: char) -> Option<char> {
    LATIN.chars().zip(CYRILLIC.chars()).find(|(latin, _)| *latin == c).map(|(_, cyrillic)| cyrillic)
}

/// The letter of a pair; the case is that of the first, as in `Lj` and `LJ`.
const fn digraph(first: char, second: char) -> Option<char> {
    Some(match (first, second) {
        ('L', 'J' | 'j') => 'Љ',
        ('l', 'J' | 'j') => 'љ',
        ('N', 'J' | 'j') => 'Њ',
        ('n', 'J' | 'j') => 'њ',
        ('D', 'Ž' | 'ž') => 'Џ',
        ('d', 'Ž' | 'ž') => 'џ',
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::to_latin;
    use super::{CYRILLIC, LATIN, STEMS, repair_d, to_cyrillic};

    fn sure(text: &str) -> String {
        let out = to_cyrillic(text);
        assert!(!out.doubtful, "{text}");
        out.text
    }

    fn doubtful(text: &str) -> String {
        let out = to_cyrillic(text);
        assert!(out.doubtful, "{text}");
        out.text
    }

    #[test]
    fn latin_becomes_cyrillic_with_one_letter_for_each_digraph() {
        for (latin, cyrillic) in [
            ("Đorđević Ljiljana", "Ђорђевић Љиљана"),
            ("LJILJANA", "ЉИЉАНА"),
            ("LJiljana", "Љиљана"),
            ("DŽORDŽ", "ЏОРЏ"),
            ("Njegovan", "Његован"),
            ("Hadžić", "Хаџић"),
            ("KU-1234/24", "КУ-1234/24"),
            ("Nikola-Žan 15. jun", "Никола-Жан 15. јун"),
            ("Odžaci", "Оџаци"),
            ("Konjević", "Коњевић"),
            ("Ђорђе", "Ђорђе"),
            ("", ""),
        ] {
            assert_eq!(sure(latin), cyrillic);
        }
    }

    #[test]
    fn two_letters_of_a_known_word_stay_two() {
        for (latin, cyrillic) in [
            ("Tanjug", "Танјуг"),
            ("TANJUGA", "ТАНЈУГА"),
            ("injekcija", "инјекција"),
            ("konjunkcija", "конјункција"),
            ("konjugacija", "конјугација"),
            ("nadživeti", "надживети"),
            ("Odžaliti", "Оджалити"),
            ("podjednako", "подједнако"),
        ] {
            assert_eq!(sure(latin), cyrillic);
        }
    }

    #[test]
    fn a_possible_border_never_becomes_one_letter_without_review() {
        for (latin, cyrillic) in [
            ("Nadživković", "Надживковић"),
            ("NADŽIVKOVIĆ", "НАДЖИВКОВИЋ"),
            ("Podžić", "Поджић"),
            ("Predžan", "Преджан"),
            ("Ispodžar", "Исподжар"),
            ("Injac", "Ињац"),
        ] {
            assert_eq!(doubtful(latin), cyrillic);
        }
    }

    #[test]
    fn digraph_letters_and_combining_marks_are_read_like_the_plain_letters() {
        for (latin, cyrillic) in [
            ("\u{1C4}", "Џ"),
            ("\u{1C5}", "Џ"),
            ("\u{1C6}", "џ"),
            ("\u{1C7}UBICA", "ЉУБИЦА"),
            ("\u{1C8}iljana", "Љиљана"),
            ("Mi\u{1C9}a", "Миља"),
            ("\u{1CA}", "Њ"),
            ("\u{1CB}egoš", "Његош"),
            ("Ma\u{1CC}a", "Мања"),
            ("Z\u{30C}ivko", "Живко"),
            ("c\u{301}uk", "ћук"),
        ] {
            assert_eq!(sure(latin), cyrillic);
        }
    }

    #[test]
    fn a_letter_that_only_looks_like_d_with_stroke_is_repaired_and_flagged() {
        assert_eq!(doubtful("\u{D0}or\u{F0}e"), "Ђорђе");
        assert_eq!(doubtful("\u{189}or\u{256}e"), "Ђорђе");
        assert_eq!(repair_d("\u{D0}or\u{256}e").as_deref(), Some("Đorđe"));
        assert_eq!(repair_d("Đorđe"), None);
    }

    #[test]
    fn what_the_serbian_alphabet_does_not_have_is_not_transliterated() {
        for (text, expected) in [
            ("Müller Ana", "Müller Ана"),
            ("Wien", "Wien"),
            ("Jоvan", "Jоvan"), // the o is Cyrillic
            ("Petar II", "Петар II"),
            ("ȁ", "ȁ"),
            ("s\u{308}a", "s\u{308}a"),
            ("Djordjevic", "Дјордјевиц"),
            ("lJubica", "љубица"),
        ] {
            assert_eq!(doubtful(text), expected);
        }
    }

    #[test]
    fn the_letters_of_both_alphabets_stand_under_each_other() {
        assert_eq!(LATIN.chars().count(), 54);
        for (latin, cyrillic) in LATIN.chars().zip(CYRILLIC.chars()) {
            assert_eq!(to_latin(&cyrillic.to_string()), latin.to_string());
        }
        assert_eq!(LATIN.chars().count(), CYRILLIC.chars().count());
    }

    #[test]
    fn every_stem_has_a_pair_in_question_at_its_border() {
        for stem in STEMS {
            let plain = stem.replace(['|', '?'], "");
            assert!(["nj", "dž", "dj"].iter().any(|pair| plain.contains(pair)), "{stem}");
            if let Some(at) = stem.rfind('|') {
                assert!(["n|j", "d|ž"].iter().any(|pair| stem.find(pair) == Some(at - 1)), "{stem}");
            }
        }
    }

    proptest! {
        #[test]
        fn a_name_without_exceptions_comes_back_from_cyrillic(
            small in "[abvgdđežzijklmnoprstćufhcčš]{1,12}", case in 0..3,
        ) {
            let name = match case {
                0 => small,
                1 => {
                    let mut letters = small.chars();
                    letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect()
                }
                // A capital digraph that stands alone is written `Lj`.
                _ => format!("A{}A", small.to_uppercase()),
            };
            let cyrillic = to_cyrillic(&name);
            prop_assert_eq!(to_latin(&cyrillic.text), name);
        }

        #[test]
        fn cyrillic_comes_back_from_latin_unless_it_is_doubtful(name in "[А-ЯЂЈЉЊЋЏ]?[абвгдђежзијклљмнњопрстћуфхцчџш]{1,12}") {
            let latin = to_latin(&name).into_owned();
            let back = to_cyrillic(&latin);
            prop_assert!(to_latin(&back.text) == latin);
        }

        #[test]
        fn any_text_has_a_cyrillic_form_of_bounded_length(text in any::<String>()) {
            let out = to_cyrillic(&text);
            prop_assert!(out.text.len() <= 3 * text.len() + 3);
            prop_assert_eq!(to_cyrillic(&out.text).text, out.text);
        }
    }
}
