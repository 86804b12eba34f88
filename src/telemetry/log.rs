//! Log lines, on standard error.

use std::io::IsTerminal as _;

use tracing_subscriber::EnvFilter;

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object per line.
    Json,
}

/// Starts logging for a command that otherwise tells its own story, if `CASEBRIDGE_LOG` asks for it.
pub fn start_logging_if_asked() {
    if std::env::var_os("CASEBRIDGE_LOG").is_some() {
        start_logging(LogFormat::Text, "warn");
    }
}

/// Starts logging for the whole process; a second call changes nothing.
///
/// `level` is a filter such as `info` or `casebridge=debug`; `CASEBRIDGE_LOG` in the environment overrides it.
pub fn start_logging(format: LogFormat, level: &str) {
    let filter = EnvFilter::try_from_env("CASEBRIDGE_LOG").unwrap_or_else(|_| EnvFilter::new(level));
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        // Colours in a journal or a file are noise that breaks searching.
        .with_ansi(std::io::stderr().is_terminal())
        .with_target(false);
    // Somebody else has set a logger: theirs stays.
    let _ = match format {
        LogFormat::Text => lines.compact().try_init(),
        LogFormat::Json => lines.json().flatten_event(true).try_init(),
    };
}
