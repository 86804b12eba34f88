//! The agency's side: its inbox, what a message says, and how far its own messages have come.

use std::time::Duration;

use jiff::Timestamp;

use super::event::What;
use super::gateway::{Gateway, Work};
use super::{ExchangeError, patiently};
use crate::audit::{self, Action};
use crate::message::{ConversationId, Document, MessageId, PartyId};
use crate::policy::Foreseen;
use crate::receipt::Stage;
use crate::seal;
use crate::store::{Ended, MailboxRow, Side, State, StoreError, Tx, Unread};
use crate::translate::{self, National, TranslateError};

/// An opened message, for its agency.
pub struct MessageRead {
    pub document: Document,
    /// The records in the agency's own form, each with what that form cannot show; a record that has none stays in the
    /// common form only, and says why.
    pub national: Vec<Result<National, TranslateError>>,
    /// Of each question that says what it asks for: its number, and what the rules now in force would let out of an
    /// answer.
    pub foreseen: Vec<(u16, Vec<Foreseen>)>,
}

impl std::fmt::Debug for MessageRead {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MessageRead").field("message", &self.document.envelope.id).finish_non_exhaustive()
    }
}

/// How far a message that was submitted has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    pub to: PartyId,
    pub conversation: Option<ConversationId>,
    pub progress: Progress,
    /// Each proved stage: which, when, and the refusal's code.
    pub stages: Vec<(Stage, Timestamp, Option<String>)>,
}

/// Where a sent message stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Progress {
    /// In its mailbox here.
    Waiting,
    /// With the partner.
    Delivered,
    /// It will not be delivered, or was refused; the code says why.
    Failed { code: String },
    /// It waits for a second person.
    Held { since: Timestamp },
    /// Its draft waits no more, and nothing was sent of it.
    Ended { at: Timestamp, ended: Ended },
    /// Policy refused it: it was never sent.
    Refused,
}

impl Gateway {
    /// What an agency has not taken yet, after number `after`, oldest first; waits up to `wait` for the first.
    ///
    /// # Errors
    /// [`ExchangeError::Store`] when the store cannot be read.
    pub async fn inbox(
        &self,
        agency: &PartyId,
        after: i64,
        limit: usize,
        wait: Duration,
    ) -> Result<Vec<Unread>, ExchangeError> {
        let wake = self.wake(Work::Inbox, agency);
        let look = || {
            let own = agency.clone();
            self.inner.store.read(move |tx| tx.mailbox_unread(&own, after, limit))
        };
        Ok(patiently(&wake, wait, look).await?)
    }

    /// Opens a message for its agency. Reading is recorded, with who and what.
    ///
    /// # Errors
    /// [`ExchangeError::NoSuchMessage`] when the agency has no opened message of that id, [`ExchangeError::Erased`] when
    /// its content had to be removed.
    pub async fn read(
        &self,
        agency: &PartyId,
        id: MessageId,
        reader: &str,
    ) -> Result<MessageRead, ExchangeError> {
        let mut read = self.read_all(agency, vec![id], reader).await?;
        read.pop().ok_or_else(|| ExchangeError::NoSuchMessage { party: agency.clone(), id })
    }

    /// Opens several messages of an agency. Each reading is recorded; they share one commit.
    ///
    /// # Errors
    /// [`ExchangeError::NoSuchMessage`] for the first that the agency does not have; none is then opened.
    pub async fn read_all(
        &self,
        agency: &PartyId,
        ids: Vec<MessageId>,
        reader: &str,
    ) -> Result<Vec<MessageRead>, ExchangeError> {
        let (own, now, reader) = (agency.clone(), self.now(), reader.to_owned());
        let rows = {
            let own = own.clone();
            self.inner
                .store
                .read(move |tx| {
                    ids.into_iter()
                        .map(|id| {
                            let row = tx.mailbox_of(Side::In, &own, id)?;
                            let row = row.filter(|row| row.state == State::Settled);
                            let erased = match &row {
                                Some(row) if row.body.is_empty() => {
                                    let terms = tx.terms_of(Side::In, &own, &row.cover.from, id)?;
                                    terms.and_then(|terms| terms.erased)
                                }
                                _ => None,
                            };
                            Ok((id, row.filter(|row| !row.body.is_empty()), erased))
                        })
                        .collect::<Result<Vec<_>, _>>()
                })
                .await?
        };
        let mut found = Vec::with_capacity(rows.len());
        for (id, row, erased) in rows {
            if let Some(at) = erased {
                return Err(ExchangeError::Erased { id, at });
            }
            found.push(row.ok_or_else(|| ExchangeError::NoSuchMessage { party: own.clone(), id })?);
        }
        let consulted = |row: &MailboxRow| {
            let mut event = audit::Event::new(now, reader.clone(), Action::Consult);
            event.message = Some(row.cover.id);
            (event.from, event.to) = (Some(row.cover.from.clone()), Some(row.cover.to.clone()));
            event.entry()
        };
        let entries: Vec<_> = found.iter().map(consulted).collect();
        // Recorded before it is opened: nobody reads unseen, even if the power fails now.
        self.inner
            .store
            .write("consult", move |tx| entries.iter().try_for_each(|entry| audit::append(tx, entry)))
            .await?;
        self.cpu(move |gateway| found.iter().map(|row| gateway.reopen(row)).collect()).await?
    }

    /// Opens a message that was opened and admitted before, as of when it came: a message does not become
    /// unreadable because it has expired since.
    fn reopen(&self, row: &MailboxRow) -> Result<MessageRead, ExchangeError> {
        let terms = self.terms();
        let agency = self.agency(&row.cover.to)?;
        let sender = terms.certificates(&row.cover.from)?;
        let opened = seal::open(&row.cover, &row.body, &agency.keys, sender, row.deposited)
            .map_err(|refusal| ExchangeError::Unreadable { code: refusal.code() })?;
        let document = opened.document().clone();
        let import = |record| translate::import(&agency.mapping, &self.inner.catalogue, record);
        let national = document.body.records.iter().map(import).collect();
        let questions = document.body.questions.iter().filter(|question| !question.asks.is_empty());
        let foreseen = questions
            .map(|question| (question.number, terms.engine.foresee(&document.envelope, &question.asks)))
            .collect();
        Ok(MessageRead { document, national, foreseen })
    }

    /// The agencies that this gateway speaks for.
    #[must_use]
    pub fn agencies(&self) -> Vec<PartyId> {
        self.terms().register.agencies().iter().cloned().collect()
    }

    /// The agency has the message: it leaves the inbox. `false` when it had been taken before.
    ///
    /// # Errors
    /// [`ExchangeError::Store`] when the commit fails.
    pub async fn take(&self, agency: &PartyId, unread: &Unread, reader: &str) -> Result<bool, ExchangeError> {
        let (own, seq, now) = (agency.clone(), unread.seq, self.now());
        let cover = unread.cover.clone();
        let mut event = audit::Event::new(now, reader, Action::Collect);
        (event.message, event.to) = (Some(cover.id), Some(own.clone()));
        let entry = event.entry();
        let taken = self
            .inner
            .store
            .write("take", move |tx| {
                let taken = tx.mailbox_read(&own, seq, now)?;
                if taken {
                    audit::append(tx, &entry)?;
                }
                Ok(taken)
            })
            .await?;
        if taken {
            self.tell(cover.id, &cover.from, &cover.to, || What::Collected { by: agency.clone() });
        }
        Ok(taken)
    }

    /// How far a message of the agency has come.
    ///
    /// # Errors
    /// [`ExchangeError::NoSuchMessage`] when the agency submitted no message of that id.
    pub async fn status(&self, agency: &PartyId, id: MessageId) -> Result<Status, ExchangeError> {
        let own = agency.clone();
        let found = self
            .inner
            .store
            .read(move |tx| {
                let Some(row) = tx.mailbox_facts(Side::Out, &own, id)? else {
                    return not_sent(tx, &own, id).map(Err);
                };
                let receipts = tx.receipt_of(Side::Out, &row.cover.to, id)?;
                Ok(Ok((row, receipts)))
            })
            .await?;
        let (row, receipts) = match found {
            Ok(found) => found,
            Err(status) => {
                return status.ok_or_else(|| ExchangeError::NoSuchMessage { party: agency.clone(), id });
            }
        };
        let progress = match row.state {
            State::Waiting | State::Leased => Progress::Waiting,
            State::Settled => Progress::Delivered,
            State::Failed | State::Quarantined => Progress::Failed { code: row.code.unwrap_or_default() },
        };
        let stages =
            receipts.into_iter().filter_map(|r| Some((Stage::from_rank(r.stage)?, r.at, r.code))).collect();
        Ok(Status { to: row.cover.to, conversation: row.conversation, progress, stages })
    }
}

/// What became of a message that is in no mailbox.
fn not_sent(tx: &Tx<'_>, own: &PartyId, id: MessageId) -> Result<Option<Status>, StoreError> {
    let decided = tx.decision_list(id)?.into_iter().find(|row| row.own == *own && row.request.is_some());
    let Some(decided) = decided else { return Ok(None) };
    let held = tx.held_state(own, id)?;
    let conversation = held.as_ref().and_then(|held| held.conversation);
    let progress = match held.map(|held| (held.since, held.ended)) {
        None => Progress::Refused,
        Some((since, None)) => Progress::Held { since },
        Some((_, Some((at, ended)))) => Progress::Ended { at, ended },
    };
    Ok(Some(Status { to: decided.peer, conversation, progress, stages: Vec::new() }))
}
