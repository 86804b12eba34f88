//! What is to be written for a request, in one transaction with its audit entry.

use std::sync::Arc;

use jiff::Timestamp;

use super::ExchangeError;
use super::again::{self, First};
use super::effects::Effects;
use super::event::What;
use super::gateway::{Agency, Gateway, Terms, Work};
use super::outbound::{Leaving, Prepared, Way};
use super::quota;
use super::request::Submitted;
use super::switch::in_force;
use crate::audit::{self, Action};
use crate::message::{ConversationId, Cover, Kind, MessageId, PartyId, Sha256};
use crate::policy::{Basis, Ground, Refusal};
use crate::receipt::{self, Stage, Statement, Verdict};
use crate::schema::Language;
use crate::store::{
    DecisionRow, Deposit, Deposited, HeldRow, NewDisclosure, QuotaShare, ReceiptRow, Side, StoreError, Tx,
};
use crate::telemetry::Step;
use crate::translate::Report;

impl Gateway {
    /// Makes prepared requests durable, with their audit entries, in one transaction. Nothing when policy version
    /// `version`, under which they were decided, is no longer in force: then nothing was stored.
    pub(super) async fn commit(
        &self,
        prepared: Vec<(Prepared, String)>,
        version: u32,
        now: Timestamp,
    ) -> Result<Option<Vec<Result<Submitted, ExchangeError>>>, ExchangeError> {
        let mut plans = Vec::with_capacity(prepared.len());
        let mut accounts = Vec::with_capacity(prepared.len());
        for (Prepared { way, reports }, author) in prepared {
            plans.push((self.plan(way, author.clone(), now).await?, author));
            accounts.push(reports);
        }
        let plans = Arc::new(plans);
        let (shared, clock) = (Arc::clone(&plans), self.inner.clock.clone());
        let outcomes = self
            .inner
            .store
            .write("submit", move |tx| {
                if !in_force(tx, version, &clock)? {
                    return Ok(None);
                }
                let run = |(plan, author): &(Plan, String)| plan.run(tx, author, now);
                shared.iter().map(run).collect::<Result<Vec<_>, _>>().map(Some)
            })
            .await?;
        let Some(outcomes) = outcomes else { return Ok(None) };
        let mut told = Vec::with_capacity(plans.len());
        for (((plan, _), done), reports) in plans.iter().zip(outcomes).zip(accounts) {
            told.push(match done {
                Done::Again(first) => self.first_result(plan.minutes().message, first, reports).await,
                done => self.tell_of(plan, &done, reports),
            });
        }
        Ok(Some(told))
    }

    pub(super) async fn plan(&self, way: Way, author: String, now: Timestamp) -> Result<Plan, ExchangeError> {
        Ok(match way {
            Way::Refused(id, refusal, minutes) => {
                let mut event = audit::Event::new(now, author, Action::Deny);
                event.message = Some(id);
                event.code = Some(refusal.open_code().to_owned());
                decided(&mut event, &minutes);
                Plan::Refused { id, refusal, minutes, entry: event.entry() }
            }
            Way::Held(held, parked, passes_on, minutes) => {
                let envelope = &held.submission.document.envelope;
                let mut event = audit::Event::new(now, author.clone(), Action::Hold);
                event.message = Some(envelope.id);
                (event.from, event.to) = (Some(envelope.from.clone()), Some(envelope.to.clone()));
                decided(&mut event, &minutes);
                let own = envelope.from.clone();
                let (conversation, grounds) = (envelope.conversation, sentences(&held.grounds));
                let (id, known) = (envelope.id, Some(conversation));
                let row = HeldRow { id, own, author, at: now, parked, passes_on, conversation: known };
                let basis = Box::new(held.basis.clone());
                Plan::Held { row, conversation, grounds, basis, minutes, entry: event.entry() }
            }
            Way::Sealed(leaving, minutes) => {
                let Leaving { sealed, answers, withheld, effects, disclosure } = *leaving;
                let entry = disclosed(&minutes, &sealed.cover, author.clone(), now).entry();
                let outcome = match answers {
                    Some(request) => self.outcome_receipt(&sealed.cover.from, request, now).await?,
                    None => None,
                };
                let share = quota::share(&self.terms(), Side::Out, &sealed.cover, effects.terms.kind);
                let quota = share.map(|share| (share, denial(&sealed.cover, author, now).entry()));
                let (conversation, reply_to) = (effects.terms.conversation, effects.terms.follows);
                let deposit = Deposit {
                    side: Side::Out,
                    cover: sealed.cover,
                    body: sealed.bytes.into(),
                    conversation: Some(conversation),
                    reply_to,
                };
                Plan::Sealed {
                    deposit: Box::new(deposit),
                    conversation,
                    withheld,
                    outcome,
                    disclosure,
                    effects: Box::new(effects),
                    minutes,
                    entry,
                    quota,
                }
            }
        })
    }

    /// An answer proves the outcome of what it answers.
    async fn outcome_receipt(
        &self,
        agency: &PartyId,
        request: MessageId,
        now: Timestamp,
    ) -> Result<Option<ReceiptRow>, ExchangeError> {
        let own = agency.clone();
        let found = self.inner.store.read(move |tx| tx.mailbox_facts(Side::In, &own, request)).await?;
        let Some(row) = found else { return Ok(None) };
        let terms = self.terms();
        let agency = self.agency(agency)?;
        let receipt = self
            .cpu(move |gateway| gateway.sign(&row.cover, Stage::Outcome, Verdict::Done, &agency, &terms, now))
            .await??;
        Ok(Some(receipt))
    }

    /// Signs a receipt for a message that came from a partner.
    pub(super) fn sign(
        &self,
        cover: &Cover,
        stage: Stage,
        verdict: Verdict,
        agency: &Agency,
        terms: &Terms,
        now: Timestamp,
    ) -> Result<ReceiptRow, ExchangeError> {
        let key = agency.key_for(terms.profile_of(&cover.from))?;
        let code = verdict.code().map(str::to_owned);
        let statement = Statement::about(cover, stage, verdict, agency.party.clone(), now);
        let signing = self.inner.steps.start(Step::SignReceipt);
        let signed = receipt::sign(&statement, key);
        signing.stop();
        let signed = signed.map_err(ExchangeError::Receipt)?;
        Ok(ReceiptRow {
            side: Side::In,
            peer: cover.from.clone(),
            message: cover.id,
            stage: stage.rank(),
            code,
            at: now,
            signed: signed.into_bytes(),
        })
    }

    pub(super) fn tell_of(
        &self,
        plan: &Plan,
        done: &Done,
        reports: Vec<Report>,
    ) -> Result<Submitted, ExchangeError> {
        if matches!(done, Done::IdUsed | Done::Again(_)) {
            return Err(ExchangeError::IdUsed { id: plan.minutes().message });
        }
        if let Done::UsedUp { cover: Cover { id, from, to, .. }, kind, free_at } = done {
            let grounds = vec![format!("the quota of {} is used up until {free_at}", kind.as_str())];
            let code = quota::USED_UP.to_owned();
            self.tell(*id, from, to, || What::Refused { kind: *kind, code, grounds });
            return Ok(Submitted::UsedUp { id: *id, kind: *kind, free_at: *free_at, reports });
        }
        Ok(match plan {
            Plan::Refused { id, refusal, .. } => {
                Submitted::Refused { id: *id, refusal: refusal.clone(), reports }
            }
            Plan::Held { row, conversation, grounds, basis, .. } => Submitted::Held {
                id: row.id,
                conversation: *conversation,
                grounds: grounds.clone(),
                basis: basis.clone(),
                reports,
            },
            Plan::Sealed { deposit, conversation, withheld, .. } => {
                let cover = &deposit.cover;
                if matches!(done, Done::New) {
                    self.tell(cover.id, &cover.from, &cover.to, || What::Stored { by: cover.from.clone() });
                    self.wake(Work::Deliver, &cover.to).notify_one();
                    self.wake(Work::Receipts, &cover.to).notify_one();
                }
                let id = if let Done::Instead(earlier) = done { *earlier } else { cover.id };
                let (conversation, withheld) = (*conversation, *withheld);
                Submitted::Sent { id, conversation, withheld, again: false, reports, notices: Vec::new() }
            }
        })
    }
}

/// What is to be written for one request. Holds all that the transaction needs, since it may run twice.
pub(super) enum Plan {
    Refused {
        id: MessageId,
        refusal: Refusal,
        minutes: DecisionRow,
        entry: audit::Entry,
    },
    Held {
        row: HeldRow,
        conversation: ConversationId,
        grounds: Vec<String>,
        basis: Box<Basis>,
        minutes: DecisionRow,
        entry: audit::Entry,
    },
    Sealed {
        deposit: Box<Deposit>,
        conversation: ConversationId,
        withheld: usize,
        outcome: Option<ReceiptRow>,
        disclosure: Option<Box<NewDisclosure>>,
        effects: Box<Effects>,
        minutes: DecisionRow,
        entry: audit::Entry,
        /// The quota of the kind, and the entry for when it is used up.
        quota: Option<(QuotaShare, audit::Entry)>,
    },
}

/// What became of a plan.
#[derive(Debug)]
pub(super) enum Done {
    New,
    /// The same request came before; nothing was written.
    Again(First),
    /// Another message has the id; nothing was written but the refusal.
    IdUsed,
    /// An earlier message says the same: there is one erase message for each disclosure.
    Instead(MessageId),
    /// Nothing was written but the refusal: the quota of the kind is used up until then.
    UsedUp {
        cover: Cover,
        kind: Kind,
        free_at: Timestamp,
    },
}

impl Plan {
    /// The quota that keeps the message from going now.
    pub(super) fn used_up(&self, tx: &Tx<'_>, now: Timestamp) -> Result<Option<Done>, StoreError> {
        let Self::Sealed { deposit, quota: Some((share, denied)), .. } = self else { return Ok(None) };
        let Some(free_at) = quota::sends_at(tx, share, &deposit.cover, now)? else { return Ok(None) };
        audit::append(tx, denied)?;
        Ok(Some(Done::UsedUp { cover: deposit.cover.clone(), kind: share.kind, free_at }))
    }

    pub(super) const fn minutes(&self) -> &DecisionRow {
        match self {
            Self::Refused { minutes, .. } | Self::Held { minutes, .. } | Self::Sealed { minutes, .. } => {
                minutes
            }
        }
    }

    pub(super) fn run(&self, tx: &Tx<'_>, author: &str, now: Timestamp) -> Result<Done, StoreError> {
        if let Some(done) = again::look(tx, self.minutes(), author, now)? {
            return Ok(done);
        }
        if let Some(done) = self.used_up(tx, now)? {
            return Ok(done);
        }
        let (new, entry, minutes) = match self {
            Self::Refused { entry, minutes, .. } => (true, entry, minutes),
            Self::Held { row, entry, minutes, .. } => (tx.held_add(row)?, entry, minutes),
            Self::Sealed { deposit, outcome, disclosure, effects, entry, minutes, quota, .. } => {
                if let Some(earlier) = effects.already_erased_by(tx)? {
                    return Ok(Done::Instead(earlier));
                }
                let new = tx.mailbox_deposit(deposit, now)? == Deposited::New;
                if new {
                    quota.iter().try_for_each(|(share, _)| tx.quota_count(share, now))?;
                    outcome.iter().try_for_each(|receipt| tx.receipt_add(receipt, Some(now)).map(|_| ()))?;
                    disclosure.iter().try_for_each(|row| tx.disclosure_add(row))?;
                    effects.sent(tx, now)?;
                }
                (new, entry, minutes)
            }
        };
        if !new {
            return again::used(tx, minutes, author, now);
        }
        tx.decision_add(minutes)?;
        audit::append(tx, entry)?;
        Ok(Done::New)
    }
}

fn disclosed(minutes: &DecisionRow, cover: &Cover, author: String, now: Timestamp) -> audit::Event {
    let mut event = audit::Event::new(now, author, Action::Disclose);
    event.message = Some(cover.id);
    (event.from, event.to) = (Some(cover.from.clone()), Some(cover.to.clone()));
    event.digest = Some(cover.digest);
    decided(&mut event, minutes);
    event
}

/// The entry for a message that its quota keeps here.
fn denial(cover: &Cover, author: String, now: Timestamp) -> audit::Event {
    let mut event = audit::Event::new(now, author, Action::Deny);
    event.message = Some(cover.id);
    (event.from, event.to) = (Some(cover.from.clone()), Some(cover.to.clone()));
    event.code = Some(quota::USED_UP.to_owned());
    event
}

/// Which decision an entry is about. Rules and places tell of the person: they stay in the sealed record.
fn decided(event: &mut audit::Event, minutes: &DecisionRow) {
    event.policy_version = Some(minutes.version.clone());
    event.decision = Some(Sha256::of(&minutes.sealed));
}

pub(super) fn sentences(grounds: &[Ground]) -> Vec<String> {
    grounds.iter().map(|g| format!("{} ({})", g.sentence(Language::English), g.rule)).collect()
}
