//! `casebridge policy apply`.

use std::path::PathBuf;

use super::super::{Exit, Outcome};
use super::{Proposal, Store};
use crate::app::versions;
use crate::clock::Clock;
use crate::config::PolicyDraft;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    store: Store,
    #[command(flatten)]
    proposal: Proposal,
    /// The folder with `people.toml`, `partners/` and `policies/`
    #[arg(value_name = "DIR")]
    folder: PathBuf,
}

pub(super) fn run(args: &Args) -> Outcome {
    let Proposal { author, reason, from } = &args.proposal;
    let caller = super::caller(author)?;
    let row = args
        .store
        .with(async |versions| versions.propose(args.folder.clone(), &caller, reason, from.0).await)?;
    // Mistakes would have been refused; what may not be as meant is told before somebody approves it.
    for warning in versions::check(&PolicyDraft::of_folder(&args.folder), None, Clock::system().now()).iter()
    {
        eprintln!("{warning}");
    }
    super::tell_proposed(&row, &args.store.config);
    Ok(Exit::Good)
}
