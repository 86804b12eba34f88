//! `casebridge policy reject`.

use super::super::{Exit, Outcome, print_line};
use super::Store;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    store: Store,
    /// Number of the version
    #[arg(value_name = "N")]
    number: u32,
    /// Who rejects: its author, or an id of `people.toml` with the role `policy_approver`
    #[arg(long, value_name = "ID")]
    by: String,
}

pub(super) fn run(args: &Args) -> Outcome {
    let caller = super::caller(&args.by)?;
    let row = args.store.with(async |versions| versions.reject(args.number, &caller).await)?;
    print_line(&format!(
        "rejected  version {}, proposed by {}, rejected by {}",
        row.number, row.author, caller.id
    ));
    Ok(Exit::Good)
}
