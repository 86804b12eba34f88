//! Documents that are made from the program are snapshots: a change shows as a diff.
//!
//! `UPDATE_SNAPSHOTS=1 cargo test --test it documents` writes them anew.

use std::fmt::Write;
use std::path::Path;

use casebridge::message::Kind;
use casebridge::relay::Code;

use crate::world::casebridge;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn snapshot(name: &str, text: &str) {
    let path = root().join("tests/snapshots").join(name);
    if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
        std::fs::write(&path, text).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(kept == text, "{} is no longer what the program says; see the head of this file", path.display());
}

#[test]
fn the_help_of_every_command_is_as_documented() {
    let commands = [
        "",
        "demo",
        "serve",
        "check",
        "translate",
        "mapping",
        "mapping check",
        "mapping new",
        "mapping coverage",
        "schema",
        "submit",
        "inbox",
        "consent",
        "consent withdraw",
        "erasures",
        "review",
        "explain",
        "policy",
        "policy replay",
        "policy explain",
        "policy check",
        "policy diff",
        "policy apply",
        "policy approve",
        "policy reject",
        "policy history",
        "policy rollback",
        "bench",
    ];
    let mut text = String::new();
    for command in commands {
        let output = casebridge().args(command.split_whitespace()).arg("--help").output().unwrap();
        assert!(output.status.success(), "{command}");
        write!(text, "$ casebridge {command} --help\n{}\n", String::from_utf8(output.stdout).unwrap())
            .unwrap();
    }
    snapshot("help.txt", &text);
}

#[test]
fn the_protocol_names_every_code_with_its_status_and_every_kind() {
    let protocol = std::fs::read_to_string(root().join("docs/protocol.md")).unwrap();
    for code in Code::ALL {
        let row = format!("| `{code}` | {} |", code.status());
        assert!(protocol.contains(&row), "docs/protocol.md has no row `{row}`");
    }
    for kind in Kind::ALL {
        let name = format!("`{}`", kind.as_str());
        assert!(protocol.contains(&name), "docs/protocol.md does not name the kind {name}");
    }
}

#[test]
fn the_commands_print_the_schema_as_it_is_published() {
    for (form, file) in [("export", "docs/schema.json"), ("page", "docs/schema.md")] {
        let output = casebridge().args(["schema", form]).output().unwrap();
        assert!(output.status.success(), "{form}");
        assert_eq!(output.stdout, std::fs::read(root().join(file)).unwrap(), "{file}");
    }
}

#[test]
fn no_snapshot_is_left_over() {
    let kept: Vec<_> = std::fs::read_dir(root().join("tests/snapshots"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    assert_eq!(kept, ["help.txt"]);
}
