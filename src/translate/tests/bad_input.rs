//! Every kind of bad input has one clear error, and no error tells a value.

use std::io::{BufReader, Read};

use super::{JT, MINRZS, MUP, SI, all, catalogue, error, mapping, one};
use crate::schema::Record;
use crate::translate::{TranslateError, import, records};

const HEAD: &str = "UPISNIK;BROJ;GODINA;TUZILASTVO;DATUM_PRIJEMA;SVOJSTVO;PREZIME;IME;JMBG;POL;DRZAVLJ;CLAN_KZ;FAZA;MERA;SUD;BROJ_SUD;BR_OST;ROK_CUVANJA;NAPOMENA\r\n";

fn row(number: &str, jmbg: &str, note: &str) -> String {
    format!("KT;{number};2024;;;OST;A;B;{jmbg};M;688;388/3;ISTRAGA;;;;;;{note}\r\n")
}

#[test]
fn malformed_xml_is_one_error_with_its_line() {
    for (source, expected) in [
        (
            "<KrivicnaPrijava>\n<Radnja>\n</KrivicnaPrijava>",
            "line 3: the start and end tags do not match; close every element that was opened",
        ),
        ("<KrivicnaPrijava>\n", "line 2: an element is not closed"),
        ("<KrivicnaPrijava", "line 1: markup is not closed"),
        ("", "line 1: no element in the document"),
        ("<A/>", "line 1: the root element must be `KrivicnaPrijava`; check that the table fits"),
        ("<KrivicnaPrijava/><KrivicnaPrijava/>", "line 1: a second root element"),
        ("<KrivicnaPrijava/>x", "line 1: text outside the root element"),
        ("<KrivicnaPrijava broj='1' broj='2'/>", "line 1: an attribute is not well formed or stands twice"),
        (
            "<KrivicnaPrijava>&x;</KrivicnaPrijava>",
            "line 1: an entity that XML does not define; write the character",
        ),
        ("<KrivicnaPrijava>&#0;</KrivicnaPrijava>", "line 1: a reference to no character"),
        (
            "<KrivicnaPrijava>\n&#7;</KrivicnaPrijava>",
            "line 2: a control character, which XML does not allow; remove it",
        ),
        (
            "<KrivicnaPrijava broj='&#x1F;'/>",
            "line 1: a control character, which XML does not allow; remove it",
        ),
        (
            "<KrivicnaPrijava>\n\n\u{1B}</KrivicnaPrijava>",
            "line 3: a control character, which XML does not allow; remove it",
        ),
        ("<KrivicnaPrijava>\n\0</KrivicnaPrijava>", "line 2: a NUL character"),
    ] {
        assert_eq!(error(MUP, source.as_bytes()), expected, "{source}");
    }
}

#[test]
fn a_document_type_declaration_is_refused() {
    let source = "<!DOCTYPE a [<!ENTITY b \"bb\">]>\n<KrivicnaPrijava>&b;</KrivicnaPrijava>";
    let expected = "line 1: a document type declaration is not allowed; remove it";
    assert_eq!(error(MUP, source.as_bytes()), expected);
}

#[test]
fn an_entity_bomb_is_refused_before_it_grows() {
    let mut bomb = "<?xml version=\"1.0\"?>\n<!DOCTYPE lolz [\n<!ENTITY lol0 \"lol\">\n".to_owned();
    let entity = |level: usize| {
        let inner = format!("&lol{};", level - 1).repeat(10);
        format!("<!ENTITY lol{level} \"{inner}\">\n")
    };
    bomb.extend((1..10).map(entity));
    bomb.push_str("]>\n<KrivicnaPrijava><Napomena>&lol9;</Napomena></KrivicnaPrijava>");
    let refused = "line 2: a document type declaration is not allowed; remove it";
    assert_eq!(error(MUP, bomb.as_bytes()), refused);
    let external = bomb.replace("[\n", "SYSTEM \"file:///etc/passwd\" [\n");
    assert_eq!(error(MUP, external.as_bytes()), refused);
    // Without the declaration the entities have no meaning, in text or in an attribute.
    assert_eq!(
        error(MUP, b"<KrivicnaPrijava>\n<Napomena>&lol9;</Napomena></KrivicnaPrijava>"),
        "line 2: an entity that XML does not define; write the character"
    );
    assert_eq!(
        error(MUP, b"<KrivicnaPrijava broj='&lol9;'/>"),
        "line 1: an attribute holds a reference that XML does not define"
    );
}

#[test]
fn ten_thousand_levels_of_nesting_are_refused() {
    let xml = format!("<KrivicnaPrijava>{}", "<a>".repeat(10_000));
    assert_eq!(
        error(MUP, xml.as_bytes()),
        "line 1: elements are nested deeper than 32; a record has no more levels"
    );
    let json = "{\"a\":".repeat(10_000);
    assert_eq!(error(SI, json.as_bytes()), "line 1: nested too deep; a record has at most 32 levels");
}

#[test]
fn a_line_of_a_gigabyte_is_refused_at_the_limit_and_never_held() {
    /// A line as it would come from the network: nobody holds it, and it counts what was asked for.
    struct Line<'a> {
        begin: &'a [u8],
        left: u64,
        read: &'a std::cell::Cell<u64>,
    }
    impl Read for Line<'_> {
        fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
            if !self.begin.is_empty() {
                return self.begin.read(out);
            }
            let n = out.len().min(usize::try_from(self.left).unwrap_or(usize::MAX));
            out.iter_mut().take(n).for_each(|byte| *byte = b'a');
            self.left -= n as u64;
            self.read.set(self.read.get() + n as u64);
            Ok(n)
        }
    }
    let catalogue = catalogue();
    let document = "the document is longer than 16777216 bytes; split it into several records";
    let row = "longer than 1048576 bytes; look for a quotation mark that is never closed";
    for (table, begin, expected, limit) in [
        (MUP, "<KrivicnaPrijava><Napomena>", document.to_owned(), 16 << 20),
        (SI, "{\"opombe\":[\"", document.to_owned(), 16 << 20),
        (JT, "", format!("line 1: {row}"), 1 << 20),
        (JT, HEAD, format!("line 2: {row}"), 1 << 20),
        (JT, &format!("{HEAD}KT;1;2024;\""), format!("line 2: {row}"), 1 << 20),
    ] {
        let mapping = mapping(table, &catalogue);
        let read = std::cell::Cell::new(0);
        let line = Line { begin: begin.as_bytes(), left: 1 << 30, read: &read };
        let results: Vec<_> = records(&mapping, &catalogue, BufReader::new(line)).collect();
        let texts: Vec<String> = results.iter().map(|r| r.as_ref().unwrap_err().to_string()).collect();
        assert_eq!(texts, [expected], "{begin}");
        assert!(read.get() <= limit + (64 << 10), "{} bytes were read", read.get());
    }
}

#[test]
fn too_many_elements_and_too_many_unmapped_values_are_refused() {
    let many = format!("<KrivicnaPrijava>{}</KrivicnaPrijava>", "<a/>".repeat(100_001));
    assert_eq!(error(MUP, many.as_bytes()), "line 1: too many elements and attributes");
    let unmapped = format!("<KrivicnaPrijava>{}</KrivicnaPrijava>", "<a>x</a>".repeat(1_001));
    let expected =
        "more than 1000 values have no place in the common record; check that `rs-mup` is the right table";
    assert_eq!(error(MUP, unmapped.as_bytes()), expected);
}

#[test]
fn endless_lists_are_refused_in_both_directions() {
    let lists = format!("<KrivicnaPrijava>{}</KrivicnaPrijava>", "<Cilj>ПРОСЈАЧЕЊЕ</Cilj>".repeat(1_001));
    assert_eq!(error(MUP, lists.as_bytes()), "`Cilj[1001]` stands more than 1000 times; split the record");
    let risks: Vec<String> = (0..1_001).map(|n| format!("\"{n}\"")).collect();
    let risks = format!("{{\"rizici\":[{}]}}", risks.join(","));
    assert_eq!(
        error(MINRZS, risks.as_bytes()),
        "`rizici[1001]` stands more than 1000 times; split the record"
    );
    let catalogue = catalogue();
    let record = |json: String| serde_json::from_str::<Record>(&json).unwrap();
    let persons = record(format!("{{\"x_Persons\":[{}]}}", vec!["{}"; 10_001].join(",")));
    let result = import(&mapping(MUP, &catalogue), &catalogue, &persons);
    assert_eq!(result.unwrap_err().to_string(), "`x_Persons` stands more than 10000 times; split the record");
}

#[test]
fn a_file_in_another_encoding_than_declared_is_named_and_never_guessed() {
    let utf8 = format!("{HEAD}{}", row("1", "", "č"));
    let expected =
        "line 2: the bytes are UTF-8, but the table says `windows-1250`; save the file as `windows-1250`";
    assert_eq!(error(JT, utf8.as_bytes()), expected);

    let with_bom = format!("\u{FEFF}{HEAD}");
    let expected =
        "line 1: the bytes are UTF-8, but the table says `windows-1250`; save the file as `windows-1250`";
    assert_eq!(error(JT, with_bom.as_bytes()), expected);

    let mut cp1250 = b"<KrivicnaPrijava>\n<Napomena>".to_vec();
    cp1250.extend_from_slice(b"\xE8</Napomena></KrivicnaPrijava>");
    let expected = "line 2: the bytes are not UTF-8, but the table says `UTF-8`; save the file as `UTF-8`";
    assert_eq!(error(MUP, &cp1250), expected);

    let declared = "<?xml version=\"1.0\" encoding=\"windows-1250\"?>\n<KrivicnaPrijava/>";
    assert_eq!(
        error(MUP, declared.as_bytes()),
        "line 1: the document declares another encoding than `UTF-8`"
    );
}

#[test]
fn a_byte_order_mark_of_utf8_is_no_obstacle() {
    let xml = "\u{FEFF}<KrivicnaPrijava broj='1'/>";
    assert_eq!(one(MUP, xml.as_bytes()).record.text("x_CaseId"), Some("rs/mup:1"));
    let json = "\u{FEFF}{\"enota\": \"x\"}";
    assert_eq!(one(SI, json.as_bytes()).record.text("cas_ReferringOrganisation"), Some("x"));
}

#[test]
fn utf16_is_named_with_and_without_its_mark() {
    let little = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
    let big = |text: &str| text.encode_utf16().flat_map(u16::to_be_bytes).collect::<Vec<u8>>();
    for (table, text, declared) in [
        (MUP, "<KrivicnaPrijava broj='\u{10A}'/>", "UTF-8"),
        (SI, "{\"enota\": \"x\"}", "UTF-8"),
        (JT, HEAD, "windows-1250"),
    ] {
        let expected = format!(
            "line 1: the bytes are UTF-16, but the table says `{declared}`; save the file as `{declared}`"
        );
        let marked = format!("\u{FEFF}{text}");
        for bytes in [little(text), big(text), little(&marked), big(&marked)] {
            assert_eq!(error(table, &bytes), expected, "{text}");
        }
    }
}

#[test]
fn bytes_that_are_not_utf8_are_named_in_every_format() {
    let told = |line| {
        format!("line {line}: the bytes are not UTF-8, but the table says `UTF-8`; save the file as `UTF-8`")
    };
    assert_eq!(error(SI, b"{\n\"enota\": \"\xE8\"}"), told(2));
    assert_eq!(error(MUP, b"<KrivicnaPrijava>\xC0\x80</KrivicnaPrijava>"), told(1));
    let csv = JT.replace("windows-1250", "UTF-8");
    assert_ne!(csv, JT);
    let mut bytes = HEAD.as_bytes().to_vec();
    bytes.extend_from_slice(row("1", "", "a").as_bytes());
    bytes.extend_from_slice(b"KT;2;2024;\xED\xA0\x80\r\n");
    let results = all(&csv, &bytes);
    assert!(results.first().unwrap().is_ok());
    assert_eq!(results.get(1).unwrap().as_ref().unwrap_err().to_string(), told(3));
    // 0x81 has no character in windows-1250.
    let mut bytes = HEAD.as_bytes().to_vec();
    bytes.extend_from_slice(b"KT;2;2024;\x81\r\n");
    assert_eq!(
        error(JT, &bytes),
        "line 2: the bytes are not windows-1250, but the table says `windows-1250`; save the file as `windows-1250`"
    );
}

#[test]
fn a_nul_character_is_refused_in_every_format() {
    assert_eq!(error(SI, b"{\n\"enota\": \"a\0\"}"), "line 2: a NUL character");
    assert_eq!(error(SI, br#"{"enota": "a\u0000"}"#), "line 1: a NUL character in a text");
    assert_eq!(
        error(MUP, b"<KrivicnaPrijava broj='&#0;'/>"),
        "line 1: an attribute holds a reference that XML does not define"
    );
    let csv = format!("{HEAD}{}", row("1", "", "a\0b"));
    assert_eq!(error(JT, csv.as_bytes()), "line 2: a NUL character");
}

#[test]
fn a_number_that_is_not_exact_is_refused() {
    let expected = "line 2: an integer beyond 2^53 is not exact in JSON; write it as text";
    assert_eq!(error(SI, b"{\n\"enota\": 9007199254740993}"), expected);
    assert_eq!(one(SI, b"{\"enota\": 9007199254740992}").report.unmapped.len(), 0);
}

#[test]
fn a_word_of_two_scripts_is_kept_with_a_warning() {
    let xml = "<KrivicnaPrijava><Lice><Prezime>J\u{43E}vi\u{107}</Prezime></Lice></KrivicnaPrijava>";
    let warnings = one(MUP, xml.as_bytes()).report.warnings;
    let told: Vec<(&str, &str, &str)> = warnings.iter().map(|w| (&*w.path, w.code, &*w.text)).collect();
    let text = "a name mixes letters of several scripts; look at it before it is matched";
    assert_eq!(told, [("Lice/Prezime", "mixed-script", text)]);
}

#[test]
fn a_duplicate_key_in_json_is_refused_by_name() {
    let expected = "line 1: the name `nasilje` stands twice in one object; keep one";
    assert_eq!(error(MINRZS, b"{\"nasilje\":true,\"nasilje\":false}"), expected);
    assert_eq!(error(MINRZS, b"[]"), "line 1: the document must be one object");
}

#[test]
fn a_wrong_check_digit_names_the_place_and_never_the_number() {
    let xml = "<KrivicnaPrijava><Lice/><Lice><JMBG>1506985719997</JMBG></Lice></KrivicnaPrijava>";
    let expected = "`Lice[2]/JMBG`: its check digit is wrong; correct it at its source";
    assert_eq!(error(MUP, xml.as_bytes()), expected);
    let csv = format!("{HEAD}{}", row("1", "3102985719998", ""));
    let expected = "line 2: `row/JMBG`: its first seven digits are not a date; correct it at its source";
    assert_eq!(error(JT, csv.as_bytes()), expected);
}

#[test]
fn a_bad_row_is_one_error_and_the_iteration_goes_on() {
    let csv = format!(
        "{HEAD}{}KT;2;2024\r\n{}KT;3;2024;a\"b{}\r\n{}",
        row("1", "", ""),
        row("1", "", "second"),
        ";".repeat(15),
        row("4", "", "x"),
    );
    let results = all(JT, csv.as_bytes());
    let texts: Vec<String> = results
        .iter()
        .map(|result| match result {
            Ok(translated) => translated.record.text("x_CaseId").unwrap().to_owned(),
            Err(error) => error.to_string(),
        })
        .collect();
    assert_eq!(
        texts,
        [
            "line 3: 3 columns, but the header has 19",
            "line 5: a quotation mark inside a field that does not begin with one",
            "rs/jt:KT 1/2024",
            "rs/jt:KT 4/2024",
        ]
    );
}

#[test]
fn a_missing_or_doubled_column_is_named() {
    let expected =
        "line 1: no column `UPISNIK`; check the separator and that the first line names the columns";
    assert_eq!(error(JT, HEAD.replace(';', ",").as_bytes()), expected);
    let doubled = HEAD.replace("NAPOMENA", "NAPOMENA;SUD");
    assert_eq!(error(JT, doubled.as_bytes()), "line 1: the column `SUD` stands twice");
}

#[test]
fn an_open_quotation_mark_ends_the_reading_after_the_records_before_it() {
    let csv = format!("{HEAD}{}KT;2;\"2024", row("1", "", ""));
    let results = all(JT, csv.as_bytes());
    assert_eq!(results.len(), 2);
    assert!(results.first().unwrap().is_ok());
    let error = results.get(1).unwrap().as_ref().unwrap_err();
    assert_eq!(error.to_string(), "line 3: a quotation mark is not closed before the end of the file");
    assert!(matches!(error, TranslateError::Malformed { .. }));
    assert_eq!(error.code(), "malformed-source");
}

#[test]
fn an_unknown_code_is_kept_and_reported_and_no_error() {
    let xml = "<KrivicnaPrijava><Radnja>ЛЕТЕЊЕ</Radnja><Novo a='1'>2</Novo></KrivicnaPrijava>";
    let translated = one(MUP, xml.as_bytes());
    assert!(translated.report.partial);
    assert_eq!(translated.report.unmapped, ["Radnja", "Novo", "Novo/@a"]);
    let kept = translated.record.members().get("x_Unmapped").unwrap();
    assert_eq!(
        kept.to_string(),
        r#"[{"path":"Radnja","value":"ЛЕТЕЊЕ"},{"path":"Novo","value":"2"},{"path":"Novo/@a","value":"1"}]"#
    );
}

#[test]
fn an_evaluation_letter_is_read_by_its_place_in_the_cyrillic_alphabet() {
    let read = |letter: &str| {
        let xml = format!("<KrivicnaPrijava><IzvorOcena>{letter}</IzvorOcena></KrivicnaPrijava>");
        let evaluation = one(MUP, xml.as_bytes()).record.members().get("x_Evaluation").cloned();
        evaluation.and_then(|group| group.get("source").and_then(|v| v.as_str().map(str::to_owned)))
    };
    assert_eq!(read("А").as_deref(), Some("A"));
    assert_eq!(read("Б").as_deref(), Some("B"));
    assert_eq!(read("В").as_deref(), Some("C"));
    // A Latin B is neither: it is kept, and a person looks at it.
    assert_eq!(read("B"), None);
}

#[test]
fn a_value_of_endlessly_many_parts_is_refused_at_once() {
    let parts: Vec<String> = (0..300_000).map(|n| format!("Q{n}")).collect();
    let json = format!("{{\"row\": \"{}\"}}", parts.join(";"));
    let table = "name = \"t\"\nversion = \"1\"\nagency = \"rs/mup\"\nformat = \"json\"\n[[field]]\nsource = \"row\"\n\
                 target = \"x_Means\"\nas = \"code\"\ntable = \"means\"\nsplit = \";\"\nonly = \"export\"\n[codes.means]\nsila = \"Force\"\n";
    assert_eq!(error(table, json.as_bytes()), "`row` stands more than 1000 times; split the record");
}

#[test]
fn a_case_that_comes_again_is_told_and_one_whose_rows_stand_together_is_not() {
    let again = |numbers: &[&str]| -> Vec<bool> {
        let rows: String = numbers.iter().map(|number| row(number, "", "a")).collect();
        let all = all(JT, format!("{HEAD}{rows}").as_bytes());
        let warned = |one: crate::translate::Translated| {
            one.report.warnings.iter().any(|warning| warning.code == "W-AGAIN")
        };
        all.into_iter().map(|one| warned(one.unwrap())).collect()
    };
    assert_eq!(again(&["1", "1", "2", "3"]), [false, false, false]);
    assert_eq!(again(&["1", "2", "1", "2", "2"]), [false, false, true, true]);
}

#[test]
fn rows_of_separators_alone_are_no_rows() {
    let blank = ";".repeat(HEAD.matches(';').count());
    let text =
        format!("{HEAD}{blank}\r\n{}{blank};;\r\n ; \r\n{}{blank}", row("1", "", "a"), row("1", "", "b"));
    let all = all(JT, text.as_bytes());
    assert_eq!(all.len(), 1);
    assert!(all[0].is_ok());
}
