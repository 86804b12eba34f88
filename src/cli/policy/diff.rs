//! `casebridge policy diff`.

use std::path::PathBuf;

use super::super::{Exit, Outcome, print, print_line};
use super::Store;
use crate::app::versions;
use crate::clock::Clock;
use crate::config::PolicyDraft;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    store: Store,
    /// Number of the earlier version; the one in force when absent
    #[arg(long, value_name = "N")]
    from: Option<u32>,
    /// Number of the later version, or a folder; the draft in the gateway's own folder when absent
    #[arg(long, value_name = "N|DIR")]
    to: Option<String>,
}

pub(super) fn run(args: &Args) -> Outcome {
    let (old, new) = both(args)?;
    let told = versions::diff(&old.1, &new.1, Clock::system().now());
    if told.is_empty() {
        print_line(&format!("{} and {} do not differ", old.0, new.0));
    } else {
        print_line(&format!("from {} to {}:", old.0, new.0));
        print(&told);
    }
    Ok(Exit::Good)
}

type Named = (String, crate::config::Bundle);

fn both(args: &Args) -> Result<(Named, Named), super::Failure> {
    args.store.with(async |versions| {
        let (number, old) = versions.bundle(args.from).await?;
        let named = |number: u32| format!("version {number}");
        let new = match args.to.as_deref().map(str::parse::<u32>) {
            Some(Ok(number)) => (named(number), versions.bundle(Some(number)).await?.1),
            other => {
                let folder = match (other, &args.to) {
                    (Some(Err(_)), Some(folder)) => PathBuf::from(folder),
                    _ => versions.folder().to_path_buf(),
                };
                let draft = PolicyDraft::of_folder(&folder);
                if draft.problems.any_mistake() {
                    let folder = folder.display();
                    eprintln!("{folder}: the draft has mistakes, so not all may be shown; type `casebridge policy check {folder}`");
                }
                (folder.display().to_string(), draft.bundle)
            }
        };
        Ok(((named(number), old), new))
    })
}
