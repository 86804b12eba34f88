//! What a convention must never do, seen through the tables.

use super::{MUP, SI, one};

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
fn kosovo_stays_what_it_was_received_as() {
    let citizenship = |code: &str| {
        let json = format!("{{\"osebe\":[{{\"drzavljanstvo\":[\"{code}\"]}}]}}");
        one(SI, json.as_bytes()).record.persons().next().unwrap().get("prs_Citizenship").cloned()
    };
    assert_eq!(citizenship("XK").unwrap().to_string(), "[\"XK\"]");
    assert_eq!(citizenship("RS").unwrap().to_string(), "[\"RS\"]");
}
