//! Review of held messages: who waits, what a second person looks at, and what is rejected. [`super::release`] sends.

use super::ExchangeError;
use super::gateway::Gateway;
use crate::audit::{self, Action};
use crate::message::{Document, MessageId, PartyId, Reason};
use crate::policy::ActorError;
use crate::seal;

/// A draft, its author, and what it passes on.
type HeldDraft = (Document, String, Vec<MessageId>);

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
        let (document, author, _) = self.draft(agency, id).await?;
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
        self.author_or_reviewer(agency, by, &row.author)?;
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
        let entry = event.entry();
        let decided = self.inner.store.write("reject", move |tx| {
            let decided = tx.held_find(&own, id)?.is_some() && tx.held_decide(id, now)?;
            if decided {
                audit::append(tx, &entry)?;
            }
            Ok(decided)
        });
        Ok(decided.await?)
    }

    pub(super) async fn draft(&self, agency: &PartyId, id: MessageId) -> Result<HeldDraft, ExchangeError> {
        let own = agency.clone();
        let row = self.inner.store.read(move |tx| tx.held_find(&own, id)).await?;
        let row = row.ok_or_else(|| ExchangeError::NoSuchMessage { party: agency.clone(), id })?;
        let party = agency.clone();
        let opened = self
            .cpu(move |gateway| {
                let agency = gateway.agency(&party)?;
                let draft = seal::unpark(&row.parked, &agency.keys)
                    .map_err(|refusal| ExchangeError::Unreadable { code: refusal.code() })?;
                let document = Document::parse(&draft)
                    .map_err(|_| ExchangeError::Unreadable { code: "bad-document" })?;
                // A draft that was put under another's id would leave by a release that was given for that one.
                if (document.envelope.id, &document.envelope.from) != (id, &party) {
                    return Err(ExchangeError::Unreadable { code: "not-this-draft" });
                }
                Ok::<_, ExchangeError>((document, row.author, row.passes_on))
            })
            .await??;
        Ok(opened)
    }
}
