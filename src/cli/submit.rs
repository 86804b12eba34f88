//! `casebridge submit`.

use std::collections::BTreeSet;
use std::path::Path;

use super::draft::Draft;
use super::translate::told_of_all;
use super::{Desk, Exit, Failure, Outcome, print, print_line};
use crate::access::Caller;
use crate::exchange::{Notice, Request, Submitted};
use crate::message::{MessageId, PartyId};
use crate::partner::Role;
use crate::policy::{Basis, Explanation};
use crate::schema::Language;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    draft: Draft,
    /// Who sends: the officer's or system's id
    #[arg(long)]
    author: String,
    /// Give the same id again to repeat a request without sending twice
    #[arg(long, value_name = "ID")]
    id: Option<MessageId>,
}

pub(super) fn run(args: &Args) -> Outcome {
    let request = Request { id: args.id, ..args.draft.request(&args.author)? };
    let desk = Desk::open(&args.draft.config)?;
    // Whoever could release it must not write it under another id.
    let author = Caller::here(&args.author).map_err(|error| Failure::of("not sent", &error))?;
    desk.gateway.roster().may_act(&author).map_err(|error| Failure::of("not sent", &error))?;
    let withdrawn = desk.gateway.tells_of_withdrawal(&request);
    let submitted = desk
        .runtime
        .block_on(desk.gateway.submit(request))
        .map_err(|error| Failure::of("not sent", &error))?;
    let (config, agency) = (&args.draft.config, &args.draft.from);
    let exit = tell(&desk, config, agency, &args.author, &submitted);
    if withdrawn {
        print_line(
            "note      the record says that a person has withdrawn consent: what was sent on it must be erased",
        );
        print_line(&format!(
            "next      casebridge consent withdraw --config {} --agency {agency} --case - --author {}",
            config.display(),
            args.author
        ));
    }
    Ok(exit)
}

/// Says what became of a submission and what to do next; `who` asked for it.
pub(super) fn tell(desk: &Desk, config: &Path, agency: &PartyId, who: &str, submitted: &Submitted) -> Exit {
    let config = config.display();
    let here = format!("--config {config} --agency {agency}");
    // First: whoever reads "sent" or "held" reads no further.
    print(&told_of_all(submitted.reports()));
    match submitted {
        Submitted::Sent { id, conversation, withheld, again, notices, .. } => {
            print_line(&format!("sent      {id}"));
            if *again {
                print_line(
                    "          the same request came before: this is what became of it, nothing was sent now",
                );
            }
            print_line(&format!(
                "          conversation {conversation}, {withheld} fields withheld by policy"
            ));
            if *withheld > 0 {
                print_line(&format!("why       casebridge explain --config {config} --reader {who} {id}"));
            }
            for Notice { provider, item, sent } in notices {
                print_line(&match sent {
                    Ok(told) => {
                        format!("told      {provider}, that its {item} serves another purpose: {told}")
                    }
                    Err(code) => format!(
                        "NOT TOLD  {provider}, that its {item} serves another purpose ({code})\nnext      tell it by telephone, today"
                    ),
                });
            }
            print_line(&format!("next      casebridge inbox {here} --status {id}"));
            Exit::Good
        }
        Submitted::Held { id, basis, .. } => {
            print_line(&format!("held      {id}"));
            let mut reviewers = desk.gateway.roster().reviewers(agency);
            reviewers.retain(|(id, _)| !id.eq_ignore_ascii_case(who));
            tell_why(desk, basis, &reviewers);
            print_line(
                "next      such a person reads it, then releases or rejects it, with the own id in place of ID:",
            );
            print_line(&format!("          casebridge review {here} --reviewer ID --show {id}"));
            print_line(&format!("          casebridge review {here} --reviewer ID --release {id}"));
            Exit::Good
        }
        Submitted::Ended { id, ended } => {
            print_line(&format!("{ended}  {id}"));
            print_line(
                "          the same request came before, and its draft waits no more: it is never sent",
            );
            print_line("next      submit it under a new id, if it is still right");
            Exit::Bad
        }
        Submitted::Refused { id, refusal, .. } => {
            print_line(&format!("refused   {id} ({})", refusal.code));
            for next in tell_why(desk, &refusal.basis, &[]) {
                print_line(&format!("next      {next}"));
            }
            Exit::Bad
        }
        Submitted::UsedUp { id, kind, free_at, .. } => {
            print_line(&format!("refused   {id} (quota-used-up)"));
            print_line(&format!(
                "          as many {} as were agreed have gone; free again from {free_at}",
                kind.as_str()
            ));
            print_line(&format!("next      give the same command again then, with --id {id}"));
            Exit::Bad
        }
    }
}

/// Prints why, and gives what to do next.
fn tell_why(desk: &Desk, basis: &Basis, reviewers: &[(String, BTreeSet<Role>)]) -> Vec<String> {
    desk.gateway.with_rules(|rules| {
        let explanation = Explanation::new(basis, rules).with_reviewers(reviewers);
        print(&explanation.reasons(Language::English));
        explanation.next()
    })
}
