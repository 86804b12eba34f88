//! `casebridge mapping coverage`.

use std::fmt::Write as _;
use std::fs::File;
use std::io::BufReader;
use std::path::PathBuf;

use super::super::translate::defects;
use super::super::{Exit, Failure, Outcome, print, print_line};
use super::check::counted;
use super::table;
use crate::schema::Catalogue;
use crate::translate::workbench::{Coverage, Share, Usage};
use crate::translate::{Mapping, traced_records};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The translation table: a file of your own, or a name such as `rs-mup`
    #[arg(value_name = "FILE")]
    profile: String,
    /// Sample records in the agency's form
    #[arg(value_name = "SAMPLE", required = true)]
    samples: Vec<PathBuf>,
    /// One JSON object
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &Args, catalogue: &Catalogue) -> Outcome {
    let (file, text) = table(&args.profile)?;
    let mapping = Mapping::load(&text, &file, catalogue).map_err(|problems| defects(&problems))?;
    let mut usage = Usage::of(&text, &file, catalogue).map_err(|problems| defects(&problems))?;
    let mut exit = Exit::Good;
    for sample in &args.samples {
        let name = sample.display().to_string();
        let source = File::open(sample).map_err(|error| Failure::of(&name, &error))?;
        for translated in traced_records(&mapping, catalogue, BufReader::new(source)) {
            match translated {
                Ok(translated) => usage.add(&translated),
                Err(error) => {
                    exit = Exit::Bad;
                    eprintln!("{name}: {error}");
                }
            }
        }
    }
    let coverage = usage.coverage();
    if args.json {
        print_line(&serde_json::to_string(&coverage).unwrap_or_default());
    } else {
        print(&told(&file, args.samples.len(), &coverage));
    }
    Ok(exit)
}

fn told(file: &str, samples: usize, coverage: &Coverage) -> String {
    let mut out =
        format!("{file}: {} of {}\n\n", counted(coverage.records, "record"), counted(samples, "sample"));
    let shares: [(&str, &str, &Share); 4] = [
        ("places of the samples", "whose values no line carries", &coverage.sources),
        ("lines of the table", "that no sample used", &coverage.lines),
        ("words of its code tables", "that stood in no sample", &coverage.words),
        ("fields of the catalogue", "that no line names", &coverage.fields),
    ];
    // Writing to a String cannot fail.
    for (what, _, share) in &shares {
        let _ = writeln!(out, "{what:<26}{:>5} of {:>4}  {:>3} %", share.used, share.of, share.percent);
    }
    for (what, unused, share) in &shares {
        if !share.unused.is_empty() {
            let _ = writeln!(out, "\n{what} {unused}:\n  {}", share.unused.join("\n  "));
        }
    }
    out
}
