//! `casebridge consent`.

use std::path::{Path, PathBuf};

use clap::Subcommand;

use super::erasures::tell_contacts;
use super::{Desk, Exit, Failure, Outcome, print_line};
use crate::exchange::{Told, Withdrawn};
use crate::message::PartyId;

/// Longest case number or person's number that is read from standard input, in bytes.
const LONGEST: usize = 1024;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Tell every partner to erase what it received on the person's consent
    Withdraw(Withdraw),
}

#[derive(Debug, clap::Args)]
struct Withdraw {
    /// The gateway's configuration file
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    /// The agency that disclosed
    #[arg(long, value_name = "PARTY")]
    agency: PartyId,
    /// The case's number, as in the record; `-` reads it from standard input, where other users of the machine cannot
    /// see it
    #[arg(long, value_name = "CASE")]
    case: String,
    /// The person, if not all of the case: the number in the exchange, an identity number, or the reference of the
    /// consent; `-` reads it from standard input
    #[arg(long, value_name = "ID")]
    person: Option<String>,
    /// Who orders it: the officer's or system's id
    #[arg(long)]
    author: String,
}

pub(super) fn run(args: &Args) -> Outcome {
    let Command::Withdraw(args) = &args.command;
    if args.case == "-" && args.person.as_deref() == Some("-") {
        return Err(Failure::new("only one of `--case` and `--person` can be read from standard input"));
    }
    let case = read(&args.case)?;
    let person = args.person.as_deref().map(read).transpose()?;
    let desk = Desk::open(&args.config)?;
    let withdrawn = desk
        .runtime
        .block_on(desk.gateway.withdraw_consent(&args.agency, &case, person.as_deref(), &args.author))
        .map_err(|error| Failure::of("not all could be looked at; order it again", &error))?;
    Ok(tell(&withdrawn, &args.agency, &desk, &args.config))
}

/// The value itself, or what stands on standard input.
fn read(value: &str) -> Result<String, Failure> {
    let text = if value == "-" {
        let bytes = super::translate::read_limited(std::io::stdin().lock(), "standard input", LONGEST)?;
        String::from_utf8(bytes).map_err(|_| Failure::new("standard input: the text is not UTF-8"))?
    } else {
        value.to_owned()
    };
    let text = text.trim();
    if text.is_empty() {
        return Err(Failure::new("a case's or person's number is empty; give it as in the record"));
    }
    Ok(text.to_owned())
}

/// Says what was done and what people must do.
fn tell(withdrawn: &Withdrawn, agency: &PartyId, desk: &Desk, config: &Path) -> Exit {
    let config = config.display();
    let mut exit = Exit::Good;
    for (message, to, told) in &withdrawn.told {
        match told {
            Told::Sent { erase } => {
                print_line(&format!("erase     {message} at {to}: told by {erase}"));
            }
            Told::Not { code } => {
                exit = Exit::Bad;
                print_line(&format!("overdue   {message} at {to}: could not be told (`{code}`)"));
                print_line(&format!("next      call {to} now"));
                tell_contacts(desk, to);
            }
        }
    }
    for draft in &withdrawn.stopped {
        print_line(&format!(
            "stopped   draft {draft}, which waited for review: it is removed and never sent"
        ));
    }
    for (message, to) in &withdrawn.look_at {
        exit = Exit::Bad;
        print_line(&format!(
            "look at   {message} to {to}: of this case and on consent, but not plainly this person's"
        ));
        print_line(
            "next      if it is: the same command without `--person`, or with another of the person's numbers",
        );
    }
    for (message, to) in &withdrawn.other_ground {
        print_line(&format!("stays     {message} at {to}: rests on another ground than consent"));
    }
    if withdrawn.drafts > 0 {
        print_line(&format!(
            "drafts    {} more of {agency} wait for review; reject those that concern the person: casebridge review --config {config} --agency {agency}",
            withdrawn.drafts
        ));
    }
    let none_of_the_case = withdrawn.look_at.is_empty() && withdrawn.other_ground.is_empty();
    if withdrawn.told.is_empty() && withdrawn.stopped.is_empty() && none_of_the_case {
        // A mistyped number must not look like "all is well".
        exit = Exit::Bad;
        print_line(&format!(
            "nothing   more to erase: no partner holds a message of {agency} about a case of this number, unless told before"
        ));
        print_line("next      if nobody ordered it before, compare the number with your record");
    } else if withdrawn.told.is_empty() {
        print_line("nothing   that rests on the consent of that case or person waits to be erased");
    }
    print_line(&format!("next      casebridge erasures --config {config} --agency {agency}"));
    exit
}
