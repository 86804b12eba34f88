//! The trace of a translation, and the shapes of values.

use std::collections::BTreeSet;

use super::super::tests::{CZTLJ, JT, MINRZS, MUP, SI, catalogue, mapping};
use super::super::{Fate, records, traced_records};
use super::detect::Hints;
use super::shape::Values;
use super::{SampleError, Wish, skeleton};

const SAMPLES: [(&str, &[u8]); 5] = [
    (MUP, include_bytes!("../../../config/samples/rs-mup.xml")),
    (JT, include_bytes!("../../../config/samples/rs-jt.csv")),
    (MINRZS, include_bytes!("../../../config/samples/rs-minrzs.json")),
    (CZTLJ, include_bytes!("../../../config/samples/rs-cztlj.xml")),
    (SI, include_bytes!("../../../config/samples/si-odgovor.json")),
];

#[test]
fn a_trace_changes_nothing_else_and_is_empty_unless_it_is_asked_for() {
    let catalogue = catalogue();
    for (table, sample) in SAMPLES {
        let mapping = mapping(table, &catalogue);
        for (plain, traced) in
            records(&mapping, &catalogue, sample).zip(traced_records(&mapping, &catalogue, sample))
        {
            let (plain, traced) = (plain.unwrap(), traced.unwrap());
            assert!(plain.trace.is_empty());
            assert!(!traced.trace.is_empty());
            assert_eq!((plain.record, plain.report), (traced.record, traced.report));
        }
    }
}

#[test]
fn a_trace_has_every_value_of_the_source_with_its_place_and_agrees_with_the_report() {
    let catalogue = catalogue();
    let more = String::from_utf8(SAMPLES[0].1.to_vec()).unwrap();
    let more = more.replace("<Radnja>ПРЕВОЗ</Radnja>", "<Radnja>ДРЖАЊЕ</Radnja><Boja>плава</Boja>");
    for (table, sample) in SAMPLES.into_iter().chain([(MUP, more.as_bytes())]) {
        let mapping = mapping(table, &catalogue);
        for traced in traced_records(&mapping, &catalogue, sample) {
            let traced = traced.unwrap();
            let places: BTreeSet<&str> =
                traced.trace.iter().map(|step| step.path.as_str()).filter(|path| !path.is_empty()).collect();
            assert_eq!(places.len(), super::super::tests::accounted(&traced.report), "{}", mapping.name());
            let with = |wanted: &dyn Fn(&Fate) -> bool| -> BTreeSet<&str> {
                traced.trace.iter().filter(|s| wanted(&s.fate)).map(|s| s.path.as_str()).collect()
            };
            let unmapped: BTreeSet<&str> = traced.report.unmapped.iter().map(String::as_str).collect();
            assert_eq!(with(&|fate| *fate == Fate::Unmapped), unmapped);
            let lossy: BTreeSet<&str> = traced.report.lossy.iter().map(|loss| loss.path.as_str()).collect();
            assert_eq!(with(&|fate| matches!(fate, Fate::Loss(_))), lossy);
        }
    }
}

#[test]
fn a_trace_shows_no_value_to_a_log() {
    let catalogue = catalogue();
    let mapping = mapping(MUP, &catalogue);
    let traced = traced_records(&mapping, &catalogue, SAMPLES[0].1).next().unwrap().unwrap();
    let shown = format!("{:?}", traced.trace);
    assert!(shown.contains("x_Persons[0].prs_Gender"));
    for value in ["Његован", "1506985719998", "1985-06-15"] {
        assert!(!shown.contains(value), "{value}");
    }
}

#[test]
fn values_are_told_by_their_look_alone() {
    for (values, told) in [
        (&["15.06.1985.", "1979"][..], "date, written like 05.03.2024. (2 values)"),
        (&["15.06.1985"], "date, written like 05.03.2024"),
        (&["5. 3. 1985"], "date, written like 5. 3. 2024"),
        (&["1985-06-15"], "date, written like 2024-03-05"),
        (&["2024-01-01T10:00:00Z"], "date and time with zone (RFC 3339)"),
        (&["1506985719998"], "13 digits with a valid check digit: a JMBG or EMŠO?"),
        (&["1506985719997"], "13 digits"),
        (&["9877120392"], "10 digits with a valid check digit: an Austrian SVNR?"),
        (&["true", "false"], "true or false (2 values)"),
        (&["RS", "MK"], "an ISO 3166-1 country code? (2 values)"),
        (&["+381 64 1234567"], "a telephone number?"),
        (&["ПРЕТЊА", "СИЛА"], "2 different words: make a code table (2 values)"),
        (&["da", "ne", "da", "ne"], "2 different words: make a code table (4 values)"),
        (&["Његован"], "text, 7 characters, Cyrillic"),
        (&["Ana", "Мира"], "text, 3 to 4 characters, Latin and Cyrillic (2 values)"),
        (&["1", "22"], "1 to 2 digits (2 values)"),
        (&["", ""], "never filled in"),
    ] {
        let mut shape = Values::default();
        for value in values {
            shape.add(value);
        }
        assert_eq!(shape.describe(), told);
    }
}

#[test]
fn no_two_proposals_are_for_one_place() {
    let sample = b"<r><p><Ime>Ana</Ime><Pol>z</Pol><a>1506985719998</a><b>0311979804992</b><c><Ime>Eva</Ime></c></p></r>";
    let catalogue = catalogue();
    let table = skeleton(&[sample], &Wish::default(), &catalogue).unwrap();
    let taken: String =
        table.lines().flat_map(|line| [line.strip_prefix("#? ").unwrap_or(line), "\n"]).collect();
    assert_eq!(taken.matches("target = \"x_Persons[].prs_IdentityNumber\"").count(), 1, "{table}");
    assert_eq!(taken.matches("target = \"x_Persons[].prs_FirstName\"").count(), 1, "{table}");
    mapping(&taken, &catalogue);
}

#[test]
fn a_hint_goes_before_the_evidence_and_a_wrong_one_is_refused() {
    let catalogue = catalogue();
    let of = |bytes: &[u8], hints: Hints| {
        skeleton(&[bytes], &Wish { hints, ..Wish::default() }, &catalogue).map_err(|(number, error)| {
            assert_eq!(number, 0);
            error
        })
    };
    let windows = Hints { windows_1250: Some(true), ..Hints::default() };
    let table = of(b"a;b\n\xE6;\xB9\n", windows).unwrap();
    assert!(table.contains("# Encoding: as `--encoding` says.\nencoding = \"windows-1250\"\n"));
    let refused = of("a;b\nć;š\n".as_bytes(), windows).unwrap_err();
    assert!(matches!(refused, SampleError::Unfit(_)), "{refused}");
    let json = of(b"<a/>", Hints { format: Some(super::super::Format::Json), ..Hints::default() });
    assert!(matches!(json.unwrap_err(), SampleError::Malformed(_)));
    let refused = of(b"{\"grad\": \"Ni\x9A\"}", Hints::default()).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "it is JSON, which is always UTF-8 (RFC 8259 section 8.1); save it as UTF-8"
    );
}

#[test]
fn columns_that_describe_are_never_an_active_key_and_a_number_of_a_case_is() {
    let catalogue = catalogue();
    let of = |sample: &str| skeleton(&[sample.as_bytes()], &Wish::default(), &catalogue).unwrap();
    let active = |table: &str| table.lines().find(|line| line.starts_with("#? key = ")).map(str::to_owned);
    for described in [
        "year,sex,country\n2002,F,UA\n2002,F,UA\n2003,M,RO\n2003,F,RO\n",
        // Called a number, but it comes again after another.
        "broj,pol\n1,m\n1,z\n2,m\n1,z\n",
        // A number of something, but the same in every row, and words.
        "predmet,pol\nrad,m\nrad,z\nbrak,m\n",
    ] {
        let table = of(described);
        assert_eq!(active(&table), None, "{table}");
        assert!(
            table.contains("\n# key = [") && table.contains("Each row\n# stays a record of its own."),
            "{table}"
        );
        let rows = described.lines().count() - 1;
        assert!(table.contains(&format!("\n# {rows} rows were read.\n")), "{table}");
        let taken: String =
            table.lines().flat_map(|line| [line.strip_prefix("#? ").unwrap_or(line), "\n"]).collect();
        let mapping = mapping(&taken, &catalogue);
        assert_eq!(records(&mapping, &catalogue, described.as_bytes()).count(), rows, "{taken}");
    }
    for (numbered, key) in [
        ("BROJ,POL\nKU-1/24,m\nKU-1/24,z\nKU-2/24,m\n", "#? key = [\"BROJ\"]"),
        ("caseId,sex\nA1,m\nA1,z\nA2,m\n", "#? key = [\"caseId\"]"),
        ("Case.Id,sex\n17,m\n17,z\n18,m\n", "#? key = [\"Case.Id\"]"),
    ] {
        assert_eq!(active(&of(numbered)).as_deref(), Some(key));
    }
}

#[test]
fn the_last_part_of_a_name_with_dots_is_held_against_the_catalogue() {
    let sample = br#"{"Customer.FirstName": "Proba", "Customer.Gender": "F"}"#;
    let table = skeleton(&[sample], &Wish::default(), &catalogue()).unwrap();
    assert!(table.contains("#? target = \"x_Persons[].prs_Gender\""), "{table}");
}
