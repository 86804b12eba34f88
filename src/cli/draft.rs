//! What an agency wants sent, as arguments.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use jiff::ToSpan;

use super::Failure;
use super::extent::category;
use crate::clock::Clock;
use crate::exchange::{Content, Request};
use crate::message::{
    Answer, Asks, ConversationId, Evaluation, FurtherUse, Handling, Kind, LegalBasis, MessageId, PartyId,
    Purpose, Question, Reason, TransferBasis, Urgency,
};
use crate::schema::DataCategory;

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
    /// Use content for another purpose than it was given for, without its provider's permission, on the ground
    /// `immediate_serious_threat`: a legal reviewer must release it, and the provider is told
    #[arg(long, value_name = "GROUND")]
    further_use: Option<FurtherUse>,
    /// On what personal data leaves the European Union (Directive (EU) 2016/680), such as `art37a`: required of a
    /// sender in a member state towards a third country
    #[arg(long, value_name = "ARTICLE")]
    transfer_basis: Option<TransferBasis>,
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
    /// Kinds of data that the questions ask for, such as `identity,document`; for one of them with its number, as in
    /// `2:health`. May be given several times
    #[arg(long, value_name = "[NUMBER:]CATEGORIES", requires = "questions")]
    asks: Vec<Asking>,
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
        let questions = texts(self.questions.as_deref())?;
        if let Some(lost) =
            self.asks.iter().filter_map(|it| it.number).find(|it| usize::from(*it) > questions.len())
        {
            return Err(Failure::new(format!("`--asks {lost}:…` names a question that is not there")));
        }
        let questions = (1..).zip(questions.into_iter().map(english));
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
            further_use: self.further_use,
            transfer_basis: self.transfer_basis,
            handling: self.handling.iter().copied().collect(),
            handling_note: self.handling_note.clone(),
            evaluation: self.evaluation,
            conversation: self.conversation,
            in_reply_to: self.reply_to,
            expires: after(self.expires_after)?,
            delete_by: after(self.delete_after)?,
            questions: questions
                .map(|(number, (language, text))| {
                    let asks = Asking::of(&self.asks, number);
                    Question { number, language, text, asks }
                })
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

/// What one question asks for, or all of them.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Asking {
    number: Option<u16>,
    categories: BTreeSet<DataCategory>,
}

impl Asking {
    fn of(all: &[Self], number: u16) -> BTreeSet<DataCategory> {
        let fitting = all.iter().filter(|asking| asking.number.is_none_or(|one| one == number));
        fitting.flat_map(|asking| asking.categories.iter().copied()).collect()
    }
}

impl FromStr for Asking {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (number, words) = match text.split_once(':') {
            Some((number, words)) => {
                let read = number.parse().ok().filter(|number| *number > 0);
                let read: u16 =
                    read.ok_or_else(|| format!("`{number}` is no number of a question; they count from 1"))?;
                (Some(read), words)
            }
            None => (None, text),
        };
        let categories = words.split(',').map(category).collect::<Result<_, _>>()?;
        Ok(Self { number, categories })
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

#[cfg(test)]
mod tests {
    use super::Asking;
    use crate::schema::DataCategory;

    #[test]
    fn a_question_asks_for_what_is_named_for_it_and_for_all() {
        let all: Vec<Asking> =
            ["identity, document", "2:health"].iter().map(|text| text.parse().unwrap()).collect();
        let (both, health) = ([DataCategory::Identity, DataCategory::Document], DataCategory::Health);
        assert_eq!(Asking::of(&all, 1), both.into());
        assert_eq!(Asking::of(&all, 2), both.into_iter().chain([health]).collect());
        assert!("0:identity".parse::<Asking>().unwrap_err().starts_with("`0` is no number"));
        assert!("identty".parse::<Asking>().unwrap_err().starts_with("there is no `identty`; there are: "));
    }
}
