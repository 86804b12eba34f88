//! Deliver: claim, push, keep the stored receipt, settle. One worker per partner, so that none waits for another.

use std::sync::Arc;

use jiff::Timestamp;
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;

use super::batch::{Counter, sorted};
use super::event::What;
use super::gateway::{Gateway, Terms, Work};
use super::{ExchangeError, LOOK, acknowledge, stopped};
use crate::audit::{self, Action};
use crate::mailbox::{self, Backoff, Claim, Settled, Ticket};
use crate::message::{Cover, MessageId, PartyId};
use crate::receipt::{SignedReceipt, Stage};
use crate::relay::{Link, PushAnswer, PushError};
use crate::store::{ReceiptRow, Side, StoreError, Tx};
use crate::telemetry::Step;

/// Receipts in one request.
const RECEIPTS: usize = 256;

/// What an attempt says about the partner.
enum Attempt {
    Answered,
    Silent,
}

/// A partner's answer to a push.
struct Answered {
    ticket: Ticket,
    cover: Cover,
    receipt: SignedReceipt,
}

/// A verified answer, ready to be written.
struct Proof {
    ticket: Ticket,
    cover: Cover,
    row: ReceiptRow,
    entry: audit::Entry,
}

type Proofs = Counter<Answered, Result<(), ExchangeError>>;

impl Answered {
    fn new(claim: &Claim, answer: PushAnswer) -> Self {
        Self { ticket: claim.ticket(), cover: claim.cover().clone(), receipt: answer.receipt }
    }
}

impl Proof {
    fn write(&self, tx: &Tx<'_>) -> Result<Settled, StoreError> {
        let settled = self.ticket.settle(tx)?;
        if tx.receipt_add(&self.row, None)? {
            audit::append(tx, &self.entry)?;
        }
        Ok(settled)
    }
}

impl Gateway {
    /// Pushes what waits for `party` until `stop` turns true.
    pub(super) async fn deliver(self, party: PartyId, mut stop: watch::Receiver<bool>) {
        let wake = self.wake(Work::Deliver, &party);
        let at_once =
            self.terms().register.agreement(&party).map_or(1, |a| a.limits.deliveries_at_once.max(1));
        let places = Arc::new(Semaphore::new(at_once));
        let mut backoff = Backoff::default();
        let mut attempts: JoinSet<Attempt> = JoinSet::new();
        let gateway = self.clone();
        let proofs = Proofs::open(move |batch| {
            let gateway = gateway.clone();
            async move { gateway.stored_all(batch).await }
        });
        while !*stop.borrow() {
            let mut silent = false;
            while let Some(attempt) = attempts.try_join_next() {
                match attempt {
                    Ok(Attempt::Answered) => backoff.succeeded(),
                    Ok(Attempt::Silent) | Err(_) => silent = true,
                }
            }
            if silent {
                let spread = u8::try_from(self.now().subsec_microsecond() % 256).unwrap_or(0);
                let pause = backoff.failed(spread);
                tokio::select! {
                    () = tokio::time::sleep(pause) => {}
                    () = stopped(&mut stop) => break,
                }
            }
            let claims = self.claim_for(&party, places.available_permits()).await;
            if claims.is_empty() {
                tokio::select! {
                    () = wake.notified() => {}
                    Some(_) = attempts.join_next(), if places.available_permits() == 0 => {}
                    () = tokio::time::sleep(LOOK) => {}
                    () = stopped(&mut stop) => break,
                }
                continue;
            }
            let terms = self.terms();
            for claim in claims {
                let (Some(link), Ok(place)) =
                    (terms.links.get(&party).cloned(), Arc::clone(&places).acquire_owned().await)
                else {
                    continue;
                };
                let gateway = self.clone();
                let (wake, proofs) = (Arc::clone(&wake), proofs.clone());
                attempts.spawn(async move {
                    let attempt = gateway.push(claim, &link, &proofs).await;
                    drop(place);
                    wake.notify_one();
                    attempt
                });
            }
        }
        while attempts.join_next().await.is_some() {}
    }

    async fn claim_for(&self, party: &PartyId, free: usize) -> Vec<Claim> {
        if free == 0 {
            return Vec::new();
        }
        let (now, lease, party) = (self.now(), self.inner.lease, party.clone());
        let claimed = self
            .inner
            .store
            .write("claim_out", move |tx| {
                let (claims, damaged) = mailbox::claim(tx, Side::Out, &party, free, now, lease)?;
                audit::damaged(tx, &damaged, now)?;
                Ok(claims)
            })
            .await;
        claimed.unwrap_or_else(|error| {
            tracing::error!(%error, "cannot claim messages");
            Vec::new()
        })
    }

    /// One attempt to push one message. Every end of it is durable before it counts.
    async fn push(&self, claim: Claim, link: &Link, proofs: &Proofs) -> Attempt {
        let now = self.now();
        let cover = claim.cover().clone();
        if cover.expires <= now {
            self.fail(claim, "expired").await;
            return Attempt::Answered;
        }
        match link.push(&cover, claim.body().clone(), now).await {
            Ok(answer) => match proofs.ask(Answered::new(&claim, answer)).await {
                Ok(Ok(())) => Attempt::Answered,
                Ok(Err(error)) | Err(error) => {
                    // The partner has it, but gave no valid proof: ask again, its answer is idempotent.
                    self.retry(claim, error.to_string()).await;
                    Attempt::Silent
                }
            },
            Err(PushError::Refused { code, .. }) => {
                self.fail(claim, &code).await;
                Attempt::Answered
            }
            Err(error) => {
                self.retry(claim, error.to_string()).await;
                Attempt::Silent
            }
        }
    }

    /// Verifies partners' stored receipts and settles, all in one transaction.
    async fn stored_all(&self, batch: Vec<Answered>) -> Vec<Result<(), ExchangeError>> {
        let (now, count) = (self.now(), batch.len());
        let checked = self.cpu(move |gateway| {
            let terms = gateway.terms();
            batch.into_iter().map(|answered| gateway.check_stored(answered, &terms, now)).collect::<Vec<_>>()
        });
        let Ok(checked) = checked.await else {
            return (0..count).map(|_| Err(ExchangeError::Stopping)).collect();
        };
        let (proofs, places) = sorted(checked);
        let proofs = Arc::new(proofs);
        let shared = Arc::clone(&proofs);
        let settled = self
            .inner
            .store
            .write("settle_out", move |tx| {
                shared.iter().map(|proof| proof.write(tx)).collect::<Result<Vec<_>, _>>()
            })
            .await;
        let answers: Vec<Result<(), ExchangeError>> = match settled {
            Ok(settled) => {
                proofs.iter().zip(settled).for_each(|(proof, settled)| self.tell_stored(proof, settled));
                proofs.iter().map(|_| Ok(())).collect()
            }
            Err(error) => proofs.iter().map(|_| Err(ExchangeError::Store(error.clone()))).collect(),
        };
        places.with(answers, || ExchangeError::Stopping)
    }

    fn tell_stored(&self, proof: &Proof, settled: Settled) {
        let cover = &proof.cover;
        if settled == Settled::Now {
            self.tell(cover.id, &cover.from, &cover.to, || What::Stored { by: cover.to.clone() });
        }
    }

    fn check_stored(
        &self,
        answered: Answered,
        terms: &Terms,
        now: Timestamp,
    ) -> Result<Proof, ExchangeError> {
        let Answered { ticket, cover, receipt } = answered;
        let signer = terms.certificates(&cover.to)?;
        let steps = &self.inner.steps;
        let verified = steps.time(Step::VerifyReceipt, || acknowledge::verified(&receipt, signer, &cover));
        let statement = verified.map_err(|code| ExchangeError::Unreadable { code })?;
        if statement.stage != Stage::Stored || statement.verdict.code().is_some() {
            return Err(ExchangeError::Unreadable { code: "receipt-mismatch" });
        }
        let row = acknowledge::kept(&statement, Side::Out, &cover, receipt.into_bytes());
        let mut event = audit::Event::new(now, cover.to.as_str(), Action::Transfer);
        (event.message, event.to, event.digest) =
            (Some(cover.id), Some(cover.to.clone()), Some(cover.digest));
        Ok(Proof { ticket, cover, row, entry: event.entry() })
    }

    async fn retry(&self, claim: Claim, reason: String) {
        let (ticket, now) = (claim.ticket(), self.now());
        tracing::warn!(message = %claim.cover().id, to = %claim.cover().to, attempt = claim.attempt(), %reason, "delivery put off");
        // Due at once: the worker as a whole waits for the partner, the message does not wait for itself.
        if let Err(error) = self.inner.store.write("retry_out", move |tx| ticket.retry_at(tx, now)).await {
            tracing::error!(%error, "cannot put a delivery off; its lease will end");
        }
        let cover = claim.cover();
        self.tell(cover.id, &cover.from, &cover.to, || What::Retried { reason });
    }

    /// The message can never be delivered: the agency must learn it.
    async fn fail(&self, claim: Claim, code: &str) {
        let (ticket, now, cover) = (claim.ticket(), self.now(), claim.cover().clone());
        let mut event = audit::Event::new(now, cover.to.as_str(), Action::Fail);
        (event.message, event.to, event.code) =
            (Some(cover.id), Some(cover.to.clone()), Some(code.to_owned()));
        let (reason, entry) = (code.to_owned(), event.entry());
        let (peer, id) = (cover.to.clone(), cover.id);
        let written = self
            .inner
            .store
            .write("fail_out", move |tx| {
                if ticket.fail(tx, &reason)? == Settled::Now {
                    tx.mailbox_drop_body(Side::Out, &peer, id)?;
                    audit::append(tx, &entry)?;
                }
                Ok(())
            })
            .await;
        match written {
            Ok(()) => self.tell(cover.id, &cover.from, &cover.to, || What::Failed { code: code.to_owned() }),
            Err(error) => tracing::error!(%error, "cannot fail a delivery; its lease will end"),
        }
    }

    /// Gives `party` the receipts for what it pushed here, many in one request when many wait.
    pub(super) async fn send_receipts(self, party: PartyId, mut stop: watch::Receiver<bool>) {
        let wake = self.wake(Work::Receipts, &party);
        let mut backoff = Backoff::default();
        while !*stop.borrow() {
            let (now, lease, peer) = (self.now(), self.inner.lease, party.clone());
            let again = now.saturating_add(lease).unwrap_or(now);
            let due = self
                .inner
                .store
                .write("claim_receipts", move |tx| tx.receipt_claim(&peer, RECEIPTS, now, again))
                .await
                .unwrap_or_default();
            let link = self.terms().links.get(&party).cloned();
            let (Some(link), false) = (link, due.is_empty()) else {
                tokio::select! {
                    () = wake.notified() => {}
                    () = tokio::time::sleep(LOOK) => {}
                    () = stopped(&mut stop) => break,
                }
                continue;
            };
            if let Err(error) = self.give_receipts(&link, due).await {
                tracing::warn!(to = %party, reason = %error, "receipts put off");
                let spread = u8::try_from(self.now().subsec_microsecond() % 256).unwrap_or(0);
                tokio::select! {
                    () = tokio::time::sleep(backoff.failed(spread)) => {}
                    () = stopped(&mut stop) => break,
                }
            } else {
                backoff.succeeded();
            }
        }
    }

    async fn give_receipts(&self, link: &Link, due: Vec<crate::store::DueReceipt>) -> Result<(), PushError> {
        let signed: Vec<(MessageId, SignedReceipt)> =
            due.iter().filter_map(|r| Some((r.message, SignedReceipt::parse(&r.signed).ok()?))).collect();
        let seqs: Vec<i64> = due.iter().map(|r| r.seq).collect();
        let now = self.now();
        let answers = match link.receipts(&signed, now).await {
            Ok(answers) => answers,
            Err(error) => {
                let written = self
                    .inner
                    .store
                    .write("return_receipts", move |tx| {
                        seqs.iter().try_for_each(|seq| tx.receipt_due(*seq, now))
                    })
                    .await;
                if let Err(error) = written {
                    tracing::error!(%error, "cannot put receipts off; their lease will end");
                }
                return Err(error);
            }
        };
        for (receipt, answer) in due.iter().zip(&answers) {
            if let Err(code) = answer {
                tracing::warn!(message = %receipt.message, %code, "the partner did not keep a receipt");
            }
        }
        let written = self
            .inner
            .store
            .write("sent_receipts", move |tx| seqs.iter().try_for_each(|seq| tx.receipt_sent(*seq)))
            .await;
        if let Err(error) = written {
            tracing::error!(%error, "cannot note that receipts were sent; they will be sent again");
        }
        Ok(())
    }
}
