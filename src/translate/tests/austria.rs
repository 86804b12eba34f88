//! The Austrian form, and what crosses the border between it and its neighbours' forms.

use serde_json::Value;

use super::{AT, MUP, SI, catalogue, error, mapping, one, stopped};
use crate::translate::{National, Translated, import};

const SAMPLE: &[u8] = include_bytes!("../../../config/samples/at-bk.xml");
const SERBIAN: &[u8] = include_bytes!("../../../config/samples/rs-mup.xml");

/// The sample as its form of another agency.
fn crossed(record: &Translated, table: &str) -> (String, National) {
    let catalogue = catalogue();
    let there = import(&mapping(table, &catalogue), &catalogue, &record.record).unwrap();
    (String::from_utf8(there.bytes.clone()).unwrap(), there)
}

fn at(translated: &Translated, pointer: &str) -> String {
    let record = Value::Object(translated.record.members().clone());
    match record.pointer(pointer) {
        Some(Value::String(text)) => text.clone(),
        Some(value) => value.to_string(),
        None => String::new(),
    }
}

#[track_caller]
fn holds(text: &str, pieces: &[&str]) {
    for piece in pieces {
        assert!(text.contains(piece), "no `{piece}` in {text}");
    }
}

/// A report about one person of whom the form says this.
fn person(inside: &str) -> Vec<u8> {
    format!("<Bericht xmlns=\"urn:casebridge:at-bk:1\"><Person>{inside}</Person></Bericht>").into_bytes()
}

#[test]
fn the_austrian_sample_reads_as_its_officer_meant_it() {
    let sample = one(AT, SAMPLE);
    assert_eq!(sample.report.warnings, []);
    for (pointer, value) in [
        ("/x_CaseId", "at/bk:5 St 12/24x"),
        ("/x_RecordDate", "2024-03-18"),
        ("/x_RelatedCase", r#"["rs/mup:КУ-1234/24"]"#),
        ("/x_Offence/0/article", "104a"),
        ("/x_Offence/1/article", "217"),
        ("/x_Offence/2/article", "116"),
        ("/x_Offence/2/law", "FPG"),
        ("/x_Act", r#"["Transport","Harbour"]"#),
        ("/x_Means", r#"["Threat","Deception"]"#),
        ("/x_Handling", r#"["H0","H2"]"#),
        ("/x_Evaluation/source", "B"),
        ("/x_Events/0/hte_Country", "AT"),
        ("/x_Events/0/hte_City", "Mödling"),
        ("/x_Events/1/hte_Type", "Transit"),
        ("/x_Persons/0/prs_Citizenship", r#"["RS"]"#),
        ("/x_Persons/0/prs_PrimaryLanguage", "srp"),
        ("/x_Persons/0/vic_TypeOfExploitation", r#"["ForcedBegging","x:CriminalActivities"]"#),
        ("/x_Persons/1/x_SubjectCategory", "suspect"),
        ("/x_Persons/1/prs_SecondName", "Größl"),
        ("/x_Persons/1/prs_IdentityNumber", "9877120392"),
        ("/x_Persons/1/x_IdentityNumberType", "SVNR"),
        ("/x_Persons/1/prs_MobilePhone", "+436641234567"),
        ("/x_Persons/2/x_SubjectCategory", "witness"),
    ] {
        assert_eq!(at(&sample, pointer), value, "{pointer}");
    }
}

#[test]
fn a_serbian_police_record_reaches_the_austrian_form() {
    let (text, there) = crossed(&one(MUP, SERBIAN), AT);
    holds(
        &text,
        &[
            "<Bericht xmlns=\"urn:casebridge:at-bk:1\" aktenzahl=\"rs/mup:КУ-1234/24\" datum=\"05.03.2024\"",
            "<StrafbareHandlung staat=\"RS\"",
            "paragraph=\"388\" absatz=\"1\"",
            "<Tathandlung>Anwerben</Tathandlung><Tathandlung>Befördern</Tathandlung>",
            "<Mittel>GefährlicheDrohung</Mittel><Mittel>EinbehaltenVonDokumenten</Mittel>",
            "<Tatort art=\"Anwerbung\" von=\"10.01.2024\" bis=\"28.02.2024\" staat=\"SRB\">",
            "<Person rolle=\"Opfer\"><Nachname>Njegovan</Nachname><Vorname>Ljiljana</Vorname>",
            "<NameElternteil>Milan</NameElternteil><Geburtsname>Đorđević</Geburtsname>",
            "<Geburtsdatum>15.06.1985</Geburtsdatum><Geburtsort>Beograd</Geburtsort>",
            "<Ort>Niš</Ort>",
            "<Personenkennzahl art=\"JMBG\">1506985719998</Personenkennzahl>",
            "<Staatsangehörigkeit>SRB</Staatsangehörigkeit>",
            "<Ausbeutung>Bettelei</Ausbeutung>",
            "<Dokument art=\"Reisepass\" nummer=\"000000001\"",
            "<Person rolle=\"Verdächtiger\"><Nachname>Probić</Nachname><Vorname>Džordže</Vorname>",
            "<Bewertung quelle=\"B\" information=\"2\"/>",
            "<Handhabung>H0</Handhabung>",
        ],
    );
    // Nothing stays behind; what an Austrian reader could not read is Latin now, and said to be.
    assert_eq!(there.report.unmapped, Vec::<String>::new());
    assert_eq!(there.report.warnings, []);
    let losses: Vec<_> = there.report.lossy.iter().map(|l| (l.path.as_str(), l.note.as_str())).collect();
    let latin = |path| (path, "written in Latin script");
    assert_eq!(
        losses,
        [
            latin("x_Events[0].hte_City"),
            latin("x_Persons[0].x_BirthPlace"),
            latin("x_Persons[0].x_Documents[0].issuer")
        ]
    );
    // No number of another state passes for an Austrian one.
    assert!(!text.contains("SVNR"), "{text}");
}

#[test]
fn an_austrian_record_reaches_the_serbian_police_form() {
    let (text, there) = crossed(&one(AT, SAMPLE), MUP);
    holds(
        &text,
        &[
            "<KrivicnaPrijava broj=\"at/bk:5 St 12/24x\" datum=\"18.03.2024.\">",
            "<VezaBroj>rs/mup:КУ-1234/24</VezaBroj>",
            "<Sredstvo>ПРЕТЊА</Sredstvo><Sredstvo>ЗАБЛУДА</Sredstvo>",
            "<Radnja>ПРЕВОЗ</Radnja><Radnja>САКРИВАЊЕ</Radnja>",
            "<Cilj>ПРОСЈАЧЕЊЕ</Cilj><Cilj>ВРШЕЊЕ_КРИВИЧНИХ_ДЕЛА</Cilj>",
            "<MestoIzvrsenja drzava=\"АУСТРИЈА\">Mödling</MestoIzvrsenja>",
            "<VremeOd>02.02.2024.</VremeOd><VremeDo>10.03.2024.</VremeDo>",
            "<Lice uloga=\"ОШТЕЋЕНИ\"><Prezime>Njegovan</Prezime><ImeRoditelja>Milan</ImeRoditelja><Ime>Ljiljana</Ime>",
            "<JMBG>1506985719998</JMBG><DatumRodjenja>15.06.1985.</DatumRodjenja>",
            "<Drzavljanstvo>СРБИЈА</Drzavljanstvo>",
            "<Isprava vrsta=\"ПАСОШ\" broj=\"000000001\"",
            "<Lice uloga=\"ОСУМЊИЧЕНИ\"><Prezime>Größl</Prezime><Ime>Jörg</Ime>",
            "<Drzavljanstvo>АУСТРИЈА</Drzavljanstvo>",
            "<Lice uloga=\"СВЕДОК\"><Prezime>Österreicher</Prezime><Ime>Änne</Ime>",
            "<IzvorOcena>Б</IzvorOcena><InfoOcena>3</InfoOcena>",
        ],
    );
    // An Austrian offence is no article of the Serbian code, and an Austrian number no JMBG: both are named as left out.
    assert!(!text.contains("KrivicnoDelo") && !text.contains("9877120392"), "{text}");
    for path in ["x_Offence[0].article", "x_Persons[1].prs_IdentityNumber", "x_Events[1].hte_City"] {
        assert!(there.report.unmapped.iter().any(|p| p == path), "{path} in {:?}", there.report.unmapped);
    }
}

#[test]
fn an_austrian_record_reaches_the_slovene_form() {
    let (text, _) = crossed(&one(AT, SAMPLE), SI);
    let answer: Value = serde_json::from_str(&text).unwrap();
    for (pointer, value) in [
        ("/stevilkaZadeve", "\"at/bk:5 St 12/24x\""),
        ("/datum", "\"18. 3. 2024\""),
        ("/kaznivaDejanja/0/drzava", "\"AT\""),
        ("/kaznivaDejanja/0/clen", "\"104a\""),
        ("/ravnanja", r#"["prevoz","nastanitev"]"#),
        ("/sredstva", r#"["groznja","preslepitev"]"#),
        ("/osebe/0/priimek", "\"Njegovan\""),
        ("/osebe/0/datumRojstva", "\"15. 6. 1985\""),
        ("/osebe/0/emso", "\"1506985719998\""),
        ("/osebe/0/vrstaStevilke", "\"JMBG\""),
        ("/osebe/0/drzavljanstvo", r#"["RS"]"#),
        // Slovene law has no own item for begging.
        ("/osebe/0/oblikeIzkoriscanja", r#"["prisilnoDelo","kaznivaDejanja"]"#),
        ("/osebe/1/vloga", "\"osumljenec\""),
        ("/osebe/1/priimek", "\"Größl\""),
        ("/osebe/1/ime", "\"Jörg\""),
        ("/osebe/2/vloga", "\"prica\""),
        ("/dogodki/0/kraj", "\"Mödling\""),
        ("/dogodki/1/drzava", "\"SI\""),
        ("/ravnanjePodatkov", r#"["H0","H2"]"#),
    ] {
        let found = answer.pointer(pointer).map(ToString::to_string);
        assert_eq!(found.as_deref(), Some(value), "{pointer}");
    }
    // Its number is none of the Slovene scheme, and is not written as one.
    assert_eq!(answer.pointer("/osebe/1/emso"), None);
}

#[test]
fn a_social_insurance_number_with_a_wrong_check_digit_refuses_the_record() {
    for (number, reason) in [
        ("9878120392", "its check digit is wrong"),
        ("0877120392", "its first digit must not be 0"),
        ("987712039", "must be ten digits"),
    ] {
        assert_eq!(
            error(AT, &person(&format!("<SVNR>{number}</SVNR>"))),
            format!("`Person/SVNR`: {reason}; correct it at its source")
        );
    }
}

#[test]
fn a_date_of_birth_is_never_read_out_of_a_social_insurance_number() {
    let record = one(AT, &person("<SVNR>9877120392</SVNR>")).record;
    let names: Vec<&String> = record.persons().next().unwrap().keys().collect();
    assert_eq!(names, ["prs_IdentityNumber", "x_IdentityNumberType", "x_PersonId"]);
    // Nor is a date that contradicts the number put right.
    let other = "<Geburtsdatum>01.01.1970</Geburtsdatum><SVNR>9877120392</SVNR>";
    let born = one(AT, &person(other)).record;
    let born = born.persons().next().unwrap().get("prs_Birthdate").cloned();
    assert_eq!(born, Some(Value::String("1970-01-01".to_owned())));
}

#[test]
fn a_second_number_of_a_person_is_kept_and_named() {
    let both = "<SVNR>9877120392</SVNR><Personenkennzahl>1506985719998</Personenkennzahl>";
    let there = one(AT, &person(both));
    assert_eq!(at(&there, "/x_Persons/0/prs_IdentityNumber"), "9877120392");
    assert_eq!(at(&there, "/x_Persons/0/x_IdentityNumberType"), "SVNR");
    assert_eq!(there.report.unmapped, ["Person/Personenkennzahl"]);
}

#[test]
fn words_and_names_with_umlauts_come_back_letter_by_letter() {
    let source = "<Nachname>Weißgärber-Öztürk</Nachname><Vorname>Jürgen</Vorname><Geschlecht>männlich</Geschlecht>\
         <Staatsangehörigkeit>AUT</Staatsangehörigkeit><Kontrolle>ÜbermäßigeArbeitszeit</Kontrolle>\
         <VerhältnisZumTäter>Familie</VerhältnisZumTäter>";
    let there = one(AT, &person(source));
    assert_eq!(there.report.unmapped, [""; 0]);
    assert_eq!(at(&there, "/x_Persons/0/vic_MethodsOfControl"), r#"["ExcessiveWorkingHours"]"#);
    assert_eq!(at(&there, "/x_Persons/0/prs_SecondName"), "Weißgärber-Öztürk");
    let (text, _) = crossed(&there, AT);
    for piece in source.split_inclusive("><").map(|piece| piece.trim_matches(['<', '>'])) {
        assert!(text.contains(piece), "no `{piece}` in {text}");
    }
}

#[test]
fn the_two_grades_of_suspicion_are_one_and_the_report_says_so() {
    let source = "<Bericht xmlns=\"urn:casebridge:at-bk:1\"><Person rolle=\"Beschuldigter\"/></Bericht>";
    let there = one(AT, source.as_bytes());
    assert_eq!(at(&there, "/x_Persons/0/x_SubjectCategory"), "suspect");
    let notes: Vec<_> = there.report.lossy.iter().map(|loss| loss.note.as_str()).collect();
    assert_eq!(notes, ["that the suspicion rests on certain facts"]);
}

#[test]
fn an_adult_victim_without_means_is_a_warning_under_austrian_law() {
    let xml = "<Bericht xmlns=\"urn:casebridge:at-bk:1\" datum=\"18.03.2024\">\
         <StrafbareHandlung staat=\"AT\" gesetz=\"StGB\" paragraph=\"104a\"/>\
         <Tathandlung>Befördern</Tathandlung>\
         <Person rolle=\"Opfer\"><Geburtsdatum>15.06.1985</Geburtsdatum><Ausbeutung>Bettelei</Ausbeutung></Person></Bericht>";
    let codes =
        |xml: &str| one(AT, xml.as_bytes()).report.warnings.iter().map(|w| w.code).collect::<Vec<_>>();
    assert_eq!(codes(xml), ["W-MEANS"]);
    assert_eq!(codes(&xml.replace("1985", "2008")), [""; 0]);
}

#[test]
fn the_namespace_decides_and_not_the_prefix() {
    let plain = one(AT, &person("<Beruf>Koch</Beruf>"));
    let prefixed = "<b:Bericht xmlns:b=\"urn:casebridge:at-bk:1\"><b:Person><b:Beruf>Koch</b:Beruf></b:Person></b:Bericht>";
    let prefixed = one(AT, prefixed.as_bytes());
    assert_eq!(at(&prefixed, "/x_Persons/0/prs_Title"), "Koch");
    assert_eq!(prefixed.report, plain.report);
    assert_eq!(
        error(AT, b"<Bericht xmlns=\"urn:casebridge:at-bk:2\"/>"),
        "line 1: the root element must be `Bericht` of the namespace `urn:casebridge:at-bk:1`; check that the table fits"
    );
}

#[test]
fn a_classification_above_what_the_exchange_carries_refuses_the_record() {
    for (word, code) in [("EINGESCHRÄNKT", "INTERNO-eq"), ("NICHT EINGESTUFT", "none")] {
        let source = format!("<Bericht xmlns=\"urn:casebridge:at-bk:1\" einstufung=\"{word}\"/>");
        assert_eq!(at(&one(AT, source.as_bytes()), "/x_Classification"), code);
    }
    for word in ["VERTRAULICH", "GEHEIM", "STRENG GEHEIM"] {
        let source = format!("<Bericht xmlns=\"urn:casebridge:at-bk:1\" einstufung=\"{word}\"/>");
        assert_eq!(error(AT, source.as_bytes()), stopped("@einstufung"));
    }
}

#[test]
fn a_cyrillic_place_is_written_in_latin_and_says_so() {
    let there = one(AT, &person("<Geburtsort>Ниш</Geburtsort>"));
    assert_eq!(at(&there, "/x_Persons/0/x_BirthPlace"), "Niš");
    let losses: Vec<_> = there.report.lossy.iter().map(|loss| (&*loss.path, &*loss.note)).collect();
    assert_eq!(losses, [("Person/Geburtsort", "written in Latin script")]);
    assert_eq!(one(AT, &person("<Geburtsort>Wien</Geburtsort>")).report.lossy, []);
}
