//! `casebridge translate --watch`: the view again after every save.

use std::collections::BTreeSet;
use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, Receiver, Sender};
use std::time::Duration;

use notify::{Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher as _};

use super::translate::mapping;
use super::{Exit, Failure, Outcome, print, view};
use crate::schema::Catalogue;

/// An editor writes a file in several steps; so long must it be quiet before the file is read.
const QUIET: Duration = Duration::from_millis(50);
/// A file that is never quiet is read all the same after so many steps.
const MOST_STEPS: usize = 1_000;
/// The width of the view when the shell does not say its own.
const WIDTH: usize = 100;
/// Clears the screen and goes to its beginning (ECMA-48).
const CLEAR: &str = "\x1b[2J\x1b[H";

/// Why the view goes on or ends.
enum News {
    Saved,
    End,
}

pub(super) fn run(profile: &str, samples: &[PathBuf], once: bool, catalogue: &Catalogue) -> Outcome {
    if once {
        let (text, exit) = shown(profile, samples, catalogue);
        print(&text);
        return Ok(exit);
    }
    let files: BTreeSet<PathBuf> =
        samples.iter().map(PathBuf::as_path).chain([Path::new(profile)]).map(Path::to_owned).collect();
    let (sender, receiver) = mpsc::channel();
    // Before the first view, so that no save is missed.
    let watcher = watcher(&files, sender.clone())?;
    std::thread::spawn(move || {
        let _ = std::io::copy(&mut std::io::stdin().lock(), &mut std::io::sink());
        let _ = sender.send(News::End);
    });
    let clear = if std::io::stdout().is_terminal() { CLEAR } else { "" };
    for number in 1_u64.. {
        let (text, _) = shown(profile, samples, catalogue);
        print(&format!("{clear}{text}view {number}: waiting for the next save; Ctrl-C ends\n"));
        if !saved(&receiver) {
            break;
        }
    }
    drop(watcher);
    Ok(Exit::Good)
}

/// The view of every sample, or the table's defects.
fn shown(profile: &str, samples: &[PathBuf], catalogue: &Catalogue) -> (String, Exit) {
    let width = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok()).unwrap_or(WIDTH);
    let mapping = match mapping(profile, catalogue) {
        Ok(mapping) => mapping,
        Err(failure) => {
            return (format!("error: {}\n", failure.text.replace('\n', "\nerror: ")), failure.exit);
        }
    };
    let mut exit = Exit::Good;
    let mut out = format!("table {} version {}\n", mapping.name(), mapping.version());
    for sample in samples {
        let (text, ended) = view::sample(sample, &mapping, catalogue, width);
        out.push('\n');
        out.push_str(&text);
        if ended != Exit::Good {
            exit = ended;
        }
    }
    (out, exit)
}

/// Watches the folders of the files: an editor may put a new file into the place of the old one.
fn watcher(files: &BTreeSet<PathBuf>, sender: Sender<News>) -> Result<RecommendedWatcher, Failure> {
    let names: BTreeSet<_> = files.iter().filter_map(|file| Some(file.file_name()?.to_owned())).collect();
    let failed = |error: &notify::Error| Failure::of("cannot watch for saves", error);
    let mut watcher = notify::recommended_watcher(move |event: notify::Result<Event>| {
        let Ok(event) = event else { return };
        // Reading a file is an event too.
        let changes =
            matches!(event.kind, EventKind::Create(_) | EventKind::Modify(_) | EventKind::Remove(_));
        let ours = |path: &PathBuf| path.file_name().is_some_and(|name| names.contains(name));
        if changes && event.paths.iter().any(ours) {
            let _ = sender.send(News::Saved);
        }
    })
    .map_err(|error| failed(&error))?;
    let folder = |file: &PathBuf| match file.parent() {
        Some(folder) if folder != Path::new("") => folder.to_owned(),
        _ => PathBuf::from("."),
    };
    let folders: BTreeSet<PathBuf> = files.iter().map(folder).collect();
    for folder in folders {
        watcher.watch(&folder, RecursiveMode::NonRecursive).map_err(|error| failed(&error))?;
    }
    Ok(watcher)
}

/// Waits for a save and then for quiet; `false` when it is time to end.
fn saved(receiver: &Receiver<News>) -> bool {
    match receiver.recv() {
        Ok(News::Saved) => {}
        Ok(News::End) | Err(_) => return false,
    }
    for _ in 0..MOST_STEPS {
        match receiver.recv_timeout(QUIET) {
            Ok(News::Saved) => {}
            Ok(News::End) => return false,
            Err(_) => break,
        }
    }
    true
}
