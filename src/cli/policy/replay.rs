//! `casebridge policy replay`: what a draft would have decided.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::sync::Arc;

use jiff::ToSpan;

use crate::app::versions;
use crate::cli::{Desk, Exit, Failure, Outcome, language, print, print_line, serve};
use crate::clock::Clock;
use crate::exchange::{Flip, Replay};
use crate::message::MessageId;
use crate::policy::{Basis, Engine, Explanation};
use crate::schema::Language;

/// Flips that are listed one by one; the table counts all.
const LISTED: usize = 20;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The gateway's configuration file
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    /// Who asks: an opaque id; the look is recorded
    #[arg(long, value_name = "ID")]
    reader: String,
    /// How far back
    #[arg(long, value_name = "DAYS", default_value_t = 90)]
    days: i64,
    /// Explain what the draft would have decided about this message, and why
    #[arg(long, value_name = "ID")]
    message: Option<MessageId>,
    /// Language of the rules' sentences: `en`, `sr-Cyrl`, `sr-Latn`, `sl` or `de`
    #[arg(long, value_parser = language, default_value = "en")]
    language: Language,
    /// The folder of the draft
    #[arg(value_name = "DIR")]
    folder: PathBuf,
}

pub(super) fn run(args: &Args) -> Outcome {
    let now = Clock::system().now();
    let hours = args.days.checked_mul(24).filter(|hours| (24..=24 * 3660).contains(hours));
    let hours = hours.ok_or_else(|| Failure::new("a number of days is between 1 and 3660"))?;
    let since = now.checked_sub(hours.hours()).map_err(|error| Failure::of("days", &error))?;
    let draft = versions::engine(&args.config, &args.folder, now)
        .map_err(|problems| serve::mistakes("; nothing was decided", &problems))?;
    let draft = Arc::new(draft);
    let desk = Desk::open(&args.config)?;
    let replay = desk
        .runtime
        .block_on(desk.gateway.replay(Arc::clone(&draft), since, &args.reader))
        .map_err(|error| Failure::of("cannot replay", &error))?;
    match args.message {
        Some(message) => explain(&replay, message, &draft, args.language)?,
        None => print(&table(&replay, args.days)),
    }
    Ok(Exit::Good)
}

fn explain(replay: &Replay, message: MessageId, draft: &Engine, language: Language) -> Result<(), Failure> {
    let flips: Vec<&Flip> = replay.flips.iter().filter(|flip| flip.message == message).collect();
    if flips.is_empty() {
        return Err(Failure::new(format!("the draft changes no decision about {message} in this time")));
    }
    for flip in flips {
        print_line(&format!("now       {}", summary(&flip.before)));
        print(&Explanation::new(&flip.after, draft).supposed().text(language));
    }
    Ok(())
}

/// How often each kind of change occurs, then the changes one by one.
fn table(replay: &Replay, days: i64) -> String {
    let mut out = format!(
        "{} decisions of the last {days} days decided again, {} would be otherwise\n",
        replay.decided, replay.flipped
    );
    if replay.unreadable > 0 {
        let _ = writeln!(out, "{} records cannot be opened here", replay.unreadable);
    }
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for flip in &replay.flips {
        *counts.entry(change(flip)).or_default() += 1;
    }
    for (change, count) in counts {
        let _ = writeln!(out, "{count:>7}  {change}");
    }
    for flip in replay.flips.iter().take(LISTED) {
        let facts = &flip.before.inputs.facts;
        let _ = writeln!(out, "{}  {} -> {}  {}", flip.message, facts.from, facts.to, change(flip));
    }
    if replay.flips.len() > LISTED {
        let _ = writeln!(out, "and {} more", replay.flips.len() - LISTED);
    }
    if let Some(flip) = replay.flips.first() {
        let _ = writeln!(out, "why: the same command with --message {}", flip.message);
    }
    out
}

/// The change of one decision, in the words that are equal for equal changes.
fn change(flip: &Flip) -> String {
    let (before, after) = (summary(&flip.before), summary(&flip.after));
    let kind = flip.before.inputs.facts.kind.as_str();
    if before != after {
        return format!("{kind}: {before} -> {after}");
    }
    let mut fields: Vec<String> = Vec::new();
    for (one, other) in flip.before.verdict.released.iter().zip(&flip.after.verdict.released) {
        if one.yes != other.yes {
            let sign = if other.yes { "released" } else { "withheld" };
            fields.push(format!("{} {sign} by {}", one.category.as_str(), other.rule));
        }
    }
    fields.sort();
    fields.dedup();
    format!("{kind}: {}", fields.join(", "))
}

fn summary(basis: &Basis) -> String {
    match &basis.verdict.end {
        crate::policy::End::Refuse { code } => format!("refuse ({code})"),
        end => end.as_str().to_owned(),
    }
}
