//! Replays the committed corpus of the fuzz targets, in seconds. `tests/fuzz/README.md` says how to look for more.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a broken promise fails the test")]

#[path = "fuzz/bodies.rs"]
mod bodies;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz").join(name)
}

fn names(folder: &Path) -> BTreeSet<String> {
    let entries = fs::read_dir(folder).unwrap();
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

#[test]
fn every_input_of_the_corpus_keeps_every_promise() {
    for (target, _) in bodies::TARGETS {
        let corpus = folder("corpus").join(target);
        let inputs = names(&corpus);
        assert!(!inputs.is_empty(), "{target}");
        for input in inputs {
            let data = fs::read(corpus.join(&input)).unwrap();
            println!("{target}/{input}");
            bodies::run(target, &data);
        }
    }
}

#[test]
fn every_body_has_a_fuzz_target_and_a_corpus_and_nothing_else_does() {
    let bodies: BTreeSet<String> = bodies::TARGETS.iter().map(|(name, _)| (*name).to_owned()).collect();
    let targets = names(&folder("fuzz_targets"));
    let targets: BTreeSet<String> =
        targets.iter().map(|file| file.strip_suffix(".rs").unwrap().to_owned()).collect();
    assert_eq!(targets, bodies);
    assert_eq!(names(&folder("corpus")), bodies);
    let manifest = fs::read_to_string(folder("Cargo.toml")).unwrap();
    for target in bodies {
        let source = fs::read_to_string(folder("fuzz_targets").join(format!("{target}.rs"))).unwrap();
        assert!(source.contains(&format!("bodies::run(\"{target}\", data)")), "{target}");
        assert!(manifest.contains(&format!("path = \"fuzz_targets/{target}.rs\"")), "{target}");
    }
}
