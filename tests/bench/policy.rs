//! What a decision costs on one core: `cargo bench --bench policy`. A whole message with all its fields, with 12, 60 and
//! 200 rules for its partner, the first time and when the same was asked before; and beside more and more other partners.
//!
//! `-- --quick` takes fewer and shorter rounds.

#![expect(clippy::print_stdout, reason = "the table is what this program is for")]

#[path = "policy/gateways.rs"]
mod gateways;
#[path = "policy/measure.rs"]
mod measure;

use std::error::Error;
use std::hint::black_box;

use casebridge::policy::{Decision, Engine, Submission};
use clap::Parser;
use jiff::Timestamp;

use self::gateways::{Gateway, Message};
use self::measure::Rounds;

/// The binary's own.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

type Outcome<T = ()> = Result<T, Box<dyn Error>>;

/// Decisions that a partner may need at 60 rules, warmed up.
const TARGET_US: f64 = 40.0;

#[derive(Debug, Parser)]
struct Args {
    /// Fewer and shorter rounds
    #[arg(long)]
    quick: bool,
    /// What cargo adds
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() -> Outcome {
    let args = Args::parse();
    let rounds = if args.quick { Rounds::QUICK } else { Rounds::FULL };
    let message = Message::shipped()?;
    measure::machine();
    println!(
        "one message: a record of {} persons with {} values, {} bytes as JSON\n\n\
         CPU time of one thread, medians of {} paired rounds. warm: the same question was asked before; the copy of the\n\
         draft is measured by turns and taken off. first: engines that were never asked. load: reading and validating.\n",
        message.persons, message.values, message.bytes, rounds.count
    );
    println!(
        "{:>6} {:>7}  {:>10} {:>10} {:>10} {:>9}",
        "rules", "others", "warm us", "warm/s", "first us", "load ms"
    );
    for (rules, others) in [(12, 2), (60, 2), (200, 2), (60, 20), (60, 200)] {
        let told = one(&message, rules, others, rounds)?;
        println!("{told}");
    }
    println!(
        "\ntarget: warm below {TARGET_US} us with 60 rules, and no growth with the number of other partners"
    );
    Ok(())
}

fn one(message: &Message, rules: usize, others: usize, rounds: Rounds) -> Outcome<String> {
    let gateway = Gateway::new(rules, others)?;
    let draft = message.draft()?;
    let now = message.now;
    let began = measure::cpu_time();
    let warm = gateway.engine()?;
    let load = measure::cpu_time().saturating_sub(began);
    if !leaves(&warm, &draft, now) {
        return Err("the message does not leave: nothing is measured".into());
    }
    let (both, copy) = measure::paired(
        rounds,
        || drop(black_box(warm.permit(draft.clone(), now))),
        || drop(black_box(draft.clone())),
    );
    let each = both.saturating_sub(copy).as_secs_f64() * 1e6;
    let mut first = Vec::new();
    // An engine of many partners takes long to load, and its first answer is the same each time.
    for _ in 0..(if others > 20 { 3 } else { rounds.count }) {
        let engine = gateway.engine()?;
        let draft = draft.clone();
        let began = measure::cpu_time();
        let decision = engine.permit(draft, now);
        first.push(measure::cpu_time().saturating_sub(began));
        drop(black_box(decision));
    }
    Ok(format!(
        "{rules:>6} {others:>7}  {each:>10.2} {:>10.0} {:>10.0} {:>9.1}",
        1e6 / each,
        measure::median(first).as_secs_f64() * 1e6,
        load.as_secs_f64() * 1e3,
    ))
}

fn leaves(engine: &Engine, draft: &Submission, now: Timestamp) -> bool {
    matches!(engine.permit(draft.clone(), now), Decision::Allow(_))
}
