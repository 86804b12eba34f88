//! Review of held messages: a second person decides.

use super::ExchangeError;
use super::event::What;
use super::gateway::{Gateway, Terms};
use super::known::Draft;
use super::outbound::{Drafted, Prepared, Submitted, actor};
use super::plan::sentences;
use super::switch::{AGAIN, in_force};
use crate::audit::{self, Action};
use crate::message::{Document, MessageId, PartyId, Reason};
use crate::policy::{ActorError, Approval, Submission};
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

    /// Releases a held draft in the name of a second person. Policy decides again, by the rules now in force:
    /// the author cannot release, and what has become forbidden meanwhile stays here.
    ///
    /// # Errors
    /// [`ExchangeError::NoSuchMessage`] when nothing waits under the id any more; [`ExchangeError::Denied`] when `by` is
    /// no person of the agency with a reviewing role, by the policy in force.
    pub async fn release(
        &self,
        agency: &PartyId,
        id: MessageId,
        by: &str,
    ) -> Result<Submitted, ExchangeError> {
        for _ in 0..AGAIN {
            if let Some(submitted) = self.release_once(agency, id, by).await? {
                return Ok(submitted);
            }
            self.follow().await?;
        }
        Err(ExchangeError::Changing)
    }

    /// Nothing when the policy version under which it was decided is no longer in force: then nothing has changed.
    async fn release_once(
        &self,
        agency: &PartyId,
        id: MessageId,
        by: &str,
    ) -> Result<Option<Submitted>, ExchangeError> {
        let (now, terms, clock) = (self.now(), self.terms(), self.inner.clock.clone());
        let (version, person) = (terms.version(), by.parse().map_err(|_| ExchangeError::Actor(ActorError))?);
        let roles = terms.roster.reviews(&person, agency).map_err(ExchangeError::Denied)?;
        let (document, author, passes_on) = self.draft(agency, id).await?;
        let draft = Draft::of(&document, passes_on.clone());
        let known = self.known(vec![draft]).await?.pop().unwrap_or(Err(ExchangeError::Stopping))?;
        let (conversation, to) = (document.envelope.conversation, document.envelope.to.clone());
        let mut approvals = self.earlier_releases(agency, id, &terms).await?;
        approvals.push(Approval { by: actor(by)?, at: now, roles });
        let submission = Submission {
            document,
            author: actor(&author)?,
            approvals,
            circumstances: known.circumstances,
            waits_for_release: false,
        };
        let drafted = Drafted { submission, passes_on, sources: known.sources };
        let (own, reviewer) = (agency.clone(), by.to_owned());
        self.tell(id, agency, &to, || What::Approved { by: reviewer.clone() });
        let vaults = self.vaults([agency]).await;
        let prepared = self
            .cpu(move |gateway| {
                let agency = gateway.agency(&own)?;
                gateway.decide(drafted, &agency, vaults.of(&own)?, &terms, now)
            })
            .await??;
        if let Prepared::Held(held, ..) = &prepared {
            // Still held: the reviewer is the author, or more is asked than one person can give.
            self.keep_release(id, by, &author).await?;
            let (grounds, basis) = (sentences(&held.grounds), Box::new(held.basis.clone()));
            return Ok(Some(Submitted::Held { id, conversation, grounds, basis }));
        }
        let plan = self.plan(prepared, reviewer.clone(), now).await?;
        let mut event = audit::Event::new(now, reviewer.clone(), Action::Release);
        event.message = Some(id);
        let entry = event.entry();
        let plan = std::sync::Arc::new(plan);
        let shared = std::sync::Arc::clone(&plan);
        let deposited = self
            .inner
            .store
            .write("release", move |tx| {
                if !in_force(tx, version, &clock)? {
                    return Ok(None);
                }
                // A draft whose quota is used up goes on waiting.
                if let Some(done) = shared.used_up(tx, now)? {
                    return Ok(Some(Some(done)));
                }
                // Two reviewers at once: the first decides, the second finds nothing that waits.
                if !tx.held_decide(id, now)? {
                    return Ok(Some(None));
                }
                audit::append(tx, &entry)?;
                shared.run(tx, now).map(|deposited| Some(Some(deposited)))
            })
            .await?;
        let Some(deposited) = deposited else { return Ok(None) };
        let deposited =
            deposited.ok_or_else(|| ExchangeError::NoSuchMessage { party: agency.clone(), id })?;
        Ok(Some(self.tell_of(&plan, &deposited)))
    }

    /// The releases that did not suffice alone, each with the roles that its person has today.
    async fn earlier_releases(
        &self,
        agency: &PartyId,
        id: MessageId,
        terms: &Terms,
    ) -> Result<Vec<Approval>, ExchangeError> {
        let rows = self.inner.store.read(move |tx| tx.held_releases(id)).await?;
        let counts = |(by, at): (String, jiff::Timestamp)| {
            let roles = terms.roster.reviews(&by.parse().ok()?, agency).ok()?;
            Some(Approval { by: actor(&by).ok()?, at, roles })
        };
        Ok(rows.into_iter().filter_map(counts).collect())
    }

    /// Keeps a release for the next person's, with its audit entry. The author's counts for nothing.
    async fn keep_release(&self, id: MessageId, by: &str, author: &str) -> Result<(), ExchangeError> {
        if by.eq_ignore_ascii_case(author) {
            return Ok(());
        }
        let (now, by) = (self.now(), by.to_owned());
        let mut event = audit::Event::new(now, by.clone(), Action::Approve);
        event.message = Some(id);
        let entry = event.entry();
        let kept = self.inner.store.write("keep_release", move |tx| {
            if tx.held_release_add(id, &by, now)? {
                audit::append(tx, &entry)?;
            }
            Ok(())
        });
        Ok(kept.await?)
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
