//! Only a group makes a person: a line that names a category means the persons who are there.

use proptest::prelude::{any, prop};
use proptest::{prop_assert_eq, proptest};
use serde_json::{Value, json};

use super::{catalogue, mapping};
use crate::translate::workbench::Overview;
use crate::translate::{Mapping, records};

const HEAD: &str = "name = \"t\"\nversion = \"1\"\nagency = \"si/ird\"\nformat = \"json\"\nimport = false\n";
const CODES: &str = "[codes.skd]\nF = \"F_Construction\"\n";
const GROUP: &str = "[[group]]\nsource = \"w\"\ntarget = \"x_Persons[]\"\n\
    [[field]]\nsource = \"w/name\"\ntarget = \"x_Persons[].prs_SecondName\"\n\
    [[field]]\nsource = \"w/role\"\ntarget = \"x_Persons[].x_SubjectCategory\"\nas = \"code\"\ntable = \"role\"\n\
    [codes.role]\nv = \"victim_presumed\"\ns = \"suspect\"\n";
const SKD: &str = "[[field]]\nsource = \"skd\"\n\
    target = \"x_Persons[x_SubjectCategory=victim_presumed].vic_ForcedLabourIndustry\"\nas = \"code\"\ntable = \"skd\"\n";
const NOTE: &str = "[[field]]\nsource = \"note\"\ntarget = \"x_Persons[x_SubjectCategory=suspect].x_Note\"\n";
const ALL: &str = "[[constant]]\ntarget = \"x_Persons[x_SubjectCategory=suspect].vic_TraffickingStatus\"\n\
     value = \"PossibleVictimOfTrafficking\"\n";

fn persons(table: &str, source: &Value) -> (Vec<Value>, Vec<String>) {
    let catalogue = catalogue();
    let mapping = mapping(table, &catalogue);
    let text = source.to_string();
    let read = records(&mapping, &catalogue, text.as_bytes()).next().unwrap().unwrap();
    let persons = read.record.members().get("x_Persons").and_then(Value::as_array).cloned();
    (persons.unwrap_or_default(), read.report.unmapped)
}

proptest! {
    /// Whatever the order of the table's lines and of the source, and however many persons of which role there are.
    #[test]
    fn as_many_persons_come_out_as_go_in(
        roles in prop::collection::vec(0_usize..3, 0..6), first in any::<bool>(), order in 0_usize..6,
    ) {
        let (parts, swap) = ([GROUP, SKD, NOTE], [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]]);
        let lines: String = swap[order].iter().map(|part| parts[*part]).collect();
        let table = format!("{HEAD}{lines}{ALL}{CODES}");
        let workers: Vec<Value> = roles
            .iter()
            .enumerate()
            .map(|(n, role)| match role {
                0 => json!({"name": format!("P{n}"), "role": "v"}),
                1 => json!({"name": format!("P{n}"), "role": "s"}),
                _ => json!({"name": format!("P{n}")}),
            })
            .collect();
        let workers = Value::Array(workers).to_string();
        let beside = r#""skd": "F", "note": "n""#;
        let text = if first {
            format!("{{{beside}, \"w\": {workers}}}")
        } else {
            format!("{{\"w\": {workers}, {beside}}}")
        };
        let catalogue = catalogue();
        let mapping = mapping(&table, &catalogue);
        let read = records(&mapping, &catalogue, text.as_bytes()).next().unwrap().unwrap();
        let found = read.record.members().get("x_Persons").and_then(Value::as_array).cloned().unwrap_or_default();
        prop_assert_eq!(found.len(), roles.len());
        for (person, role) in found.iter().zip(&roles) {
            prop_assert_eq!(person.get("vic_ForcedLabourIndustry").is_some(), *role == 0);
            prop_assert_eq!(person.get("x_Note").is_some(), *role == 1);
            prop_assert_eq!(person.get("vic_TraffickingStatus").is_some(), *role == 1);
        }
        let told = |path: &str| read.report.unmapped.iter().any(|told| told == path);
        prop_assert_eq!(told("skd"), !roles.contains(&0));
        prop_assert_eq!(told("note"), !roles.contains(&1));
    }
}

#[test]
fn a_value_of_which_one_person_has_another_already_is_told() {
    let own = "[[field]]\nsource = \"w/title\"\ntarget = \"x_Persons[].prs_Title\"\nonly = \"export\"\n";
    let all = "[[field]]\nsource = \"title\"\ntarget = \"x_Persons[x_SubjectCategory=suspect].prs_Title\"\n";
    let source = json!({"title": "dr.", "w": [{"role": "s"}, {"role": "s", "title": "ing."}]});
    let (found, unmapped) = persons(&format!("{HEAD}{GROUP}{own}{all}"), &source);
    assert_eq!((&found[0]["prs_Title"], &found[1]["prs_Title"]), (&json!("dr."), &json!("ing.")));
    assert_eq!(unmapped, ["title"]);
}

#[test]
fn a_source_that_waits_does_not_move_to_the_next_person() {
    // The first person has nothing but what stands in two places, and is nobody when it is unknown.
    let both = "[[field]]\nsource = \"w/x\"\ntarget = \"x_Persons[].x_Note\"\n\
        [[field]]\nsource = \"w/x\"\ntarget = \"x_Persons[x_SubjectCategory=suspect].prs_Title\"\n";
    let source = json!({"w": [{"x": "one"}, {"name": "P", "role": "s"}]});
    let (found, _) = persons(&format!("{HEAD}{GROUP}{both}"), &source);
    assert_eq!(found.len(), 2);
    assert_eq!((&found[0]["x_Note"], &found[1]["prs_Title"]), (&json!("one"), &json!("one")));
    assert_eq!((found[0].get("prs_Title"), found[1].get("x_Note")), (None, None));
}

#[test]
fn lines_that_would_make_or_mistake_a_person_are_refused_with_their_line() {
    let line =
        |source: &str, target: &str| format!("[[field]]\nsource = \"{source}\"\ntarget = \"{target}\"\n");
    let catalogue = catalogue();
    for (target, source, told) in [
        (
            "x_Persons[first].x_Note",
            "a",
            "`[first]` chooses no entry: no `[[group]]` before this line makes `x_Persons[first]`",
        ),
        ("x_Persons[x_SubjectCategory=victim_presummed].x_Note", "a", "did you mean `victim_presumed`?"),
        (
            "x_Persons[x_SubjectCategori=suspect].x_Note",
            "a",
            "the group has no member `x_SubjectCategori`; did you mean",
        ),
        ("x_Persons[other].x_Note", "a", "`[other]` chooses no entry"),
        ("x_Persons[].x_Note", "a", "`a` stands outside of what makes the entries of `x_Persons[].x_Note`"),
    ] {
        let text =
            format!("{HEAD}[[group]]\nsource = \"w\"\ntarget = \"x_Persons[]\"\n{}", line(source, target));
        let problems = Mapping::load(&text, "t.toml", &catalogue).unwrap_err();
        assert_eq!((problems.len(), problems[0].line), (1, 9), "{problems:?}");
        assert!(problems[0].reason.contains(told), "{problems:?}");
    }
}

#[test]
fn the_check_of_a_table_tells_that_a_line_makes_nobody() {
    let overview = Overview::of(&format!("{HEAD}{GROUP}{SKD}{CODES}"), "t.toml", &catalogue()).unwrap();
    let told = "`skd` goes to every person with `x_SubjectCategory=victim_presumed`, and makes none: where there is none \
        it is unmapped";
    assert!(overview.notes.iter().any(|note| note.text == told), "{:?}", overview.notes);
}

const ROW: &str = "name = \"t\"\nversion = \"1\"\nagency = \"rs/mup\"\nformat = \"csv\"\n\
    columns = [\"ime\", \"saputnik\", \"prelaz\"]\n";
const THREE: &str = "[[group]]\nsource = \"row\"\ntarget = \"x_Persons[]\"\n\
    [[group]]\nsource = \"row\"\ntarget = \"x_Persons[companion]\"\n\
    [[group]]\nsource = \"row\"\ntarget = \"x_Events[]\"\n\
    [[field]]\nsource = \"ime\"\ntarget = \"x_Persons[].prs_FirstName\"\n\
    [[field]]\nsource = \"saputnik\"\ntarget = \"x_Persons[companion].prs_FirstName\"\n\
    [[field]]\nsource = \"prelaz\"\ntarget = \"x_Events[].hte_City\"\n";

#[test]
fn a_row_is_two_persons_and_an_event_and_who_is_not_named_is_not_there() {
    let catalogue = catalogue();
    let mapping = mapping(&format!("{ROW}import = false\nkey = [\"prelaz\"]\n{THREE}"), &catalogue);
    let source = "ime,saputnik,prelaz\nAna,Eva,X\n,Iva,X\nMia,,X\n";
    let read = records(&mapping, &catalogue, source.as_bytes()).next().unwrap().unwrap();
    let names: Vec<_> = read.record.persons().map(|person| person["prs_FirstName"].clone()).collect();
    assert_eq!(names, ["Ana", "Eva", "Iva", "Mia"]);
    assert_eq!(read.record.members()["x_Events"].as_array().unwrap().len(), 3);
    assert_eq!(read.report.unmapped, [""; 0]);
}

#[test]
fn a_companion_is_never_written_and_the_table_has_to_say_so() {
    let catalogue = catalogue();
    let problems = Mapping::load(&format!("{ROW}{THREE}"), "t.toml", &catalogue).unwrap_err();
    let lines: Vec<usize> = problems.iter().map(|problem| problem.line).collect();
    assert_eq!(lines, [18, 21], "{problems:?}");
    assert!(problems[0].reason.contains("belongs to a further group of its place, which is never written"));
}
