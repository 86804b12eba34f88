//! `casebridge serve` and `casebridge check`.

use std::path::{Path, PathBuf};

use tokio::signal::unix::{SignalKind, signal};

use super::{Exit, Failure, Outcome, print_line, runtime};
use crate::app::{self, Assembly, Options, Running};
use crate::clock::Clock;
use crate::config::LogFormat;
use crate::telemetry;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The gateway's configuration file; `config/gateway.full.toml` shows every key
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
}

/// Reads and checks the configuration; all problems are told together, each with file and line.
pub(super) fn checked(config: &Path) -> Result<Assembly, Failure> {
    checked_or(config, "nothing was started")
}

/// As [`checked`]; `consequence` says what a mistake led to.
fn checked_or(config: &Path, consequence: &str) -> Result<Assembly, Failure> {
    app::check(config, Clock::system().now()).map_err(|problems| {
        let mistakes = problems.iter().filter(|problem| !problem.warning).count();
        let noun = if mistakes == 1 { "mistake" } else { "mistakes" };
        let text = format!("{mistakes} {noun} in the configuration; {consequence}\n{problems}");
        Failure { text: text.trim_end().to_owned(), exit: Exit::Config }
    })
}

pub(super) fn check(args: &Args) -> Outcome {
    let assembly = checked(&args.config)?;
    for warning in assembly.warnings.iter() {
        eprintln!("{}:{}: warning: {}", warning.at.file.display(), warning.at.line, warning.text);
    }
    let settings = &assembly.settings;
    print_line(&format!(
        "{}: no mistakes. {} agencies, {} partners, policy version {}.",
        args.config.display(),
        settings.agencies.len(),
        settings.partners.len(),
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
    for warning in assembly.warnings.iter() {
        tracing::warn!(file = %warning.at.file.display(), line = warning.at.line, "{}", warning.text);
    }
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
            _ = hangup.recv() => reload(args, &running),
        }
    }
    tracing::info!(gateway = %name, "stopping: what is under way ends, the rest waits in the store");
    running.stop().await;
    tracing::info!(gateway = %name, "stopped");
    Ok(Exit::Good)
}

fn reload(args: &Args, running: &Running) {
    let reloaded = checked_or(&args.config, "nothing was changed")
        .and_then(|assembly| running.reload(assembly).map_err(Failure::new));
    match reloaded {
        Ok(()) => tracing::info!("new configuration in force"),
        Err(failure) => tracing::error!(reason = %failure.text, "the old configuration stays in force"),
    }
}
