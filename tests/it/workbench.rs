//! The workbench for those who write translation tables, as they use it: `mapping check`, `new`, `coverage`, and
//! `translate --once` and `--watch`.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::time::Duration;

use serde_json::Value;

use crate::world::casebridge;

const SAMPLES: [&str; 6] = [
    "rs-mup.xml",
    "rs-mup-spontaneous.xml",
    "rs-jt.csv",
    "rs-minrzs.json",
    "rs-cztlj.xml",
    "si-odgovor.json",
];

pub(crate) fn run(arguments: &[&str]) -> Output {
    casebridge().args(arguments).output().unwrap()
}

pub(crate) fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

pub(crate) fn err(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

pub(crate) fn file(folder: &Path, name: &str, content: impl AsRef<[u8]>) -> String {
    let path = folder.join(name);
    std::fs::write(&path, content).unwrap();
    path.to_str().unwrap().to_owned()
}

fn sample(name: &str) -> String {
    format!("config/samples/{name}")
}

/// The table that `mapping new` makes of a sample.
fn first_table(name: &str, more: &[&str]) -> String {
    let sample = sample(name);
    let output = run(&[&["mapping", "new", "--from", &sample], more].concat());
    assert_eq!(output.status.code(), Some(0), "{name}: {}", err(&output));
    out(&output)
}

fn accepted(table: &str) -> String {
    table.lines().flat_map(|line| [line.strip_prefix("#? ").unwrap_or(line), "\n"]).collect()
}

#[test]
fn a_first_table_passes_the_check_as_printed_and_with_every_proposal_taken_and_is_the_same_each_time() {
    let folder = tempfile::tempdir().unwrap();
    for name in SAMPLES {
        for more in [&[][..], &["--show-values", "--agency", "rs/new", "--name", "my table"]] {
            let table = first_table(name, more);
            assert_eq!(table, first_table(name, more), "{name}");
            assert!(table.contains("\n#? [[field]]\n"), "{name}: nothing is proposed");
            for (file_name, text) in [("printed.toml", table.clone()), ("taken.toml", accepted(&table))] {
                let path = file(folder.path(), file_name, text);
                let checked = run(&["mapping", "check", &path]);
                assert_eq!(checked.status.code(), Some(0), "{name}, {file_name}: {}", err(&checked));
                assert!(out(&checked).starts_with(&format!("{path}: good: ")), "{}", out(&checked));
            }
        }
    }
}

#[test]
fn a_first_table_names_every_place_of_its_samples() {
    let table = first_table("rs-mup.xml", &[]);
    for place in
        ["@broj", "NacinIzvrsenja/Sredstvo", "Lice/@uloga", "Lice/Isprava/@broj", "MestoIzvrsenja/@drzava"]
    {
        assert!(table.contains(&format!("source = \"{place}\"")), "{place}");
    }
    assert!(table.contains("# \"Lice\": repeated, 2 in all; a group with"));
    assert!(table.contains("13 digits with a valid check digit: a JMBG or EMŠO?"));
    assert!(table.contains("# \"@datum\": date, written like 05.03.2024."));
    let table = first_table("rs-jt.csv", &[]);
    assert!(table.contains("encoding = \"windows-1250\"\n# Delimiter: only the semicolon gives all 3 rows"));
    assert!(table.contains("#? key = [\"UPISNIK\", \"BROJ\", \"GODINA\""));
}

#[test]
fn a_first_table_holds_no_value_of_a_sample_and_words_of_small_sets_only_when_asked() {
    let values =
        ["Његован", "Љиљана", "1506985719998", "КУ-1234/24", "15.06.1985", "Комшија", "Београд", "Ниш"];
    let hidden = first_table("rs-mup.xml", &[]);
    let shown = first_table("rs-mup.xml", &["--show-values"]);
    for value in values {
        assert!(!hidden.contains(value) && !shown.contains(value), "{value}");
    }
    for word in ["\"ПРЕТЊА\"", "\"ОШТЕЋЕНИ\"", "\"Ж\""] {
        assert!(!hidden.contains(word) && shown.contains(word), "{word}");
    }
}

#[test]
fn a_first_table_keeps_the_namespaces_of_its_samples_and_reads_them_under_any_prefix() {
    let folder = tempfile::tempdir().unwrap();
    let one = "<r xmlns='urn:a' xmlns:p='urn:b'><Pol>M</Pol><p:Ime>Ana</p:Ime><x xmlns='urn:c'>1</x></r>";
    let other = "<q:r xmlns:q='urn:a' xmlns='urn:b'><q:Pol>Z</q:Pol><Ime>Eva</Ime></q:r>";
    let (one, other) = (file(folder.path(), "1.xml", one), file(folder.path(), "2.xml", other));
    let output = run(&["mapping", "new", "--from", &one, "--from", &other]);
    let table = out(&output);
    assert!(
        table.contains("[namespaces]\n\"\" = \"urn:a\"\n\"p\" = \"urn:b\"\n\"ns3\" = \"urn:c\"\n"),
        "{table}"
    );
    assert!(table.contains("# \"p:Ime\": text, 3 characters, Latin (2 values)"), "{table}");
    assert!(table.contains("source = \"ns3:x\""), "{table}");
    let path = file(folder.path(), "t.toml", table);
    assert_eq!(run(&["mapping", "check", &path]).status.code(), Some(0));
}

#[test]
fn what_cannot_be_told_of_a_sample_is_refused_with_the_option_to_give() {
    let folder = tempfile::tempdir().unwrap();
    let refused: [(&[u8], &str); 9] = [
        (
            b"a;b,c\n1;2,3\n",
            "cannot tell the delimiter: the semicolon and the comma fit all rows alike; give `--delimiter`",
        ),
        (
            b"a;b\n1;2;3\n",
            "cannot tell the delimiter: no mark gives every row as many columns as the first row has; give `--delimiter`",
        ),
        (
            b"one\ntwo\n",
            "cannot tell the format: it begins like neither XML nor JSON, and nothing in it divides columns; give `--format`",
        ),
        (
            b"[{\"a\": 1}]",
            "cannot tell the format: it begins with `[`, and a JSON record is one object; give one object of the list as a \
             sample of its own, or `--format csv`",
        ),
        (
            b"a;b\n\xE6;\xB9\n",
            "cannot tell the encoding: the bytes are not UTF-8, and in windows-1250 some are letters of other languages; \
             give `--encoding windows-1250`, or save the sample as UTF-8",
        ),
        (b"\xFF\xFEa\0", "it is UTF-16 or no text at all; save it as UTF-8 or windows-1250"),
        (b"  \n", "there is nothing in it"),
        (b"a;a\n1;2\n", "two columns of the first line have one name"),
        (b"<a><b></a>", "line 1: the start and end tags do not match; close every element that was opened"),
    ];
    for (bytes, reason) in refused {
        let path = file(folder.path(), "sample", bytes);
        let output = run(&["mapping", "new", "--from", &path]);
        assert_eq!(output.status.code(), Some(1), "{reason}");
        assert_eq!(err(&output), format!("casebridge: {path}: {reason}\n"));
        assert!(output.stdout.is_empty());
    }
    let path = file(folder.path(), "sample", b"a;b,c\n1;2,3\n");
    let told = run(&["mapping", "new", "--from", &path, "--delimiter", ","]);
    assert!(
        out(&told).contains("# Delimiter: as `--delimiter` says.\ndelimiter = \",\"\n"),
        "{}",
        out(&told)
    );
    let other = file(folder.path(), "other.xml", "<a/>");
    let output = run(&["mapping", "new", "--from", &other, "--from", &sample("rs-minrzs.json")]);
    assert!(err(&output).contains("its format is not that of the first sample"), "{}", err(&output));
}

#[test]
fn a_check_tells_every_defect_with_its_line_and_the_name_that_was_meant() {
    let folder = tempfile::tempdir().unwrap();
    let good = std::fs::read_to_string("config/translate/rs-mup.toml").unwrap();
    let bad =
        good.replacen("prs_Birthdate", "prs_Brithdate", 1).replacen("\"x_RecordDate\"", "\"x_Offence\"", 1);
    let path = file(folder.path(), "bad.toml", &bad);
    let line = 1 + bad[..bad.find("prs_Brithdate").unwrap()].matches('\n').count();
    let output = run(&["mapping", "check", "rs-jt", &path]);
    assert_eq!(output.status.code(), Some(78));
    // A line entry begins two lines above its target.
    let told = format!(
        "{path}, line {}: no field `x_Persons.prs_Brithdate` in the catalogue; did you mean `x_Persons[].prs_Birthdate`?",
        line - 2
    );
    assert!(err(&output).contains(&told), "{told}\n{}", err(&output));
    assert!(err(&output).contains(&format!("{path}: 2 defects; ")), "{}", err(&output));
    assert!(out(&output).starts_with("translate/rs-jt.toml: good: "), "{}", out(&output));
}

#[test]
fn a_check_notes_what_is_read_only_what_is_lost_and_which_codes_have_no_word() {
    let told = out(&run(&["mapping", "check", "rs-mup"]));
    for note in [
        "`Radnja` -> `x_Events[first].hte_Type` is only read, never written",
        "`[codes.act]` `ДРЖАЊЕ` is read with loss: holding is sent as harbouring",
        "`[back.act]` `Receive` is written with loss: Serbian law knows receipt as holding",
        "`[codes.gender]` has no word for 4 of `prs_Gender`, as `[without]` says",
    ] {
        assert!(told.contains(note), "{note}\n{told}");
    }
    assert!(told.contains(" code tables, both ways\n"), "{told}");
}

#[test]
fn coverage_counts_places_lines_and_words_and_names_what_is_not_used() {
    let first = sample("rs-mup.xml");
    let output = run(&["mapping", "coverage", "rs-mup", &first, "--json"]);
    assert_eq!(output.status.code(), Some(0));
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(told["records"], 1);
    // The sample has 31 different places with values; the table knows them all.
    assert_eq!(told["sources"], serde_json::json!({"used": 31, "of": 31, "percent": 100, "unused": []}));
    let table = std::fs::read_to_string("config/translate/rs-mup.toml").unwrap();
    let lines = table.matches("\n[[field]]").count() + table.matches("\n[[join]]").count();
    assert_eq!(told["lines"]["of"], lines);
    let unused = |share: &str| -> Vec<String> {
        told[share]["unused"].as_array().unwrap().iter().map(|v| v.as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(told["lines"]["used"], lines - unused("lines").len());
    assert!(unused("lines").iter().any(|line| line.contains("`VezaBroj` -> `x_RelatedCase`")));
    assert!(!unused("lines").iter().any(|line| line.contains("`Lice/JMBG`")));
    let words = unused("words");
    assert!(words.contains(&"`[codes.means]` `СИЛА`".to_owned()));
    assert!(!words.contains(&"`[codes.means]` `ПРЕТЊА`".to_owned()));
    let fields = unused("fields");
    assert!(fields.contains(&"x_Court".to_owned()) && !fields.contains(&"x_CaseId".to_owned()));
    let both = run(&["mapping", "coverage", "rs-mup", &first, &sample("rs-mup-spontaneous.xml")]);
    assert!(out(&both).starts_with("translate/rs-mup.toml: 2 records of 2 samples\n"), "{}", out(&both));
}

#[test]
fn the_view_shows_each_value_beside_its_result_and_marks_loss_and_what_has_no_place() {
    let folder = tempfile::tempdir().unwrap();
    let text = std::fs::read_to_string("config/samples/rs-mup.xml").unwrap();
    let text = text.replace("<Radnja>ПРЕВОЗ</Radnja>", "<Radnja>ДРЖАЊЕ</Radnja><Boja>плава</Boja>");
    let path = file(folder.path(), "sample.xml", text);
    let output = casebridge()
        .args(["translate", "--once", "--profile", "rs-mup", &path])
        .env("COLUMNS", "160")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0));
    let view = out(&output);
    let row = |left: &str| view.lines().find(|line| line.starts_with(left)).unwrap_or_default().to_owned();
    assert!(row("Lice[2]/Pol = М ").contains("| x_Persons[1].prs_Gender = Masculine ["), "{view}");
    assert!(row("Boja = плава ").ends_with("| ! UNMAPPED"), "{view}");
    assert!(view.contains("| ! LOSS: holding is sent as harbouring ["), "{view}");
    assert!(view.contains("\nmapped ") && view.contains("\nback: mapped "), "{view}");
    assert!(view.lines().all(|line| line.chars().count() <= 160));
    assert!(!view.contains('\u{1b}'), "no escape where there is no terminal");
}

#[test]
fn the_view_and_coverage_end_with_the_code_of_what_went_wrong() {
    let folder = tempfile::tempdir().unwrap();
    let table = file(folder.path(), "bad.toml", "name = 1\n");
    let broken = file(folder.path(), "broken.xml", "<KrivicnaPrijava>");
    let good = sample("rs-mup.xml");
    for (arguments, code) in [
        (vec!["translate", "--once", "--profile", "rs-mup", &broken, &good], 1),
        (vec!["translate", "--once", "--profile", &table, &good], 78),
        (vec!["mapping", "coverage", &table, &good], 78),
        (vec!["mapping", "coverage", "rs-mup", &broken], 1),
        (vec!["mapping", "check", &table], 78),
        (vec!["mapping", "check", "no-such-table"], 1),
        (vec!["mapping", "new", "--from", "no-such-sample"], 1),
        (vec!["translate", "--once", "--json", "--profile", "rs-mup", &good], 2),
        (vec!["translate", "--watch", "--back", "--profile", "rs-mup", &good], 2),
        (vec!["translate", "--profile", "rs-mup"], 2),
        (vec!["mapping", "new"], 2),
        (vec!["mapping", "new", "--from", &good, "--agency", "Rs"], 2),
        (vec!["mapping", "coverage", "rs-mup"], 2),
        (vec!["mapping"], 2),
    ] {
        let output = run(&arguments);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {}{}", out(&output), err(&output));
    }
    let several = run(&["translate", "--json", "--profile", "rs-mup", &good, &broken, &good]);
    assert_eq!(several.status.code(), Some(1));
    assert_eq!(out(&several).lines().count(), 2, "the others are translated all the same");
}

/// How long a watch that shows nothing new is waited for before the test fails.
const LONGEST: Duration = Duration::from_mins(1);

/// A watch that runs until its standard input is closed.
struct Watch {
    child: std::process::Child,
    lines: Receiver<String>,
    views: usize,
}

impl Watch {
    fn start(table: &str, sample: &str) -> Self {
        let mut child = casebridge()
            .args(["translate", "--watch", "--profile", table, sample])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let printed = BufReader::new(child.stdout.take().unwrap()).lines();
        let (sender, lines) = mpsc::channel();
        std::thread::spawn(move || printed.map_while(Result::ok).try_for_each(|line| sender.send(line)));
        Self { child, lines, views: 0 }
    }

    /// The next view that holds `text`. One save may be seen as several.
    fn until(&mut self, text: &str) -> String {
        let mut view = String::new();
        while let Ok(line) = self.lines.recv_timeout(LONGEST) {
            if line.starts_with("view ") {
                self.views += 1;
                if view.contains(text) {
                    return view;
                }
                view.clear();
            } else {
                view += &line;
                view.push('\n');
            }
        }
        let _ = self.child.kill();
        panic!("the watch did not show `{text}`")
    }
}

#[test]
fn a_watch_shows_every_save_of_table_and_sample_goes_on_after_a_mistake_and_ends_with_its_input() {
    let folder = tempfile::tempdir().unwrap();
    let table = std::fs::read_to_string("config/translate/rs-mup.toml").unwrap();
    let record = std::fs::read_to_string("config/samples/rs-mup.xml").unwrap();
    let table_path = file(folder.path(), "table.toml", &table);
    let sample_path = file(folder.path(), "sample.xml", &record);
    let mut watch = Watch::start(&table_path, &sample_path);
    watch.until("Lice/Pol = Ж");
    file(folder.path(), "sample.xml", record.replace("<Pol>Ж</Pol>", "<Pol>женски</Pol>"));
    watch.until("Lice/Pol = женски");
    // An editor puts a new file into the place of the old one.
    let next = file(
        folder.path(),
        "table.toml.new",
        table.replace("\"Ж\" = \"Feminine\"", "\"женски\" = \"Feminine\""),
    );
    std::fs::rename(next, PathBuf::from(&table_path)).unwrap();
    assert!(watch.until("prs_Gender = Feminine").contains("Lice/Pol = женски"));
    file(folder.path(), "table.toml", table.replace("prs_Gender", "prs_Gendre"));
    let told = watch.until("prs_Gendre");
    assert!(told.contains(&format!("error: {table_path}, line ")), "{told}");
    assert!(told.contains("did you mean `x_Persons[].prs_Gender`?"), "{told}");
    file(folder.path(), "table.toml", &table);
    file(folder.path(), "sample.xml", "<KrivicnaPrijava>");
    watch.until(&format!("error: {sample_path}, record 1: "));
    file(folder.path(), "sample.xml", &record);
    watch.until("Lice/Pol = Ж");
    assert!(watch.views >= 6);
    drop(watch.child.stdin.take());
    assert!(watch.child.wait().unwrap().success());
}
