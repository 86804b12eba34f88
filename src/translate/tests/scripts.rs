//! Names in every script: a Latin form that is one, or none and a loss.

use proptest::prelude::*;
use serde_json::Value;

use super::{JT, MINRZS, MUP, one};
use crate::schema::script::script_of;
use crate::translate::Translated;

/// A record of one victim with this name, as each agency that can hold it writes it.
fn records(family: &str, given: &str) -> Vec<Translated> {
    let police = format!(
        "<KrivicnaPrijava><Lice uloga=\"ОШТЕЋЕНИ\"><Prezime>{family}</Prezime><Ime>{given}</Ime></Lice></KrivicnaPrijava>"
    );
    let centre = format!("{{\"korisnik\":{{\"prezime\":\"{family}\",\"ime\":\"{given}\"}}}}");
    vec![one(MUP, police.as_bytes()), one(MINRZS, centre.as_bytes())]
}

fn name_problems(translated: &Translated, family: &str, given: &str) -> Option<String> {
    let person = &translated.record.members()["x_Persons"][0];
    let names = person["x_Names"].as_array().unwrap();
    let mut kept = Vec::new();
    for name in names {
        for member in ["family", "given"] {
            let Some(text) = name.get(member).and_then(Value::as_str) else { continue };
            kept.push(text);
            if name["script"] != script_of(text) {
                return Some(format!("{text} is told to be {}", name["script"]));
            }
        }
    }
    if !kept.contains(&family) || !kept.contains(&given) {
        return Some("the original does not go".to_owned());
    }
    for (member, original) in [("prs_SecondName", family), ("prs_FirstName", given)] {
        match person.get(member).and_then(Value::as_str) {
            Some(text) if !matches!(script_of(text), "Latn" | "Zyyy") => {
                return Some(format!("{text} is not Latin"));
            }
            Some(text) if script_of(text) == "Zyyy" && text != original => {
                return Some(format!("{text} is half Latin"));
            }
            None if translated.report.lossy.is_empty() => {
                return Some("a copy is missing and nothing is told".to_owned());
            }
            Some(_) | None => {}
        }
    }
    None
}

#[test]
fn a_name_has_a_proper_latin_form_or_none_and_a_loss() {
    for (family, given, latin) in [
        ("Ђорђевић", "Љиљана", Some("Đorđević")),
        ("Ѓорѓиевска", "Ќерка", None),
        ("Щербакова", "Юлія", None),
        ("Цонев", "Ъгъл", Some("Conev")),
        ("王", "秀英", None),
        ("الحسيني", "سارة", None),
        ("थापा", "सीता", None),
        ("Nguyễn", "Thị", Some("Nguyễn")),
        ("ЉУБАВ II", "Ана", Some("LJUBAV II")),
        ("Žarko Жаркић", "Ana", None),
    ] {
        for translated in records(family, given) {
            assert_eq!(name_problems(&translated, family, given), None, "{family} {given}");
            let person = &translated.record.members()["x_Persons"][0];
            assert_eq!(person.get("prs_SecondName").and_then(Value::as_str), latin, "{family}");
            let told =
                translated.report.lossy.iter().any(|loss| loss.note.contains("no form in Latin letters"));
            assert_eq!(
                told,
                latin.is_none() || script_of(given) != "Latn" && given.contains(['Ъ', 'Ю', 'Ќ']),
                "{family}"
            );
            let mixed = translated.report.warnings.iter().any(|warning| warning.code == "mixed-script");
            assert_eq!(mixed, family.contains("Жаркић"), "{family}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_name_goes_half_in_one_script_and_half_in_another(
        family in prop_oneof![
            "[\u{400}-\u{45F}]{1,8}", "[A-Za-zčćžšđüé]{1,8}", "[\u{400}-\u{45F}A-Za-z]{1,8}", "[\u{4E00}-\u{4E40}]{1,3}",
            "[\u{627}-\u{63A}]{2,6}", "[IVXА-Яа-я]{1,3} [А-Яа-я]{2,6}", "[\u{10D0}-\u{10E0}]{2,5}", "[А-Я]\\. [A-Z][a-z]{2}",
        ],
        given in prop_oneof!["[\u{400}-\u{45F}]{1,8}", "[A-Za-zčćžšđ]{1,8}", "[\u{391}-\u{3A1}]{2,5}"],
    ) {
        for translated in records(&family, &given) {
            prop_assert_eq!(name_problems(&translated, &family, &given), None);
        }
    }

    #[test]
    fn an_unseen_character_in_any_text_is_told_with_its_place(
        (before, after) in ("[A-Za-zŽžЉа]{0,4}", "[A-Za-zŽž王]{0,4}"),
        unseen in prop::sample::select(&[
            '\u{202E}', '\u{202A}', '\u{2066}', '\u{200B}', '\u{200D}', '\u{200F}', '\u{FEFF}', '\u{AD}', '\u{2060}', '\u{E0041}', '\u{E000}',
        ][..]),
    ) {
        let name = format!("x{before}{unseen}{after}y");
        let source = serde_json::json!({ "korisnik": { "ime": name, "nepoznato": name } }).to_string();
        let translated = one(MINRZS, source.as_bytes());
        let told: Vec<&str> = translated.report.warnings.iter().filter(|w| w.code == "W-UNSEEN").map(|w| &*w.path).collect();
        prop_assert_eq!(told, ["korisnik/ime", "korisnik/nepoznato"]);
        // What was written is kept as it is.
        prop_assert!(Value::Object(translated.record.members().clone()).to_string().contains(&name));
    }
}

#[test]
fn a_text_in_a_wrong_encoding_is_told() {
    let codes = |translated: &Translated| {
        translated
            .report
            .warnings
            .iter()
            .filter(|w| w.code == "W-ENCODING")
            .map(|w| w.path.clone())
            .collect::<Vec<_>>()
    };
    let good = serde_json::json!({ "korisnik": { "ime": "Đorđe", "prezime": "Čučković" } }).to_string();
    assert_eq!(codes(&one(MINRZS, good.as_bytes())), [""; 0]);
    // UTF-8 taken for windows-1252 and written as UTF-8 again.
    let twice = serde_json::json!({ "korisnik": { "ime": "Ana", "prezime": "MarkoviÄ‡" } }).to_string();
    assert_eq!(codes(&one(MINRZS, twice.as_bytes())), ["korisnik/prezime"]);
    // A Cyrillic file in windows-1251 under a table in windows-1250.
    let head = "UPISNIK;BROJ;GODINA;TUZILASTVO;DATUM_PRIJEMA;SVOJSTVO;PREZIME;IME;JMBG;POL;DRZAVLJ;CLAN_KZ;FAZA;MERA;SUD;BROJ_SUD;BR_OST;ROK_CUVANJA;NAPOMENA";
    let (row, _, _) = encoding_rs::WINDOWS_1251.encode("KT;1;2024;;;OST;Марковић;Ana;;;;388/3;;;;;;;");
    let source = [head.as_bytes(), b"\r\n", &row, b"\r\n"].concat();
    let translated = one(JT, &source);
    assert_eq!(codes(&translated), ["row/PREZIME"]);
}
