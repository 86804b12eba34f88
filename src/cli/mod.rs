//! Commands.
//!
//! In: arguments and files.
//! Out: text for people, JSON for programs, exit codes.
//! Must hold: a command says what happened and what to do next; nothing personal on standard error.

mod bench;
mod consent;
pub mod demo;
mod draft;
mod erasures;
mod explain;
mod extent;
mod inbox;
mod mapping;
mod policy;
mod review;
mod schema;
mod serve;
mod submit;
mod translate;
mod view;
mod watch;

use std::io::Write as _;
use std::path::Path;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::app;
use crate::exchange::Gateway;
use crate::schema::Language;

/// Exchange of case records between authorities of partner states.
#[derive(Debug, Parser)]
#[command(name = "casebridge", version, about, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// See it work: two states' gateways and a polling partner, on this machine, with throw-away keys
    Demo(demo::Args),
    /// Run a gateway
    Serve(serve::Args),
    /// Check a gateway's configuration and everything that it names, without starting it
    Check(serve::Args),
    /// Translate a national record into the common schema and show what became of every value; without an agency's key, so without digests
    Translate(translate::Args),
    /// Check, begin and measure translation tables
    Mapping(mapping::Args),
    /// Print the common schema of records
    Schema(schema::Args),
    /// Send a record or a request for an agency
    Submit(Box<submit::Args>),
    /// Show, read and take what partners have sent to an agency; show how far a sent message has come
    Inbox(inbox::Args),
    /// Take note that a person has withdrawn consent: have what was sent on it erased
    Consent(consent::Args),
    /// Show what partners must erase and what an agency must delete itself; certify that it is done
    Erasures(erasures::Args),
    /// Release or reject messages that a second person must see
    Review(review::Args),
    /// Say why a message left, waits, entered or was refused
    Explain(explain::Args),
    /// Change the policy: check, compare, propose, approve; try people, agreements and rules out
    Policy(Box<policy::Args>),
    /// Measure the whole path on this machine
    Bench(bench::Args),
}

/// How a command ended, for the shell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Exit {
    Good,
    /// The command ran, but not everything came to the end that it should.
    Bad,
    /// The configuration has mistakes (`EX_CONFIG` of sysexits.h).
    Config,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        match exit {
            Exit::Good => Self::SUCCESS,
            Exit::Bad => Self::from(1),
            Exit::Config => Self::from(78),
        }
    }
}

/// A command that could not do its work: what to tell, and how to end.
#[derive(Debug)]
struct Failure {
    text: String,
    exit: Exit,
}

impl Failure {
    fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), exit: Exit::Bad }
    }

    /// Says what was attempted, then why it failed.
    fn of(what: &str, error: &dyn std::error::Error) -> Self {
        let mut text = format!("{what}: {error}");
        let mut source = error.source();
        while let Some(cause) = source {
            let cause_text = cause.to_string();
            // Errors that pass their source's words on would say them twice.
            if !text.ends_with(&cause_text) {
                text.push_str(": ");
                text.push_str(&cause_text);
            }
            source = cause.source();
        }
        Self::new(text)
    }
}

type Outcome = Result<Exit, Failure>;

/// Runs the command that the arguments name.
#[must_use]
pub fn run() -> ExitCode {
    let outcome = match Cli::parse().command {
        Command::Demo(args) => demo::run(&args),
        Command::Serve(args) => serve::run(&args),
        Command::Check(args) => serve::check(&args),
        Command::Translate(args) => translate::run(&args),
        Command::Mapping(args) => mapping::run(&args),
        Command::Schema(args) => schema::run(&args),
        Command::Submit(args) => submit::run(&args),
        Command::Inbox(args) => inbox::run(&args),
        Command::Consent(args) => consent::run(&args),
        Command::Erasures(args) => erasures::run(&args),
        Command::Review(args) => review::run(&args),
        Command::Explain(args) => explain::run(&args),
        Command::Policy(args) => policy::run(&args),
        Command::Bench(args) => bench::run(&args),
    };
    match outcome {
        Ok(exit) => exit.into(),
        Err(failure) => {
            eprintln!("casebridge: {}", failure.text);
            failure.exit.into()
        }
    }
}

/// A language of labels and sentences, by its tag.
fn language(tag: &str) -> Result<Language, String> {
    Language::ALL.into_iter().find(|language| language.tag() == tag).ok_or_else(|| {
        let known: Vec<_> = Language::ALL.into_iter().map(Language::tag).collect();
        format!("there are: {}", known.join(", "))
    })
}

/// Writes to standard output. A reader that has gone away stops nothing: what was begun is ended properly, and
/// throw-away keys are removed.
fn print(text: &str) {
    let mut out = std::io::stdout().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

fn print_line(text: &str) {
    print(&format!("{text}\n"));
}

/// What must be known beside a result that is for programs too.
fn note_line(text: &str) {
    eprintln!("casebridge: {text}");
}

fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::of("cannot start", &error))
}

/// A gateway's store, opened beside or without its running server.
struct Desk {
    gateway: Gateway,
    runtime: tokio::runtime::Runtime,
}

impl Desk {
    /// Opens the store that the configuration names, for one command.
    fn open(config: &Path) -> Result<Self, Failure> {
        let assembly = serve::checked(config)?;
        let runtime = runtime()?;
        let gateway = runtime.block_on(app::beside(assembly, app::Options::default()));
        let gateway = gateway.map_err(|error| Failure::of("cannot open the store", &error))?;
        Ok(Self { gateway, runtime })
    }
}
