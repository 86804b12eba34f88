//! Every leaf of any police record is accounted for: mapped, lossy or unmapped.

use proptest::prelude::*;

use super::{MUP, accounted, catalogue, mapping};
use crate::translate::records;

/// A piece of XML and how many values it holds.
type Piece = (String, usize);

fn leaf(name: &'static str, words: &'static [&'static str]) -> impl Strategy<Value = Piece> {
    prop::sample::select(words)
        .prop_map(move |word| (format!("<{name}>{word}</{name}>"), usize::from(!word.is_empty())))
}

fn piece() -> impl Strategy<Value = Piece> {
    prop_oneof![
        leaf("Radnja", &["ВРБОВАЊЕ", "ПРЕДАЈА", "ДРЖАЊЕ", "НЕПОЗНАТО", ""]),
        leaf("Cilj", &["ПРОСЈАЧЕЊЕ", "ПРОСТИТУЦИЈА", "X", ""]),
        leaf("VremeOd", &["05.03.2024.", "31.02.2024.", "2024", "јуче", ""]),
        leaf("KodPostupanja", &["H0", "H0 H1", "H1 H2"]),
        leaf("IzvorOcena", &["Б", "B"]),
        leaf("Napomena", &["a &amp; b", "<!-- x -->c", ""]).prop_map(|(text, n)| {
            let extra = usize::from(text.contains("<!--"));
            (text, n + extra)
        }),
        leaf("Nepoznat", &["1", ""]),
        ("[A-Za-z]{1,8}", "[а-я]{1,9}").prop_map(|(name, value)| (format!("<Z{name} q=\"{value}\"/>"), 1)),
        prop::collection::vec(inside_person(), 0..6).prop_map(|pieces| {
            let (text, count) = joined(pieces);
            (format!("<Lice uloga=\"ОШТЕЋЕНИ\">{text}</Lice>"), count + 1)
        }),
        leaf("KrivicnoDelo", &["", "текст"]),
    ]
}

fn inside_person() -> impl Strategy<Value = Piece> {
    prop_oneof![
        leaf("Prezime", &["Његован", "Njegovan", "Jован", ""]),
        leaf("Ime", &["Љиљана", "Ana"]),
        leaf("JMBG", &["1506985719998", ""]),
        leaf("Drzavljanstvo", &["СРБИЈА", "SI", "XK", "АТЛАНТИДА"]),
        leaf("Pol", &["Ж", "?"]),
        Just(("<Isprava vrsta=\"ПАСОШ\" broj=\"1\" x=\"2\"/>".to_owned(), 3)),
    ]
}

fn joined(pieces: Vec<Piece>) -> Piece {
    pieces.into_iter().fold((String::new(), 0), |(text, n), (more, m)| (text + &more, n + m))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_leaf_of_a_police_record_is_accounted_for(pieces in prop::collection::vec(piece(), 0..12)) {
        let (inside, leaves) = joined(pieces);
        let xml = format!("<KrivicnaPrijava broj=\"1\">{inside}</KrivicnaPrijava>");
        let catalogue = catalogue();
        let mapping = mapping(MUP, &catalogue);
        let results: Vec<_> = records(&mapping, &catalogue, xml.as_bytes()).collect();
        prop_assert_eq!(results.len(), 1);
        let translated = results.into_iter().next().unwrap().unwrap();
        prop_assert_eq!(accounted(&translated.report), leaves + 1, "{} {:?}", xml, translated.report);
        prop_assert!(translated.record.check(&catalogue).is_ok());
        prop_assert_eq!(translated.report.partial, !translated.report.unmapped.is_empty());
    }

    #[test]
    fn no_bytes_make_the_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..400), table in 0usize..10) {
        let catalogue = catalogue();
        let tables = [
            MUP, super::JT, super::MINRZS, super::CZTLJ, super::SI, super::CTDC, super::GLOBAL, super::SYNTHETIC,
            super::AT, super::SURVEY,
        ];
        let mapping = mapping(tables[table], &catalogue);
        prop_assert!(records(&mapping, &catalogue, &bytes[..]).take(1_000).count() <= 1_000);
    }
}
