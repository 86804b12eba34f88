//! Deliver: claim, push, keep the stored receipt, settle. One worker per partner, so that none waits for another.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;

use super::event::What;
use super::gateway::{Gateway, Work};
use super::{ExchangeError, acknowledge, stopped};
use crate::audit::{self, Action};
use crate::mailbox::{self, Backoff, Claim, Settled};
use crate::message::{MessageId, PartyId};
use crate::receipt::{SignedReceipt, Stage};
use crate::relay::{Link, PushAnswer, PushError};
use crate::store::Side;
use crate::telemetry::Step;

/// How often a worker looks without being woken: another process may have deposited, a lease may have ended.
const LOOK: Duration = Duration::from_secs(1);
/// Receipts in one request.
const RECEIPTS: usize = 256;

/// What an attempt says about the partner.
enum Attempt {
    Answered,
    Silent,
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
                let wake = Arc::clone(&wake);
                attempts.spawn(async move {
                    let attempt = gateway.push(claim, &link).await;
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
                for id in damaged {
                    let mut event = audit::Event::new(now, "gateway", Action::Fail);
                    (event.message, event.code) = (id.parse().ok(), Some("damaged-in-store".to_owned()));
                    audit::append(tx, &event)?;
                }
                Ok(claims)
            })
            .await;
        claimed.unwrap_or_else(|error| {
            tracing::error!(%error, "cannot claim messages");
            Vec::new()
        })
    }

    /// One attempt to push one message. Every end of it is durable before it counts.
    async fn push(&self, claim: Claim, link: &Link) -> Attempt {
        let now = self.now();
        let cover = claim.cover().clone();
        if cover.expires <= now {
            self.fail(claim, "expired").await;
            return Attempt::Answered;
        }
        match link.push(&cover, claim.body().clone(), now).await {
            Ok(answer) => match self.stored(&claim, answer).await {
                Ok(()) => Attempt::Answered,
                Err(error) => {
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

    /// Verifies the partner's stored receipt and settles.
    async fn stored(&self, claim: &Claim, answer: PushAnswer) -> Result<(), ExchangeError> {
        let cover = claim.cover().clone();
        let now = self.now();
        let row = {
            let cover = cover.clone();
            self.cpu(move |gateway| {
                let terms = gateway.terms();
                let certificate = terms.certificate(&cover.to)?;
                let verified = gateway.inner.steps.time(Step::VerifyReceipt, || {
                    acknowledge::verified(&answer.receipt, certificate, &cover)
                });
                let statement = verified.map_err(|code| ExchangeError::Unreadable { code })?;
                if statement.stage != Stage::Stored || statement.verdict.code().is_some() {
                    return Err(ExchangeError::Unreadable { code: "receipt-mismatch" });
                }
                Ok(acknowledge::kept(&statement, Side::Out, &cover, answer.receipt.into_bytes()))
            })
            .await??
        };
        let ticket = claim.ticket();
        let mut event = audit::Event::new(now, cover.to.as_str(), Action::Transfer);
        (event.message, event.to, event.digest) =
            (Some(cover.id), Some(cover.to.clone()), Some(cover.digest));
        let settled = self
            .inner
            .store
            .write("settle_out", move |tx| {
                let settled = ticket.settle(tx)?;
                if tx.receipt_add(&row, None)? {
                    audit::append(tx, &event)?;
                }
                Ok(settled)
            })
            .await?;
        if settled == Settled::Now {
            self.tell(cover.id, &cover.from, &cover.to, What::Stored { by: cover.to.clone() });
        }
        Ok(())
    }

    async fn retry(&self, claim: Claim, reason: String) {
        let (ticket, now) = (claim.ticket(), self.now());
        tracing::warn!(message = %claim.cover().id, to = %claim.cover().to, attempt = claim.attempt(), %reason, "delivery put off");
        // Due at once: the worker as a whole waits for the partner, the message does not wait for itself.
        if let Err(error) = self.inner.store.write("retry_out", move |tx| ticket.retry_at(tx, now)).await {
            tracing::error!(%error, "cannot put a delivery off; its lease will end");
        }
        let cover = claim.cover();
        self.tell(cover.id, &cover.from, &cover.to, What::Retried { reason });
    }

    /// The message can never be delivered: the agency must learn it.
    async fn fail(&self, claim: Claim, code: &str) {
        let (ticket, now, cover) = (claim.ticket(), self.now(), claim.cover().clone());
        let mut event = audit::Event::new(now, cover.to.as_str(), Action::Fail);
        (event.message, event.to, event.code) =
            (Some(cover.id), Some(cover.to.clone()), Some(code.to_owned()));
        let reason = code.to_owned();
        let written = self
            .inner
            .store
            .write("fail_out", move |tx| {
                if ticket.fail(tx, &reason)? == Settled::Now {
                    audit::append(tx, &event)?;
                }
                Ok(())
            })
            .await;
        match written {
            Ok(()) => self.tell(cover.id, &cover.from, &cover.to, What::Failed { code: code.to_owned() }),
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
