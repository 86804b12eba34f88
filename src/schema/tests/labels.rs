//! Every field and every code has a name in each of the five languages.

use super::{CODES, FIELDS, catalogue};
use crate::schema::{Catalogue, Labels, Language};

/// All labels of the catalogue, with the place of each.
fn all(catalogue: &Catalogue) -> Vec<(String, &Labels)> {
    let fields = catalogue.fields().map(|field| (field.path.clone(), &field.labels));
    let codes = catalogue.lists().flat_map(|list| {
        catalogue
            .codes(list)
            .iter()
            .map(move |code| (format!("{list} {code}"), &catalogue.code(list, code).unwrap().labels))
    });
    fields.chain(codes).collect()
}

fn is_cyrillic(c: char) -> bool {
    ('\u{400}'..='\u{52F}').contains(&c)
}

#[test]
fn every_field_and_every_code_has_a_label_in_five_languages_each_in_one_script() {
    let catalogue = catalogue();
    let labels = all(&catalogue);
    assert!(labels.len() > 480, "{}", labels.len());
    for (place, labels) in labels {
        for (language, text) in labels.iter() {
            let at = format!("{place}: {}", language.tag());
            assert!(!text.is_empty() && text.trim() == text, "{at}");
            let mut letters = text.chars().filter(|c| c.is_alphabetic());
            let cyrillic = language == Language::SerbianCyrillic;
            assert!(
                letters.all(|c| is_cyrillic(c) == cyrillic),
                "{at}: `{text}` has letters of another script"
            );
        }
    }
}

#[test]
fn serbian_latin_is_derived_letter_by_letter_but_for_the_words_of_the_list() {
    let catalogue = catalogue();
    let latin = |list, code| catalogue.code(list, code).unwrap().labels.get(Language::SerbianLatin);
    assert_eq!(latin("x_Act", "Harbour"), "Sakrivanje ili držanje");
    assert_eq!(latin("per_RoleInProcess", "Smuggler"), "Krijumčar");
    assert_eq!(latin("vic_WebsitesAndApps", "FacebookMessenger"), "Facebook Messenger");
    assert_eq!(latin("vic_WebsitesAndApps", "Instagram"), "Instagram");
    let field = catalogue.field("x_Persons[].prs_Citizenship").unwrap();
    assert_eq!(field.labels.get(Language::SerbianLatin), "Državljanstvo");
}

#[test]
fn one_list_never_calls_two_codes_by_the_same_name() {
    let catalogue = catalogue();
    for list in catalogue.lists() {
        for language in Language::ALL {
            let names = catalogue
                .codes(list)
                .iter()
                .map(|code| catalogue.code(list, code).unwrap().labels.get(language));
            let mut names: Vec<&str> = names.collect();
            names.sort_unstable();
            assert!(names.windows(2).all(|pair| pair[0] != pair[1]), "{list} {}: {names:?}", language.tag());
        }
    }
}

#[test]
fn a_missing_label_a_word_without_a_reason_and_a_double_code_are_told_with_their_place() {
    let error = |fields: &str, codes: &str| Catalogue::parse(fields, codes).unwrap_err().to_string();
    for (fields, codes, told) in [
        (
            FIELDS.replace(", sl = \"Številka zadeve\"", ""),
            CODES.to_owned(),
            "fields.toml: field `x_CaseId`: no label in `sl`; add `sl = \"…\"`",
        ),
        (
            FIELDS.to_owned(),
            CODES.replace(", de = \"Anwerben\"", ", de = \" \""),
            "codes.toml: list `x_Act`: code `Recruit`: no label in `de`; add `de = \"…\"`",
        ),
        (
            FIELDS.to_owned(),
            CODES.replacen("a brand keeps its own spelling", "", 1),
            "codes.toml: `Фејсбук` needs a reason why its Latin form is `Facebook`",
        ),
        (
            FIELDS.to_owned(),
            CODES.replace("code = \"Buy\"", "code = \"Sell\""),
            "codes.toml: list `x_Act`: code `Sell`: stands twice",
        ),
        (
            FIELDS.to_owned(),
            CODES.replace("\nBroker = { RS", "\nBroking = { RS"),
            "codes.toml: list `x_Act`: code `Broking`: stands under `law`, but the list does not have it",
        ),
        (
            FIELDS.to_owned(),
            CODES.replace("aliases = [\"Threats\"]", "aliases = [\"DebtBondage\"]"),
            "codes.toml: list `vic_MethodsOfControl`: code `DebtBondage`: is a code and an alias too",
        ),
    ] {
        assert_eq!(error(&fields, &codes), told);
    }
}
