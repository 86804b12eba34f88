//! Explaining decisions, trying them out, and making them again under other rules.

use jiff::Timestamp;

use super::ExchangeError;
use super::gateway::Gateway;
use super::outbound::actor;
use super::release::Releasing;
use super::request::Request;
use crate::audit::{self, Action};
use crate::message::{Document, MessageId};
use crate::policy::{Basis, Decision, End, Engine};

/// What would become of a request. Nothing is stored or sent.
#[derive(Debug)]
pub struct TriedOut {
    pub basis: Basis,
    /// What the partner would get, if it would leave now.
    pub document: Option<Document>,
}

impl TriedOut {
    pub(super) fn of(decision: Decision) -> Self {
        match decision {
            Decision::Allow(permitted) => {
                let (document, basis) = permitted.into_parts();
                Self { basis, document: Some(document) }
            }
            Decision::Hold(held) => Self { basis: held.basis, document: None },
            Decision::Refuse(refusal) => Self { basis: *refusal.basis, document: None },
        }
    }
}

/// A past decision that other rules would make otherwise.
#[derive(Debug, Clone, PartialEq)]
pub struct Flip {
    pub message: MessageId,
    pub before: Basis,
    pub after: Basis,
}

/// What other rules would have made of past messages.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Replay {
    /// Decisions that were made again.
    pub decided: usize,
    /// Records that could not be opened.
    pub unreadable: usize,
    /// Decisions that would be otherwise.
    pub flipped: usize,
    /// The first 10,000 of them.
    pub flips: Vec<Flip>,
}

/// The code of the audit entry for a look at all decisions of some time.
const REPLAY: &str = "replay";
/// Flips that are kept; what there are more is only counted.
const FLIPS: usize = 10_000;

impl Gateway {
    /// What every decision about a message rested on, oldest first. Looking is recorded.
    ///
    /// # Errors
    /// [`ExchangeError::Unreadable`] when a record was damaged or belongs to an agency whose key is not here.
    pub async fn explain(&self, message: MessageId, reader: &str) -> Result<Vec<Basis>, ExchangeError> {
        let reader = actor(reader)?;
        let mut event = audit::Event::new(self.now(), reader.as_str(), Action::Consult);
        event.message = Some(message);
        let entry = event.entry();
        // Recorded before anything is opened: nobody looks unseen.
        self.inner.store.write("explain", move |tx| audit::append(tx, &entry)).await?;
        self.decisions(message).await
    }

    /// The rules in force, to explain decisions with.
    pub fn with_rules<T>(&self, look: impl FnOnce(&Engine) -> T) -> T {
        look(&self.terms().engine)
    }

    /// Translates and decides as [`Gateway::submit`] and then [`Gateway::release`] do, each person with the roles that
    /// the policy in force gives, and stops before anything is sealed or stored.
    ///
    /// # Errors
    /// [`ExchangeError`] when the record cannot be translated; [`ExchangeError::Denied`] when one of `releases` is by
    /// no person of the agency with a reviewing role.
    pub async fn try_out(
        &self,
        request: Request,
        releases: Vec<Releasing>,
    ) -> Result<TriedOut, ExchangeError> {
        let now = self.now();
        let known = self.known(vec![request.draft()]).await?.pop().unwrap_or(Err(ExchangeError::Stopping))?;
        let vaults = self.vaults([&request.from]).await;
        let tried = self.cpu(move |gateway| {
            let terms = gateway.terms();
            let agency = gateway.agency(&request.from)?;
            let vault = vaults.of(&agency.party)?;
            let approval = |releasing: &Releasing| releasing.approval(&agency.party, &terms, now);
            let approvals = releases.iter().map(approval).collect::<Result<_, _>>()?;
            let mut submission = gateway.drafted(request, known, (&agency, vault), now)?.submission;
            // As at a release: whoever has decided does not wait.
            submission.waits_for_release &= releases.is_empty();
            submission.approvals = approvals;
            let decision = terms.engine.permit(submission, now);
            releases.iter().try_for_each(|releasing| releasing.keeps_back(&decision))?;
            Ok(TriedOut::of(decision))
        });
        tried.await?
    }

    /// Makes every decision since `since` again under `draft`, and tells those that would be otherwise. Looking is
    /// recorded: what it tells of a message is what [`Gateway::explain`] tells.
    ///
    /// # Errors
    /// [`ExchangeError::Store`] when the store cannot be read.
    pub async fn replay(
        &self,
        draft: std::sync::Arc<Engine>,
        since: Timestamp,
        reader: &str,
    ) -> Result<Replay, ExchangeError> {
        let reader = actor(reader)?;
        let mut event = audit::Event::new(self.now(), reader.as_str(), Action::Consult);
        event.code = Some(REPLAY.to_owned());
        let entry = event.entry();
        self.inner.store.write("replay", move |tx| audit::append(tx, &entry)).await?;
        let mut replay = Replay::default();
        let mut after = 0;
        loop {
            let page = self.inner.store.read(move |tx| tx.decision_page(since, after)).await?;
            let Some((last, _)) = page.last() else { return Ok(replay) };
            after = *last;
            let messages: Vec<MessageId> = page.iter().map(|(_, row)| row.message).collect();
            let opened = self.opened_each(page.into_iter().map(|(_, row)| row).collect()).await?;
            let draft = std::sync::Arc::clone(&draft);
            let weighed = self.cpu(move |_| {
                let again = |basis: Basis| {
                    let verdict = draft.weigh(&basis.inputs);
                    let after = Basis {
                        version: draft.version().to_owned(),
                        inputs: basis.inputs.clone(),
                        verdict,
                        withheld: Vec::new(),
                        rendered: Vec::new(),
                    };
                    (basis, after)
                };
                opened.into_iter().map(|basis| basis.map(again)).collect::<Vec<_>>()
            });
            for (message, pair) in messages.into_iter().zip(weighed.await?) {
                match pair {
                    None => replay.unreadable += 1,
                    Some((before, after)) => {
                        replay.decided += 1;
                        if !same(&before, &after) {
                            replay.flipped += 1;
                            if replay.flips.len() < FLIPS {
                                replay.flips.push(Flip { message, before, after });
                            }
                        }
                    }
                }
            }
        }
    }
}

/// Whether both decisions mean the same for the parties: the same end, and the same kinds of data leave.
fn same(before: &Basis, after: &Basis) -> bool {
    let leaves = |basis: &Basis| -> Vec<bool> { basis.verdict.released.iter().map(|one| one.yes).collect() };
    match (&before.verdict.end, &after.verdict.end) {
        (End::Allow, End::Allow) => leaves(before) == leaves(after),
        (before, after) => before == after,
    }
}
