//! `casebridge demo`: the whole exchange on this machine.

mod bulk;
mod officers;
mod script;
mod teller;
mod words;

pub(super) use script::sample_record;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};

use self::teller::Teller;
use super::{Exit, Failure, Outcome, print_line, runtime};
use crate::app::Options;
use crate::app::trial::{Trial, TrialOptions};
use crate::exchange::Observer;
use crate::telemetry;

/// How long the scripted messages may take before the demo says that something is wrong.
const PATIENCE: Duration = Duration::from_mins(1);

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// End when every message has reached its state, with success only if all did
    #[arg(long)]
    once: bool,
    /// One JSON object per event, the totals last
    #[arg(long)]
    json: bool,
    /// Send a file of records instead of the six samples: the translation table to use
    #[arg(long, value_name = "NAME", requires = "records")]
    profile: Option<String>,
    /// The file of records
    #[arg(long, value_name = "FILE", requires = "profile")]
    records: Option<PathBuf>,
    /// Keep keys, configuration and databases in this folder instead of a temporary one
    #[arg(long, value_name = "DIR")]
    folder: Option<PathBuf>,
}

pub(super) fn run(args: &Args) -> Outcome {
    telemetry::start_logging_if_asked();
    let runtime = runtime()?;
    let outcome = match (&args.profile, &args.records) {
        (Some(profile), Some(records)) => runtime.block_on(bulk::run(args, profile, records)),
        _ => runtime.block_on(scripted(args)),
    };
    // A connection that still drains must not hold the program back.
    runtime.shutdown_timeout(Duration::from_secs(5));
    outcome
}

async fn scripted(args: &Args) -> Outcome {
    let teller = Arc::new(Teller::new(args.json));
    teller.say(
        "casebridge demo: Serbia (gateway, four agencies), Slovenia (gateway, pushed to), Austria (polls)",
    );
    teller.say("keys and certificates are made for this run; all persons are invented");
    let trial = Trial::start(TrialOptions {
        folder: args.folder.clone(),
        rs: watched(&teller, "rs"),
        si: watched(&teller, "si"),
        ..TrialOptions::default()
    })
    .await
    .map_err(|error| Failure::of("the demo cannot start", &error))?;
    if let Some(slovenia) = trial.slovenia() {
        teller.say(&format!("Serbia listens on {}, Slovenia on {}", trial.rs.address, slovenia.address));
    }

    let folder = trial.folder().to_path_buf();
    let mut office = officers::Office::open(trial, &teller);
    script::play(&office, &teller).await?;
    let complete = tokio::time::timeout(PATIENCE, teller.complete()).await.is_ok();
    office.rest().await;
    let totals = teller.totals();
    teller.close(&totals);
    teller.say("");
    if args.once {
        teller.say("Next: leave `--once` out, and both gateways keep running for you to look around;");
        teller.say("docs/guide/ tells officers, partners, administrators and operators how to go on.");
    } else {
        teller.say("Both gateways keep running. In another terminal:");
        let config = folder.join("rs/gateway.toml");
        for line in script::next_steps(&config, &teller) {
            teller.say(&line);
        }
        teller.say("Ctrl-C ends the demo and removes its keys.");
        told_to_end().await;
    }
    office.close().await;
    let good = complete && totals.lost == 0 && totals.duplicates == 0;
    if !complete {
        teller.say("some messages did not reach the state that they should; see the table");
    }
    Ok(if good { Exit::Good } else { Exit::Bad })
}

/// Options of a gateway whose every step the teller is told.
fn watched(teller: &Arc<Teller>, gateway: &'static str) -> Options {
    let teller = Arc::clone(teller);
    let observer: Observer = Arc::new(move |event| teller.event(gateway, event));
    Options { observer: Some(observer), ..Options::default() }
}

/// A line for people; programs get JSON only.
fn tell(json: bool, line: &str) {
    if !json {
        print_line(line);
    }
}

/// Ctrl-C, or an order to terminate: either way the keys are removed.
async fn told_to_end() {
    match signal(SignalKind::terminate()) {
        Ok(mut terminate) => tokio::select! {
            _ = terminate.recv() => {}
            _ = tokio::signal::ctrl_c() => {}
        },
        Err(_) => {
            let _ = tokio::signal::ctrl_c().await;
        }
    }
}
