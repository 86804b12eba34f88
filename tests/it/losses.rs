//! What is not read, is lost or finds no place is told before it is said what becomes of the message, to whoever sends,
//! releases or reads it.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use casebridge::exchange::{Content, Request, Submitted};
use casebridge::message::{Kind, Purpose};

use crate::release::POLICE;
use crate::versions::installed;
use crate::workbench::{file, out, run};
use crate::world::{World, casebridge, opened, record, warning};

/// The police's sample, with changes.
fn sample(changes: &[(&str, &str)]) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("config/samples/rs-mup.xml");
    let mut text = std::fs::read_to_string(path).unwrap();
    for (old, new) in changes {
        assert!(text.contains(old), "{old}");
        text = text.replacen(old, new, 1);
    }
    text
}

/// Both outputs of a command.
fn said(command: &mut Command) -> (String, String) {
    let output = command.stdin(Stdio::null()).output().unwrap();
    (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap())
}

/// Where a line begins so.
fn place(told: &str, line: &str) -> usize {
    let found = told.lines().position(|one| one.starts_with(line));
    found.unwrap_or_else(|| panic!("no line `{line}`: {told}"))
}

const LOSSY: (&str, &str) = ("<Radnja>ПРЕВОЗ</Radnja>", "<Radnja>ПРЕДАЈА</Radnja>");
const UNREAD: (&str, &str) = ("03.11.1979.", "03.13.1979.");

fn submit(
    folder: &Path,
    command: &impl Fn(&[&str]) -> Command,
    changes: &[(&str, &str)],
) -> (PathBuf, String) {
    let path = folder.join("record.xml");
    std::fs::write(&path, sample(changes)).unwrap();
    let mut submit =
        command(&["submit", "--from", "rs/mup", "--to", "si/policija", "--kind", "info_request"]);
    submit.args(["--purpose", "investigation", "--legal-basis", "PCC-SEE-4", "--author", "officer-7"]);
    let told = said(submit.arg(&path)).0;
    (path, told)
}

#[test]
fn whoever_sends_is_told_what_translation_lost_before_it_is_said_that_it_is_sent() {
    let (folder, command) = installed();
    let (path, told) = submit(folder.path(), &command, &[LOSSY]);
    let lossy = "  with loss  Radnja[2]: handing over is sent as transfer";
    assert!(place(&told, "losses    of the record") < place(&told, lossy), "{told}");
    assert!(place(&told, lossy) < place(&told, "sent "), "{told}");
    // The same words, whoever asks.
    let translated = said(casebridge().args(["translate", "--profile", "rs-mup"]).arg(path)).1;
    assert!(translated.lines().any(|line| line == lossy), "{translated}");
    let (_, whole) = submit(folder.path(), &command, &[]);
    assert!(!whole.contains("with loss") && !whole.contains("unmapped"), "{whole}");
}

#[test]
fn whoever_releases_sees_what_was_not_read_before_the_decision_and_again_before_it_is_sent() {
    let (folder, command) = installed();
    let (_, told) = submit(folder.path(), &command, &[LOSSY, UNREAD]);
    let unmapped = "  unmapped   Lice[2]/DatumRodjenja";
    let held = told.lines().nth(place(&told, "held ")).unwrap();
    assert!(place(&told, unmapped) < place(&told, "held "), "{told}");
    assert!(!told.contains("03.13"), "a value: {told}");
    let id = held.strip_prefix("held").unwrap().trim();
    let show = ["review", "--agency", "rs/mup", "--show", id, "--reviewer", POLICE];
    let shown = said(&mut command(&show)).0;
    let unread = "not read  x_Persons[1] in record 1: Birthdate";
    for line in [unread, "  with loss  Radnja[2]: ", unmapped] {
        assert!(place(&shown, line) < place(&shown, "digest "), "{shown}");
        assert!(place(&shown, line) > place(&shown, "}"), "below the draft: {shown}");
    }
    // The author, who releases nothing, sees it too.
    let own =
        said(&mut command(&["review", "--agency", "rs/mup", "--show", id, "--reviewer", "officer-7"])).0;
    assert!(place(&own, unread) < place(&own, unmapped), "{own}");
    let mut release = command(&["review", "--agency", "rs/mup", "--release", id, "--reviewer", POLICE]);
    let (released, why) = said(release.args(["--age", "1=44", "--age-ground", "CaseFile"]));
    assert!(!released.is_empty(), "{why}");
    assert!(place(&released, unmapped) < place(&released, "sent "), "{released}");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_reads_is_told_what_the_agencys_own_form_cannot_show_and_the_form_stays_one() {
    let mut world = World::start().await;
    let request = Request {
        kind: Kind::InfoRequest,
        purpose: Purpose::Investigation,
        legal_basis: "PCC-SEE-4".parse().unwrap(),
        content: Content::National(sample(&[]).into()),
        ..warning(record())
    };
    let submitted = world.trial.rs.gateway.submit(request).await.unwrap();
    let Submitted::Sent { id, .. } = submitted else { panic!("{submitted:?}") };
    world.rs.until(opened(id)).await;
    let config = world.trial.folder().join("si/gateway.toml");
    let mut read = casebridge();
    read.args(["inbox", "--agency", "si/policija", "--reader", "officer-5", "--read", &id.to_string()]);
    let (form, told) = said(read.arg("--config").arg(&config));
    assert!(form.contains("prisilnoDelo") && !form.contains("with loss"), "{form}");
    assert!(told.contains("with loss") && told.contains("Slovene law has no own item for begging"), "{told}");
    world.end().await;
}

#[test]
fn whoever_checks_a_table_sees_which_codes_of_what_protects_would_stop_a_record() {
    let folder = tempfile::tempdir().unwrap();
    let table = |codes: &str| {
        let text = format!(
            "name = \"xx-form\"\nversion = \"1\"\nagency = \"rs/form\"\nformat = \"json\"\nimport = false\n\
             [[group]]\nsource = \"lica\"\ntarget = \"x_Persons[]\"\n\
             [[field]]\nsource = \"lica/zastita\"\ntarget = \"x_Persons[].x_WitnessProtection\"\nas = \"code\"\n\
             table = \"zastita\"\n[codes.zastita]\n{codes}"
        );
        let checked = run(&["mapping", "check", &file(folder.path(), "table.toml", &text)]);
        assert_eq!(checked.status.code(), Some(0), "{}", String::from_utf8_lossy(&checked.stderr));
        out(&checked)
    };
    let words = "trazena = \"Requested\"\n";
    let told = table(words);
    assert!(
        told.contains("reads no word as `NotProtected`, `Protected`, `Anonymous` of `x_WitnessProtection`"),
        "{told}"
    );
    let whole =
        table(&format!("{words}nije = \"NotProtected\"\ndata = \"Protected\"\nskrivena = \"Anonymous\"\n"));
    assert!(!whole.contains("reads no word"), "{whole}");
}
