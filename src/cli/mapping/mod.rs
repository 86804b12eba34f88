//! `casebridge mapping`: the workbench for those who describe an agency's form.
//!
//! In: translation tables and sample records.
//! Out: defects and notes with their lines, a first table, what samples use of a table.
//! Must hold: a value of a sample is shown only where its author asks for it.

mod check;
mod coverage;
mod new;

use clap::Subcommand;

use super::{Failure, Outcome};
use crate::app;
use crate::config::shipped;

/// Check, begin and measure translation tables
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Hold tables against the catalogue of fields: every defect with its line, then what else to know
    Check(check::Args),
    /// Print a first table with every place that the samples have; it loads as it stands
    New(new::Args),
    /// Show what samples use of a table, and which fields and places neither touches
    Coverage(coverage::Args),
}

pub(super) fn run(args: &Args) -> Outcome {
    let catalogue = app::catalogue();
    match &args.command {
        Command::Check(args) => check::run(args, &catalogue),
        Command::New(args) => new::run(args, &catalogue),
        Command::Coverage(args) => coverage::run(args, &catalogue),
    }
}

/// The text of a table: a shipped one by its name, or a file. With what to call it in messages.
pub(super) fn table(profile: &str) -> Result<(String, String), Failure> {
    let name = format!("translate/{profile}.toml");
    if let Some(bytes) = shipped::file(&name) {
        return Ok((name, String::from_utf8_lossy(bytes).into_owned()));
    }
    let text = std::fs::read_to_string(profile).map_err(|error| {
        let tables = shipped::folder("translate").map(|(name, _)| name);
        let known: Vec<_> =
            tables.filter_map(|name| name.strip_prefix("translate/")?.strip_suffix(".toml")).collect();
        Failure::new(format!("no table `{profile}` ({error}); there are: {}", known.join(", ")))
    })?;
    Ok((profile.to_owned(), text))
}
