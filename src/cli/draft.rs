//! What an agency wants sent, as arguments.

use std::path::{Path, PathBuf};

use jiff::ToSpan;

use super::Failure;
use crate::clock::Clock;
use crate::exchange::{Content, Request};
use crate::message::{
    Answer, Asks, ConversationId, Evaluation, Handling, Kind, LegalBasis, MessageId, PartyId, Purpose,
    Question, Reason, Urgency,
};

/// Longest record file, in bytes.
const LONGEST: usize = 16 << 20;
/// Longest file of questions or answers, in bytes.
const LONGEST_TEXTS: usize = 64 << 10;

#[derive(Debug, clap::Args)]
pub(super) struct Draft {
    /// The gateway's configuration file
    #[arg(long, value_name = "FILE")]
    pub(super) config: PathBuf,
    /// The agency that sends
    #[arg(long, value_name = "PARTY")]
    pub(super) from: PartyId,
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
    /// The message that this one answers or is about
    #[arg(long, value_name = "ID")]
    reply_to: Option<MessageId>,
    /// The conversation that this message continues
    #[arg(long, value_name = "ID")]
    conversation: Option<ConversationId>,
    /// A file with the questions in English, one in a line; `-` reads them from standard input
    #[arg(long, value_name = "FILE")]
    questions: Option<PathBuf>,
    /// A file with the answers in English, the first line for question 1, the second for question 2, …; `-` reads
    /// them from standard input
    #[arg(long, value_name = "FILE")]
    answers: Option<PathBuf>,
    /// Wait for whoever may release the fields that would be withheld, instead of leaving without them
    #[arg(long)]
    wait_for_release: bool,
    /// A received message whose content this one passes on; may be given several times
    #[arg(long, value_name = "ID")]
    passes_on: Vec<MessageId>,
    /// Why an `erase` goes out, such as `consent-withdrawn`; what a `deletion_certificate` says: `deleted`, `not-held`
    #[arg(long)]
    reason: Option<Reason>,
    /// The purpose that a `purpose_change` asks for
    #[arg(long, value_name = "PURPOSE", conflicts_with = "new_recipient")]
    new_purpose: Option<Purpose>,
    /// The authority that an `onward_permission` asks for
    #[arg(long, value_name = "PARTY")]
    new_recipient: Option<PartyId>,
    /// The record, in the agency's own format
    #[arg(value_name = "FILE")]
    record: Option<PathBuf>,
}

impl Draft {
    /// The request, as `author` writes it.
    pub(super) fn request(&self, author: &str) -> Result<Request, Failure> {
        let content = match &self.record {
            None => Content::Nothing,
            Some(path) => Content::National(super::translate::read_bounded(path, LONGEST)?.into()),
        };
        let now = Clock::system().now();
        let after = |days: i64| {
            let hours = days.checked_mul(24).filter(|h| (1..=24 * 3660).contains(h));
            let hours = hours.ok_or_else(|| Failure::new("a number of days is between 1 and 3660"))?;
            now.checked_add(hours.hours()).map_err(|error| Failure::of("days", &error))
        };
        let standard_input = Some(Path::new("-"));
        if self.questions.as_deref() == standard_input && self.answers.as_deref() == standard_input {
            return Err(Failure::new(
                "only one of `--questions` and `--answers` can be read from standard input",
            ));
        }
        let english = |text: String| (String::from("en"), text);
        let questions = (1..).zip(texts(self.questions.as_deref())?.into_iter().map(english));
        let answers = (1..).zip(texts(self.answers.as_deref())?.into_iter().map(english));
        Ok(Request {
            id: None,
            author: author.to_owned(),
            from: self.from.clone(),
            to: self.to.clone(),
            kind: self.kind,
            purpose: self.purpose,
            legal_basis: self.legal_basis.clone(),
            urgency: self.urgency,
            handling: self.handling.iter().copied().collect(),
            handling_note: self.handling_note.clone(),
            evaluation: self.evaluation,
            conversation: self.conversation,
            in_reply_to: self.reply_to,
            expires: after(self.expires_after)?,
            delete_by: after(self.delete_after)?,
            questions: questions
                .map(|(number, (language, text))| Question { number, language, text })
                .collect(),
            answers: answers.map(|(to, (language, text))| Answer { to, language, text }).collect(),
            waits_for_release: self.wait_for_release,
            content,
            reason: self.reason,
            asks: self
                .new_purpose
                .map(Asks::Purpose)
                .or_else(|| self.new_recipient.clone().map(Asks::Recipient)),
            passes_on: self.passes_on.clone(),
        })
    }
}

fn kind(word: &str) -> Result<Kind, String> {
    Kind::from_word(word).ok_or_else(|| {
        let known: Vec<_> = Kind::ALL.iter().map(|kind| kind.as_str()).collect();
        format!("there are: {}", known.join(", "))
    })
}

/// The texts of a file, one in a line. They are no arguments: every user of the machine could read those in the
/// process list, and the shell keeps them.
fn texts(file: Option<&Path>) -> Result<Vec<String>, Failure> {
    let Some(file) = file else { return Ok(Vec::new()) };
    let bytes = if file == Path::new("-") {
        super::translate::read_limited(std::io::stdin().lock(), "standard input", LONGEST_TEXTS)?
    } else {
        super::translate::read_bounded(file, LONGEST_TEXTS)?
    };
    let what = file.display();
    let text = String::from_utf8(bytes)
        .map_err(|_| Failure::new(format!("{what}: the text is not UTF-8; save it as UTF-8")))?;
    let lines: Vec<String> = text.lines().map(|line| line.trim().to_owned()).collect();
    // Lines carry the numbers: an empty one between others would move them.
    if let Some(empty) = lines.iter().position(String::is_empty) {
        let line = empty + 1;
        return Err(Failure::new(format!("{what}:{line}: the line is empty; write one text in each line")));
    }
    Ok(lines)
}
