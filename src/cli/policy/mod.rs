//! `casebridge policy`.

mod explain;

use clap::Subcommand;

use super::Outcome;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Say what would become of a message, without sending it
    Explain(explain::Args),
}

pub(super) fn run(args: &Args) -> Outcome {
    match &args.command {
        Command::Explain(args) => explain::run(args),
    }
}
