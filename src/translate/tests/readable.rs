//! What `--back` writes can be read again, and a table that could not is refused.

use serde_json::json;

use super::{ALL, catalogue, mapping};
use crate::translate::workbench::Overview;
use crate::translate::{Mapping, import, records};

fn table(format: &str, lines: &str) -> String {
    format!("name = \"t\"\nversion = \"1\"\nagency = \"rs/mup\"\n{format}\n{lines}")
}

fn xml(lines: &str) -> String {
    table("format = \"xml\"\nroot = \"z\"", lines)
}

/// The record that is read of what is written of the record of a source, and what the writing told.
fn there_and_back(table: &str, source: &str) -> (serde_json::Value, serde_json::Value, Vec<String>, String) {
    let catalogue = catalogue();
    let mapping = mapping(table, &catalogue);
    let read = |bytes: &[u8]| {
        let mut all: Vec<_> = records(&mapping, &catalogue, bytes).collect();
        assert_eq!(all.len(), 1);
        all.remove(0).unwrap().record
    };
    let first = read(source.as_bytes());
    let form = import(&mapping, &catalogue, &first).unwrap();
    let text = String::from_utf8(form.bytes.clone()).unwrap();
    let second = read(&form.bytes);
    let persons = |record: &crate::schema::Record| {
        let mut persons = json!(record.members().get("x_Persons"));
        for person in persons.as_array_mut().into_iter().flatten() {
            person.as_object_mut().unwrap().remove("x_PersonId");
        }
        persons
    };
    (persons(&first), persons(&second), form.report.unmapped, text)
}

const GROUP: &str = "[[group]]\nsource = \"d\"\ntarget = \"x_Persons[]\"\n";

#[test]
fn a_list_from_an_attribute_is_written_as_one_element_each() {
    let table =
        xml(&format!("{GROUP}[[field]]\nsource = \"d/u/@sifra\"\ntarget = \"x_Persons[].x_Risks\"\n"));
    let (first, second, _, text) =
        there_and_back(&table, "<z><d><u sifra=\"K07\"/><u sifra=\"K12\"/></d></z>");
    assert!(text.contains("<u sifra=\"K07\"/><u sifra=\"K12\"/>"), "{text}");
    assert_eq!(first, second);
    assert_eq!(first.pointer("/0/x_Risks"), Some(&json!(["K07", "K12"])));
}

#[test]
fn a_list_where_the_form_has_room_for_one_value_is_refused_with_its_line_and_reason() {
    let catalogue = catalogue();
    for more in [
        "[[field]]\nsource = \"d/u/vrsta\"\ntarget = \"x_Persons[].prs_Title\"\n",
        "[[literal]]\nsource = \"d/u/@v\"\nvalue = \"1\"\n",
    ] {
        let lines =
            format!("{GROUP}[[field]]\nsource = \"d/u/@sifra\"\ntarget = \"x_Persons[].x_Risks\"\n{more}");
        let problems = Mapping::load(&xml(&lines), "t.toml", &catalogue).unwrap_err();
        let told: Vec<String> = problems.iter().map(ToString::to_string).collect();
        assert_eq!(
            told,
            [
                "t.toml, line 9: `d/u/@sifra` has room for one value, but `x_Persons[].x_Risks` is a list; say `split` \
              when one value holds several, or `single` when the form takes one"
            ]
        );
    }
}

#[test]
fn a_source_that_is_no_name_is_refused_where_it_is_written_and_good_where_it_is_only_read() {
    let catalogue = catalogue();
    let line =
        |more: &str| xml(&format!("[[field]]\nsource = \"Opis dela\"\ntarget = \"cco_CaseComment\"\n{more}"));
    let problems = Mapping::load(&line(""), "t.toml", &catalogue).unwrap_err();
    assert_eq!(problems.len(), 1, "{problems:?}");
    assert!(
        problems[0].reason.starts_with("`Opis dela` is no XML name, so it cannot be written"),
        "{problems:?}"
    );
    assert!(Mapping::load(&line("only = \"export\"\n"), "t.toml", &catalogue).is_ok());
}

#[test]
fn a_value_that_would_be_read_as_another_or_as_several_or_as_nothing_is_told_and_not_written() {
    let head = "format = \"json\"\nempty = [\"-99\"]";
    let lines = "[[group]]\nsource = \"p\"\ntarget = \"x_Persons[]\"\n\
        [[field]]\nsource = \"p/r\"\ntarget = \"x_Persons[].x_Risks\"\nsplit = \"; \"\n\
        [[field]]\nsource = \"p/t\"\ntarget = \"x_Persons[].prs_Title\"\nblank = \"nema\"\n\
        [[field]]\nsource = \"p/s\"\ntarget = \"x_Persons[].x_Note\"\n";
    let catalogue = catalogue();
    let table = table(head, lines);
    let mapping = mapping(&table, &catalogue);
    let record = json!({
        "x_Persons": [{"x_Risks": ["one", "two; three"], "prs_Title": "nema", "x_Note": "-99"}]
    });
    let record = crate::schema::Record::new(record.as_object().unwrap().clone());
    let form = import(&mapping, &catalogue, &record).unwrap();
    assert_eq!(String::from_utf8(form.bytes).unwrap(), "{\"p\":[{\"r\":\"one\",\"t\":\"nema\"}]}\n");
    assert_eq!(
        form.report.unmapped,
        ["x_Persons[0].prs_Title", "x_Persons[0].x_Note", "x_Persons[0].x_Risks[1]"]
    );
    let again: Vec<_> = records(&mapping, &catalogue, &b"{\"p\":{\"t\":\"nema\",\"r\":\"x\"}}"[..]).collect();
    let again = again.into_iter().next().unwrap().unwrap();
    assert_eq!(again.record.members()["x_Persons"][0].get("prs_Title"), None);
    assert_eq!(again.report.unmapped, [""; 0]);
}

#[test]
fn a_column_has_room_for_one_value_and_the_others_are_told() {
    let head = "format = \"csv\"\ncolumns = [\"r\"]";
    let lines = "[[group]]\nsource = \"row\"\ntarget = \"x_Persons[]\"\n\
        [[field]]\nsource = \"r\"\ntarget = \"x_Persons[].x_Risks\"\n";
    let catalogue = catalogue();
    let table = table(head, lines);
    let mapping = mapping(&table, &catalogue);
    let record = json!({"x_Persons": [{"x_Risks": ["one", "two"]}]});
    let record = crate::schema::Record::new(record.as_object().unwrap().clone());
    let form = import(&mapping, &catalogue, &record).unwrap();
    assert_eq!(String::from_utf8(form.bytes).unwrap(), "r\r\none\r\n");
    assert_eq!(form.report.unmapped, ["x_Persons[0].x_Risks[1]"]);
}

#[test]
fn every_shipped_table_is_read_again_as_it_writes_its_own_example() {
    let catalogue = catalogue();
    for table in ALL {
        let found = Overview::of(table, "t.toml", &catalogue);
        assert!(found.is_ok(), "{:?}", found.unwrap_err());
    }
}

#[test]
fn a_table_whose_form_is_read_as_another_record_is_refused() {
    // Both lines write one member; the second reads what the first wrote.
    let lines = "[[field]]\nsource = \"a\"\ntarget = \"x_Court\"\nonly = \"import\"\n\
        [[field]]\nsource = \"a\"\ntarget = \"cco_CaseComment\"\nonly = \"export\"\n\
        [[field]]\nsource = \"b\"\ntarget = \"x_Court\"\nonly = \"export\"\n";
    let problems = Overview::of(&table("format = \"json\"", lines), "t.toml", &catalogue()).unwrap_err();
    let told: Vec<String> = problems.iter().map(ToString::to_string).collect();
    assert!(
        told.iter().any(|text| text.starts_with("t.toml, line 13: `x_Court` is not read again")),
        "{told:?}"
    );
}

#[test]
fn countries_languages_and_telephone_numbers_of_a_table_are_held_against_the_lists_of_the_conversions() {
    let head = "format = \"json\"\nimport = false";
    let group = "[[group]]\nsource = \".\"\ntarget = \"x_Persons[]\"\n";
    let catalogue = catalogue();
    for (member, convert, good, bad, told) in [
        ("prs_Citizenship", "country", "RS", "RSS", "no country has the code `RSS`"),
        ("prs_Citizenship", "code", "XK", "Serbia", "did you mean `RS`?"),
        ("prs_PrimaryLanguage", "code", "srp", "serbian", "did you mean `srp`?"),
        ("prs_MobilePhone", "code", "+381641234567", "064", "`064` is no telephone number"),
    ] {
        let with = |code: &str| {
            let field = format!(
                "[[field]]\nsource = \"d\"\ntarget = \"x_Persons[].{member}\"\nas = \"{convert}\"\ntable = \"c\"\n"
            );
            Mapping::load(
                &table(head, &format!("{group}{field}[codes.c]\nrec = \"{code}\"\n")),
                "t.toml",
                &catalogue,
            )
        };
        assert!(with(good).is_ok(), "{member} {good}");
        let problems = with(bad).unwrap_err();
        assert_eq!((problems.len(), problems[0].line), (1, 9), "{problems:?}");
        assert!(problems[0].reason.contains(told), "{problems:?}");
        let constant = format!("[[constant]]\ntarget = \"x_Persons[].{member}\"\nvalue = \"{bad}\"\n");
        assert!(Mapping::load(&table(head, &format!("{group}{constant}")), "t.toml", &catalogue).is_err());
    }
}

#[test]
fn a_former_country_of_a_table_goes_out_with_what_kind_of_code_it_has_and_comes_back() {
    let lines = "[[group]]\nsource = \"p\"\ntarget = \"x_Persons[]\"\n\
        [[field]]\nsource = \"p/d\"\ntarget = \"x_Persons[].prs_Citizenship\"\nas = \"code\"\ntable = \"c\"\n\
        [codes.c]\nSFRJ = \"YU\"\n";
    let (first, second, unmapped, text) =
        there_and_back(&table("format = \"json\"", lines), "{\"p\": {\"d\": \"SFRJ\"}}");
    assert_eq!(first, json!([{"prs_Citizenship": [{"code": "YU", "scheme": "iso3166-3"}]}]));
    assert_eq!(first, second);
    assert!(
        text.contains("SFRJ") && !unmapped.iter().any(|path| path.contains("Citizenship")),
        "{unmapped:?}"
    );
}

/// Persons with an industry of which the words are beginnings.
fn of_beginnings(head: &str, more: &str) -> String {
    let lines = format!(
        "[[group]]\nsource = \"p\"\ntarget = \"x_Persons[]\"\n\
         [[field]]\nsource = \"p/b\"\ntarget = \"x_Persons[].vic_ForcedLabourIndustry\"\n{more}table = \"b\"\n\
         prefix = true\n[codes.b]\n1 = \"C_Manufacturing\"\n10 = \"F_Construction\"\n9 = \"\"\n"
    );
    table(head, &lines)
}

#[test]
fn the_longest_beginning_of_a_value_is_its_word_and_a_value_without_one_is_unmapped() {
    let catalogue = catalogue();
    let text = of_beginnings("format = \"json\"\nimport = false", "as = \"code\"\nlossy = \"the class\"\n");
    let mapping = mapping(&text, &catalogue);
    for (value, code) in [
        ("10.71", Some("F_Construction")),
        ("11", Some("C_Manufacturing")),
        ("1", Some("C_Manufacturing")),
        ("21", None),
        ("č1", None),
        ("95", None),
    ] {
        let source = json!({"p": {"b": value}}).to_string();
        let read = records(&mapping, &catalogue, source.as_bytes()).next().unwrap().unwrap();
        let found = json!(read.record.members()).pointer("/x_Persons/0/vic_ForcedLabourIndustry/0").cloned();
        assert_eq!(found, code.map(Into::into), "{value}");
        assert_eq!(read.report.unmapped.len(), usize::from(code.is_none()), "{value}");
        assert_eq!(read.report.lossy.len(), usize::from(code.is_some()), "{value}");
    }
}

#[test]
fn a_beginning_needs_words_a_declared_loss_and_a_field_that_does_not_protect() {
    let catalogue = catalogue();
    let head = "format = \"json\"\nimport = false";
    let good = of_beginnings(head, "as = \"code\"\nlossy = \"x\"\n");
    let handling = good
        .replace("x_Persons[].vic_ForcedLabourIndustry", "x_Handling")
        .replace("C_Manufacturing", "H0")
        .replace("F_Construction", "H1");
    let country = good
        .replace("vic_ForcedLabourIndustry", "prs_Citizenship")
        .replace("\"code\"", "\"country\"")
        .replace("C_Manufacturing", "RS")
        .replace("F_Construction", "SI");
    for (text, told) in [
        (of_beginnings(head, "as = \"code\"\n"), "say with `lossy` what it is"),
        (country, "only `code` has words that are beginnings"),
        (handling, "protects, so a value is read as a whole"),
        (good.replace("prefix = true", "prefx = true"), "unknown field `prefx`"),
    ] {
        let problems = Mapping::load(&text, "t.toml", &catalogue).unwrap_err();
        assert!(problems.iter().any(|problem| problem.reason.contains(told)), "{problems:?}");
    }
}
