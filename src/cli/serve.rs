//! `casebridge serve` and `casebridge check`.

use std::path::{Path, PathBuf};

use tokio::signal::unix::{SignalKind, signal};

use super::{Exit, Failure, Outcome, print_line, runtime};
use crate::app::{self, Assembly, Options, Running};
use crate::clock::Clock;
use crate::config::{LogFormat, Problems};
use crate::telemetry;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The gateway's configuration file; `config/gateway.full.toml` shows every key
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
}

/// Reads and checks the configuration; all problems are told together, each with file and line.
pub(super) fn checked(config: &Path) -> Result<Assembly, Failure> {
    app::check(config, Clock::system().now())
        .map_err(|problems| mistakes("in the configuration; nothing was started", &problems))
}

/// All that is wrong somewhere, as the end of a command.
pub(super) fn mistakes(place: &str, problems: &Problems) -> Failure {
    let count = problems.iter().filter(|problem| !problem.warning).count();
    let noun = if count == 1 { "mistake" } else { "mistakes" };
    let text = format!("{count} {noun} {place}\n{problems}");
    Failure { text: text.trim_end().to_owned(), exit: Exit::Config }
}

pub(super) fn check(args: &Args) -> Outcome {
    let assembly = checked(&args.config)?;
    for warning in assembly.warnings.iter() {
        eprintln!("{warning}");
    }
    let version = match assembly.policy.number {
        Some(number) => format!("policy version {number} in force"),
        None => "no policy version yet: the first start takes the folder as version 1".to_owned(),
    };
    print_line(&format!(
        "{}: no mistakes. {} agencies, {} partners, {version} ({}).",
        args.config.display(),
        assembly.settings.agencies.len(),
        assembly.policy.partners.len(),
        assembly.terms.engine.version()
    ));
    Ok(Exit::Good)
}

pub(super) fn run(args: &Args) -> Outcome {
    let assembly = checked(&args.config)?;
    let log = assembly.settings.log;
    let format = match log.format {
        LogFormat::Text => telemetry::LogFormat::Text,
        LogFormat::Json => telemetry::LogFormat::Json,
    };
    telemetry::start_logging(format, log.level.as_str());
    tell_warnings(&assembly.warnings);
    runtime()?.block_on(serve(args, assembly))
}

async fn serve(args: &Args, assembly: Assembly) -> Outcome {
    let failed = |error: &dyn std::error::Error| Failure::of("cannot start the gateway", error);
    let mut terminate = signal(SignalKind::terminate()).map_err(|e| failed(&e))?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(|e| failed(&e))?;
    let mut hangup = signal(SignalKind::hangup()).map_err(|e| failed(&e))?;
    let name = assembly.settings.gateway.name.clone();
    let running = app::start(assembly, Options::default(), None).await.map_err(|e| failed(&e))?;
    tracing::info!(gateway = %name, address = %running.address, "gateway started");
    loop {
        tokio::select! {
            _ = terminate.recv() => break,
            _ = interrupt.recv() => break,
            _ = hangup.recv() => reload(args, &running).await,
        }
    }
    tracing::info!(gateway = %name, "stopping: what is under way ends, the rest waits in the store");
    running.stop().await;
    tracing::info!(gateway = %name, "stopped");
    Ok(Exit::Good)
}

async fn reload(args: &Args, running: &Running) {
    let config = args.config.clone();
    // What is in force is put together again in `Running::reload`; this tells what the files here say beside it.
    let read = tokio::task::spawn_blocking(move || app::read(&config, Clock::system().now())).await;
    let Ok((draft, _)) = read else { return };
    tell_warnings(&draft.problems);
    match running.reload(draft).await {
        Ok(()) => tracing::info!(version = running.gateway.version(), "new configuration in force"),
        Err(reason) => {
            let reason = format!("nothing was changed: {reason}");
            tracing::error!(%reason, "the old configuration stays in force");
        }
    }
}

fn tell_warnings(problems: &Problems) {
    for warning in problems.iter().filter(|problem| problem.warning) {
        tracing::warn!(file = %warning.at.file.display(), line = warning.at.line, "{}", warning.text);
    }
}
