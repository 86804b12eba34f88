//! The habits. Each rule takes a source file and answers with the lines that break it.

use crate::scan::Source;

/// A line and what is wrong with it.
pub(crate) type Finding = (usize, String);

/// Folders that decide and compute only: no I/O, no waiting, time as an argument.
pub(crate) const PURE: [&str; 6] = ["schema", "message", "conversation", "partner", "translate", "policy"];

/// Which folder may name which, beside itself. [`may_use`] adds what nearly all may.
const TABLE: [(&str, &[&str]); 21] = [
    ("schema", &[]),
    ("message", &["schema"]),
    ("conversation", &["schema", "message"]),
    ("partner", &["schema", "message"]),
    ("translate", &["schema", "message"]),
    ("policy", &["schema", "message", "partner", "conversation"]),
    ("seal", &["schema", "message", "partner", "policy"]),
    ("mailbox", &["schema", "message", "partner", "seal", "store"]),
    ("relay", &["message", "partner", "receipt", "tls"]),
    ("receipt", &["schema", "message", "partner", "seal", "store"]),
    ("exchange", &BELOW_THE_DOORS),
    ("store", &["schema", "message", "partner", "conversation"]),
    ("tls", &["schema", "message", "partner", "conversation"]),
    ("audit", &["message", "partner", "store"]),
    ("access", &["message", "partner", "store"]),
    ("telemetry", &["message", "partner"]),
    ("api", &DOOR),
    ("console", &DOOR),
    ("cli", &COMMANDS),
    ("config", &["schema", "message", "partner", "access"]),
    ("clock", &[]),
];
const BELOW_THE_DOORS: [&str; 14] = [
    "schema",
    "message",
    "conversation",
    "partner",
    "translate",
    "policy",
    "seal",
    "mailbox",
    "relay",
    "receipt",
    "store",
    "tls",
    "audit",
    "access",
];
/// Commands start gateways and show translations, beside what every door does.
const COMMANDS: [&str; 10] = [
    "app",
    "translate",
    "exchange",
    "access",
    "audit",
    "schema",
    "message",
    "conversation",
    "partner",
    "policy",
];
const DOOR: [&str; 8] =
    ["exchange", "access", "audit", "schema", "message", "conversation", "partner", "policy"];

/// The order of the map in `src/lib.rs`.
pub(crate) const ORDER: [&str; 22] = [
    "app",
    "config",
    "clock",
    "schema",
    "message",
    "conversation",
    "partner",
    "translate",
    "policy",
    "seal",
    "mailbox",
    "relay",
    "receipt",
    "exchange",
    "store",
    "tls",
    "audit",
    "access",
    "telemetry",
    "api",
    "console",
    "cli",
];

fn may_use(folder: &str, other: &str) -> bool {
    if folder == other || matches!(folder, "app" | "main" | "lib") {
        return true;
    }
    match other {
        "clock" | "telemetry" => !PURE.contains(&folder) && folder != "clock" && folder != "config",
        "config" => folder == "cli",
        _ => TABLE.iter().any(|(name, uses)| *name == folder && uses.contains(&other)),
    }
}

pub(crate) fn folders(source: &Source) -> Vec<Finding> {
    let mut found = Vec::new();
    let folder = source.folder();
    if !matches!(folder, "app" | "main" | "lib") && !TABLE.iter().any(|(name, _)| *name == folder) {
        found.push((1, format!("`{folder}` is not in the table of folders")));
    }
    for (i, token) in source.tokens.iter().enumerate() {
        let root = match token.word.as_str() {
            "crate" if source.word(i + 1) == "::" => i + 1,
            "crate" if source.word(i + 1) == "as" => {
                found.push((token.line, "the crate goes by its own name only".to_owned()));
                continue;
            }
            "super" if !(i >= 2 && source.reads(i - 2, &["super", "::"])) => {
                let mut end = i;
                while source.reads(end + 1, &["::", "super"]) {
                    end += 2;
                }
                let supers = (end - i) / 2 + 1;
                if supers < token.depth || source.word(end + 1) != "::" {
                    continue;
                }
                end + 1
            }
            _ => continue,
        };
        for (line, name) in source.names_below(root) {
            // A test may hold a folder against one that stands above it.
            if ORDER.contains(&name) && !token.test && !may_use(folder, name) {
                found.push((line, format!("`{folder}` may not use `{name}`")));
            } else if matches!(name, "*" | "self") {
                found.push((line, "name the folder that is used".to_owned()));
            }
        }
    }
    found
}

/// `word` outside of `folders`.
fn word_only_in(source: &Source, words: &[&str], folders: &[&str]) -> Vec<Finding> {
    if folders.contains(&source.folder()) {
        return Vec::new();
    }
    let tokens = source.tokens.iter().filter(|token| words.contains(&token.word.as_str()));
    tokens.map(|token| (token.line, format!("`{}` only in {}", token.word, folders.join(", ")))).collect()
}

pub(crate) fn tls_library(source: &Source) -> Vec<Finding> {
    word_only_in(source, &["rustls", "tokio_rustls", "rustls_pki_types"], &["tls"])
}

pub(crate) fn openpgp_library(source: &Source) -> Vec<Finding> {
    word_only_in(source, &["sequoia_openpgp"], &["seal", "receipt"])
}

pub(crate) fn sql(source: &Source) -> Vec<Finding> {
    let mut found = word_only_in(source, &["rusqlite"], &["store"]);
    if source.folder() == "store" {
        return found;
    }
    for (line, literal) in &source.strings {
        let words: Vec<&str> =
            literal.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|w| !w.is_empty()).collect();
        let starts = |i: usize| {
            let next = words.get(i + 1).copied().unwrap_or("");
            match words[i] {
                "SELECT" | "PRAGMA" => true,
                "INSERT" => matches!(next, "INTO" | "OR"),
                "UPDATE" => words.contains(&"SET"),
                "DELETE" => next == "FROM",
                "CREATE" => matches!(next, "TABLE" | "INDEX" | "UNIQUE" | "TRIGGER" | "VIEW"),
                _ => false,
            }
        };
        if (0..words.len()).any(starts) {
            found.push((*line, "SQL text only in store".to_owned()));
        }
    }
    found
}

pub(crate) fn pure(source: &Source) -> Vec<Finding> {
    if !PURE.contains(&source.folder()) {
        return Vec::new();
    }
    let mut found = Vec::new();
    for (i, token) in source.tokens.iter().enumerate().filter(|(_, token)| !token.test) {
        let impure = match token.word.as_str() {
            "async" | "tokio" | "SystemTime" | "Instant" => true,
            "Timestamp" | "Zoned" => source.reads(i + 1, &["::", "now"]),
            "std" if source.word(i + 1) == "::" => source
                .names_below(i + 1)
                .iter()
                .any(|(_, name)| matches!(*name, "fs" | "net" | "env" | "process" | "thread")),
            _ => false,
        };
        if impure {
            found.push((
                token.line,
                format!("a pure folder does no I/O, waits for nothing: `{}`", token.word),
            ));
        }
    }
    found
}

pub(crate) fn time(source: &Source) -> Vec<Finding> {
    let path = &source.path;
    if path == "src/clock.rs" || path.starts_with("src/cli/bench") || source.folder() == "telemetry" {
        return Vec::new();
    }
    let clocks = ["Timestamp", "Zoned", "SystemTime", "Instant"];
    let reads = |i: usize| clocks.contains(&source.word(i)) && source.reads(i + 1, &["::", "now"]);
    (0..source.tokens.len())
        .filter(|i| !source.tokens[*i].test && reads(*i))
        .map(|i| (source.tokens[i].line, "only `clock` reads the time".to_owned()))
        .collect()
}

pub(crate) fn no_unsafe(source: &Source) -> Vec<Finding> {
    word_only_in(source, &["unsafe"], &[])
        .into_iter()
        .map(|(line, _)| (line, "no `unsafe`".to_owned()))
        .collect()
}

pub(crate) fn short_files(source: &Source) -> Vec<Finding> {
    let lines = source.text.lines().count();
    if lines < 400 { Vec::new() } else { vec![(lines, format!("{lines} lines; a file stays under 400"))] }
}

pub(crate) fn short_functions(source: &Source) -> Vec<Finding> {
    let mut found = Vec::new();
    for (i, token) in source.tokens.iter().enumerate().filter(|(_, token)| token.word == "fn") {
        if source.word(i + 1) == "(" {
            // The type of a function, not a function.
            continue;
        }
        let mut nested = 0_i32;
        let open = (i + 1..source.tokens.len()).find(|k| {
            match source.word(*k) {
                "(" | "[" => nested += 1,
                ")" | "]" => nested -= 1,
                "{" | ";" if nested == 0 => return true,
                _ => {}
            }
            nested < 0
        });
        let Some(open) = open.filter(|open| source.word(*open) == "{") else { continue };
        let lines = source.tokens[source.closing(open)].line - token.line + 1;
        if lines >= 80 {
            let name = source.word(i + 1);
            found.push((token.line, format!("`{name}` has {lines} lines; a function stays under 80")));
        }
    }
    found
}

pub(crate) fn header(source: &Source) -> Vec<Finding> {
    if !source.path.ends_with("/mod.rs") || source.path.matches('/').count() != 2 {
        return Vec::new();
    }
    let header: Vec<&str> =
        source.text.lines().map_while(|line| line.strip_prefix("//!")).map(str::trim).collect();
    let what = header.first().is_some_and(|line| !line.is_empty());
    let places: Vec<_> = ["In: ", "Out: ", "Must hold: "]
        .iter()
        .map(|part| header.iter().position(|line| line.starts_with(part)))
        .collect();
    if what && places.iter().all(Option::is_some) && places.is_sorted() {
        Vec::new()
    } else {
        vec![(1, "a folder begins with what it is, `In:`, `Out:`, `Must hold:`".to_owned())]
    }
}

pub(crate) fn admission(source: &Source) -> Vec<Finding> {
    if matches!(source.folder(), "seal" | "policy") {
        return Vec::new();
    }
    let calls = |i: usize| {
        source.reads(i, &[".", "admission", "("]) || source.reads(i, &["Engine", "::", "admission"])
    };
    (0..source.tokens.len())
        .filter(|i| !source.tokens[*i].test && calls(*i))
        .map(|i| (source.tokens[i].line, "only `seal` asks whether an opened message may enter".to_owned()))
        .collect()
}

pub(crate) fn dangerous(source: &Source) -> Vec<Finding> {
    if source.path.starts_with("src/app/trial") {
        return Vec::new();
    }
    let mut found = Vec::new();
    let mut in_use = false;
    for (i, token) in source.tokens.iter().enumerate() {
        match token.word.as_str() {
            "use" => in_use = true,
            ";" => in_use = false,
            word if word.starts_with("dangerous_")
                && !(token.test || in_use || i > 0 && source.word(i - 1) == "fn") =>
            {
                found.push((token.line, format!("`{word}` only in the demo and in tests")));
            }
            _ => {}
        }
    }
    found
}

pub(crate) fn printing(source: &Source) -> Vec<Finding> {
    if matches!(source.folder(), "cli" | "main") {
        return Vec::new();
    }
    let prints = |i: usize| {
        matches!(source.word(i), "println" | "print" | "eprintln" | "eprint" | "dbg")
            && source.word(i + 1) == "!"
    };
    (0..source.tokens.len())
        .filter(|i| !source.tokens[*i].test && prints(*i))
        .map(|i| (source.tokens[i].line, "only commands print; elsewhere there is the log".to_owned()))
        .collect()
}

/// The modules of `src/lib.rs` in their order; `present` are the files and folders of `src`.
pub(crate) fn map(source: &Source, present: &[&str]) -> Vec<Finding> {
    let mut found = Vec::new();
    let mut last = 0;
    let mut named = Vec::new();
    for (i, token) in source.tokens.iter().enumerate() {
        if token.word != "mod" || source.word(i + 2) != ";" {
            continue;
        }
        let name = source.word(i + 1);
        named.push(name);
        match ORDER.iter().position(|known| *known == name) {
            None => found.push((token.line, format!("`{name}` has no place in the map"))),
            Some(place) if place < last => {
                found.push((token.line, format!("`{name}` stands after `{}`", ORDER[last])));
            }
            Some(place) => last = place,
        }
    }
    let missing = present.iter().filter(|name| !named.contains(name));
    found.extend(missing.map(|name| (1, format!("`{name}` is not on the map"))));
    found
}
