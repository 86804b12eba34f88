//! `casebridge policy approve`.

use super::super::{Exit, Outcome, print_line};
use super::Store;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    store: Store,
    /// Number of the proposal
    #[arg(value_name = "N")]
    number: u32,
    /// Who approves: another person than the author, an id of `people.toml` with the role `policy_approver`
    #[arg(long, value_name = "ID")]
    approver: String,
}

pub(super) fn run(args: &Args) -> Outcome {
    let caller = super::caller(&args.approver)?;
    let row = args.store.with(async |versions| versions.approve(args.number, &caller).await)?;
    print_line(&format!(
        "approved  version {}, proposed by {}, approved by {}, {}",
        row.number,
        row.author,
        caller.id,
        super::when(&row)
    ));
    print_line("next      every node of the gateway takes it within a second of that time; its log says so");
    Ok(Exit::Good)
}
