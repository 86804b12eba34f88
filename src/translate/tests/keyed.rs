//! Digests inside records: keyed, of one conversation, one for each person.

use std::collections::BTreeSet;

use super::{GLOBAL, JT, MINRZS, MUP, catalogue, mapping};
use crate::message::{ConversationId, Secret, SecretUse};
use crate::schema::Record;
use crate::translate::{Keying, keyed_records};

fn secret(byte: u8) -> Secret {
    Secret::derive(&[byte; 32], SecretUse::Records)
}

fn conversation(second: i64) -> ConversationId {
    ConversationId::new(jiff::Timestamp::from_second(second).unwrap())
}

fn translated(table: &str, source: impl AsRef<[u8]>, keying: Option<Keying<'_>>) -> Vec<Record> {
    let catalogue = catalogue();
    let mapping = mapping(table, &catalogue);
    keyed_records(&mapping, &catalogue, keying, source.as_ref()).map(|one| one.unwrap().record).collect()
}

fn ids(records: &[Record]) -> Vec<String> {
    let persons = records.iter().flat_map(Record::persons);
    persons.map(|person| person["x_PersonId"].as_str().unwrap().to_owned()).collect()
}

fn digest(record: &Record) -> Option<&str> {
    record.members()["x_Source"].get("hmac_sha256")?.as_str()
}

fn police(persons: &[&str]) -> String {
    let persons: Vec<String> =
        persons.iter().map(|one| format!("<Lice uloga=\"ОШТЕЋЕНИ\">{one}</Lice>")).collect();
    let persons = persons.concat();
    format!("<KrivicnaPrijava broj=\"KU-1/24\" datum=\"05.03.2024.\">{persons}</KrivicnaPrijava>")
}

const MINA: &str = "<Prezime>Пример</Prezime><Ime>Мина</Ime><DatumRodjenja>07.07.1995.</DatumRodjenja>";
const NUMBERED: &str = "<Prezime>Проба</Prezime><Ime>Ана</Ime><JMBG>1506985719998</JMBG>";

#[test]
fn the_same_source_and_key_give_the_same_bytes_and_another_key_or_conversation_others() {
    let (one, other, here, there) = (secret(1), secret(2), conversation(1), conversation(2));
    let source = police(&[MINA, NUMBERED, "<Ime>Нико</Ime>"]);
    let made = |secret, conversation| translated(MUP, &source, Some(Keying { secret, conversation }));
    let first = made(&one, here);
    assert_eq!(first[0].to_bytes(), made(&one, here)[0].to_bytes());
    for else_made in [made(&other, here), made(&one, there)] {
        assert_ne!(digest(&first[0]), digest(&else_made[0]));
        let (mine, theirs): (BTreeSet<_>, BTreeSet<_>) =
            (ids(&first).into_iter().collect(), ids(&else_made).into_iter().collect());
        assert_eq!((mine.len(), mine.is_disjoint(&theirs)), (3, true));
    }
}

#[test]
fn without_a_key_there_is_no_digest_and_persons_are_numbered_by_place() {
    let source = police(&[MINA, NUMBERED]);
    let records = translated(MUP, &source, None);
    assert_eq!(digest(&records[0]), None);
    assert_eq!(ids(&records), ["unkeyed-1-1", "unkeyed-1-2"]);
    let plain = crate::message::Sha256::of(source.as_bytes()).to_string();
    assert!(!String::from_utf8(records[0].to_bytes()).unwrap().contains(&plain[..32]));
}

#[test]
fn two_rows_alike_are_two_people_and_every_victim_of_a_record_has_a_number_of_its_own() {
    let secret = secret(1);
    let keying = Some(Keying { secret: &secret, conversation: conversation(1) });
    let source = std::str::from_utf8(include_bytes!("../../../config/samples/ctdc-global.csv"));
    let (head, row) = source.unwrap().split_once('\n').unwrap();
    let row = row.lines().next().unwrap();
    for keying in [keying, None] {
        let twice = translated(GLOBAL, format!("{head}\n{row}\n{row}\n"), keying);
        assert_eq!(ids(&twice).into_iter().collect::<BTreeSet<_>>().len(), 2);
        // No name, no number; one number for two people.
        for persons in [
            ["<Ime>Ана</Ime>", "<Ime>Ана</Ime>"].as_slice(),
            &[
                "<Prezime>Проба</Prezime><Ime>Ана</Ime><JMBG>1506985719998</JMBG><DatumRodjenja>15.06.1985.</DatumRodjenja>",
                "<Prezime>Проба</Prezime><Ime>Уна</Ime><JMBG>1506985719998</JMBG><DatumRodjenja>16.06.2011.</DatumRodjenja>",
            ],
        ] {
            let record = translated(MUP, police(persons), keying);
            assert_eq!(ids(&record).into_iter().collect::<BTreeSet<_>>().len(), 2, "{persons:?}");
        }
    }
}

#[test]
fn a_person_keeps_its_number_through_a_conversation_in_whatever_record_place_and_script() {
    let secret = secret(1);
    let keying = Some(Keying { secret: &secret, conversation: conversation(1) });
    let first = ids(&translated(MUP, police(&[MINA, NUMBERED]), keying));
    let latin = "<Prezime>PRIMER</Prezime><Ime>Mina</Ime><DatumRodjenja>07.07.1995.</DatumRodjenja>";
    let later = "<Prezime>Другачија</Prezime><Ime>Ана</Ime><JMBG>1506985719998</JMBG>";
    let again = ids(&translated(MUP, police(&[later, "<Ime>Нико</Ime>", latin]), keying));
    assert_eq!((&first[0], &first[1]), (&again[2], &again[0]));
    // Another agency's form in the same conversation and under the same key.
    let social = r#"{"predmetBroj":"T-1/24","korisnik":{"ime":"Мина","prezime":"Пример","datumRodjenja":"1995-07-07"}}"#;
    assert_eq!(ids(&translated(MINRZS, social, keying)), first[..1]);
}

#[test]
fn no_plain_digest_of_a_row_stands_in_a_record() {
    let secret = secret(1);
    let keying = Some(Keying { secret: &secret, conversation: conversation(1) });
    let source = include_bytes!("../../../config/samples/rs-jt.csv");
    for record in translated(JT, source, keying) {
        let bytes = String::from_utf8(record.to_bytes()).unwrap();
        for row in source.split_inclusive(|byte| *byte == b'\n') {
            for raw in [row, row.trim_ascii_end()] {
                assert!(!bytes.contains(&crate::message::Sha256::of(raw).to_string()));
            }
        }
    }
}
