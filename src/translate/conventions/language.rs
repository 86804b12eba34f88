//! Language codes: ISO 639-1 and both kinds of ISO 639-2 in, the terminological ISO 639-2 out, which is also what
//! ISO 639-3 calls the language.

use isolang::Language;

use super::super::nearest::{did_you_mean, nearest};

/// The twenty languages whose bibliographic code (639-2/B) differs from the terminological one (639-2/T).
/// Source: the register of ISO 639-2.
const BIBLIOGRAPHIC: [(&str, &str); 20] = [
    ("alb", "sqi"),
    ("arm", "hye"),
    ("baq", "eus"),
    ("bur", "mya"),
    ("chi", "zho"),
    ("cze", "ces"),
    ("dut", "nld"),
    ("fre", "fra"),
    ("geo", "kat"),
    ("ger", "deu"),
    ("gre", "ell"),
    ("ice", "isl"),
    ("mac", "mkd"),
    ("mao", "mri"),
    ("may", "msa"),
    ("per", "fas"),
    ("rum", "ron"),
    ("slo", "slk"),
    ("tib", "bod"),
    ("wel", "cym"),
];

/// Languages that tables name most, for who writes a name in the place of a code.
const NAMED: [(&str, &str); 22] = [
    ("albanian", "sqi"),
    ("arabic", "ara"),
    ("bosnian", "bos"),
    ("bulgarian", "bul"),
    ("chinese", "zho"),
    ("croatian", "hrv"),
    ("english", "eng"),
    ("french", "fra"),
    ("german", "deu"),
    ("hungarian", "hun"),
    ("macedonian", "mkd"),
    ("persian", "fas"),
    ("romani", "rom"),
    ("romanian", "ron"),
    ("russian", "rus"),
    ("serbian", "srp"),
    ("slovene", "slv"),
    ("slovenian", "slv"),
    ("spanish", "spa"),
    ("turkish", "tur"),
    ("ukrainian", "ukr"),
    ("urdu", "urd"),
];

/// The three-letter code (639-2/T) of a two-letter code (639-1), a bibliographic code (639-2/B) or itself.
///
/// A language that only ISO 639-3 has keeps its code of that standard. Codes are lower case; anything else is none, and
/// neither are the codes of 639-2 for groups of languages: nobody speaks a group.
#[must_use]
pub fn read(code: &str) -> Option<&'static str> {
    let language = match code.len() {
        2 => Language::from_639_1(code)?,
        3 => {
            let same = BIBLIOGRAPHIC.iter().find(|(book, _)| *book == code).map_or(code, |(_, term)| term);
            Language::from_639_3(same)?
        }
        _ => return None,
    };
    Some(language.to_639_3())
}

/// The two-letter code (639-1) of a language in any of the forms that [`read`] takes. Most languages have none.
#[must_use]
pub fn two_letters(code: &str) -> Option<&'static str> {
    Language::from_639_3(read(code)?)?.to_639_1()
}

/// The code that a table writes for a language: as it goes out.
///
/// # Errors
/// What is wrong with it, and the code that was probably meant.
pub(in super::super) fn fixed(text: &str) -> Result<&str, String> {
    match read(text) {
        Some(code) if code == text => Ok(text),
        Some(code) => Err(format!("a language is written `{code}`, not `{text}`")),
        None => {
            let near = nearest(text, NAMED.iter().map(|(name, _)| *name));
            let named = |near: &&str| NAMED.iter().find(|(name, _)| name == near).map(|(_, code)| *code);
            let near = match near.first().and_then(named) {
                Some(code) => format!("; did you mean `{code}`?"),
                None => did_you_mean(text, NAMED.iter().map(|(_, code)| *code)),
            };
            Err(format!("no language has the code `{text}` (ISO 639-2/T, three letters){near}"))
        }
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_table_names_a_language_as_it_goes_out_and_is_told_what_it_meant() {
        let wrong = |text| super::fixed(text).unwrap_err();
        assert_eq!(super::fixed("srp"), Ok("srp"));
        assert_eq!(
            wrong("serbian"),
            "no language has the code `serbian` (ISO 639-2/T, three letters); did you mean `srp`?"
        );
        assert_eq!(wrong("sr"), "a language is written `srp`, not `sr`");
        for (name, code) in super::NAMED {
            assert_eq!(read(code), Some(code), "{name}");
        }
    }

    use super::{BIBLIOGRAPHIC, read, two_letters};

    #[test]
    fn the_languages_of_the_three_states_are_read_in_every_form_and_written_as_639_2_t() {
        for (two, forms, term) in [
            ("sr", ["sr", "srp", "srp"], "srp"),
            ("sl", ["sl", "slv", "slv"], "slv"),
            ("de", ["de", "ger", "deu"], "deu"),
            ("sq", ["sq", "alb", "sqi"], "sqi"),
            ("mk", ["mk", "mac", "mkd"], "mkd"),
            ("ro", ["ro", "rum", "ron"], "ron"),
            ("hu", ["hu", "hun", "hun"], "hun"),
        ] {
            for form in forms {
                assert_eq!(read(form), Some(term), "{form}");
                assert_eq!(two_letters(form), Some(two), "{form}");
            }
        }
    }

    #[test]
    fn a_language_without_two_letters_has_three() {
        for code in ["rom", "cnr", "rmn", "und", "mul"] {
            assert_eq!(read(code), Some(code));
            assert_eq!(two_letters(code), None);
        }
    }

    #[test]
    fn each_of_the_twenty_bibliographic_codes_is_another_name_of_a_language_with_two_letters() {
        for (book, term) in BIBLIOGRAPHIC {
            assert_eq!(read(book), Some(term), "{book}");
            let two = two_letters(book).unwrap();
            assert_eq!(read(two), Some(term), "{two}");
        }
    }

    #[test]
    fn what_is_no_code_is_none() {
        for bad in ["", "s", "SR", "Srp", "xx", "qqq", "serb", "ср", "срп", "ж", "sla", "sr-Latn", "s\0"]
        {
            assert_eq!(read(bad), None, "{bad}");
            assert_eq!(two_letters(bad), None, "{bad}");
        }
    }
}
