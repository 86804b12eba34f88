//! `casebridge policy rollback`.

use super::super::{Exit, Outcome};
use super::{Proposal, Store};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    store: Store,
    #[command(flatten)]
    proposal: Proposal,
    /// Number of the version whose files are proposed again
    #[arg(value_name = "N")]
    number: u32,
}

pub(super) fn run(args: &Args) -> Outcome {
    let Proposal { author, reason, from } = &args.proposal;
    let caller = super::caller(author)?;
    let row =
        args.store.with(async |versions| versions.roll_back(args.number, &caller, reason, from.0).await)?;
    super::tell_proposed(&row, &args.store.config);
    Ok(Exit::Good)
}
