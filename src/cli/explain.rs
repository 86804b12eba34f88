//! `casebridge explain`: why a message left, waits, entered or was refused.

use std::path::PathBuf;

use super::{Desk, Exit, Failure, Outcome, language, policy, print, print_line};
use crate::app::versions::Versions;
use crate::clock::Clock;
use crate::exchange::{ExchangeError, Progress};
use crate::message::MessageId;
use crate::policy::{Basis, End, Explanation};
use crate::schema::Language;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The gateway's configuration file
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    /// The message, sent, held, refused or received
    #[arg(value_name = "ID")]
    id: MessageId,
    /// Who asks: the officer's id; the look is recorded
    #[arg(long)]
    reader: String,
    /// Print the explanation as JSON, with everything that the decision rested on
    #[arg(long)]
    json: bool,
    /// Language of the rules' sentences: `en`, `sr-Cyrl`, `sr-Latn`, `sl` or `de`
    #[arg(long, value_parser = language, default_value = "en")]
    language: Language,
}

pub(super) fn run(args: &Args) -> Outcome {
    let desk = Desk::open(&args.config)?;
    let decisions = desk
        .runtime
        .block_on(desk.gateway.explain(args.id, &args.reader))
        .map_err(|error| Failure::of("cannot explain", &error))?;
    if decisions.is_empty() {
        return Err(Failure::new(format!(
            "no decision about {} is recorded here; a message that could not be opened was never decided about",
            args.id
        )));
    }
    // Each decision is explained by the rules that made it; by today's only where those are gone.
    let decided: Vec<_> = decisions.iter().map(|basis| (basis.version.clone(), basis.inputs.at)).collect();
    let versions = Versions::open(&args.config, Clock::system()).map_err(policy::failed)?;
    let engines = desk.runtime.block_on(versions.engines(&decided)).map_err(policy::failed)?;
    let roster = desk.gateway.roster();
    let ended = ended(&desk, args.id, &decisions)?;
    let reviewers: Vec<_> =
        decisions.iter().map(|basis| roster.reviewers(&basis.inputs.facts.from)).collect();
    desk.gateway.with_rules(|today| {
        let explained = decisions.iter().zip(&engines).zip(&reviewers).map(|((basis, engine), reviewers)| {
            match engine {
                Some((number, engine)) => Explanation::new(basis, engine).numbered(Some(*number)),
                None => Explanation::new(basis, today),
            }
            .with_reviewers(reviewers)
            .settled(ended.is_some())
        });
        if args.json {
            let all: Vec<_> = explained.map(|one| one.json()).collect();
            print_line(&serde_json::to_string_pretty(&all).unwrap_or_default());
        } else {
            let all: Vec<String> = explained.map(|one| one.text(args.language)).collect();
            print(&all.join("\n"));
            if let Some(ended) = &ended {
                print_line(&format!("\n{ended}"));
            }
        }
    });
    Ok(Exit::Good)
}

/// What became of a message that was held and does not wait any more, in a line.
fn ended(desk: &Desk, id: MessageId, decisions: &[Basis]) -> Result<Option<String>, Failure> {
    let Some(held) = decisions.iter().find(|basis| matches!(basis.verdict.end, End::Hold { .. })) else {
        return Ok(None);
    };
    let status = match desk.runtime.block_on(desk.gateway.status(&held.inputs.facts.from, id)) {
        Ok(status) => status,
        Err(ExchangeError::NoSuchMessage { .. }) => return Ok(None),
        Err(error) => return Err(Failure::of("cannot explain", &error)),
    };
    Ok(match status.progress {
        Progress::Held { .. } => None,
        Progress::Ended { at, ended } => {
            Some(format!("{:<10}{at}: it does not wait any more, and was not sent", ended.to_string()))
        }
        _ => Some("sent      it does not wait any more: it was released".to_owned()),
    })
}
