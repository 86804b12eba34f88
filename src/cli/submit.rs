//! `casebridge submit`.

use super::draft::Draft;
use super::{Desk, Exit, Failure, Outcome, print_line};
use crate::access::Caller;
use crate::exchange::{Request, Submitted};
use crate::message::{MessageId, PartyId};
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
    let exit = tell(&submitted, &args.draft.from);
    if withdrawn {
        let agency = &args.draft.from;
        print_line(
            "note      the record says that a person has withdrawn consent: what was sent on it must be erased",
        );
        print_line(&format!(
            "next      casebridge consent withdraw --config … --agency {agency} --case - --author …"
        ));
    }
    Ok(exit)
}

/// Says what became of a submission and what to do next.
pub(super) fn tell(submitted: &Submitted, agency: &PartyId) -> Exit {
    match submitted {
        Submitted::Sent { id, conversation, withheld } => {
            print_line(&format!("sent      {id}"));
            print_line(&format!(
                "          conversation {conversation}, {withheld} fields withheld by policy"
            ));
            print_line(&format!("next      casebridge inbox --config … --agency {agency} --status {id}"));
            Exit::Good
        }
        Submitted::Held { id, grounds, .. } => {
            print_line(&format!("held      {id}"));
            for ground in grounds {
                print_line(&format!("          {ground}"));
            }
            print_line(&format!(
                "next      a second person: casebridge review --config … --agency {agency} --release {id}"
            ));
            Exit::Good
        }
        Submitted::Refused { id, refusal } => {
            print_line(&format!("refused   {id} ({})", refusal.code));
            for ground in &refusal.grounds {
                print_line(&format!(
                    "          {} [{}; {}]",
                    ground.sentence(Language::English),
                    ground.rule,
                    ground.law
                ));
            }
            Exit::Bad
        }
        Submitted::UsedUp { id, kind, free_at } => {
            print_line(&format!("refused   {id} (quota-used-up)"));
            print_line(&format!(
                "          as many {} as were agreed have gone; free again from {free_at}",
                kind.as_str()
            ));
            print_line("next      give the same command again then, with the same id");
            Exit::Bad
        }
    }
}
