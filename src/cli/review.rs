//! `casebridge review`.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::str::FromStr;

use super::extent::Apart;
use super::translate::told_of_all;
use super::{Desk, Exit, Failure, Outcome, note_line, print, print_line};
use crate::access::Caller;
use crate::clock::Clock;
use crate::exchange::{ExchangeError, Releasing, Shown};
use crate::message::{Document, MessageId, PartyId, Sha256};
use crate::policy::{Explanation, StatedAge, ages_wanted};
use crate::schema::Language;
use crate::translate::Report;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The gateway's configuration file
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    /// The agency whose held messages are meant
    #[arg(long, value_name = "PARTY")]
    agency: PartyId,
    /// Show this held message as its author wrote it; the look is recorded
    #[arg(long, value_name = "ID", requires = "reviewer")]
    show: Option<MessageId>,
    /// Release this message: a person of the agency with a reviewing role in `people.toml`, never the author
    #[arg(long, value_name = "ID", requires = "reviewer", conflicts_with = "reject")]
    release: Option<MessageId>,
    /// Reject this message: it is removed and never sent
    #[arg(long, value_name = "ID", requires = "reviewer")]
    reject: Option<MessageId>,
    /// Who reviews: the officer's id
    #[arg(long)]
    reviewer: Option<String>,
    #[command(flatten)]
    apart: Apart,
    /// Release only what `--show` showed with this digest; without it, what it showed last
    #[arg(long, value_name = "DIGEST", requires = "release")]
    digest: Option<Sha256>,
    /// How old a protection reviewer believes a person to be whose age the record does not show, such as `0=25` for
    /// `x_Persons[0]` (`1:0=25` in the second record). The partner is told it as an estimate; may be given several times
    #[arg(long, value_name = "PERSON=YEARS", requires = "age_ground")]
    age: Vec<Believed>,
    /// On what the belief rests, such as `Impression` or `OwnStatement`
    #[arg(long, value_name = "CODE", requires = "age")]
    age_ground: Option<String>,
}

/// One person's age, as somebody believes it to be.
#[derive(Debug, Clone, Copy)]
struct Believed {
    place: (usize, usize),
    years: u8,
}

impl FromStr for Believed {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let read = || {
            let (place, years) = text.split_once('=')?;
            let (record, person) = place.split_once(':').unwrap_or(("0", place));
            let years = years.trim().parse().ok().filter(|years| *years <= 120)?;
            Some(Self { place: (record.trim().parse().ok()?, person.trim().parse().ok()?), years })
        };
        read().ok_or_else(|| "write the person's place and the years, such as `0=25`".to_owned())
    }
}

impl Args {
    fn ages(&self) -> Vec<StatedAge> {
        let ground = self.age_ground.clone().unwrap_or_default();
        let stated = |one: &Believed| {
            let (record, person) = one.place;
            StatedAge { record, person, years: one.years, ground: ground.clone() }
        };
        self.age.iter().map(stated).collect()
    }
}

pub(super) fn run(args: &Args) -> Outcome {
    if args.apart.is_given() && args.release.is_none() && args.show.is_none() {
        return Err(Failure::new(
            "`--only` and `--without` say what is released: add `--release` or `--show`",
        ));
    }
    let desk = Desk::open(&args.config)?;
    let (gateway, agency) = (&desk.gateway, &args.agency);
    desk.runtime.block_on(async {
        let failed = |error: &ExchangeError| match error {
            ExchangeError::NoSuchMessage { id, .. } => Failure::new(format!(
                "{id} does not wait for review at {agency}; whether it was released or rejected says: casebridge explain --config {} --reader ID {id}",
                args.config.display()
            )),
            ExchangeError::Denied(_) => {
                let people: Vec<String> =
                    gateway.roster().reviewers(agency).into_iter().map(|(id, _)| id).collect();
                let told = Failure::of("review", error).text;
                Failure::new(format!("{told}; these review for {agency}: {}", people.join(", ")))
            }
            other => Failure::of("review", other),
        };
        let refused = |error: &dyn std::error::Error| Failure::of("review", error);
        let reviewer = args.reviewer.as_deref().unwrap_or_default();
        if args.reviewer.is_some() {
            let caller = Caller::here(reviewer).map_err(|e| refused(&e))?;
            gateway.roster().may_act(&caller).map_err(|e| refused(&e))?;
        }
        if let Some(id) = args.show {
            let ages = args.ages();
            let releasing = Releasing { extent: args.apart.extent(), ages, ..Releasing::everything(reviewer) };
            let draft = match gateway.show(agency, id, releasing).await {
                Ok(shown) => {
                    tell_shown(&desk, &shown, reviewer);
                    shown.draft
                }
                // Its author may read it, and releases nothing.
                Err(ExchangeError::Denied(_)) => {
                    let draft = gateway.look_at_held(agency, id, reviewer).await.map_err(|e| failed(&e))?;
                    print_line(&serde_json::to_string_pretty(&draft).unwrap_or_default());
                    print(&not_carried(&draft));
                    draft
                }
                Err(error) => return Err(failed(&error)),
            };
            for (record, person) in ages_wanted(&draft, Clock::system().now()) {
                let place = crate::exchange::person((record, person));
                note_line(&format!(
                    "the age of x_Persons[{person}] in record {} is not known: a protection reviewer who releases adds --age {place}=YEARS --age-ground CODE",
                    record + 1
                ));
            }
        }
        if let Some(id) = args.release {
            let (extent, ages, digest) = (args.apart.extent(), args.ages(), args.digest);
            let releasing = Releasing { extent, ages, digest, ..Releasing::everything(reviewer) };
            let submitted = gateway.release(agency, id, releasing).await.map_err(|e| failed(&e))?;
            return Ok(super::submit::tell(&desk, &args.config, agency, reviewer, &submitted));
        }
        if let Some(id) = args.reject {
            gateway.reject(agency, id, reviewer).await.map_err(|e| failed(&e))?;
            print_line(&format!("rejected  {id}"));
        }
        if args.show.is_none() && args.reject.is_none() {
            let held = gateway.held(agency).await.map_err(|e| failed(&e))?;
            if held.is_empty() {
                print_line(&format!("nothing of {agency} waits for review"));
            }
            for (id, author, since) in held {
                print_line(&format!("{id}  by {author}, since {since}"));
                // No look at the case: a recorded decision holds no value of it. One that cannot be read says nothing.
                if let Some(basis) = gateway.decisions(id).await.ok().and_then(|mut all| all.pop()) {
                    print(&gateway.with_rules(|rules| Explanation::new(&basis, rules).brief(Language::English)));
                }
            }
        }
        Ok(Exit::Good)
    })
}

/// What of the author's records was not read, was lost or found no place: whoever releases has seen it.
fn not_carried(draft: &Document) -> String {
    let records = &draft.body.records;
    let mut out = String::new();
    for (record, members) in records.iter().enumerate() {
        for (person, members) in members.persons().enumerate() {
            let unread = members.get("x_Unread").and_then(serde_json::Value::as_array).into_iter().flatten();
            for code in unread.filter_map(serde_json::Value::as_str) {
                // Writing to a String cannot fail.
                let _ = writeln!(
                    out,
                    "not read  x_Persons[{person}] in record {}: {code}; the more protective is assumed, look below",
                    record + 1
                );
            }
        }
    }
    let reports: Vec<Report> = records.iter().map(Report::kept_in).collect();
    out + &told_of_all(&reports)
}

/// The draft, and what leaves of it by this person's release.
fn tell_shown(desk: &Desk, shown: &Shown, reviewer: &str) {
    print_line(&serde_json::to_string_pretty(&shown.draft).unwrap_or_default());
    print_line("");
    match &shown.released.document {
        Some(document) => {
            print_line(&format!("what the partner opens if {reviewer} releases it:"));
            print_line(&serde_json::to_string_pretty(document).unwrap_or_default());
        }
        None => print_line(&format!("nothing leaves yet if {reviewer} releases it:")),
    }
    print(&not_carried(&shown.draft));
    desk.gateway.with_rules(|rules| {
        print(&Explanation::new(&shown.released.basis, rules).supposed().reasons(Language::English));
    });
    print_line(&format!("digest    {}", shown.digest));
}
