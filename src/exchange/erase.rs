//! Erase: when a consent or a time of deletion ends, the partner is told to erase what it received, and what this
//! gateway received loses its body here. Whoever does not certify in time is reported until it does.
//!
//! Everything is claimed in the transaction that does it, so several nodes and a crash at any point do no harm.

use jiff::{SignedDuration, Timestamp};
use tokio::sync::watch;
use zeroize::Zeroizing;

use super::event::What;
use super::gateway::Gateway;
use super::quota::USED_UP;
use super::request::{Content, Request, Submitted};
use super::withdraw::Told;
use super::{ExchangeError, LOOK, stopped};
use crate::audit::{self, Action};
use crate::message::{Document, Handling, Kind, MessageId, PartyId, Reason, Urgency};
use crate::policy::{self, References};
use crate::seal::Vault;
use crate::store::{DisclosureRow, DutyRow, Hindrance, NewDisclosure, NewDuty, Side, TermsRow};

/// Disclosures and received messages that one look takes up at most.
const BATCH: usize = 64;
/// How often an overdue erasure is reported.
const AGAIN: SignedDuration = SignedDuration::from_hours(24);
/// How many reports one erasure gets. After that it only stands in the list.
const REPORTS: u32 = 90;
/// How long an erase message or a certificate is tried to be delivered, and kept by its receiver.
const DELIVERED_WITHIN: SignedDuration = SignedDuration::from_hours(30 * 24);
const KEPT: SignedDuration = SignedDuration::from_hours(90 * 24);
/// The certificate has not come.
const MISSING: &str = "certificate-missing";
/// The erase message waits for a second person.
const HELD: &str = "erase-held";

/// What must be known of a draft to erase it one day.
pub(super) struct Disclosure {
    references: References,
    consent_until: Option<Timestamp>,
    sources: Vec<(PartyId, MessageId)>,
}

impl Disclosure {
    /// Of a draft before anything is withheld from it, and of what it passes on.
    pub(super) fn of(draft: &Document, sources: Vec<(PartyId, MessageId)>) -> Self {
        Self { references: References::of(draft), consent_until: policy::consent_until(draft), sources }
    }

    /// What is to be stored when the draft leaves as `document`; nothing if no record is in it.
    pub(super) fn row(
        self,
        document: &Document,
        vault: &Vault,
        now: Timestamp,
    ) -> Result<Option<Box<NewDisclosure>>, ExchangeError> {
        if document.body.records.is_empty() {
            return Ok(None);
        }
        let envelope = &document.envelope;
        // References hold text only, so writing them cannot fail.
        let plain = Zeroizing::new(serde_json::to_vec(&self.references).unwrap_or_default());
        let sealed = vault.seal(&place(&envelope.to, envelope.id), &plain).map_err(ExchangeError::Seal)?;
        Ok(Some(Box::new(NewDisclosure {
            own: envelope.from.clone(),
            peer: envelope.to.clone(),
            message: envelope.id,
            at: now,
            delete_by: envelope.delete_by,
            consent_until: self.consent_until,
            sealed: sealed.into(),
            sources: self.sources,
        })))
    }
}

/// Where the references of a disclosed message are sealed to.
pub(super) fn place(peer: &PartyId, message: MessageId) -> String {
    format!("disclosure/{peer}/{message}")
}

impl Gateway {
    /// Looks once a second until `stop` turns true.
    pub(super) async fn erase(self, mut stop: watch::Receiver<bool>) {
        while !*stop.borrow() {
            if let Err(error) = self.erase_batch().await {
                tracing::error!(%error, "cannot look after erasures");
            }
            tokio::select! {
                () = tokio::time::sleep(LOOK) => {}
                () = stopped(&mut stop) => break,
            }
        }
    }

    async fn erase_batch(&self) -> Result<(), ExchangeError> {
        self.erase_outlived().await?;
        let now = self.now();
        let (due, undeliverable) = self
            .inner
            .store
            .read(move |tx| Ok((tx.disclosure_due(now, BATCH)?, tx.disclosure_undeliverable(BATCH)?)))
            .await?;
        for (row, code) in undeliverable {
            self.escalate(&row, &format!("erase-{code}"), now).await?;
        }
        for row in due {
            match (row.erase, row.code.as_deref()) {
                (None, Some(HELD)) => self.escalate(&row, HELD, now).await?,
                (None, _) => drop(self.tell_to_erase(&row, why(&row), "gateway").await?),
                (Some(_), code) => self.escalate(&row, code.unwrap_or(MISSING), now).await?,
            }
        }
        Ok(())
    }

    /// Removes the bodies of received messages whose time of deletion has passed. The agency must do the same in its own
    /// system, and certify it where the message held records.
    async fn erase_outlived(&self) -> Result<(), ExchangeError> {
        let (now, store) = (self.now(), &self.inner.store);
        // Mostly there is nothing: that is seen without a write, which would cost a sync.
        if store.read(move |tx| tx.terms_outlived(now, 1)).await?.is_empty() {
            return Ok(());
        }
        let erased: Vec<TermsRow> = store
            .write("erase_outlived", move |tx| {
                let outlived = tx.terms_outlived(now, BATCH)?;
                for terms in &outlived {
                    tx.terms_erase(&terms.own, &terms.peer, terms.message, now)?;
                    let mut event = audit::Event::new(now, "gateway", Action::Erase);
                    event.message = Some(terms.message);
                    (event.from, event.to) = (Some(terms.peer.clone()), Some(terms.own.clone()));
                    event.code = Some(Reason::DeleteByPassed.to_string());
                    audit::append(tx, &event.entry())?;
                    if terms.records {
                        tx.duty_add(&NewDuty {
                            own: terms.own.clone(),
                            peer: terms.peer.clone(),
                            message: terms.message,
                            held: true,
                            why: Reason::DeleteByPassed,
                            since: terms.delete_by,
                            erase: None,
                        })?;
                    }
                }
                Ok(outlived)
            })
            .await?;
        for terms in erased {
            tracing::info!(message = %terms.message, from = %terms.peer, "a message was erased: its time has passed");
            self.tell(terms.message, &terms.peer, &terms.own, || What::Erased);
        }
        Ok(())
    }

    /// Tells the partner to erase a disclosed message. What cannot be told is reported at once.
    ///
    /// # Errors
    /// [`ExchangeError::Store`] when nothing could be decided: then it is tried again.
    pub(super) async fn tell_to_erase(
        &self,
        row: &DisclosureRow,
        why: Reason,
        author: &str,
    ) -> Result<Told, ExchangeError> {
        let now = self.now();
        let (own, peer, message) = (row.own.clone(), row.peer.clone(), row.message);
        let terms = self.inner.store.read(move |tx| tx.terms_of(Side::Out, &own, &peer, message)).await?;
        let row = DisclosureRow { why: Some(why), ..row.clone() };
        let refused = |code: &str| Told::Not { code: code.to_owned() };
        let told = match terms {
            None => refused("terms-unknown"),
            Some(terms) => match self.submit(about(&terms, Kind::Erase, why, author, now)).await {
                Ok(Submitted::Sent { id, .. }) => return Ok(Told::Sent { erase: id }),
                Ok(Submitted::Held { .. }) => refused(HELD),
                Ok(Submitted::Refused { refusal, .. }) => refused(refusal.code),
                Ok(Submitted::UsedUp { .. }) => refused(USED_UP),
                Ok(Submitted::Ended { .. }) => refused("erase-ended"),
                Err(error @ (ExchangeError::Store(_) | ExchangeError::Stopping)) => return Err(error),
                Err(error) => {
                    tracing::warn!(%error, message = %row.message, to = %row.peer, "an erase message cannot be sent");
                    refused("not-sendable")
                }
            },
        };
        if let Told::Not { code } = &told {
            self.escalate(&row, code, now).await?;
        }
        Ok(told)
    }

    /// Reports an erasure that does not come to its end: to the audit log, the operator's log and the agency's list.
    async fn escalate(&self, row: &DisclosureRow, code: &str, now: Timestamp) -> Result<(), ExchangeError> {
        let last = row.escalations.saturating_add(1) >= REPORTS;
        let hindrance = Hindrance {
            code: code.to_owned(),
            again: (!last).then(|| now.saturating_add(AGAIN).unwrap_or(Timestamp::MAX)),
            why: row.why.unwrap_or_else(|| why(row)),
            since: row.since.or(row.due).unwrap_or(now),
        };
        let mut event = audit::Event::new(now, "gateway", Action::Escalate);
        event.message = Some(row.message);
        (event.from, event.to) = (Some(row.own.clone()), Some(row.peer.clone()));
        event.code = Some(code.to_owned());
        let (entry, read) = (event.entry(), row.clone());
        let first = self
            .inner
            .store
            .write("escalate", move |tx| {
                let first = tx.disclosure_escalate(&read, &hindrance)?;
                if first {
                    audit::append(tx, &entry)?;
                }
                Ok(first)
            })
            .await?;
        if first {
            let (message, to, reports) = (row.message, &row.peer, row.escalations.saturating_add(1));
            tracing::warn!(%message, %to, %code, reports, "an erasure is overdue; the agency must call the partner");
            self.tell(row.message, &row.own, &row.peer, || What::Overdue { code: code.to_owned() });
        }
        Ok(())
    }

    /// What an agency has disclosed and must see erased, until a certificate settles it; oldest first, 1000 at most.
    ///
    /// # Errors
    /// [`ExchangeError::Store`] when the store cannot be read.
    pub async fn erasures(&self, agency: &PartyId) -> Result<Vec<DisclosureRow>, ExchangeError> {
        let own = agency.clone();
        Ok(self.inner.store.read(move |tx| tx.disclosure_open(&own, 1000)).await?)
    }

    /// What became of one disclosed message; nothing if it held no records.
    ///
    /// # Errors
    /// [`ExchangeError::Store`] when the store cannot be read.
    pub async fn disclosure(
        &self,
        agency: &PartyId,
        to: &PartyId,
        id: MessageId,
    ) -> Result<Option<DisclosureRow>, ExchangeError> {
        let (own, peer) = (agency.clone(), to.clone());
        Ok(self.inner.store.read(move |tx| tx.disclosure_of(&own, &peer, id)).await?)
    }

    /// What an agency must delete in its own system and certify; oldest first, 1000 at most.
    ///
    /// # Errors
    /// [`ExchangeError::Store`] when the store cannot be read.
    pub async fn duties(&self, agency: &PartyId) -> Result<Vec<DutyRow>, ExchangeError> {
        let own = agency.clone();
        Ok(self.inner.store.read(move |tx| tx.duty_list(&own, 1000)).await?)
    }

    /// Certifies to a partner that its message is deleted in the agency's own system too, or was never there. `id` is the
    /// message or the erase message.
    ///
    /// # Errors
    /// [`ExchangeError::NoSuchMessage`] when nobody wants `id` deleted.
    pub async fn certify(
        &self,
        agency: &PartyId,
        id: MessageId,
        author: &str,
    ) -> Result<Submitted, ExchangeError> {
        let own = agency.clone();
        let found = self
            .inner
            .store
            .read(move |tx| {
                let Some(row) = tx.duty_of(&own, None, id)? else { return Ok(None) };
                let about = row.duty.erase.unwrap_or(row.duty.message);
                let terms = tx.terms_of(Side::In, &own, &row.duty.peer, about)?;
                Ok(terms.map(|terms| (row.duty, terms)))
            })
            .await?;
        let missing = || ExchangeError::NoSuchMessage { party: agency.clone(), id };
        let (duty, terms) = found.ok_or_else(missing)?;
        let said = if duty.held { Reason::Deleted } else { Reason::NotHeld };
        self.submit(about(&terms, Kind::DeletionCertificate, said, author, self.now())).await
    }
}

/// A message about another and nothing else: the terms of that one, no content.
fn about(terms: &TermsRow, kind: Kind, reason: Reason, author: &str, now: Timestamp) -> Request {
    let after = |time| now.saturating_add(time).unwrap_or(Timestamp::MAX);
    Request {
        id: None,
        author: author.to_owned(),
        from: terms.own.clone(),
        to: terms.peer.clone(),
        kind,
        purpose: terms.purpose,
        legal_basis: terms.legal_basis.clone(),
        urgency: Urgency::Routine,
        further_use: None,
        transfer_basis: None,
        handling: [Handling::H0].into(),
        handling_note: None,
        evaluation: None,
        conversation: Some(terms.conversation),
        in_reply_to: Some(terms.message),
        expires: after(DELIVERED_WITHIN),
        delete_by: after(KEPT),
        questions: Vec::new(),
        answers: Vec::new(),
        waits_for_release: false,
        content: Content::Nothing,
        reason: Some(reason),
        asks: None,
        passes_on: Vec::new(),
    }
}

/// Why a disclosed message must be erased whose consent or time of deletion has ended: what ended first.
fn why(row: &DisclosureRow) -> Reason {
    row.why.unwrap_or_else(|| match row.consent_until {
        Some(until) if until < row.delete_by => Reason::ConsentExpired,
        _ => Reason::DeleteByPassed,
    })
}
