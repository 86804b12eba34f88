//! What withdraws, ends, restricts or protects is read exactly or stops the record; a role, sex or birth that is not
//! read is named at the person. The cases are made from the tables, so that a new line has its cases too.

use serde_json::{Value, json};

use super::{AT, CZTLJ, GLOBAL, MINRZS, MUP, SI, SURVEY, all, catalogue, mapping, one, stopped};
use crate::translate::{Mapping, TranslateError};

/// What officers write in the place of a date, a word, a yes or a no, and nobody understands exactly.
const STRANGE: [&str; 26] = [
    "da, 20.03.2024. u 14h",
    "2024-03-07T10:00:00+01:00",
    "07/03/2024",
    "31.02.2024.",
    "marta 2024",
    "im März",
    "kraj 2025",
    "NE",
    "Ne ",
    "nein.",
    "0",
    "1",
    "-",
    "?",
    "null",
    "nepoznato",
    "opozvana",
    "zastita, povratak",
    "zastita;povratak",
    "ZASTITA",
    "samo Slovenija",
    "samo lekar",
    "svi",
    "TRUE.",
    "false",
    "x:zastita",
];

/// The forms that have consents: the table, a record with the consent, and how a member of the consent is written.
struct Form {
    table: &'static str,
    source: fn(&[(&str, &str)]) -> String,
    members: &'static [(&'static str, &'static str)],
    /// The members whose every text is understood.
    free: &'static [&'static str],
}

fn minrzs(members: &[(&str, &str)]) -> String {
    let members: Vec<String> = members.iter().map(|(name, value)| format!("\"{name}\": {value}")).collect();
    format!(r#"{{"predmetBroj": "T-1/24", "saglasnost": {{{}}}}}"#, members.join(", "))
}

fn attributes(members: &[(&str, &str)]) -> String {
    let mut out = String::new();
    for (name, value) in members {
        out.extend([" ", name, "=\"", value.trim_matches('"'), "\""]);
    }
    out
}

fn cztlj(members: &[(&str, &str)]) -> String {
    format!("<Predmet broj=\"T-1/24\"><Saglasnost{}/></Predmet>", attributes(members))
}

fn at_bk(members: &[(&str, &str)]) -> String {
    let consent = format!("<Einwilligung{}/>", attributes(members));
    format!("<Bericht xmlns=\"urn:casebridge:at-bk:1\"><Person rolle=\"Opfer\">{consent}</Person></Bericht>")
}

const FORMS: [Form; 3] = [
    Form {
        table: MINRZS,
        source: minrzs,
        members: &[
            ("data", "true"),
            ("dao", "\"korisnik\""),
            ("obim", "[\"zastita\"]"),
            ("datum", "\"2024-03-06\""),
            ("vaziDo", "\"2030-03-06\""),
            ("opozvana", "\"2024-04-01\""),
            ("misljenjeDeteta", "true"),
        ],
        free: &[],
    },
    Form {
        table: CZTLJ,
        source: cztlj,
        members: &[
            ("data", "\"da\""),
            ("dao", "\"korisnik\""),
            ("obim", "\"zastita\""),
            ("datum", "\"2024-03-06\""),
            ("vaziDo", "\"2030-03-06\""),
            ("opozvana", "\"2024-04-01\""),
        ],
        free: &[],
    },
    Form {
        table: AT,
        source: at_bk,
        members: &[
            ("erteilt", "\"ja\""),
            ("durch", "\"selbst\""),
            ("umfang", "\"Schutz\""),
            ("am", "\"06.03.2024\""),
            ("bis", "\"06.03.2030\""),
            ("widerrufen", "\"01.04.2024\""),
            ("meinungDesKindes", "\"ja\""),
        ],
        free: &["ersetztDurch", "ersetzungsgrund", "beleg"],
    },
];

fn read(form: &Form, members: &[(&str, &str)]) -> Result<Value, TranslateError> {
    let source = (form.source)(members);
    let mut results = all(form.table, source.as_bytes());
    assert_eq!(results.len(), 1, "{source}");
    results.remove(0).map(|read| {
        assert_eq!(read.report.unmapped, [""; 0], "{source}");
        read.record.members()["x_Persons"][0]["x_Consent"].clone()
    })
}

#[test]
fn no_spelling_of_a_consent_that_is_not_understood_leaves_with_the_rest() {
    for form in &FORMS {
        let plain = read(form, form.members).unwrap();
        assert_eq!(plain["con_Consent"], true);
        assert_eq!(plain["withdrawn_at"], "2024-04-01");
        for (at, (name, _)) in form.members.iter().enumerate() {
            for strange in STRANGE {
                let quoted = format!("\"{strange}\"");
                let mut members = form.members.to_vec();
                members[at] = (*name, &quoted);
                match read(form, &members) {
                    Err(TranslateError::Protecting { path, .. }) => assert!(path.contains(name), "{path}"),
                    Err(error) => panic!("{name} {strange}: {error}"),
                    // It was understood: then the record says so itself.
                    Ok(consent) => assert_ne!(consent, plain, "{name} {strange}"),
                }
            }
        }
        for name in form.free {
            let mut members = form.members.to_vec();
            members.push((name, "\"was auch immer\""));
            assert!(read(form, &members).is_ok(), "{name}");
        }
    }
}

#[test]
fn only_a_yes_and_a_full_date_are_understood_of_what_officers_write() {
    // What the test above lets pass, in full: nothing that means something else than it says.
    let mut understood = Vec::new();
    for form in &FORMS {
        for (at, (name, _)) in form.members.iter().enumerate() {
            for strange in STRANGE {
                let quoted = format!("\"{strange}\"");
                let mut members = form.members.to_vec();
                members[at] = (*name, &quoted);
                if read(form, &members).is_ok() {
                    understood.push(format!("{name} {strange}"));
                }
            }
        }
    }
    assert_eq!(understood, ["data false", "misljenjeDeteta false"]);
}

#[test]
fn a_shape_that_is_not_expected_stops_the_record() {
    let form = &FORMS[0];
    for value in [
        "{}",
        "{\"dan\": 1}",
        "{\"dan\": null}",
        "[\"2024-03-01\", \"2024-04-01\"]",
        "[{}]",
        "0",
        "false",
        "true",
    ] {
        let mut members = form.members.to_vec();
        members[5] = ("opozvana", value);
        assert!(matches!(read(form, &members), Err(TranslateError::Protecting { .. })), "opozvana: {value}");
    }
    for (name, value) in [
        ("data", "[true, false]"),
        ("dao", "[\"korisnik\", \"staratelj\"]"),
        ("obim", "[[\"svi\"]]"),
        ("novo", "null"),
        ("novo", "\"\""),
    ] {
        let mut members = form.members.to_vec();
        members.retain(|(known, _)| *known != name);
        members.push((name, value));
        assert!(matches!(read(form, &members), Err(TranslateError::Protecting { .. })), "{name}: {value}");
    }
    // Silence is no consent, and no withdrawal either.
    let silent = read(form, &[("data", "true"), ("opozvana", "null"), ("obim", "[]")]).unwrap();
    assert_eq!(silent, json!({ "con_Consent": true }));
}

#[test]
fn what_stands_beside_lines_that_protect_and_is_not_known_stops_the_record() {
    let at = |inside: &str| {
        format!(
            "<Bericht xmlns=\"urn:casebridge:at-bk:1\"><Person rolle=\"Opfer\">{inside}</Person></Bericht>"
        )
    };
    let at = |inside: &str, place: &str| (AT, at(inside), place.to_owned());
    let json = |text: &str, place: &str| (MINRZS, text.to_owned(), place.to_owned());
    let centre =
        |inside: &str, place: &str| (CZTLJ, format!("<Predmet>{inside}</Predmet>"), place.to_owned());
    for (table, source, place) in [
        centre("<Saglasnost data=\"da\" povucena=\"\"/>", "Saglasnost/@povucena"),
        centre("<Saglasnost data=\"da\"><opozvana>2024-03-01</opozvana></Saglasnost>", "Saglasnost/opozvana"),
        centre("<Saglasnost data=\"da\">povukla</Saglasnost>", "Saglasnost"),
        centre("<Saglasnost data=\"da\"><!-- povukla --></Saglasnost>", "Saglasnost/comment()"),
        centre("<Saglasnost data=\"da\"/><Saglasnost obim=\"istraga\"/>", "Saglasnost[2]"),
        centre("<Povratak zemlja=\"AT\" prisilan=\"da\"/>", "Povratak/@prisilan"),
        // Elsewhere than the form has it.
        centre("<saglasnost opozvana=\"da\"/>", "saglasnost"),
        centre("<Osoba><Opozvana>da</Opozvana></Osoba>", "Osoba/Opozvana"),
        centre("<Osoba opozvana=\"2024-03-01\"/>", "Osoba/@opozvana"),
        json(r#"{"saglasnost": "povučena"}"#, "saglasnost"),
        json(r#"{"saglasnost": {"data": true}, "korisnik": {"САГЛАСНОСТ": false}}"#, "korisnik/САГЛАСНОСТ"),
        json(r#"{"staratelj": {"tip": "roditelj", "lisenPrava": true}}"#, "staratelj/lisenPrava"),
        json(r#"{"staratelj": [{"tip": "roditelj"}, {"tip": "roditelj"}]}"#, "staratelj[2]"),
        json(r#"{"staratelj": {"tip": "tetka"}}"#, "staratelj/tip"),
        json(r#"{"smestaj": {"lokacija": "Ulica 1", "tajno": "da"}}"#, "smestaj/tajno"),
        at("<Minderjährig tatzeit=\"vielleicht\"/>", "Person/Minderjährig/@tatzeit"),
        at("<Minderjährig jetzt=\"ja\">zur Tatzeit 15</Minderjährig>", "Person/Minderjährig"),
        at("<minderjährig jetzt=\"ja\"/>", "Person/minderjährig"),
        at("<NichtBestrafung>zu prüfen</NichtBestrafung>", "Person/NichtBestrafung"),
        at("<Rückkehr freiwillig=\"unter Zwang\"/>", "Person/Rückkehr/@freiwillig"),
        (
            MUP,
            "<KrivicnaPrijava><Lice><kodPostupanja>H3</kodPostupanja></Lice></KrivicnaPrijava>".to_owned(),
            "Lice/kodPostupanja".to_owned(),
        ),
        (SI, r#"{"osebe": [{"ravnanjePodatkov": "H3"}]}"#.to_owned(), "osebe/ravnanjePodatkov".to_owned()),
        (SURVEY, "<data><con_Consent>NO</con_Consent></data>".to_owned(), "con_Consent".to_owned()),
    ] {
        let mut results = all(table, source.as_bytes());
        match results.remove(0) {
            Err(error @ TranslateError::Protecting { .. }) => {
                assert_eq!(error.to_string(), stopped(&place), "{source}");
            }
            Err(error) => panic!("{source}: {error}"),
            Ok(read) => panic!("{source}: read, {:?}", read.report),
        }
    }
    // Beside them is not inside them: the person's own element holds much else.
    let read = one(CZTLJ, b"<Predmet><Saglasnost data=\"da\"/><Osoba><Visina>170</Visina></Osoba></Predmet>");
    assert_eq!(read.report.unmapped, ["Osoba/Visina"]);
}

#[test]
fn an_unread_role_sex_or_birth_is_kept_and_named_at_the_person() {
    let police = |inside: &str| format!("<KrivicnaPrijava>{inside}</KrivicnaPrijava>");
    let date = "<DatumRodjenja>31.02.2012.</DatumRodjenja>";
    for (inside, expected) in [
        (format!("<Lice uloga=\"ОШТЕЋЕНИ\">{date}</Lice>"), json!(["Birthdate"])),
        ("<Lice uloga=\"ОШТЕЋЕНИ\"><DatumRodjenja>око 2012</DatumRodjenja></Lice>".to_owned(), json!(["Birthdate"])),
        (
            "<Lice><DatumRodjenja>01.01.2012.</DatumRodjenja><DatumRodjenja>01.01.1990.</DatumRodjenja></Lice>".to_owned(),
            json!(["Birthdate"]),
        ),
        ("<Lice><DatumRodjenja><!-- 2012? -->01.01.1990.</DatumRodjenja></Lice>".to_owned(), json!(["Birthdate"])),
        (format!("<Lice uloga=\"СВЕДОК ИЛИ ЖРТВА\"><Pol>?</Pol>{date}</Lice>"), json!(["SubjectCategory", "Gender", "Birthdate"])),
        ("<Lice uloga=\"ОШТЕЋЕНИ\"><Pol>Ж</Pol><Ime>Ана</Ime></Lice>".to_owned(), Value::Null),
    ] {
        let read = one(MUP, police(&inside).as_bytes());
        let person = &read.record.members()["x_Persons"][0];
        assert_eq!(person.get("x_Unread").cloned().unwrap_or_default(), expected, "{inside}");
        assert_eq!(read.report.unmapped.is_empty(), expected.is_null(), "{inside}");
    }
    let austria = b"<Bericht xmlns=\"urn:casebridge:at-bk:1\"><Person rolle=\"Opfer\"/><Person rolle=\"wer?\"/></Bericht>";
    let read = one(AT, austria);
    assert_eq!(
        read.record.members()["x_Persons"][1],
        json!({ "x_PersonId": read.record.members()["x_Persons"][1]["x_PersonId"], "x_Unread": ["SubjectCategory"] })
    );
    assert_eq!(read.record.members()["x_Persons"][0].get("x_Unread"), None);
}

#[test]
fn no_shipped_table_lets_what_protects_be_unmapped_silently() {
    let catalogue = catalogue();
    for (name, text) in crate::config::shipped::folder("translate") {
        let mapping: Mapping = mapping(std::str::from_utf8(text).unwrap(), &catalogue);
        for place in &mapping.nodes {
            for line in
                place.lines.iter().map(|number| &mapping.lines[*number]).filter(|line| line.target.protects)
            {
                let carried = || place.lines.iter().any(|other| !mapping.lines[*other].first);
                assert!(place.guards || line.first && carried(), "{name}: {}", line.target.text);
            }
        }
        for join in mapping.joins.iter().filter(|join| join.target.protects) {
            assert!(join.parts.iter().all(|at| mapping.nodes[*at].guards), "{name}: {}", join.target.text);
        }
    }
}

#[test]
fn a_table_that_would_set_aside_what_protects_does_not_load() {
    let head = "name = \"t\"\nversion = \"1\"\nagency = \"rs/mup\"\nformat = \"json\"\n[[group]]\nsource = \"l\"\ntarget = \"x_Persons[]\"\n";
    let line = |more: &str| format!("[[field]]\nsource = \"l/a\"\n{more}\n");
    let consent = "target = \"x_Persons[].x_Consent.con_Consent\"";
    let codes = "target = \"x_Handling\"\nas = \"code\"\ntable = \"h\"\n";
    for (table, reason) in [
        (line(&format!("{consent}\nas = \"set\"\nvalue = \"true\"")), "`set` looks at no value"),
        (line(&format!("{consent}\nas = \"boolean\"\nfirst = true")), "must carry them all"),
        (
            line(codes)
                + "[codes.h]\nH0 = \"H0\"\nH1 = \"H1\"\nH2 = \"H2\"\nH3 = \"H3\"\nX = { lossy = \"a\" }\n",
            "is read for nothing",
        ),
        (format!("[[constant]]\n{consent}\nvalue = \"true\"\n"), "no constant says it"),
        (
            "[[constant]]\ntarget = \"x_NrmRelease.reference\"\nvalue = \"1\"\n".to_owned(),
            "no constant says it",
        ),
    ] {
        let problems = Mapping::load(&format!("{head}{table}"), "t.toml", &catalogue()).unwrap_err();
        assert!(problems.iter().any(|problem| problem.reason.contains(reason)), "{reason}: {problems:?}");
    }
    let good = format!(
        "{head}[[constant]]\ntarget = \"x_Persons[].x_Consent.scope\"\nvalue = \"victim_protection\"\n"
    );
    assert!(Mapping::load(&good, "t.toml", &catalogue()).is_ok(), "what the form itself says of all");
}

#[test]
fn of_two_words_on_a_childs_age_the_one_that_protects_counts() {
    let catalogue = catalogue();
    let mapping = mapping(GLOBAL, &catalogue);
    let row = |values: &[(&str, &str)]| {
        let value = |column: &String| {
            values.iter().find(|(name, _)| name == column).map_or("-99", |(_, value)| value)
        };
        let cells: Vec<&str> = mapping.columns.iter().map(value).collect();
        one(GLOBAL, format!("{}\n{}\n", mapping.columns.join(","), cells.join(",")).as_bytes())
    };
    let read =
        row(&[("ageBroad", "9--17"), ("majorityStatus", "Adult"), ("majorityStatusAtExploit", "Adult")]);
    let person = &read.record.members()["x_Persons"][0];
    assert_eq!((&person["x_ChildNow"], &person["x_ChildAtOffence"]), (&json!(true), &json!(true)));
    assert_eq!(read.report.lossy.len(), 2, "{:?}", read.report);
}

#[test]
fn a_protecting_value_stops_the_record_although_another_line_of_its_place_reads_it() {
    let also = "[[field]]\nsource = \"saglasnost/opozvana\"\ntarget = \"cco_CaseComment\"\n\n[codes.gender]";
    let table = MINRZS.replacen("[codes.gender]", also, 1);
    for strange in STRANGE {
        let source = json!({ "predmetBroj": "T-1/24", "saglasnost": { "data": true, "opozvana": strange } });
        let mut results = all(&table, source.to_string().as_bytes());
        let error = results.remove(0).unwrap_err();
        assert_eq!(error.to_string(), stopped("saglasnost/opozvana"), "{strange}");
    }
}
