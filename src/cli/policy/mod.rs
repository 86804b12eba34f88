//! `casebridge policy`: the policy changes in numbered versions, by two people.

mod apply;
mod approve;
mod check;
mod diff;
mod explain;
mod history;
mod reject;
mod replay;
mod rollback;

use std::path::{Path, PathBuf};

use clap::Subcommand;
use jiff::Timestamp;
use jiff::civil::Date;

use super::{Failure, Outcome, print_line, runtime, serve};
use crate::access::Caller;
use crate::app::versions::{Unchanged, VersionRow, Versions};
use crate::clock::Clock;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Check a folder with people, agreements, certificates and rules
    Check(check::Args),
    /// Show what differs between two versions, or between a version and a folder
    Diff(diff::Args),
    /// Propose a folder as the next version
    Apply(apply::Args),
    /// Approve a proposal of another person
    Approve(approve::Args),
    /// Reject a proposal, or an approved version that is not yet in force
    Reject(reject::Args),
    /// List all versions
    History(history::Args),
    /// Propose the files of an older version again
    Rollback(rollback::Args),
    /// Say which past decisions a draft of the rules would make otherwise
    Replay(replay::Args),
    /// Say what would become of a message, without sending it
    Explain(Box<explain::Args>),
}

pub(super) fn run(args: &Args) -> Outcome {
    match &args.command {
        Command::Explain(args) => explain::run(args),
        Command::Replay(args) => replay::run(args),
        Command::Check(args) => check::run(args),
        Command::Diff(args) => diff::run(args),
        Command::Apply(args) => apply::run(args),
        Command::Approve(args) => approve::run(args),
        Command::Reject(args) => reject::run(args),
        Command::History(args) => history::run(args),
        Command::Rollback(args) => rollback::run(args),
    }
}

/// Which gateway is meant.
#[derive(Debug, clap::Args)]
struct Store {
    /// The gateway's configuration file
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
}

/// What every proposal says.
#[derive(Debug, clap::Args)]
struct Proposal {
    /// Who proposes: an id of `people.toml` with the role `policy_author`
    #[arg(long, value_name = "ID")]
    author: String,
    /// Why, in one line without names of persons; it stays in the history
    #[arg(long, value_name = "TEXT")]
    reason: String,
    /// In force from then, such as `2026-12-01` (UTC) or `2026-12-01T06:00:00+01:00`; `now`: as soon as it is approved
    #[arg(long, value_name = "TIME", default_value = "now", value_parser = from)]
    from: From,
}

#[derive(Debug, Clone, Copy)]
struct From(Option<Timestamp>);

fn from(text: &str) -> Result<From, String> {
    if text == "now" {
        return Ok(From(None));
    }
    // A date is its first instant in UTC, as in an agreement.
    let read = match text.parse::<Date>() {
        Ok(date) if text.len() == 10 => format!("{date}T00:00:00Z").parse::<Timestamp>(),
        _ => text.parse::<Timestamp>(),
    };
    read.map(|at| From(Some(at))).map_err(|_| {
        "write `now`, a date such as `2026-12-01`, or a time with its zone such as `2026-12-01T06:00:00Z`"
            .to_owned()
    })
}

impl Store {
    /// Runs `work` on the gateway's versions.
    fn with<T>(&self, work: impl AsyncFnOnce(Versions) -> Result<T, Unchanged>) -> Result<T, Failure> {
        let versions = Versions::open(&self.config, Clock::system()).map_err(failed)?;
        runtime()?.block_on(work(versions)).map_err(failed)
    }
}

/// Nothing has changed: why.
pub(super) fn failed(unchanged: Unchanged) -> Failure {
    match unchanged {
        Unchanged::Problems(problems) => serve::mistakes("in the policy; nothing was changed", &problems),
        unchanged => Failure::of("nothing was changed", &unchanged),
    }
}

fn caller(id: &str) -> Result<Caller, Failure> {
    Caller::here(id).map_err(|error| Failure::of("nothing was changed", &error))
}

/// Says what was proposed and what the second person types.
fn tell_proposed(row: &VersionRow, config: &Path) {
    let (number, config) = (row.number, config.display());
    print_line(&format!("proposed  version {number}, by {}, {}", row.author, when(row)));
    print_line(&format!("digest    {}", row.digest));
    print_line("next      a second person looks at it and approves:");
    print_line(&format!("          casebridge policy diff --config {config} --to {number}"));
    print_line(&format!("          casebridge policy approve --config {config} {number} --approver ID"));
}

fn when(row: &VersionRow) -> String {
    match row.from {
        None => "in force as soon as it is approved".to_owned(),
        Some(from) => format!("in force from {from}"),
    }
}
