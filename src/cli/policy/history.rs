//! `casebridge policy history`.

use super::super::{Exit, Outcome, print_line};
use super::Store;
use crate::app::versions::VersionRow;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    store: Store,
}

pub(super) fn run(args: &Args) -> Outcome {
    let (versions, in_force) = args.store.with(async |versions| versions.history().await)?;
    for row in versions {
        print_line(&format!("{:<9} {}", row.number, state(&row, in_force)));
        print_line(&format!("          by {} at {}: {}", row.author, row.proposed_at, row.reason));
        if let Some((by, at)) = row.approved.as_ref().filter(|_| row.base.is_some()) {
            print_line(&format!("          approved by {by} at {at}"));
        }
        if let Some((by, at)) = &row.rejected {
            print_line(&format!("          rejected by {by} at {at}"));
        }
        print_line(&format!("          digest {}", row.digest));
    }
    Ok(Exit::Good)
}

fn state(row: &VersionRow, in_force: u32) -> String {
    match (&row.rejected, &row.approved, row.from) {
        (Some(_), ..) => "rejected".to_owned(),
        (None, Some(_), Some(from)) if row.number == in_force => format!("in force since {from}"),
        (None, Some(_), Some(from)) if row.number > in_force => format!("approved, in force from {from}"),
        (None, Some(_), Some(from)) => format!("was in force since {from}"),
        _ => format!("proposed on top of version {}, {}", row.base.unwrap_or(0), super::when(row)),
    }
}
