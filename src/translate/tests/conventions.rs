//! What a convention must never do, seen through the tables.

use super::{MUP, SI, all, one};

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
    let citizenship = |received: &str| {
        let json = format!("{{\"osebe\":[{{\"drzavljanstvo\":[\"{received}\"]}}]}}");
        let record = all(SI, json.as_bytes()).remove(0).unwrap().record;
        let country =
            record.persons().next().and_then(|person| person.get("prs_Citizenship")?.get(0).cloned());
        // A code that is not one of ISO 3166-1 may stand in an object that says what it is.
        let country = country.unwrap();
        country.get("code").unwrap_or(&country).as_str().map(str::to_owned)
    };
    for kosovo in ["XK", "XKX", "UNK", "RKS"] {
        assert_eq!(citizenship(kosovo).as_deref(), Some("XK"), "{kosovo}");
    }
    for serbia in ["RS", "SRB", "688"] {
        assert_eq!(citizenship(serbia).as_deref(), Some("RS"), "{serbia}");
    }
}
