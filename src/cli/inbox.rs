//! `casebridge inbox`.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::translate::told;
use super::{Desk, Exit, Failure, Outcome, note_line, print_line};
use crate::exchange::{Ended, Gateway, Progress};
use crate::message::{Document, Kind, MessageId, PartyId, TransferBasis};
use crate::policy::transfer_unnamed;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The gateway's configuration file
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    /// The agency whose messages are meant
    #[arg(long, value_name = "PARTY")]
    agency: PartyId,
    /// Open this message and print it; the reading is recorded
    #[arg(long, value_name = "ID", requires = "reader")]
    read: Option<MessageId>,
    /// The agency has this message: it leaves the inbox
    #[arg(long, value_name = "ID", requires = "reader")]
    take: Option<MessageId>,
    /// How far this message has come: sent, held, rejected, stopped or refused
    #[arg(long, value_name = "ID")]
    status: Option<MessageId>,
    /// Who reads: the officer's or system's id
    #[arg(long)]
    reader: Option<String>,
}

pub(super) fn run(args: &Args) -> Outcome {
    let desk = Desk::open(&args.config)?;
    desk.runtime.block_on(async {
        let reader = args.reader.as_deref().unwrap_or_default();
        if let Some(id) = args.status {
            return status(&desk.gateway, &args.agency, id).await;
        }
        if let Some(id) = args.read {
            read(&desk.gateway, &args.agency, id, reader).await?;
        }
        if let Some(id) = args.take {
            take(&desk.gateway, &args.agency, id, reader).await?;
        }
        if args.read.is_none() && args.take.is_none() {
            list(&desk.gateway, &args.agency, &args.config).await?;
        }
        Ok(Exit::Good)
    })
}

async fn list(gateway: &Gateway, agency: &PartyId, config: &Path) -> Result<(), Failure> {
    let unread =
        gateway.inbox(agency, 0, 1000, Duration::ZERO).await.map_err(|e| Failure::of("inbox", &e))?;
    if unread.is_empty() {
        print_line(&format!("nothing waits for {agency}"));
    }
    for message in unread {
        let answers = message.reply_to.map(|id| format!(", answers {id}")).unwrap_or_default();
        print_line(&format!(
            "{}  {} from {}{answers}",
            message.cover.id, message.cover.class, message.cover.from
        ));
    }
    let duties = gateway.duties(agency).await.map_err(|e| Failure::of("inbox", &e))?;
    for row in &duties {
        super::erasures::here(&row.duty, agency, &config.display());
    }
    Ok(())
}

async fn read(gateway: &Gateway, agency: &PartyId, id: MessageId, reader: &str) -> Result<(), Failure> {
    let message = gateway.read(agency, id, reader).await.map_err(|e| Failure::of("cannot read", &e))?;
    let document = serde_json::to_string_pretty(&message.document).unwrap_or_default();
    print_line(&document);
    for note in terms_told(&message.document) {
        note_line(&note);
    }
    for (number, foreseen) in &message.foreseen {
        print_line(&format!("question {number} asks for"));
        for one in foreseen {
            print_line(&format!("  {one}"));
        }
    }
    let forms = message.national.len();
    for (number, national) in (1..).zip(&message.national) {
        use std::io::Write;
        let which = if forms > 1 { format!("record {number}") } else { "the record".to_owned() };
        let national = match national {
            Ok(national) => national,
            Err(error) => {
                note_line(&format!("{which} stands above only, not in the agency's own form: {error}"));
                continue;
            }
        };
        // In the agency's own encoding, which need not be UTF-8.
        let _ = std::io::stdout().lock().write_all(&national.bytes);
        print_line("");
        // Beside the form, so that it stays one that the agency's system reads.
        let told = told(&national.report);
        if !told.is_empty() {
            note_line(&format!("the agency's own form cannot show all of {which}:"));
            eprint!("{told}");
        }
    }
    Ok(())
}

/// What the reader must know of the terms of a message. Beside it, so that programs read the message alone.
fn terms_told(document: &Document) -> Vec<String> {
    let envelope = &document.envelope;
    let mut told = Vec::new();
    match (envelope.further_use, envelope.kind) {
        (Some(ground), Kind::PurposeChange) => told.push(format!(
            "what you gave serves the purpose that this asks for, without waiting for your answer: {ground}"
        )),
        (Some(ground), _) => told.push(format!(
            "what was given for another purpose serves this one without its provider's permission: {ground}"
        )),
        (None, _) => {}
    }
    if transfer_unnamed(document) {
        told.push(format!(
            "{} does not say on what this leaves the European Union (Directive (EU) 2016/680 arts 36 to 38): ask it \
             before you pass anything of it on",
            envelope.from
        ));
    }
    if envelope.transfer_basis == Some(TransferBasis::Adequacy) {
        told.push(
            "it rests on an adequacy decision, and none under Directive (EU) 2016/680 is known here: ask your legal \
             reviewer"
                .to_owned(),
        );
    }
    told
}

async fn take(gateway: &Gateway, agency: &PartyId, id: MessageId, reader: &str) -> Result<(), Failure> {
    let failed = |error: &dyn std::error::Error| Failure::of("cannot take", error);
    let mut after = 0;
    loop {
        let page = gateway.inbox(agency, after, 1000, Duration::ZERO).await.map_err(|e| failed(&e))?;
        let Some(last) = page.last() else {
            return Err(Failure::new(format!("{id} does not wait for {agency}; it may have been taken")));
        };
        after = last.seq;
        if let Some(message) = page.iter().find(|message| message.cover.id == id) {
            gateway.take(agency, message, reader).await.map_err(|e| failed(&e))?;
            print_line(&format!("taken     {id}"));
            return Ok(());
        }
    }
}

async fn status(gateway: &Gateway, agency: &PartyId, id: MessageId) -> Outcome {
    let status = gateway.status(agency, id).await.map_err(|e| Failure::of("status", &e))?;
    let progress = match &status.progress {
        Progress::Waiting => "waits for delivery".to_owned(),
        Progress::Delivered => "delivered".to_owned(),
        Progress::Failed { code } => format!("failed (`{code}`)"),
        Progress::Held { since } => format!("held since {since}: a second person releases or rejects it"),
        Progress::Ended { at, ended: Ended::Released } => {
            format!("released {at}, and then refused by the rules in force: it was not sent")
        }
        Progress::Ended { at, ended } => format!("{ended} {at}: it was not sent, and never is"),
        Progress::Refused => "refused by policy: it was not sent".to_owned(),
    };
    print_line(&format!("{id} to {}: {progress}", status.to));
    for (stage, at, code) in &status.stages {
        let code = code.as_ref().map(|code| format!(", refused (`{code}`)")).unwrap_or_default();
        print_line(&format!("  {:9} {at}{code}", stage.as_str()));
    }
    let bad = matches!(status.progress, Progress::Failed { .. } | Progress::Ended { .. } | Progress::Refused);
    Ok(if bad { Exit::Bad } else { Exit::Good })
}
