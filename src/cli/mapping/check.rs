//! `casebridge mapping check`.

use std::fmt::Write as _;

use super::super::{Exit, Outcome, print_line};
use super::table;
use crate::schema::Catalogue;
use crate::translate::workbench::Overview;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Translation tables: files of your own, or names such as `rs-mup`
    #[arg(value_name = "FILE", required = true)]
    files: Vec<String>,
}

pub(super) fn run(args: &Args, catalogue: &Catalogue) -> Outcome {
    let mut exit = Exit::Good;
    for profile in &args.files {
        let (file, text) = table(profile)?;
        match Overview::of(&text, &file, catalogue) {
            Ok(overview) => print_line(&told(&file, &overview)),
            Err(problems) => {
                exit = Exit::Config;
                for problem in &problems {
                    eprintln!("{problem}");
                }
                let count = counted(problems.len(), "defect");
                eprintln!("{file}: {count}; correct the table and check again");
            }
        }
    }
    Ok(exit)
}

fn told(file: &str, overview: &Overview) -> String {
    let mut out = format!(
        "{file}: good: {}, {}, {}, {}",
        counted(overview.sources, "source"),
        counted(overview.targets, "target"),
        counted(overview.code_tables, "code table"),
        if overview.both_ways { "both ways" } else { "one way" }
    );
    for note in &overview.notes {
        // Writing to a String cannot fail.
        let _ = write!(out, "\n  line {}: {}", note.line, note.text);
    }
    out
}

pub(super) fn counted(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}
