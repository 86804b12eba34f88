//! The habits of this repository, checked: who may name whom, where the dangerous libraries and words may stand, how
//! long things may be. `docs/architecture.md` says why. A rule fails with file and line; each test first shows that
//! its rule catches a violation.

#![expect(clippy::unwrap_used, reason = "a repository that cannot be read fails the test")]

#[path = "tidy/rules.rs"]
mod rules;
#[path = "tidy/scan.rs"]
mod scan;

use std::path::Path;

use rules::Finding;
use scan::{Source, files, sources};

/// What stands at the top of the repository, beside dot files and the build folder.
const TOP: [&str; 12] = [
    "Cargo.lock",
    "Cargo.toml",
    "LICENSE",
    "README.md",
    "certs-example",
    "clippy.toml",
    "config",
    "deny.toml",
    "docs",
    "rustfmt.toml",
    "src",
    "tests",
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Fails with every line below `folders` that breaks `rule`.
fn holds(folders: &[&str], rule: impl Fn(&Source) -> Vec<Finding>) {
    let mut broken = Vec::new();
    for source in folders.iter().flat_map(|folder| sources(root(), folder)) {
        broken
            .extend(rule(&source).into_iter().map(|(line, text)| format!("{}:{line}: {text}", source.path)));
    }
    assert!(broken.is_empty(), "\n{}\n", broken.join("\n"));
}

/// Fails unless `rule` finds exactly `lines` in `text`.
fn catches(rule: impl Fn(&Source) -> Vec<Finding>, path: &str, text: &str, lines: &[usize]) {
    let found = rule(&Source::new(path, text));
    let mut found_lines: Vec<usize> = found.iter().map(|(line, _)| *line).collect();
    found_lines.sort_unstable();
    assert_eq!(found_lines, lines, "{path}: {text}\n{found:?}");
}

#[test]
fn a_folder_names_only_the_folders_that_the_table_allows() {
    let rule = rules::folders;
    catches(rule, "src/schema/a.rs", "use crate::message::Kind;", &[1]);
    catches(rule, "src/seal/open.rs", "\nfn f() { crate::exchange::go() }", &[2]);
    catches(rule, "src/seal/a.rs", "use crate::{message::{Kind, store}, store, policy};", &[1]);
    catches(rule, "src/seal/a.rs", "use crate::{\n  message::Kind,\n  store::Store,\n  tls,\n};", &[3, 4]);
    catches(rule, "src/policy/a.rs", "use super::super::clock::Clock;", &[1]);
    catches(rule, "src/policy/mod.rs", "use super::seal::Opened;", &[1]);
    catches(rule, "src/policy/a/b.rs", "use super::super::seal;\nuse super::super::super::seal;", &[2]);
    catches(rule, "src/policy/mod.rs", "mod x { use super::seal; use super::super::seal; }", &[1]);
    catches(rule, "src/tls/a.rs", "use crate::config::Settings;\nuse crate::clock::Clock;", &[1]);
    catches(rule, "src/relay/a.rs", "use crate as other;\nuse crate::*;", &[1, 2]);
    catches(rule, "src/misc/a.rs", "", &[1]);
    catches(
        rule,
        "src/policy/a.rs",
        "pub(crate) fn f() {} // use crate::seal;\nconst A: &str = \"crate::seal\";",
        &[],
    );
    catches(rule, "src/app.rs", "use crate::{cli, store};", &[]);
    holds(&["src"], rule);
}

#[test]
fn tls_stands_in_one_folder() {
    catches(rules::tls_library, "src/relay/a.rs", "use rustls::ClientConfig;", &[1]);
    catches(rules::tls_library, "src/tls/a.rs", "use rustls::ClientConfig;", &[]);
    holds(&["src"], rules::tls_library);
}

#[test]
fn openpgp_stands_in_two_folders() {
    catches(rules::openpgp_library, "src/exchange/a.rs", "fn f(c: &sequoia_openpgp::Cert) {}", &[1]);
    catches(rules::openpgp_library, "src/receipt/a.rs", "use sequoia_openpgp as openpgp;", &[]);
    holds(&["src"], rules::openpgp_library);
}

#[test]
fn sql_stands_in_the_store() {
    let rule = rules::sql;
    catches(rule, "src/audit/a.rs", "\nlet a = \"SELECT id FROM entry\";", &[2]);
    catches(rule, "src/audit/a.rs", "let a = r#\"\n  DELETE FROM entry\"#;", &[1]);
    catches(rule, "src/audit/a.rs", "let a = \"INSERT INTO e\"; let b = \"UPDATE e SET a = 1\";", &[1, 1]);
    catches(
        rule,
        "src/audit/a.rs",
        "let a = \"PRAGMA a\"; let b = \"CREATE TABLE e (a)\"; use rusqlite::Row;",
        &[1, 1, 1],
    );
    catches(rule, "src/api/a.rs", "let a = \"DELETE\"; // SELECT id FROM entry", &[]);
    catches(rule, "src/store/a.rs", "let a = \"SELECT 1\"; use rusqlite::Row;", &[]);
    holds(&["src"], rule);
}

#[test]
fn what_decides_does_no_input_or_output_and_waits_for_nothing() {
    let rule = rules::pure;
    for bad in [
        "async fn f() {}",
        "use std::fs;",
        "use std::{io, net::IpAddr};",
        "tokio::spawn(f);",
        "let t = jiff::Timestamp::now();",
        "use std::time::SystemTime;",
    ] {
        catches(rule, "src/policy/a.rs", bad, &[1]);
        catches(rule, "src/relay/a.rs", bad, &[]);
        catches(rule, "src/policy/tests.rs", bad, &[]);
    }
    catches(rule, "src/policy/a.rs", "#[cfg(test)]\nmod tests {\n use std::fs;\n}\nuse std::fs;", &[5]);
    holds(&["src"], rule);
}

#[test]
fn only_the_clock_reads_the_time() {
    let rule = rules::time;
    for bad in ["Timestamp::now()", "std::time::SystemTime::now()", "Instant::now()", "Zoned::now()"] {
        let bad = format!("fn f() {{ {bad}; }}");
        catches(rule, "src/exchange/a.rs", &bad, &[1]);
        for good in ["src/clock.rs", "src/cli/bench.rs", "src/telemetry/cost.rs"] {
            catches(rule, good, &bad, &[]);
        }
    }
    holds(&["src"], rule);
}

#[test]
fn nothing_is_unsafe() {
    catches(rules::no_unsafe, "src/tls/a.rs", "fn f() { unsafe { g() } }", &[1]);
    catches(rules::no_unsafe, "src/tls/a.rs", "#![forbid(unsafe_code)] // unsafe\n\"unsafe\"", &[]);
    holds(&["src", "tests"], rules::no_unsafe);
}

#[test]
fn a_file_stays_under_400_lines() {
    catches(rules::short_files, "src/tls/a.rs", &"\n".repeat(400), &[400]);
    catches(rules::short_files, "src/tls/a.rs", &"\n".repeat(399), &[]);
    holds(&["src", "tests"], rules::short_files);
}

#[test]
fn a_function_stays_under_80_lines() {
    let function =
        |lines: usize| format!("\nfn f(a: [u8; 4]) -> Result<(), [u8; 4]> {{{}}}\n", "\n".repeat(lines));
    catches(rules::short_functions, "src/tls/a.rs", &function(79), &[2]);
    catches(rules::short_functions, "src/tls/a.rs", &function(78), &[]);
    catches(rules::short_functions, "src/tls/a.rs", "trait T { fn f(); }\ntype F = fn(u8) -> u8;", &[]);
    let brace = format!("fn f() {{ let a = '{{'; let b = \"{{\"; /* {{ */ }}{}", "\n".repeat(90));
    catches(rules::short_functions, "src/tls/a.rs", &brace, &[]);
    holds(&["src", "tests"], rules::short_functions);
}

#[test]
fn a_folder_says_what_it_is_what_goes_in_what_comes_out_and_what_must_hold() {
    let good = "//! What.\n//!\n//! In: a.\n//! Out: b.\n//! Must hold: c.\n";
    catches(rules::header, "src/tls/mod.rs", good, &[]);
    for part in ["//! What.\n", "//! In: a.\n", "//! Out: b.\n", "//! Must hold: c.\n"] {
        catches(rules::header, "src/tls/mod.rs", &good.replace(part, ""), &[1]);
    }
    catches(rules::header, "src/tls/mod.rs", "use a::b;\n//! What.", &[1]);
    holds(&["src"], rules::header);
}

#[test]
fn only_the_seal_asks_whether_a_message_may_enter() {
    catches(rules::admission, "src/exchange/a.rs", "engine\n  .admission(opened)", &[2]);
    catches(rules::admission, "src/exchange/a.rs", "Engine::admission(&engine, opened)", &[1]);
    catches(rules::admission, "src/seal/a.rs", "engine.admission(opened)", &[]);
    holds(&["src"], rules::admission);
}

#[test]
fn what_weakens_safety_is_called_by_the_demo_and_tests_only() {
    catches(rules::dangerous, "src/app.rs", "tls::dangerous_generate();", &[1]);
    catches(
        rules::dangerous,
        "src/tls/a.rs",
        "pub use b::dangerous_x;\npub fn dangerous_y() { dangerous_z() }",
        &[2],
    );
    catches(rules::dangerous, "src/app/trial/stranger.rs", "dangerous_x()", &[]);
    catches(rules::dangerous, "src/tls/tests.rs", "dangerous_x()", &[]);
    holds(&["src"], rules::dangerous);
}

#[test]
fn only_commands_print() {
    catches(rules::printing, "src/relay/a.rs", "fn f() { println!(\"a\"); eprint!(\"a\"); }", &[1, 1]);
    catches(rules::printing, "src/cli/a.rs", "fn f() { println!(\"a\") }", &[]);
    catches(rules::printing, "src/relay/a.rs", "#[cfg(test)]\nfn f() { println!(\"a\") }", &[]);
    holds(&["src"], rules::printing);
}

#[test]
fn the_map_lists_every_folder_in_the_order_of_the_path() {
    let rule = |source: &Source| rules::map(source, &["app", "seal", "tls"]);
    catches(rule, "src/lib.rs", "pub mod app;\npub mod seal;\npub mod tls;", &[]);
    catches(rule, "src/lib.rs", "pub mod app;\npub mod tls;\npub mod seal;", &[3]);
    catches(rule, "src/lib.rs", "pub mod app;\npub mod helper;\npub mod tls;", &[1, 2]);
    let entries: Vec<String> =
        files(root(), "src").iter().map(|path| Source::new(path, "").folder().to_owned()).collect();
    let present: Vec<&str> =
        entries.iter().map(String::as_str).filter(|name| !matches!(*name, "lib" | "main")).collect();
    holds(
        &["src"],
        |source| if source.path == "src/lib.rs" { rules::map(source, &present) } else { Vec::new() },
    );
}

#[test]
fn the_binary_carries_every_configuration_file() {
    let table = std::fs::read_to_string(root().join("src/config/shipped.rs")).unwrap();
    let missing = |files: Vec<String>| -> Vec<String> {
        let listed = |path: &str| table.contains(&format!("\"{}\",", path.trim_start_matches("config/")));
        files.into_iter().filter(|path| !listed(path)).collect()
    };
    let planted = missing(vec!["config/gateway.toml".to_owned(), "config/none.toml".to_owned()]);
    assert_eq!(planted, ["config/none.toml"]);
    assert_eq!(missing(files(root(), "config")), Vec::<String>::new(), "add to src/config/shipped.rs");
}

#[test]
fn the_top_of_the_repository_holds_only_what_is_known() {
    let strange =
        |name: &String| !(name.starts_with('.') || name == "target" || TOP.contains(&name.as_str()));
    assert!(strange(&"notes.txt".to_owned()));
    let entries =
        std::fs::read_dir(root()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let found: Vec<String> = entries.filter(strange).collect();
    assert_eq!(found, Vec::<String>::new());
}
