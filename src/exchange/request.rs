//! What an agency wants sent, and what became of it.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::further::Notice;
use super::known::Draft;
use crate::message::{
    Answer, Asks, ConversationId, Evaluation, FurtherUse, Handling, Kind, LegalBasis, MessageId, PartyId,
    Purpose, Question, Reason, Secret, Sha256, TransferBasis, Urgency,
};
use crate::policy::{Basis, Refusal};
use crate::schema::Record;
use crate::store::Ended;
use crate::translate::Report;

/// What an agency wants sent.
#[derive(Debug, Clone)]
pub struct Request {
    /// The caller's own id, so that it can repeat the request without sending twice.
    pub id: Option<MessageId>,
    /// The officer or system that asks, as an opaque name.
    pub author: String,
    pub from: PartyId,
    pub to: PartyId,
    pub kind: Kind,
    pub purpose: Purpose,
    pub legal_basis: LegalBasis,
    pub urgency: Urgency,
    /// Why content serves another purpose than it was given for, without its provider's permission.
    pub further_use: Option<FurtherUse>,
    /// On what it leaves the European Union, where it does.
    pub transfer_basis: Option<TransferBasis>,
    pub handling: BTreeSet<Handling>,
    pub handling_note: Option<String>,
    pub evaluation: Option<Evaluation>,
    pub conversation: Option<ConversationId>,
    pub in_reply_to: Option<MessageId>,
    pub expires: Timestamp,
    pub delete_by: Timestamp,
    pub questions: Vec<Question>,
    pub answers: Vec<Answer>,
    /// Wait for whoever may release the fields that would be withheld, instead of leaving without them.
    pub waits_for_release: bool,
    pub content: Content,
    /// Why an `erase` goes out, or what a `deletion_certificate` says.
    pub reason: Option<Reason>,
    /// What a `purpose_change` or an `onward_permission` asks for.
    pub asks: Option<Asks>,
    /// Received messages whose content this one passes on.
    pub passes_on: Vec<MessageId>,
}

/// The records of a request.
#[derive(Clone)]
pub enum Content {
    Nothing,
    /// In the agency's own format.
    National(bytes::Bytes),
    /// In the common schema already.
    Common(Vec<Record>),
}

impl std::fmt::Debug for Content {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Nothing => f.write_str("Nothing"),
            Self::National(bytes) => write!(f, "National({} bytes)", bytes.len()),
            Self::Common(records) => write!(f, "Common({} records)", records.len()),
        }
    }
}

impl Request {
    /// What the store is asked about it.
    pub(super) fn draft(&self) -> Draft {
        Draft {
            own: self.from.clone(),
            peer: self.to.clone(),
            kind: self.kind,
            purpose: self.purpose,
            conversation: self.conversation,
            follows: self.in_reply_to,
            passes_on: self.passes_on.clone(),
        }
    }

    /// By what the same request is recognised when it comes again. Not by its times, which are mostly counted from now,
    /// and by its conversation only if it names one.
    pub(super) fn digest(&self, secret: &Secret) -> Sha256 {
        let (records, national) = match &self.content {
            Content::Nothing => (None, None),
            Content::National(bytes) => (None, Some(&bytes[..])),
            Content::Common(records) => (Some(records), None),
        };
        let author = self.author.to_ascii_lowercase();
        let terms = (
            (&author, &self.from, &self.to, self.kind, self.purpose, &self.legal_basis, self.urgency),
            (&self.handling, &self.handling_note, &self.evaluation, self.conversation, self.in_reply_to),
            (&self.questions, &self.answers, self.waits_for_release, self.reason, &self.asks),
            (&self.passes_on, records, national.is_some()),
        );
        // Words, texts and numbers only, so writing them cannot fail.
        let terms = serde_json::to_vec(&terms).unwrap_or_default();
        let national = national.unwrap_or_default();
        // Parts of their own, only where there is one: a request from before these words is recognised all the same.
        match (self.further_use, self.transfer_basis) {
            (None, None) => secret.digest(&[&terms, national]),
            (ground, basis) => {
                let ground = ground.map_or("", FurtherUse::as_str);
                let basis = basis.map_or("", TransferBasis::as_str);
                secret.digest(&[&terms, national, ground.as_bytes(), basis.as_bytes()])
            }
        }
    }
}

/// What became of a request, and of each of its records in translation: whoever is told that a message is sent or waits
/// is told too what of the record it does not say.
#[derive(Debug)]
pub enum Submitted {
    /// Sealed and durably in the partner's mailbox. `again`: the same request came before, and nothing was sent now.
    Sent {
        id: MessageId,
        conversation: ConversationId,
        withheld: usize,
        again: bool,
        reports: Vec<Report>,
        /// Whether the providers of content were told that it serves another purpose.
        notices: Vec<Notice>,
    },
    /// Waits for a second person.
    Held {
        id: MessageId,
        conversation: ConversationId,
        grounds: Vec<String>,
        basis: Box<Basis>,
        reports: Vec<Report>,
    },
    /// The same request came before, and its draft does not wait any more: it is never sent.
    Ended { id: MessageId, ended: Ended },
    /// Policy says no.
    Refused { id: MessageId, refusal: Refusal, reports: Vec<Report> },
    /// Policy says yes, but the quota that was agreed for the kind is used up until `free_at`. Nothing was sent; the
    /// same request may be made again then.
    UsedUp { id: MessageId, kind: Kind, free_at: Timestamp, reports: Vec<Report> },
}

impl Submitted {
    /// The same, with what the providers of its content were told.
    pub(super) fn telling(mut self, told: Vec<Notice>) -> Self {
        if let Self::Sent { notices, .. } = &mut self {
            *notices = told;
        }
        self
    }

    /// What became of each record in translation. Nothing of a draft that is never sent.
    #[must_use]
    pub fn reports(&self) -> &[Report] {
        match self {
            Self::Sent { reports, .. }
            | Self::Held { reports, .. }
            | Self::Refused { reports, .. }
            | Self::UsedUp { reports, .. } => reports,
            Self::Ended { .. } => &[],
        }
    }
}
