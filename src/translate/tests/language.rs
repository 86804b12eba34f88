//! What a table can say, each entry both ways.

use serde_json::{Value, json};

use super::{catalogue, mapping};
use crate::translate::{Mapping, Translated, import, records};

const XML: &str = r#"
name = "t"
version = "1"
agency = "at/bk"
format = "xml"
root = "Akt"

[namespaces]
"" = "urn:example:akt"
p = "urn:example:person"

[[literal]]
source = "@fassung"
value = "2"

[[field]]
source = "@nr"
target = "x_CaseId"
as = "case"

[[group]]
source = "p:Person"
target = "x_Persons[]"

[[field]]
source = "p:Person/p:Name"
target = "x_Persons[].prs_SecondName"

[[field]]
source = "p:Person/@p:titel"
target = "x_Persons[].prs_Title"
"#;

const CSV: &str = r#"
name = "t"
version = "1"
agency = "xx/ctdc"
format = "csv"
columns = ["debt", "threat", "child", "year", "state"]
empty = ["Not Specified"]

[flags]
yes = "1"
no = "0"
unknown = ["-99", "?"]

[[group]]
source = "row"
target = "x_Persons[x_SubjectCategory=victim_identified]"

[[field]]
source = "debt"
target = "x_Persons[x_SubjectCategory=victim_identified].vic_MethodsOfControl"
as = "flag"
value = "DebtBondage"
absent = "x_MethodsOfControlAbsent"

[[field]]
source = "threat"
target = "x_Persons[x_SubjectCategory=victim_identified].vic_MethodsOfControl"
as = "flag"
value = "PhysicalThreats"
lossy = "the column has threats of any kind"

[[field]]
source = "child"
target = "x_Persons[x_SubjectCategory=victim_identified].x_ChildNow"
as = "flag"

[[field]]
source = "year"
target = "x_RegistrationYear"
blank = "unknown"

[[field]]
source = "state"
target = "x_Persons[x_SubjectCategory=victim_identified].prs_MailingState"
"#;

fn read(table: &str, source: &str) -> Translated {
    let catalogue = catalogue();
    let mapping = mapping(table, &catalogue);
    let mut results: Vec<_> = records(&mapping, &catalogue, source.as_bytes()).collect();
    assert_eq!(results.len(), 1, "{results:?}");
    results.remove(0).unwrap()
}

fn back(table: &str, translated: &Translated) -> String {
    let catalogue = catalogue();
    let national = import(&mapping(table, &catalogue), &catalogue, &translated.record).unwrap();
    String::from_utf8(national.bytes).unwrap()
}

fn at(translated: &Translated, pointer: &str) -> Value {
    let record = Value::Object(translated.record.members().clone());
    record.pointer(pointer).cloned().unwrap_or(Value::Null)
}

fn unmapped(translated: &Translated) -> Vec<&str> {
    translated.report.unmapped.iter().map(String::as_str).collect()
}

#[test]
fn the_namespace_decides_and_not_the_prefix() {
    for source in [
        r#"<Akt xmlns="urn:example:akt" xmlns:p="urn:example:person" nr="7" fassung="2"><p:Person p:titel="Dr."><p:Name>Hofer</p:Name></p:Person></Akt>"#,
        r#"<a:Akt xmlns:a="urn:example:akt" nr="7" fassung="2"><Person xmlns="urn:example:person" xmlns:b="urn:example:person" b:titel="Dr."><Name>Hofer</Name></Person></a:Akt>"#,
    ] {
        let there = read(XML, source);
        assert_eq!(at(&there, "/x_CaseId"), "at/bk:7");
        assert_eq!(at(&there, "/x_Persons/0/prs_SecondName"), "Hofer");
        assert_eq!(at(&there, "/x_Persons/0/prs_Title"), "Dr.");
        assert_eq!((there.report.mapped, unmapped(&there)), (4, vec![]));
        assert_eq!(
            back(XML, &there),
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Akt xmlns=\"urn:example:akt\" \
             xmlns:p=\"urn:example:person\" fassung=\"2\" nr=\"7\"><p:Person p:titel=\"Dr.\"><p:Name>Hofer</p:Name>\
             </p:Person></Akt>\n"
        );
    }
}

#[test]
fn an_element_of_another_namespace_or_of_none_is_unmapped() {
    let there = read(
        XML,
        r#"<Akt xmlns="urn:example:akt" nr="7" fassung="2"><Person><Name>x</Name></Person><Name xmlns="urn:other">y</Name><Name xmlns="">z</Name></Akt>"#,
    );
    assert_eq!(unmapped(&there), ["Person/Name", "{urn:other}Name", "{}Name"]);
}

#[test]
fn a_root_of_another_namespace_and_a_prefix_without_one_are_refused() {
    let catalogue = catalogue();
    let mapping = mapping(XML, &catalogue);
    let error = |source: &str| {
        let mut results: Vec<_> = records(&mapping, &catalogue, source.as_bytes()).collect();
        results.remove(0).unwrap_err().to_string()
    };
    assert_eq!(
        error("<Akt nr=\"7\"/>"),
        "line 1: the root element must be `Akt` of the namespace `urn:example:akt`; check that the table fits"
    );
    assert_eq!(
        error("<Akt xmlns=\"urn:example:akt\"><q:x>1</q:x></Akt>"),
        "line 1: a prefix is used that no `xmlns` declares"
    );
}

#[test]
fn a_literal_that_differs_is_unmapped() {
    let there = read(XML, r#"<Akt xmlns="urn:example:akt" nr="7" fassung="3"/>"#);
    assert_eq!(unmapped(&there), ["@fassung"]);
}

#[test]
fn a_flag_says_yes_no_or_nothing_and_comes_back_as_it_was() {
    for (row, control, absent, child) in [
        ("1,0,1,2020,x", json!(["DebtBondage"]), Value::Null, json!(true)),
        ("0,-99,0,2020,x", Value::Null, json!(["DebtBondage"]), json!(false)),
        ("-99,-99,-99,2020,x", Value::Null, Value::Null, Value::Null),
    ] {
        let source = format!("debt,threat,child,year,state\r\n{row}\r\n");
        let there = read(CSV, &source);
        assert_eq!(at(&there, "/x_Persons/0/vic_MethodsOfControl"), control, "{row}");
        assert_eq!(at(&there, "/x_Persons/0/x_MethodsOfControlAbsent"), absent, "{row}");
        assert_eq!(at(&there, "/x_Persons/0/x_ChildNow"), child, "{row}");
        let again = back(CSV, &there);
        let stated = row.starts_with("1,0");
        let wanted = if stated { source.replace("1,0,", "1,-99,") } else { source };
        assert_eq!(again, wanted, "a no without a place is lossy, and only that");
        let losses: Vec<_> = there.report.lossy.iter().map(|loss| (&*loss.path, &*loss.note)).collect();
        let no = ("row/threat", "that it does not apply is not carried");
        assert_eq!(losses, if stated { vec![no] } else { vec![] });
    }
}

#[test]
fn a_flag_whose_code_is_wider_says_so_in_both_directions() {
    let there = read(CSV, "debt,threat,child,year,state\n?,1,?,2020,x\n");
    let note = "the column has threats of any kind";
    assert_eq!(at(&there, "/x_LossNote"), json!([{"note": note, "path": "row/threat"}]));
    let catalogue = catalogue();
    let national = import(&mapping(CSV, &catalogue), &catalogue, &there.record).unwrap();
    let lossy: Vec<_> = national.report.lossy.iter().map(|loss| (&*loss.path, &*loss.note)).collect();
    assert_eq!(lossy, [("x_Persons[0].vic_MethodsOfControl[0]", note)]);
    assert!(String::from_utf8(national.bytes).unwrap().ends_with("\r\n-99,1,-99,2020,x\r\n"));
}

#[test]
fn a_word_that_says_nothing_is_carried_as_nothing_and_an_unknown_one_is_kept() {
    let there = read(CSV, "debt,threat,child,year,state\n2,?,?,Not Specified,Not Specified\n");
    assert_eq!(unmapped(&there), ["row/debt"]);
    assert_eq!(there.report.mapped, 4);
    assert_eq!(at(&there, "/x_RegistrationYear"), Value::Null);
    assert!(back(CSV, &there).ends_with("\r\n-99,-99,-99,unknown,\r\n"));
}

fn problem(table: &str) -> (usize, String) {
    let mut problems = Mapping::load(table, "t.toml", &catalogue()).unwrap_err();
    assert_eq!(problems.len(), 1, "{problems:?}");
    let problem = problems.remove(0);
    (problem.line, problem.reason)
}

#[test]
fn what_a_table_says_wrongly_is_found_with_its_line() {
    let head = "name = \"t\"\nversion = \"1\"\nagency = \"rs/mup\"\nformat = \"json\"\n";
    let act = "[[field]]\nsource = \"a\"\ntarget = \"x_Act\"\nas = \"code\"\ntable = \"act\"\n[codes.act]\n\"a\" = \"Sell\"\n";
    for (lines, line, reason) in [
        (
            "[[field]]\nsource = \"a\"\ntarget = \"x_Court\"\n[[field]]\nsource = \"b\"\ntarget = \"x_Court\"\n".to_owned(),
            8,
            "`x_Court` takes one value and has it from `a` already; drop one of the two, or mark the one that may stay \
             behind with `first = true`",
        ),
        (
            act.to_owned(),
            5,
            "no word for `Recruit`, `Transport`, `Transfer`, `Buy`, `Broker`, `Harbour`, `Receive`, `OtherDisposal`, \
             which `x_Act` may hold; give each one in `[codes.…]` or `[back.…]`, or name it in `[without]`",
        ),
        (
            format!("{act}[without]\nact = [\"Fly\"]\n"),
            5,
            "`without`: list `x_Act` has no code `Fly`",
        ),
        (
            format!("{act}[without]\nact = [\"Sell\"]\n"),
            5,
            "`without` names `Sell`, but the table has a word for it",
        ),
        ("[without]\nact = [\"Sell\"]\n".to_owned(), 6, "`without.act` stands without `[codes.act]`"),
        (
            "[[field]]\nsource = \"a\"\ntarget = \"x_Persons[]\"\n".to_owned(),
            5,
            "`x_Persons[]` is the value itself; write it without `[…]`",
        ),
        (
            "[[field]]\nsource = \"a\"\ntarget = \"x_Act\"\nas = \"flag\"\nvalue = \"Sell\"\n".to_owned(),
            5,
            "a `flag` needs `[flags]` with its words at the head of the table",
        ),
        (
            "[flags]\nyes = \"1\"\n[[field]]\nsource = \"a\"\ntarget = \"x_Act\"\nas = \"flag\"\n".to_owned(),
            7,
            "a `flag` needs `value`, the code that it stands for",
        ),
        (
            "[flags]\nyes = \"1\"\n[[field]]\nsource = \"a\"\ntarget = \"x_Court\"\nas = \"flag\"\nvalue = \"x\"\n".to_owned(),
            7,
            "`x_Court` is not a list of codes",
        ),
        (
            "[flags]\nyes = \"1\"\n[[field]]\nsource = \"a\"\ntarget = \"x_Act\"\nas = \"flag\"\nvalue = \"Sell\"\nabsent = \"x_Means\"\n".to_owned(),
            7,
            "`x_Means` is not a list of the same codes as `x_Act`",
        ),
        ("[namespaces]\na = \"urn:a\"\n".to_owned(), 6, "only an XML table has namespaces"),
        (
            "[[literal]]\nsource = \"a\"\nvalue = \"1\"\n[[literal]]\nsource = \"a\"\nvalue = \"2\"\n".to_owned(),
            8,
            "`a` has a line already",
        ),
        (
            "[[literal]]\nsource = \"a\"\nvalue = \"\"\n".to_owned(),
            5,
            "a literal that is empty says nothing; leave it out",
        ),
    ] {
        assert_eq!(problem(&format!("{head}{lines}")), (line, reason.to_owned()));
    }
}
