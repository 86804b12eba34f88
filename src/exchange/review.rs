//! Review of held messages: who waits, what a second person looks at, and what is rejected. [`super::release`] sends.

use super::ExchangeError;
use super::draft::HeldDraft;
use super::gateway::Gateway;
use crate::audit::{self, Action};
use crate::message::{Document, MessageId, PartyId, Reason};
use crate::policy::ActorError;
use crate::seal;
use crate::store::Ended;

/// The code of the audit entry for a draft that is not what was parked.
const ALTERED: &str = "draft-altered";

impl Gateway {
    /// The drafts of an agency that wait: id, author, since when.
    ///
    /// # Errors
    /// [`ExchangeError::Store`] when the store cannot be read.
    pub async fn held(
        &self,
        agency: &PartyId,
    ) -> Result<Vec<(MessageId, String, jiff::Timestamp)>, ExchangeError> {
        let own = agency.clone();
        Ok(self.inner.store.read(move |tx| tx.held_list(&own)).await?)
    }

    /// What a reviewer must look at: the draft as its author wrote it. Looking is recorded.
    ///
    /// # Errors
    /// [`ExchangeError::NoSuchMessage`] when nothing waits under the id; [`ExchangeError::Denied`] when `reader` is neither
    /// its author nor a person of the agency with a reviewing role.
    pub async fn look_at_held(
        &self,
        agency: &PartyId,
        id: MessageId,
        reader: &str,
    ) -> Result<Document, ExchangeError> {
        let HeldDraft { document, author, .. } = self.draft(agency, id).await?;
        self.author_or_reviewer(agency, reader, &author)?;
        let mut event = audit::Event::new(self.now(), reader, Action::Consult);
        event.message = Some(id);
        let entry = event.entry();
        self.inner.store.write("look_at_held", move |tx| audit::append(tx, &entry)).await?;
        Ok(document)
    }

    /// Rejects a held draft: it is removed and never sent. Its author may take it back, a reviewer may say no.
    ///
    /// # Errors
    /// [`ExchangeError::NoSuchMessage`] when nothing waits under the id any more; [`ExchangeError::Denied`] when `by` is
    /// neither its author nor a person of the agency with a reviewing role, by the policy in force.
    pub async fn reject(&self, agency: &PartyId, id: MessageId, by: &str) -> Result<(), ExchangeError> {
        let own = agency.clone();
        let missing = || ExchangeError::NoSuchMessage { party: agency.clone(), id };
        let row = self.inner.store.read(move |tx| tx.held_find(&own, id)).await?.ok_or_else(missing)?;
        // Whose draft it is says the seal; a reviewer can reject what does not open, too.
        if self.author_or_reviewer(agency, by, "").is_err() && by.eq_ignore_ascii_case(&row.author) {
            let draft = self.draft(agency, id).await?;
            self.author_or_reviewer(agency, by, &draft.author)?;
        } else {
            self.author_or_reviewer(agency, by, "")?;
        }
        if self.decide_draft(agency, id, by, None).await? { Ok(()) } else { Err(missing()) }
    }

    /// Whether somebody wrote a draft, or may review it.
    fn author_or_reviewer(&self, agency: &PartyId, by: &str, author: &str) -> Result<(), ExchangeError> {
        if by.eq_ignore_ascii_case(author) {
            return Ok(());
        }
        let person = by.parse().map_err(|_| ExchangeError::Actor(ActorError))?;
        self.terms().roster.reviews(&person, agency).map(drop).map_err(ExchangeError::Denied)
    }

    /// Removes a held draft that is never to be sent; `false` when nothing waits under the id any more.
    pub(super) async fn decide_draft(
        &self,
        agency: &PartyId,
        id: MessageId,
        by: &str,
        why: Option<Reason>,
    ) -> Result<bool, ExchangeError> {
        let now = self.now();
        let (own, mut event) = (agency.clone(), audit::Event::new(now, by, Action::Deny));
        event.message = Some(id);
        event.code = why.map(|reason| reason.to_string());
        let (entry, ended) = (event.entry(), why.map_or(Ended::Rejected, Ended::Stopped));
        let decided = self.inner.store.write("reject", move |tx| {
            let decided = tx.held_find(&own, id)?.is_some() && tx.held_decide(id, ended, now)?;
            if decided {
                audit::append(tx, &entry)?;
            }
            Ok(decided)
        });
        Ok(decided.await?)
    }

    /// A draft that waits. One that is not what was parked is told to the operators, once a look.
    pub(super) async fn draft(&self, agency: &PartyId, id: MessageId) -> Result<HeldDraft, ExchangeError> {
        let own = agency.clone();
        let row = self.inner.store.read(move |tx| tx.held_find(&own, id)).await?;
        let row = row.ok_or_else(|| ExchangeError::NoSuchMessage { party: agency.clone(), id })?;
        let opened = self
            .cpu(move |gateway| {
                let agency = gateway.agency(&row.own)?;
                let draft = seal::unpark(&row.parked, &agency.keys)
                    .map_err(|refusal| ExchangeError::Unreadable { code: refusal.code() })?;
                HeldDraft::parse(&draft, &row)
            })
            .await?;
        if let Err(error @ ExchangeError::Altered { .. }) = &opened {
            tracing::error!(%error, message = %id, %agency, "somebody has written to the store");
            let mut event = audit::Event::new(self.now(), "gateway", Action::Escalate);
            (event.message, event.from) = (Some(id), Some(agency.clone()));
            event.code = Some(ALTERED.to_owned());
            let entry = event.entry();
            self.inner.store.write("draft_altered", move |tx| audit::append(tx, &entry)).await?;
        }
        opened
    }
}
