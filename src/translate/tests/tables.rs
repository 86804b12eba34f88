//! Tables are refused with file and line.

use super::{AT, CTDC, CZTLJ, GLOBAL, JT, MINRZS, MUP, SI, SURVEY, SYNTHETIC, catalogue, mapping};
use crate::translate::{Format, Mapping, MappingProblem};

#[test]
fn every_table_of_the_configuration_loads_and_says_whose_it_is() {
    let catalogue = catalogue();
    for (text, name, agency, format) in [
        (MUP, "rs-mup", "rs/mup", Format::Xml),
        (JT, "rs-jt", "rs/jt", Format::Csv),
        (MINRZS, "rs-minrzs", "rs/minrzs", Format::Json),
        (CZTLJ, "rs-cztlj", "rs/cztlj", Format::Xml),
        (SI, "si-policija", "si/policija", Format::Json),
        (AT, "at-bk", "at/bk", Format::Xml),
        (SURVEY, "htcds-survey", "xx/htcds", Format::Xml),
        (CTDC, "ctdc-vp", "xx/ctdc", Format::Csv),
        (GLOBAL, "ctdc-global", "xx/ctdc", Format::Csv),
        (SYNTHETIC, "ctdc-synthetic", "xx/ctdc", Format::Csv),
    ] {
        let mapping = mapping(text, &catalogue);
        assert_eq!((mapping.name(), mapping.agency(), mapping.format()), (name, agency, format));
        assert_eq!(mapping.version(), "1");
    }
}

#[test]
fn a_mapping_is_shared_between_threads() {
    fn shared<T: Send + Sync>() {}
    shared::<Mapping>();
}

fn problems(table: &str) -> Vec<MappingProblem> {
    Mapping::load(table, "bad.toml", &catalogue()).unwrap_err()
}

#[test]
fn every_defect_of_a_table_is_found_with_its_line() {
    let head = "name = \"t\"\nversion = \"1\"\nagency = \"rs/mup\"\nformat = \"json\"\n";
    for (lines, line, reason) in [
        ("[[field]]\nsource = \"a\"\ntarget = \"x_Nonsense\"\n", 5, "no field `x_Nonsense` in the catalogue"),
        (
            "[[field]]\nsource = \"a\"\ntarget = \"x_Persons.prs_Title\"\n",
            5,
            "`x_Persons` is a list; say which entry, as in `x_Persons[]`",
        ),
        (
            "[[field]]\nsource = \"a\"\ntarget = \"x_Persons[].prs_Title\"\n",
            5,
            "no `[[group]]` before this line makes entries of `x_Persons[]`",
        ),
        (
            "[[field]]\nsource = \"a\"\ntarget = \"x_RecordDate\"\n",
            5,
            "`x_RecordDate` cannot hold what this conversion makes",
        ),
        (
            "[[field]]\nsource = \"a\"\ntarget = \"x_Act\"\nas = \"code\"\ntable = \"act\"\n[codes.act]\n\"a\" = \"Fly\"\n",
            5,
            "list `x_Act` has no code `Fly`",
        ),
        (
            "[[field]]\nsource = \"a\"\ntarget = \"x_Act\"\nas = \"code\"\ntable = \"act\"\n[codes.act]\n\"a\" = \"Sell\"\n\"b\" = \"Sell\"\n",
            5,
            "several words stand for `Sell`; say in `[back.…]` which one is written",
        ),
        (
            "[[field]]\nsource = \"a\"\ntarget = \"x_Act\"\nas = \"code\"\ntable = \"act\"\n",
            5,
            "no table `[codes.act]`",
        ),
        ("[codes.act]\n\"a\" = \"Sell\"\n", 6, "no line uses `[codes.act]`"),
    ] {
        let table = format!("{head}{lines}");
        let found = problems(&table);
        assert_eq!(found.len(), 1, "{found:?}");
        let expected = MappingProblem { file: "bad.toml".into(), line, reason: reason.into() };
        assert_eq!(found.first(), Some(&expected));
    }
}

#[test]
fn a_table_with_several_defects_names_them_all_in_the_order_of_lines() {
    let found = problems(
        "name = \"t\"\nversion = \"1\"\nagency = \"Police\"\nformat = \"csv\"\ncolumns = [\"A\"]\nkey = [\"B\"]\n\
         [[field]]\nsource = \"C\"\ntarget = \"x_Court\"\n",
    );
    let lines: Vec<usize> = found.iter().map(|problem| problem.line).collect();
    assert_eq!(lines, [3, 6, 7]);
    let text = found.first().unwrap().to_string();
    assert_eq!(text, "bad.toml, line 3: `Police` is not a party such as `rs/mup`");
}

#[test]
fn an_unknown_key_in_a_table_is_refused() {
    let found =
        problems("name = \"t\"\nversion = \"1\"\nagency = \"rs/mup\"\nformat = \"json\"\nscripts = 1\n");
    assert_eq!(found.len(), 1);
    assert!(found.first().unwrap().reason.starts_with("unknown field `scripts`"), "{found:?}");
}
