//! Process: claim, open, admit, translate, settle. One worker per partner.

use std::sync::Arc;

use jiff::Timestamp;
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::effects::{Effect, Effects};
use super::event::{Carried, What};
use super::gateway::{Gateway, Terms, Work};
use super::minutes::minutes;
use super::quota;
use super::switch::{AGAIN, in_force};
use super::{ExchangeError, LOOK, known, stopped};
use crate::audit::{self, Action};
use crate::mailbox::{self, Claim, Settled, Ticket};
use crate::message::{Cover, Envelope, PartyId, Sha256};
use crate::policy::Circumstances;
use crate::receipt::{Stage, Verdict};
use crate::seal::{self, Opened, Vault};
use crate::store::{DecisionRow, QuotaShare, ReceiptRow, Side, StoreError, Tx};
use crate::telemetry::Step;
use crate::translate;

/// Messages that are opened together and settled in one transaction.
const BATCH: usize = 32;
/// Batches of one partner under way at once: one is opened while another is written.
const AT_ONCE: usize = 2;
/// Attempts to open a message before it is put aside: whatever kills its worker must not do so for ever.
const ATTEMPTS: u32 = 5;

/// What opening a message came to, ready to be written.
struct Verdicted {
    ticket: Ticket,
    cover: Cover,
    receipt: ReceiptRow,
    /// What the decision rested on; nothing for a message that could not be opened.
    minutes: Option<DecisionRow>,
    entry: audit::Entry,
    end: End,
    /// The quota of the message's kind, and the verdict for when it is used up.
    quota: Option<(QuotaShare, Box<Verdicted>)>,
}

/// What was written of a verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Written {
    /// Another worker was first.
    Nothing,
    Verdict(Option<Effect>),
    /// The refusal instead: the quota is used up.
    UsedUp,
}

enum End {
    Opened { effects: Box<Effects> },
    Quarantined { code: String },
}

impl Gateway {
    /// Opens what `party` has sent until `stop` turns true. While one batch is opened, the next is claimed.
    pub(super) async fn process(self, party: PartyId, mut stop: watch::Receiver<bool>) {
        let wake = self.wake(Work::Process, &party);
        let mut batches: JoinSet<()> = JoinSet::new();
        while !*stop.borrow() {
            let full = batches.len() >= AT_ONCE;
            let claims = if full { Ok(Vec::new()) } else { self.claim_from(&party).await };
            match claims {
                Ok(claims) if !claims.is_empty() => {
                    let (gateway, party) = (self.clone(), party.clone());
                    batches.spawn(async move { gateway.process_batch(&party, claims).await });
                }
                Ok(_) => tokio::select! {
                    () = wake.notified(), if !full => {}
                    Some(_) = batches.join_next() => {}
                    () = tokio::time::sleep(LOOK) => {}
                    () = stopped(&mut stop) => break,
                },
                Err(error) => {
                    tracing::error!(%error, from = %party, "cannot claim messages");
                    tokio::select! {
                        () = tokio::time::sleep(LOOK) => {}
                        () = stopped(&mut stop) => break,
                    }
                }
            }
        }
        while batches.join_next().await.is_some() {}
    }

    async fn claim_from(&self, party: &PartyId) -> Result<Vec<Claim>, ExchangeError> {
        let (now, lease, peer) = (self.now(), self.inner.lease, party.clone());
        let (claims, damaged) = self
            .inner
            .store
            .write("claim_in", move |tx| {
                let (claims, damaged) = mailbox::claim(tx, Side::In, &peer, BATCH, now, lease)?;
                audit::damaged(tx, &damaged, now)?;
                Ok((claims, damaged))
            })
            .await?;
        for id in &damaged {
            tracing::error!(message = %id, "a stored message is damaged and was failed");
        }
        Ok(claims)
    }

    /// Whatever cannot be decided now stays leased and is claimed again.
    async fn process_batch(&self, party: &PartyId, claims: Vec<Claim>) {
        let claims = Arc::new(claims);
        for _ in 0..AGAIN {
            match self.process_once(Arc::clone(&claims)).await {
                Ok(true) => return self.wake(Work::Receipts, party).notify_one(),
                // The policy version has changed: what was opened is decided anew, while the lease holds.
                Ok(false) => {
                    if let Err(error) = self.follow().await {
                        return tracing::error!(%error, from = %party, "cannot decide about messages now");
                    }
                }
                Err(error) => {
                    return tracing::error!(%error, from = %party, "cannot settle opened messages");
                }
            }
        }
    }

    /// `false` when the policy version under which it was decided is no longer in force: then nothing was settled.
    async fn process_once(&self, claims: Arc<Vec<Claim>>) -> Result<bool, ExchangeError> {
        let (now, terms) = (self.now(), self.terms());
        let version = terms.version();
        let verdicted = self.decide_batch(claims, &terms, now).await?;
        let (verdicted, clock) = (Arc::new(verdicted), self.inner.clock.clone());
        let shared = Arc::clone(&verdicted);
        let settled = self
            .inner
            .store
            .write("settle_in", move |tx| {
                if !in_force(tx, version, &clock)? {
                    return Ok(None);
                }
                shared.iter().map(|v| v.write(tx, now)).collect::<Result<Vec<_>, _>>().map(Some)
            })
            .await?;
        let Some(settled) = settled else { return Ok(false) };
        for (verdicted, written) in verdicted.iter().zip(settled) {
            match (written, &verdicted.quota) {
                (Written::UsedUp, Some((_, used_up))) => self.tell_verdict(used_up),
                (Written::Verdict(effect), _) => {
                    self.tell_verdict(verdicted);
                    self.tell_effect(&verdicted.cover, effect);
                }
                (Written::Nothing | Written::UsedUp, _) => {}
            }
        }
        Ok(true)
    }

    /// Opens messages, looks up what the store knows of them, and asks policy.
    async fn decide_batch(
        &self,
        claims: Arc<Vec<Claim>>,
        terms: &Arc<Terms>,
        now: Timestamp,
    ) -> Result<Vec<Verdicted>, ExchangeError> {
        let vaults = self.vaults(claims.iter().map(|claim| &claim.cover().to)).await;
        let (waiting, under) = (Arc::clone(&claims), Arc::clone(terms));
        let open = move |gateway: &Self| {
            waiting.iter().map(|claim| gateway.open(claim, &under, now)).collect::<Vec<_>>()
        };
        let opened = self.cpu(open).await?;
        let envelope = |opened: &Opened| opened.document().envelope.clone();
        let envelopes: Vec<_> = opened.iter().map(|opened| opened.as_ref().ok().map(envelope)).collect();
        let look = move |tx: &Tx<'_>| {
            let look = |envelope: &Option<Envelope>| match envelope {
                Some(envelope) => known::of_arrival(tx, envelope),
                None => Ok(Ok(Circumstances::default())),
            };
            envelopes.iter().map(look).collect::<Result<Vec<_>, _>>()
        };
        let known = self.inner.store.read(look).await?;
        let under = Arc::clone(terms);
        self.cpu(move |gateway| {
            let decide = |((opened, claim), known): ((Result<Opened, String>, &Claim), Result<_, &str>)| {
                let vault = vaults.of(&claim.cover().to);
                let opened = opened.and_then(|opened| Ok((opened, known?)));
                let verdict = vault.and_then(|vault| gateway.decide_one(claim, opened, vault, &under, now));
                verdict.map_err(|error| {
                    tracing::error!(%error, message = %claim.cover().id, "cannot process a message now");
                })
            };
            opened.into_iter().zip(claims.iter()).zip(known).filter_map(|one| decide(one).ok()).collect()
        })
        .await
    }

    /// Opens one message. A refusal is its code.
    fn open(&self, claim: &Claim, terms: &Terms, now: Timestamp) -> Result<Opened, String> {
        if claim.attempt() > ATTEMPTS {
            return Err("not-processable".to_owned());
        }
        let cover = claim.cover();
        let sender = terms.certificates.get(&cover.from).ok_or("no-certificate")?;
        let agency = terms.agencies.get(&cover.to).ok_or("unknown-recipient")?;
        let open = || seal::open(cover, claim.body(), &agency.keys, sender, now);
        self.inner.steps.time(Step::Open, open).map_err(|refusal| refusal.code().to_owned())
    }

    /// Decides about one message. A refusal is a verdict like any other; an error means that we could not decide.
    fn decide_one(
        &self,
        claim: &Claim,
        opened: Result<(Opened, Circumstances), String>,
        vault: &Vault,
        terms: &Terms,
        now: Timestamp,
    ) -> Result<Verdicted, ExchangeError> {
        let cover = claim.cover().clone();
        let agency = self.agency(&cover.to)?;
        let admitted = match opened {
            Err(code) => Err((code, None)),
            Ok((opened, circumstances)) => {
                let admit = || opened.admit(&terms.engine, &circumstances, now);
                let admitted = self.inner.steps.time(Step::Admit, admit);
                admitted.map_err(|refusal| (refusal.code.to_owned(), Some(*refusal.basis)))
            }
        };
        let (end, verdict, basis) = match admitted {
            Ok(admitted) => {
                self.check_translation(&cover, admitted.document(), &agency);
                let (document, basis) = admitted.into_parts();
                let effects = Box::new(Effects::of(Side::In, &document));
                (End::Opened { effects }, Verdict::Done, Some(basis))
            }
            Err((code, basis)) => (End::Quarantined { code: code.clone() }, Verdict::Refused { code }, basis),
        };
        let kind = basis.as_ref().map(|basis| basis.inputs.facts.kind);
        let minutes =
            basis.map(|basis| minutes(&basis, vault, (cover.id, &cover.to, &cover.from))).transpose()?;
        let write =
            |end, verdict| self.verdicted(claim, &agency, (end, verdict, minutes.clone()), terms, now);
        let mut verdicted = write(end, verdict)?;
        let share = kind.and_then(|kind| quota::share(terms, Side::In, &cover, kind));
        if let (End::Opened { .. }, Some(share)) = (&verdicted.end, share) {
            let code = quota::USED_UP.to_owned();
            let used_up = write(End::Quarantined { code: code.clone() }, Verdict::Refused { code })?;
            verdicted.quota = Some((share, Box::new(used_up)));
        }
        Ok(verdicted)
    }

    /// All that is to be written for a verdict.
    fn verdicted(
        &self,
        claim: &Claim,
        agency: &super::gateway::Agency,
        (end, verdict, minutes): (End, Verdict, Option<DecisionRow>),
        terms: &Terms,
        now: Timestamp,
    ) -> Result<Verdicted, ExchangeError> {
        let cover = claim.cover().clone();
        let action = if matches!(end, End::Opened { .. }) { Action::Open } else { Action::Quarantine };
        let mut event = audit::Event::new(now, "gateway", action);
        (event.message, event.digest) = (Some(cover.id), Some(cover.digest));
        (event.from, event.to) = (Some(cover.from.clone()), Some(cover.to.clone()));
        event.code = verdict.code().map(str::to_owned);
        event.decision = minutes.as_ref().map(|row| Sha256::of(&row.sealed));
        event.policy_version = Some(terms.engine.version().to_owned());
        let receipt = self.sign(&cover, Stage::Opened, verdict, agency, terms, now)?;
        let (ticket, entry) = (claim.ticket(), event.entry());
        Ok(Verdicted { ticket, cover, receipt, minutes, entry, end, quota: None })
    }

    /// Translates the records once, so that a message that the agency could not read is noticed now. The result
    /// is not kept: plaintext never reaches the disk, and `read` makes it again.
    fn check_translation(
        &self,
        cover: &Cover,
        document: &crate::message::Document,
        agency: &super::gateway::Agency,
    ) {
        let timer = self.inner.steps.start(Step::Import);
        let mut reports = Vec::with_capacity(document.body.records.len());
        for record in &document.body.records {
            match translate::import(&agency.mapping, &self.inner.catalogue, record) {
                Ok(national) => reports.push(national.report),
                Err(error) => {
                    tracing::warn!(message = %cover.id, %error, "a record stays in the common form");
                }
            }
        }
        timer.stop();
        self.tell(cover.id, &cover.from, &cover.to, || What::Imported {
            mapping: agency.mapping.name().to_owned(),
            carried: Carried::of(&reports),
        });
    }

    fn tell_verdict(&self, verdicted: &Verdicted) {
        let cover = &verdicted.cover;
        let what = match &verdicted.end {
            End::Opened { .. } => {
                self.wake(Work::Inbox, &cover.to).notify_one();
                What::Opened { by: cover.to.clone() }
            }
            End::Quarantined { code } => {
                tracing::warn!(message = %cover.id, from = %cover.from, %code, "message quarantined");
                What::Quarantined { code: code.clone() }
            }
        };
        self.tell(cover.id, &cover.from, &cover.to, || what);
    }

    fn tell_effect(&self, cover: &Cover, effect: Option<Effect>) {
        match effect {
            None => {}
            Some(Effect::Erased(item)) => {
                tracing::info!(message = %item, from = %cover.from, "a message was erased at its sender's demand");
                self.tell(item, &cover.from, &cover.to, || What::Erased);
            }
            Some(Effect::Certified(item)) => {
                tracing::info!(message = %item, to = %cover.from, "the partner has certified an erasure");
                self.tell(item, &cover.to, &cover.from, || What::Certified);
            }
        }
    }
}

impl Verdicted {
    fn write(&self, tx: &Tx<'_>, now: Timestamp) -> Result<Written, StoreError> {
        if let Some((share, used_up)) = &self.quota
            && tx.quota_free_at(share, now)?.is_some()
        {
            let settled = used_up.settle(tx, now)?;
            return Ok(if settled == Settled::Now { Written::UsedUp } else { Written::Nothing });
        }
        if self.settle(tx, now)? != Settled::Now {
            return Ok(Written::Nothing);
        }
        self.quota.iter().try_for_each(|(share, _)| tx.quota_count(share, now))?;
        let End::Opened { effects } = &self.end else { return Ok(Written::Verdict(None)) };
        Ok(Written::Verdict(effects.received(tx, now)?))
    }

    fn settle(&self, tx: &Tx<'_>, now: Timestamp) -> Result<Settled, StoreError> {
        let settled = match &self.end {
            End::Opened { effects } => {
                self.ticket.settle_opened(tx, effects.terms.conversation, effects.terms.follows)?
            }
            End::Quarantined { code } => self.ticket.quarantine(tx, code)?,
        };
        if settled == Settled::Now {
            tx.receipt_add(&self.receipt, Some(now))?;
            self.minutes.iter().try_for_each(|row| tx.decision_add(row))?;
            audit::append(tx, &self.entry)?;
        }
        Ok(settled)
    }
}
