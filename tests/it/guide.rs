//! The guides that show tables and commands: what they say is what the program does.
//!
//! `UPDATE_SNAPSHOTS=1 cargo test --test it guide` writes the outputs in the walk anew.

use std::path::Path;
use std::process::{Command, Stdio};

use casebridge::app::trial::write_folder;

use crate::workbench::{err, file, run};

#[test]
fn every_command_of_the_guide_prints_what_the_guide_says() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = tempfile::tempdir().unwrap();
    for entry in std::fs::read_dir(root.join("docs/guide/map-an-agency")).unwrap() {
        let path = entry.unwrap().path();
        std::fs::copy(&path, folder.path().join(path.file_name().unwrap())).unwrap();
    }
    write_folder(&folder.path().join("trial"), 18443, 18444).unwrap();
    let guide = walked("docs/guide/map-an-agency.md", folder.path(), 11);
    // What the guide shows of the table is in the table.
    let table = std::fs::read_to_string(root.join("docs/guide/map-an-agency/rs-inspekcija.toml")).unwrap();
    for block in guide.split("```toml\n").skip(1) {
        let shown = block.split("```").next().unwrap();
        assert!(table.contains(shown) || shown.starts_with("[[agency]]"), "not in the table:\n{shown}");
    }
}

#[test]
fn every_command_of_the_administrators_guide_prints_what_the_guide_says() {
    let folder = tempfile::tempdir().unwrap();
    write_folder(&folder.path().join("trial"), 18447, 18448).unwrap();
    walked("docs/guide/administrator.md", folder.path(), 10);
}

/// Runs the commands of a guide in `folder`, at least `least` of them, and holds their output against the guide, but
/// for digests and times. Gives the guide.
fn walked(name: &str, folder: &Path, least: usize) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    let guide = std::fs::read_to_string(&path).unwrap();
    let binary = Path::new(env!("CARGO_BIN_EXE_casebridge")).parent().unwrap();
    let programs = format!("{}:{}", binary.display(), std::env::var("PATH").unwrap());
    let mut renewed = String::new();
    let mut commands = 0;
    for (number, block) in guide.split("```").enumerate() {
        if number > 0 {
            renewed += "```";
        }
        let Some(session) = block.strip_prefix("console\n").filter(|_| number % 2 == 1) else {
            renewed += block;
            continue;
        };
        renewed += "console\n";
        for command in session.lines().filter_map(|line| line.strip_prefix("$ ")) {
            commands += 1;
            let output = Command::new("sh")
                .args(["-c", &format!("{{ {command}\n}} 2>&1")])
                .current_dir(folder)
                .env("PATH", &programs)
                .stdin(Stdio::null())
                .env("COLUMNS", "100")
                .output()
                .unwrap();
            renewed.extend(["$ ", command, "\n", &String::from_utf8(output.stdout).unwrap()]);
            if !renewed.ends_with('\n') {
                renewed.push('\n');
            }
        }
    }
    assert!(commands >= least, "{commands}");
    if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
        std::fs::write(&path, &renewed).unwrap();
    }
    assert_eq!(
        same_every_time(&renewed),
        same_every_time(&guide),
        "UPDATE_SNAPSHOTS=1 writes the outputs anew"
    );
    guide
}

/// The text without what differs from run to run: digests and times.
fn same_every_time(text: &str) -> String {
    let same = |word: &str| {
        let bare = word.trim_matches(['(', ')', '.', ':', ',', '\n']);
        let digest = matches!(bare.len(), 16 | 64) && bare.bytes().all(|byte| byte.is_ascii_hexdigit());
        if digest || bare.parse::<jiff::Timestamp>().is_ok() {
            word.replacen(bare, "…", 1)
        } else {
            word.to_owned()
        }
    };
    text.split_inclusive([' ', '\n'])
        .map(|word| match word.strip_suffix(' ') {
            Some(bare) => same(bare) + " ",
            None => same(word),
        })
        .collect()
}

#[test]
fn the_reference_of_the_language_has_every_word_and_every_example_of_it_loads() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let reference = std::fs::read_to_string(root.join("docs/guide/mapping-language.md")).unwrap();
    let source = std::fs::read_to_string(root.join("src/translate/table.rs")).unwrap();
    let mut words = Vec::new();
    let mut conversions = false;
    for line in source.lines().map(str::trim) {
        if let Some((name, _)) = line.strip_prefix("pub(super) ").and_then(|rest| rest.split_once(": ")) {
            words.push(if name == "convert" { "as".to_owned() } else { name.to_owned() });
        }
        conversions = conversions && line != "}" || line.starts_with("pub(super) enum ConvertName");
        let variant = line.trim_end_matches(',');
        if conversions && !variant.is_empty() && variant.chars().all(char::is_alphanumeric) {
            words.push(variant.to_lowercase());
        }
    }
    assert!(words.len() > 60 && words.contains(&"offence".to_owned()), "{words:?}");
    for word in words {
        let entries = ["group", "field", "join", "constant", "literal", "codes", "back", "without"];
        let written = match word.as_str() {
            entry if entries.contains(&entry) => format!("[{entry}"),
            word => format!("`{word}`"),
        };
        let inside = format!("{word} = ");
        assert!(reference.contains(&written) || reference.contains(&inside), "no `{word}` in the reference");
    }
    let folder = tempfile::tempdir().unwrap();
    let head = "name = \"xx-form\"\nversion = \"1\"\nagency = \"rs/form\"\nformat = \"json\"\n";
    for block in reference.split("```toml\n").skip(1) {
        let example = block.split("```").next().unwrap();
        let text = if example.starts_with("name") { example.to_owned() } else { format!("{head}{example}") };
        let path = file(folder.path(), "example.toml", &text);
        let checked = run(&["mapping", "check", &path]);
        assert_eq!(checked.status.code(), Some(0), "{}\n{text}", err(&checked));
    }
}
