//! Which number of a text is an article and which a paragraph.

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::{JT, catalogue, one};
use crate::schema::{Age, Case, Record};
use crate::translate::offence::{Articles, doubts};

type Named = Vec<(String, Option<String>)>;

fn serbian() -> Articles {
    Articles::new("RS".to_owned(), &catalogue())
}

fn named(list: &[(&str, &str)]) -> Named {
    let one = |(article, paragraph): &(&str, &str)| {
        ((*article).to_owned(), Some((*paragraph).to_owned()).filter(|text| !text.is_empty()))
    };
    list.iter().map(one).collect()
}

fn entries(list: &[(String, Option<String>)]) -> Vec<Map<String, Value>> {
    let entry = |(article, paragraph): &(String, Option<String>)| {
        let mut entry = Map::from_iter([("article".to_owned(), json!(article))]);
        entry.extend(paragraph.as_ref().map(|paragraph| ("paragraph".to_owned(), json!(paragraph))));
        entry
    };
    list.iter().map(entry).collect()
}

#[test]
fn a_number_is_a_paragraph_only_where_the_article_has_one() {
    for (text, expected) in [
        ("388", &[("388", "")][..]),
        ("388/3", &[("388", "3")]),
        ("388/3 u vezi 1", &[("388", "3"), ("388", "1")]),
        ("388/3 u vezi 33", &[("388", "3"), ("33", "")]),
        ("388/1 u vezi 30", &[("388", "1"), ("30", "")]),
        ("388/1 u vezi 11", &[("388", "1"), ("11", "")]),
        ("388/1 u vezi 10", &[("388", "1"), ("388", "10")]),
        ("388/1 u vezi 390/2", &[("388", "1"), ("390", "2")]),
        ("388/1 u vezi 5/1", &[("388", "1"), ("5", "1")]),
        ("388/1 u vezi 390", &[("388", "1"), ("390", "")]),
        ("246/1 u vezi 33", &[("246", "1"), ("33", "")]),
        ("246/1 u vezi 246/3", &[("246", "1"), ("246", "3")]),
        ("clan 388 stav 3", &[("388", "3")]),
        ("cl.388.st.3.", &[("388", "3")]),
        ("Član 388. stav 3. KZ u vezi sa članom 33. KZ", &[("388", "3"), ("33", "")]),
        ("члан 388 став 3 у вези става 1", &[("388", "3"), ("388", "1")]),
        ("čl. 388 st. 1 u vezi čl. 5", &[("388", "1"), ("5", "")]),
        ("388/1 i 3", &[("388", "1"), ("388", "3")]),
        ("388/1, 2", &[("388", "1"), ("388", "2")]),
        ("388/1-3", &[("388", "1"), ("388", "2"), ("388", "3")]),
        ("388 st. 2-3 u vezi 33", &[("388", "2"), ("388", "3"), ("33", "")]),
    ] {
        assert_eq!(serbian().named(text), Some(named(expected)), "{text}");
    }
}

#[test]
fn what_the_law_does_not_have_or_nobody_can_decide_is_not_read() {
    for text in [
        "",
        "388/33",
        "388/0",
        "388/11",
        "388 st. 12",
        "388/9-11",
        "388/3-1",
        "246/1 u vezi 2",
        "246/1 u vezi 34",
        "388/1 tač. 2",
        "388 st. 1 tačka 2",
        "388/",
        "/3",
        "st. 3",
        "388 3",
        "388/1 ZKP",
        "388/1 u vezi",
        "u vezi 33",
        "388/1/2",
        "388/1 čl. 33",
        "388-389",
        "388/1-",
        "388/1-99999999999",
        "čl. st. 3",
        "388;3",
        "388/1 u",
        "123456",
    ] {
        assert_eq!(serbian().named(text), None, "{text}");
    }
}

#[test]
fn a_jurisdiction_has_its_own_articles() {
    let slovene = Articles::new("SI".to_owned(), &catalogue());
    assert_eq!(slovene.named("113/1 u vezi 5"), Some(named(&[("113", "1"), ("113", "5")])));
    assert_eq!(slovene.named("113/1 u vezi 6"), Some(named(&[("113", "1"), ("6", "")])));
    // Only some of the paragraphs up to the highest are in the catalogue.
    let austrian = Articles::new("AT".to_owned(), &catalogue());
    assert_eq!(austrian.named("104a/2"), Some(named(&[("104a", "2")])));
    assert_eq!(austrian.named("104a/6"), None);
}

#[test]
fn a_paragraph_that_its_article_does_not_have_is_warned_of_in_every_form() {
    let record = json!({ "x_Offence": [
        { "jurisdiction": "RS", "article": "388", "paragraph": "3" },
        { "jurisdiction": "RS", "article": "388", "paragraph": "33" },
        { "jurisdiction": "RS", "article": "246", "paragraph": "33" },
        { "jurisdiction": "AT", "article": "104a", "paragraph": "6" },
        { "jurisdiction": "SI", "article": "113" },
    ]});
    let told = doubts(record.as_object().unwrap(), &catalogue());
    let paths: Vec<&str> = told.iter().map(|problem| problem.path.as_str()).collect();
    assert_eq!(paths, ["x_Offence[1].paragraph", "x_Offence[3].paragraph"]);
}

proptest! {
    #[test]
    fn no_text_makes_a_paragraph_that_the_article_does_not_have(
        first in 1_u32..400, paragraph in prop::option::of(0_u32..40), other in 0_u32..400,
        also in prop::option::of(0_u32..40), link in 0_usize..6,
    ) {
        let with = |number: u32, paragraph: Option<u32>| match paragraph {
            Some(paragraph) => format!("{number}/{paragraph}"),
            None => number.to_string(),
        };
        let link = [" u vezi ", " u vezi čl. ", " u vezi sa st. ", " i ", ",", " st. "][link];
        let text = format!("{}{link}{}", with(first, paragraph), with(other, also));
        let Some(read) = serbian().named(&text) else { return Ok(()) };
        for (article, paragraph) in &read {
            let number = paragraph.as_deref().map(|text| text.parse::<u32>().unwrap());
            prop_assert!(article != "388" || number.is_none_or(|number| (1..=10).contains(&number)), "{text}");
            // Every number that stands there is in the text.
            prop_assert!(text.contains(article.as_str()), "{text}");
        }
    }

    #[test]
    fn what_is_written_reads_the_same(
        list in prop::collection::vec(
            (prop::sample::select(&["388", "389", "30", "33", "246", "5", "9"][..]), 0_u32..13), 1..5
        ),
    ) {
        let list: Vec<(String, Option<String>)> = list
            .into_iter()
            .map(|(article, number)| {
                let fits = number > 0 && (article != "388" || number <= 10);
                (article.to_owned(), fits.then(|| number.to_string()))
            })
            .collect();
        let text = serbian().write(entries(&list).iter()).unwrap();
        prop_assert_eq!(serbian().named(&text), Some(list), "{}", text);
    }
}

#[test]
fn an_article_that_is_not_read_may_be_one_against_a_child() {
    let head = "UPISNIK;BROJ;GODINA;TUZILASTVO;DATUM_PRIJEMA;SVOJSTVO;PREZIME;IME;JMBG;POL;DRZAVLJ;CLAN_KZ;FAZA;MERA;SUD;BROJ_SUD;BR_OST;ROK_CUVANJA;NAPOMENA\r\n";
    let case = |article: &str| {
        let row = |role: &str, number: &str| {
            format!("KT;1;2024;;06.03.2024.;{role};A;B;{number};M;688;{article};ISTRAGA;;;;;;\r\n")
        };
        let text = format!("{head}{}{}", row("OSUM", "0311979804992"), row("OST", "1506985719998"));
        one(JT, text.as_bytes()).record
    };
    let ages = |record: &Record| -> Vec<Age> {
        let case = Case::of(record.members(), None);
        let mut found: Vec<_> = record.persons().map(|person| case.person(person, false)).collect();
        case.settle(&mut found);
        found.into_iter().map(|found| found.age).collect()
    };
    for article in ["388/3 u(vezi 1", "388/3?", "388-3", "vidi napomenu"] {
        let record = case(article);
        let told = |person: &Map<String, Value>| {
            person.get("x_Unread").is_some_and(|list| list == &json!(["Offence"]))
        };
        assert!(record.persons().all(told), "{article}");
        // The number says an adult today; when the acts happened nobody says.
        assert_eq!(ages(&record), [Age::Adult, Age::Unknown], "{article}");
    }
    assert_eq!(ages(&case("388/1")), [Age::Adult, Age::Adult]);
}
