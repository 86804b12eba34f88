//! `casebridge erasures`.

use std::path::{Display, PathBuf};

use super::{Desk, Exit, Failure, Outcome, print_line};
use crate::exchange::{DisclosureRow, DisclosureState, NewDuty};
use crate::message::{MessageId, PartyId};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The gateway's configuration file
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    /// The agency whose messages are meant
    #[arg(long, value_name = "PARTY")]
    agency: PartyId,
    /// Certify to the partner that this message of its own is deleted in the agency's system too, or never came
    #[arg(long, value_name = "ID", requires = "author")]
    certify: Option<MessageId>,
    /// Who certifies: the officer's or system's id
    #[arg(long)]
    author: Option<String>,
}

pub(super) fn run(args: &Args) -> Outcome {
    let desk = Desk::open(&args.config)?;
    let (gateway, agency) = (&desk.gateway, &args.agency);
    let config = args.config.display();
    let failed = |error: &dyn std::error::Error| Failure::of("erasures", error);
    desk.runtime.block_on(async {
        if let Some(id) = args.certify {
            let author = args.author.as_deref().unwrap_or_default();
            let submitted = gateway.certify(agency, id, author).await.map_err(|e| failed(&e))?;
            return Ok(super::submit::tell(&desk, &args.config, agency, author, &submitted));
        }
        let erasures = gateway.erasures(agency).await.map_err(|e| failed(&e))?;
        let duties = gateway.duties(agency).await.map_err(|e| failed(&e))?;
        if erasures.is_empty() && duties.is_empty() {
            print_line(&format!("nothing of {agency} waits to be erased, at partners or here"));
        }
        for row in &erasures {
            at_partner(row, agency, &config);
            if row.state == DisclosureState::Overdue {
                tell_contacts(&desk, &row.peer);
            }
        }
        for row in &duties {
            here(&row.duty, agency, &config);
        }
        let overdue = erasures.iter().any(|row| row.state == DisclosureState::Overdue);
        Ok(if overdue { Exit::Bad } else { Exit::Good })
    })
}

/// A disclosed message that the partner must erase.
fn at_partner(row: &DisclosureRow, agency: &PartyId, config: &Display<'_>) {
    let why = row.why.map(|why| format!(" ({why})")).unwrap_or_default();
    let since = row.since.map(|since| format!(", since {since}")).unwrap_or_default();
    let (message, to, code) = (row.message, &row.peer, row.code.as_deref().unwrap_or_default());
    let (state, says, next) = match (row.state, row.erase, code) {
        (DisclosureState::Live | DisclosureState::Erased, ..) => {
            ("due", "the partner will be told within a second".to_owned(), "nothing; look again".to_owned())
        }
        (DisclosureState::EraseSent, erase, _) => {
            let erase = erase.map(|id| id.to_string()).unwrap_or_default();
            let until = row.due.map(|due| format!(" until {due}")).unwrap_or_default();
            (
                "told",
                format!("by {erase}; the partner's certificate is awaited{until}"),
                "nothing; the certificate settles it".to_owned(),
            )
        }
        (DisclosureState::Overdue, _, "erase-held") => (
            "overdue",
            "the erase message waits for a second person".to_owned(),
            format!("a second person: casebridge review --config {config} --agency {agency}"),
        ),
        (DisclosureState::Overdue, None, code) => (
            "overdue",
            format!("the partner could not be told (`{code}`); tried again every day"),
            format!("call {to} now; ask the administrator about the code"),
        ),
        (DisclosureState::Overdue, Some(erase), code) => (
            "overdue",
            format!("told by {erase}, not certified (`{code}`); reported {} times", row.escalations),
            format!("call {to} and ask for the certificate"),
        ),
    };
    print_line(&format!("{state:<9} {message} at {to}{since}{why}"));
    print_line(&format!("          {says}"));
    print_line(&format!("next      {next}"));
}

/// Whom to call at a partner.
pub(super) fn tell_contacts(desk: &Desk, partner: &PartyId) {
    for contact in desk.gateway.with_rules(|rules| rules.contacts(partner)) {
        print_line(&format!("call      {contact}"));
    }
}

/// What the agency must delete itself.
pub(super) fn here(duty: &NewDuty, agency: &PartyId, config: &Display<'_>) {
    let (message, peer, why, since) = (duty.message, &duty.peer, duty.why, duty.since);
    print_line(&format!("delete    {message} from {peer}, since {since} ({why})"));
    if duty.held {
        print_line(
            "          its content is gone here; delete it in the agency's own system, with all copies",
        );
    } else {
        print_line(
            "          no such message came here; make sure that the agency has no copy from elsewhere",
        );
    }
    print_line(&format!(
        "next      casebridge erasures --config {config} --agency {agency} --certify {message} --author ID"
    ));
}
