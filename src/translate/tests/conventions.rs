//! What a convention must never do, seen through the tables.

use serde_json::{Value, json};

use super::{AT, JT, MUP, SI, error, one, stopped};
use crate::schema::FieldKind;

#[test]
fn a_number_registered_in_pristina_becomes_neither_a_citizenship_nor_a_country() {
    let xml = "<KrivicnaPrijava><Lice><JMBG>0101990914991</JMBG></Lice></KrivicnaPrijava>";
    let translated = one(MUP, xml.as_bytes());
    let person = translated.record.persons().next().unwrap();
    assert_eq!(person.get("prs_IdentityNumber").unwrap(), "0101990914991");
    let members: Vec<&str> = person.keys().map(String::as_str).collect();
    let derived =
        |name: &&str| name.contains("Country") || name.contains("Citizenship") || name.contains("Birth");
    assert!(!members.iter().any(derived), "{members:?}");
    assert!(translated.record.members().get("x_Events").is_none());
}

#[test]
fn kosovo_and_serbia_stay_what_they_were_received_as() {
    let citizenship = |code: &str| {
        let json = format!("{{\"osebe\":[{{\"drzavljanstvo\":[\"{code}\"]}}]}}");
        one(SI, json.as_bytes()).record.persons().next().unwrap().get("prs_Citizenship").cloned()
    };
    assert_eq!(citizenship("XK").unwrap(), json!([{"code": "XK", "scheme": "user-assigned"}]));
    assert_eq!(citizenship("YU").unwrap(), json!([{"code": "YU", "scheme": "iso3166-3"}]));
    for kosovo in ["XKX", "UNK", "RKS"] {
        let received = json!([{"as_received": kosovo, "code": "XK", "scheme": "user-assigned"}]);
        assert_eq!(citizenship(kosovo).unwrap(), received);
    }
    for serbia in ["RS", "SRB", "688"] {
        assert_eq!(citizenship(serbia).unwrap(), json!(["RS"]), "{serbia}");
    }
}

#[test]
fn a_time_is_one_of_rfc_3339_with_its_offset() {
    let holds = |text: &str| FieldKind::Timestamp.holds(&Value::from(text));
    for good in [
        "2026-03-06T10:15:00Z",
        "2026-03-06T10:15:00.123Z",
        "2026-03-06T10:15:00+01:00",
        "2024-02-29T23:59:59-00:00",
    ] {
        assert!(holds(good), "{good}");
    }
    for bad in [
        "",
        "2026-03-06",
        "2026-03-06T10:15:00",
        "2026-03-06 10:15:00Z",
        "2026-03-06T10:15Z",
        "2026-03-06T10:15:00z",
        "2026-03-06T10:15:00+0100",
        "2026-03-06T10:15:00.Z",
        "2026-03-06T24:15:00Z",
        "2023-02-29T10:15:00Z",
        "2026-03-06T10:15:00+25:00",
        "2026-03-06T10:15:00Z[UTC]",
        "06.03.2026. 10:15",
        "2026-03-06T10:15:0Ж",
    ] {
        assert!(!holds(bad), "{bad}");
    }
}

#[test]
fn a_handling_code_that_nobody_knows_refuses_the_record() {
    for (table, source, place) in [
        (MUP, "<KrivicnaPrijava><KodPostupanja>H1 H9</KodPostupanja></KrivicnaPrijava>", "KodPostupanja"),
        (SI, "{\"ravnanjePodatkov\": [\"H1\", \"H9\"]}", "ravnanjePodatkov[2]"),
        (AT, "<Bericht xmlns=\"urn:casebridge:at-bk:1\"><Handhabung>H9</Handhabung></Bericht>", "Handhabung"),
    ] {
        assert_eq!(error(table, source.as_bytes()), stopped(place));
    }
}

#[test]
fn a_file_number_of_no_register_is_warned_of_once_and_kept() {
    let head = "UPISNIK;BROJ;GODINA;TUZILASTVO;DATUM_PRIJEMA;SVOJSTVO;PREZIME;IME;JMBG;POL;DRZAVLJ;CLAN_KZ;FAZA;MERA;SUD;BROJ_SUD;BR_OST;ROK_CUVANJA;NAPOMENA";
    let case = |register: &str| {
        let row = format!("{register};12;2024;;;OST;Proba;Mina;;;;;;;;;;;");
        one(JT, format!("{head}\n{row}\n{}\n", row.replace("Mina", "Ana")).as_bytes())
    };
    let codes = |register: &str| case(register).report.warnings.iter().map(|w| w.code).collect::<Vec<_>>();
    assert_eq!(codes("KT"), [""; 0]);
    assert_eq!(codes("KTO"), [""; 0]);
    assert_eq!(codes("KTX"), ["W-FILE-NUMBER"]);
    assert_eq!(case("KTX").record.text("x_CaseId"), Some("rs/jt:KTX 12/2024"));
}
