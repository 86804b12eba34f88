//! Nothing personal outside the seal: not in a database, a log, an error text or a file name.

use std::path::{Path, PathBuf};

use crate::world::casebridge;

/// What the samples hold, in every spelling that could leak.
fn secrets() -> Vec<String> {
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("config/samples");
    let mut found = Vec::new();
    for entry in std::fs::read_dir(samples).unwrap() {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        let text = String::from_utf8_lossy(&bytes);
        // National numbers: thirteen digits.
        let digits = text.split(|c: char| !c.is_ascii_digit()).filter(|part| part.len() == 13);
        found.extend(digits.map(str::to_owned));
        for element in ["Prezime", "Ime", "Nadimak", "MestoRodjenja"] {
            let tag = format!("<{element}>");
            let parts = text.split(&tag).skip(1).filter_map(|rest| rest.split('<').next());
            found.extend(parts.map(str::trim).filter(|name| name.chars().count() > 3).map(str::to_owned));
        }
    }
    // The victim's status and the word for the crime, as codes and in the languages of the exchange.
    let words = [
        "VictimOfTrafficking",
        "trafficking",
        "trgovina ljud",
        "трговина људ",
        "trgovanje z ljudmi",
        "Menschenhandel",
    ];
    found.extend(words.map(str::to_owned));
    found.sort();
    found.dedup();
    found
}

fn files(folder: &Path, out: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { files(&path, out) } else { out.push(path) }
    }
}

#[test]
fn no_name_number_or_status_is_in_a_database_or_a_log() {
    let folder = tempfile::tempdir().unwrap();
    let output = casebridge()
        .args(["demo", "--once", "--json", "--folder"])
        .arg(folder.path())
        .env("CASEBRIDGE_LOG", "trace")
        .output()
        .unwrap();
    assert!(output.status.success());
    let log = String::from_utf8_lossy(&output.stderr);
    assert!(log.matches("message accepted").count() >= 5, "there is no log to look into");
    let mut all = Vec::new();
    files(folder.path(), &mut all);
    let databases: Vec<_> =
        all.iter().filter(|path| path.to_string_lossy().contains("casebridge.db")).collect();
    assert!(databases.len() >= 2, "{all:?}");
    let secrets = secrets();
    assert!(secrets.len() > 15, "the samples hold more than {}", secrets.len());
    let holds = |bytes: &[u8], secret: &str| {
        let (haystack, needle) = (bytes.to_ascii_lowercase(), secret.to_lowercase().into_bytes());
        haystack.windows(needle.len()).any(|window| window == needle)
    };
    for secret in &secrets {
        for path in &databases {
            assert!(!holds(&std::fs::read(path).unwrap(), secret), "`{secret}` stands in {}", path.display());
        }
        for path in &all {
            assert!(!path.to_string_lossy().contains(secret.as_str()), "`{secret}` is in a file name");
        }
        assert!(!holds(&output.stderr, secret), "`{secret}` stands in the log");
        assert!(!holds(&output.stdout, secret), "`{secret}` stands in the events");
    }
}
