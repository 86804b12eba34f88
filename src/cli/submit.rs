//! `casebridge submit`.

use std::path::PathBuf;

use jiff::ToSpan;

use super::{Desk, Exit, Failure, Outcome, print_line, runtime};
use crate::clock::Clock;
use crate::exchange::{Content, Request, Submitted};
use crate::message::{
    Answer, ConversationId, Evaluation, Handling, Kind, LegalBasis, MessageId, PartyId, Purpose, Question,
    Urgency,
};

/// Longest record file, in bytes.
const LONGEST: usize = 16 << 20;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The gateway's configuration file
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    /// The agency that sends
    #[arg(long, value_name = "PARTY")]
    from: PartyId,
    /// The partner
    #[arg(long, value_name = "PARTY")]
    to: PartyId,
    /// What the message asks or tells, such as `info_request`
    #[arg(long, value_parser = kind)]
    kind: Kind,
    /// Why the data is sent, such as `investigation`
    #[arg(long)]
    purpose: Purpose,
    /// The legal basis, such as `PCC-SEE-4`
    #[arg(long)]
    legal_basis: LegalBasis,
    /// `routine`, `urgent_direct` or `urgent_indirect`
    #[arg(long, default_value = "routine")]
    urgency: Urgency,
    /// Handling code; may be given several times
    #[arg(long, default_value = "H0")]
    handling: Vec<Handling>,
    /// What `H3` demands
    #[arg(long)]
    handling_note: Option<String>,
    /// 4x4 evaluation, such as `B2`
    #[arg(long)]
    evaluation: Option<Evaluation>,
    /// The receiver deletes the content after so many days
    #[arg(long, value_name = "DAYS", default_value_t = 90)]
    delete_after: i64,
    /// The message is not delivered after so many days
    #[arg(long, value_name = "DAYS", default_value_t = 14)]
    expires_after: i64,
    /// The message that this one answers
    #[arg(long, value_name = "ID")]
    reply_to: Option<MessageId>,
    /// The conversation that this message continues
    #[arg(long, value_name = "ID")]
    conversation: Option<ConversationId>,
    /// A question, in English; may be given several times
    #[arg(long, value_name = "TEXT")]
    question: Vec<String>,
    /// The answer to the first, second, … question, in English
    #[arg(long, value_name = "TEXT")]
    answer: Vec<String>,
    /// Who sends: the officer's or system's id
    #[arg(long)]
    author: String,
    /// Give the same id again to repeat a request without sending twice
    #[arg(long, value_name = "ID")]
    id: Option<MessageId>,
    /// The record, in the agency's own format
    #[arg(value_name = "FILE")]
    record: Option<PathBuf>,
}

fn kind(word: &str) -> Result<Kind, String> {
    Kind::from_word(word).ok_or_else(|| {
        let known: Vec<_> = Kind::ALL.iter().map(|kind| kind.as_str()).collect();
        format!("there are: {}", known.join(", "))
    })
}

pub(super) fn run(args: &Args) -> Outcome {
    let content = match &args.record {
        None => Content::Nothing,
        Some(path) => Content::National(super::translate::read_bounded(path, LONGEST)?.into()),
    };
    let now = Clock::system().now();
    let after = |days: i64| {
        let hours = days.checked_mul(24).filter(|h| (1..=24 * 3660).contains(h));
        let hours = hours.ok_or_else(|| Failure::new("a number of days is between 1 and 3660"))?;
        now.checked_add(hours.hours()).map_err(|error| Failure::of("days", &error))
    };
    let english = |text: &String| (String::from("en"), text.clone());
    let questions = (1..).zip(args.question.iter().map(english));
    let answers = (1..).zip(args.answer.iter().map(english));
    let request = Request {
        id: args.id,
        author: args.author.clone(),
        from: args.from.clone(),
        to: args.to.clone(),
        kind: args.kind,
        purpose: args.purpose,
        legal_basis: args.legal_basis.clone(),
        urgency: args.urgency,
        handling: args.handling.iter().copied().collect(),
        handling_note: args.handling_note.clone(),
        evaluation: args.evaluation,
        conversation: args.conversation,
        in_reply_to: args.reply_to,
        expires: after(args.expires_after)?,
        delete_by: after(args.delete_after)?,
        questions: questions.map(|(number, (language, text))| Question { number, language, text }).collect(),
        answers: answers.map(|(to, (language, text))| Answer { to, language, text }).collect(),
        content,
    };
    let desk = Desk::open(&args.config)?;
    let submitted =
        runtime()?.block_on(desk.gateway.submit(request)).map_err(|error| Failure::of("not sent", &error))?;
    Ok(tell(&submitted, &args.from))
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
                print_line(&format!("          {} [{}; {}]", ground.sentence, ground.rule, ground.law));
            }
            Exit::Bad
        }
    }
}
