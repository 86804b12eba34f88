//! Deposit, stored receipt and audit entry in one transaction; those that come together share it.

use std::sync::Arc;

use bytes::Bytes;
use jiff::Timestamp;

use super::ExchangeError;
use super::batch::{Counter, sorted};
use super::event::What;
use super::gateway::{Gateway, Work};
use crate::audit::{self, Action};
use crate::message::{Cover, PartyId};
use crate::receipt::{SignedReceipt, Stage, Verdict};
use crate::relay::Acceptance;
use crate::store::{Deposit, Deposited, ReceiptRow, Side, StoreError, Tx};

/// A message at the door, believed as far as it can be without opening it.
#[derive(Debug)]
pub(super) struct Arrival {
    pub(super) cover: Cover,
    pub(super) sealed: Bytes,
}

/// The acceptance, or nothing when the id belongs to another message.
pub(super) type Accepted = Result<Option<Acceptance>, ExchangeError>;

/// One partner's arrivals.
pub(super) type Arrivals = Counter<Arrival, Accepted>;

/// What is to be written for one arrival.
struct Plan {
    deposit: Deposit,
    receipt: ReceiptRow,
    entry: audit::Entry,
}

impl Gateway {
    /// Takes one message in. Each partner has its own counter, so that none waits behind another's flood.
    pub(super) async fn take_in(&self, arrival: Arrival) -> Accepted {
        let arrivals = self.arrivals(&arrival.cover.from)?;
        arrivals.ask(arrival).await?
    }

    fn arrivals(&self, partner: &PartyId) -> Result<Arrivals, ExchangeError> {
        let mut counters = self.inner.arrivals.lock().map_err(|_| ExchangeError::Stopping)?;
        if let Some(arrivals) = counters.get(partner) {
            return Ok(arrivals.clone());
        }
        // The counter must not keep the gateway alive that holds it.
        let gateway = Arc::downgrade(&self.inner);
        let arrivals = Counter::open(move |batch| {
            let gateway = gateway.upgrade().map(|inner| Self { inner });
            async move {
                match gateway {
                    Some(gateway) => gateway.take_in_all(batch).await,
                    None => batch.iter().map(|_| Err(ExchangeError::Stopping)).collect(),
                }
            }
        });
        counters.insert(partner.clone(), arrivals.clone());
        Ok(arrivals)
    }

    async fn take_in_all(&self, batch: Vec<Arrival>) -> Vec<Accepted> {
        let (now, count) = (self.now(), batch.len());
        let planned = self
            .cpu(move |gateway| batch.into_iter().map(|a| gateway.plan_arrival(a, now)).collect::<Vec<_>>());
        let Ok(planned) = planned.await else {
            return (0..count).map(|_| Err(ExchangeError::Stopping)).collect();
        };
        let (plans, places) = sorted(planned);
        let plans = Arc::new(plans);
        let shared = Arc::clone(&plans);
        let written = self
            .inner
            .store
            .write("accept", move |tx| {
                shared.iter().map(|plan| plan.run(tx, now)).collect::<Result<Vec<_>, _>>()
            })
            .await;
        let answers: Vec<Accepted> = match written {
            Ok(written) => {
                plans.iter().zip(written).map(|(plan, done)| Ok(self.accepted(plan, done))).collect()
            }
            Err(error) => plans.iter().map(|_| Err(ExchangeError::Store(error.clone()))).collect(),
        };
        places.with(answers, || ExchangeError::Stopping)
    }

    fn plan_arrival(&self, arrival: Arrival, now: Timestamp) -> Result<Plan, ExchangeError> {
        let Arrival { cover, sealed } = arrival;
        let (terms, agency) = (self.terms(), self.agency(&cover.to)?);
        let receipt = self.sign(&cover, Stage::Stored, Verdict::Done, &agency, &terms, now)?;
        let mut event = audit::Event::new(now, cover.from.as_str(), Action::Receive);
        (event.message, event.digest) = (Some(cover.id), Some(cover.digest));
        (event.from, event.to) = (Some(cover.from.clone()), Some(cover.to.clone()));
        let deposit = Deposit { side: Side::In, cover, body: sealed, conversation: None, reply_to: None };
        Ok(Plan { deposit, receipt, entry: event.entry() })
    }

    fn accepted(&self, plan: &Plan, stored: Option<(Bytes, bool)>) -> Option<Acceptance> {
        let (signed, repeated) = stored?;
        let Cover { id, from, to, .. } = &plan.deposit.cover;
        if !repeated {
            self.tell(*id, from, to, || What::Stored { by: to.clone() });
            self.wake(Work::Process, from).notify_one();
        }
        tracing::debug!(message = %id, %from, repeated, "message accepted");
        let receipt = SignedReceipt::parse(&signed).ok()?;
        Some(Acceptance { receipt, repeated })
    }
}

impl Plan {
    /// The stored receipt and whether it is an earlier one; nothing when the id is taken.
    fn run(&self, tx: &Tx<'_>, now: Timestamp) -> Result<Option<(Bytes, bool)>, StoreError> {
        let cover = &self.deposit.cover;
        match tx.mailbox_deposit(&self.deposit, now)? {
            Deposited::New => {
                tx.receipt_add(&self.receipt, None)?;
                audit::append(tx, &self.entry)?;
                Ok(Some((self.receipt.signed.clone(), false)))
            }
            Deposited::Repeated => {
                let receipts = tx.receipt_of(Side::In, &cover.from, cover.id)?;
                let first = receipts.into_iter().find(|r| r.stage == Stage::Stored.rank());
                Ok(first.map(|first| (first.signed, true)))
            }
            Deposited::IdTaken => Ok(None),
        }
    }
}
