//! `casebridge policy check`.

use std::path::PathBuf;

use super::super::{Exit, Failure, Outcome, print_line, serve};
use crate::app::versions;
use crate::clock::Clock;
use crate::config::PolicyDraft;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The folder with `people.toml`, `partners/` and `policies/`
    #[arg(value_name = "DIR")]
    folder: PathBuf,
}

pub(super) fn run(args: &Args) -> Outcome {
    if !args.folder.is_dir() {
        let text =
            format!("{}: this is not a folder; name the one with `people.toml`", args.folder.display());
        return Err(Failure { text, exit: Exit::Config });
    }
    let draft = PolicyDraft::of_folder(&args.folder);
    let problems = versions::check(&draft, None, Clock::system().now());
    if problems.any_mistake() {
        return Err(serve::mistakes("in the policy", &problems));
    }
    for warning in problems.iter() {
        eprintln!("{warning}");
    }
    print_line(&format!(
        "{}: no mistakes. {} people, {} partners, {} files of rules.",
        args.folder.display(),
        draft.roster.people().count(),
        draft.partners.len(),
        draft.rules.len(),
    ));
    print_line(&format!("digest    {}", draft.bundle.digest()));
    Ok(Exit::Good)
}
