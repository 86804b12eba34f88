//! `casebridge translate`.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::fs::File;
use std::io::{BufReader, Write as _};
use std::path::{Path, PathBuf};

use serde_json::json;

use super::mapping::table;
use super::{Exit, Failure, Outcome, print, print_line, watch};
use crate::app;
use crate::schema::json::Limits;
use crate::schema::{Catalogue, Problem, Record};
use crate::translate::{self, Mapping, MappingProblem, Report};

#[derive(Debug, clap::Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of the command line")]
pub(super) struct Args {
    /// The translation table: a name such as `rs-mup`, or a file of your own
    #[arg(long, value_name = "NAME")]
    profile: String,
    /// One JSON object per record, with its report
    #[arg(long)]
    json: bool,
    /// The files are common records: make the agency's own form of them
    #[arg(long, conflicts_with = "json")]
    back: bool,
    /// Show source and result side by side, again after every save of the table or a record, until Ctrl-C or the end
    /// of standard input
    #[arg(long, conflicts_with_all = ["json", "back"])]
    watch: bool,
    /// Show source and result side by side, once
    #[arg(long, conflicts_with_all = ["json", "back"])]
    once: bool,
    /// The records
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
}

/// The table that `--profile` names.
pub(super) fn mapping(profile: &str, catalogue: &Catalogue) -> Result<Mapping, Failure> {
    let (label, text) = table(profile)?;
    Mapping::load(&text, &label, catalogue).map_err(|problems| defects(&problems))
}

/// The defects of a table, as a failure of the command.
pub(super) fn defects(problems: &[MappingProblem]) -> Failure {
    let lines: Vec<_> = problems.iter().map(ToString::to_string).collect();
    Failure { text: lines.join("\n"), exit: Exit::Config }
}

pub(super) fn run(args: &Args) -> Outcome {
    let catalogue = app::catalogue();
    if args.watch || args.once {
        return watch::run(&args.profile, &args.files, args.once, &catalogue);
    }
    let mapping = mapping(&args.profile, &catalogue)?;
    let mut exit = Exit::Good;
    for path in &args.files {
        let file = File::open(path).map_err(|error| Failure::of(&path.display().to_string(), &error))?;
        let ended = if args.back {
            back(path, &mapping, &catalogue)?
        } else {
            forth(path, args.json, &mapping, &catalogue, file)?
        };
        if ended != Exit::Good {
            exit = ended;
        }
    }
    Ok(exit)
}

fn forth(path: &Path, json: bool, mapping: &Mapping, catalogue: &Catalogue, file: File) -> Outcome {
    let (mut records, mut failed) = (0_u64, 0_u64);
    for translated in translate::records(mapping, catalogue, BufReader::new(file)) {
        match translated {
            Ok(translated) => {
                records += 1;
                if json {
                    let line = json!({ "record": translated.record, "report": translated.report });
                    print_line(&line.to_string());
                } else {
                    let pretty = serde_json::to_string_pretty(&translated.record).unwrap_or_default();
                    print_line(&pretty);
                    eprint!("{}", describe(&translated.report));
                }
            }
            Err(error) => {
                failed += 1;
                eprintln!("{}: {error}", path.display());
            }
        }
    }
    if records + failed == 0 {
        return Err(Failure::new(format!("{}: there is no record in the file", path.display())));
    }
    eprintln!("{}: {records} translated, {failed} not", path.display());
    Ok(if failed == 0 { Exit::Good } else { Exit::Bad })
}

fn back(path: &Path, mapping: &Mapping, catalogue: &Catalogue) -> Outcome {
    let what = path.display().to_string();
    let bytes = read_bounded(path, Limits::RECORD.bytes)?;
    let value =
        crate::schema::json::parse(&bytes, Limits::RECORD).map_err(|error| Failure::of(&what, &error))?;
    let serde_json::Value::Object(members) = value else {
        return Err(Failure::new(format!("{what}: a common record is a JSON object")));
    };
    let record = Record::new(members);
    if let Err(error) = record.check(catalogue) {
        let lines: Vec<_> =
            error.problems.iter().map(|p| format!("{what}: `{}` {}", p.path, p.text)).collect();
        return Err(Failure::new(lines.join("\n")));
    }
    let national =
        translate::import(mapping, catalogue, &record).map_err(|error| Failure::of(&what, &error))?;
    let _ = std::io::stdout().lock().write_all(&national.bytes);
    print("\n");
    eprint!("{}", describe(&national.report));
    Ok(Exit::Good)
}

/// Reads a file that must not be longer than `limit`.
pub(super) fn read_bounded(path: &Path, limit: usize) -> Result<Vec<u8>, Failure> {
    let what = path.display().to_string();
    let file = File::open(path).map_err(|error| Failure::of(&what, &error))?;
    read_limited(file, &what, limit)
}

/// Reads all of `from`, called `what`, which must not be longer than `limit`.
pub(super) fn read_limited(from: impl std::io::Read, what: &str, limit: usize) -> Result<Vec<u8>, Failure> {
    use std::io::Read as _;
    let mut bytes = Vec::new();
    from.take(limit as u64 + 1).read_to_end(&mut bytes).map_err(|error| Failure::of(what, &error))?;
    if bytes.len() > limit {
        return Err(Failure::new(format!(
            "{what}: the file is longer than {limit} bytes; split it into several records"
        )));
    }
    Ok(bytes)
}

pub(super) fn describe(report: &Report) -> String {
    counts(report) + &told(report)
}

/// What a person should know of a translation, one line each; nothing when all was carried over. Every command tells it
/// in these words.
pub(super) fn told(report: &Report) -> String {
    let mut out = String::new();
    // Writing to a String cannot fail.
    for loss in &report.lossy {
        let _ = writeln!(out, "  with loss  {}: {}", safe(&loss.path), safe(&loss.note));
    }
    for path in &report.unmapped {
        let _ = writeln!(out, "  unmapped   {}", safe(path));
    }
    out.push_str(&warnings(report));
    out
}

/// What a person should know of each record of a message, before it is said what becomes of the message.
pub(super) fn told_of_all(reports: &[Report]) -> String {
    let mut out = String::new();
    for (number, report) in (1..).zip(reports) {
        let lines = told(report);
        if lines.is_empty() {
            continue;
        }
        let which = if reports.len() > 1 { format!("record {number}") } else { "the record".to_owned() };
        // Writing to a String cannot fail.
        let _ = write!(out, "losses    of {which}, translated:\n{lines}");
    }
    out
}

/// A text in which what would move the cursor or turn the line around is shown as an escape: a form names its places as
/// it likes.
pub(super) fn safe(text: &str) -> Cow<'_, str> {
    let turns =
        |c: char| matches!(c, '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}');
    let moves = |c: char| c.is_control() || turns(c);
    if !text.contains(moves) {
        return text.into();
    }
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        if moves(c) { safe.extend(c.escape_default()) } else { safe.push(c) }
    }
    safe.into()
}

pub(super) fn counts(report: &Report) -> String {
    format!(
        "mapped {}, with loss {}, unmapped {}{}\n",
        report.mapped,
        report.lossy.len(),
        report.unmapped.len(),
        if report.partial { " (partial)" } else { "" }
    )
}

pub(super) fn warnings(report: &Report) -> String {
    let line = |warning: &Problem| {
        format!("  warning    {}: {} ({})\n", safe(&warning.path), warning.text, warning.code)
    };
    report.warnings.iter().map(line).collect()
}
