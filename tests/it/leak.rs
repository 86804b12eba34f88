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

fn is_policy(path: &Path) -> bool {
    path.extension().is_some_and(|end| end == "cedar") || path.parent().unwrap().ends_with("partners")
}

/// A copy of a gateway's database without the versions of its policy.
fn without_policy(folder: &Path) -> PathBuf {
    let copy = folder.join("copy.db");
    let conn = rusqlite::Connection::open(folder.join("casebridge.db")).unwrap();
    conn.execute("VACUUM INTO ?1", [copy.to_str().unwrap()]).unwrap();
    let conn = rusqlite::Connection::open(&copy).unwrap();
    let before: u64 = conn.query_row("SELECT count(*) FROM audit", [], |row| row.get(0)).unwrap();
    assert!(before > 0);
    conn.execute_batch("DROP TABLE policy; VACUUM;").unwrap();
    copy
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
    let read = |path: &PathBuf| (path.display().to_string(), std::fs::read(path).unwrap());
    let databases: Vec<_> = databases.into_iter().map(read).collect();
    assert!(databases.len() >= 2, "{all:?}");
    let secrets = secrets();
    assert!(secrets.len() > 15, "the samples hold more than {}", secrets.len());
    let holds = |bytes: &[u8], secret: &str| {
        let (haystack, needle) = (bytes.to_ascii_lowercase(), secret.to_lowercase().into_bytes());
        haystack.windows(needle.len()).any(|window| window == needle)
    };
    // The rules themselves speak of the crime, in every language, and say nothing of a person: such words are looked
    // for in a copy without the versions of the policy, all others in every byte of the files.
    let rules: Vec<u8> =
        all.iter().filter(|path| is_policy(path)).flat_map(|path| std::fs::read(path).unwrap()).collect();
    let copies: Vec<_> =
        ["rs", "si"].map(|country| read(&without_policy(&folder.path().join(country)))).into();
    for secret in &secrets {
        for (name, bytes) in if holds(&rules, secret) { &copies } else { &databases } {
            assert!(!holds(bytes, secret), "`{secret}` stands in {name}");
        }
        for path in &all {
            assert!(!path.to_string_lossy().contains(secret.as_str()), "`{secret}` is in a file name");
        }
        assert!(!holds(&output.stderr, secret), "`{secret}` stands in the log");
        assert!(!holds(&output.stdout, secret), "`{secret}` stands in the events");
    }
}
