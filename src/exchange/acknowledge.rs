//! What a partner's receipt does to a message that was sent to it.

use bytes::Bytes;
use jiff::Timestamp;

use super::ExchangeError;
use super::batch::sorted;
use super::event::What;
use super::gateway::Gateway;
use crate::audit::{self, Action};
use crate::message::{Cover, MessageId, PartyId};
use crate::receipt::{self, SignedReceipt, Stage, Statement};
use crate::relay::{Code, Refused};
use crate::seal::Certificates;
use crate::store::{ReceiptRow, Side, State, StoreError, Tx};
use crate::telemetry::Step;

/// Holds a receipt against its signer and its message.
pub(super) fn verified(
    receipt: &SignedReceipt,
    signer: &Certificates,
    cover: &Cover,
) -> Result<Statement, &'static str> {
    let statement = receipt::verify(receipt, signer).map_err(|refusal| refusal.code())?;
    receipt::matches(&statement, cover).map_err(|_| "receipt-mismatch")?;
    Ok(statement)
}

/// A verified receipt as the store keeps it.
pub(super) fn kept(statement: &Statement, side: Side, cover: &Cover, signed: Bytes) -> ReceiptRow {
    ReceiptRow {
        side,
        peer: side.peer(cover).clone(),
        message: cover.id,
        stage: statement.stage.rank(),
        code: statement.verdict.code().map(str::to_owned),
        at: statement.at,
        signed,
    }
}

/// A verified receipt and what it changes.
struct Effect {
    row: ReceiptRow,
    statement: Statement,
    cover: Cover,
    entry: audit::Entry,
}

impl Gateway {
    /// Takes receipts of partners for messages that went to them, all in one transaction.
    pub(super) async fn take_receipts(
        &self,
        parties: &[PartyId],
        receipts: Vec<(MessageId, SignedReceipt)>,
    ) -> Vec<Result<(), Refused>> {
        let count = receipts.len();
        let internal = |error: &dyn std::fmt::Display| {
            tracing::error!(%error, "cannot keep receipts");
            Refused::new(Code::Internal, "send the receipts again")
        };
        let checked = match self.check_receipts(parties, receipts).await {
            Ok(checked) => checked,
            Err(error) => return (0..count).map(|_| Err(internal(&error))).collect(),
        };
        let (effects, places) = sorted(checked);
        let effects = std::sync::Arc::new(effects);
        let shared = std::sync::Arc::clone(&effects);
        let written = self
            .inner
            .store
            .write("keep_receipts", move |tx| {
                shared.iter().map(|e| e.apply(tx)).collect::<Result<Vec<_>, _>>()
            })
            .await;
        let answers: Vec<Result<(), Refused>> = match written {
            Ok(new) => {
                effects
                    .iter()
                    .zip(new)
                    .filter(|(_, new)| *new)
                    .for_each(|(effect, _)| self.tell_receipt(effect));
                effects.iter().map(|_| Ok(())).collect()
            }
            Err(error) => effects.iter().map(|_| Err(internal(&error))).collect(),
        };
        places.with(answers, || Refused::new(Code::Internal, "send the receipts again"))
    }

    async fn check_receipts(
        &self,
        parties: &[PartyId],
        receipts: Vec<(MessageId, SignedReceipt)>,
    ) -> Result<Vec<Result<Effect, Refused>>, ExchangeError> {
        let named: Vec<MessageId> = receipts.iter().map(|(id, _)| *id).collect();
        let peers = parties.to_vec();
        let covers = self
            .inner
            .store
            .read(move |tx| {
                let find = |id: MessageId| -> Result<Option<Cover>, StoreError> {
                    for peer in &peers {
                        if let Some(cover) = tx.mailbox_cover(Side::Out, peer, id)? {
                            return Ok(Some(cover));
                        }
                    }
                    Ok(None)
                };
                named.into_iter().map(find).collect::<Result<Vec<_>, _>>()
            })
            .await?;
        let now = self.now();
        self.cpu(move |gateway| {
            let terms = gateway.terms();
            receipts
                .into_iter()
                .zip(covers)
                .map(|((_, receipt), cover)| {
                    let mismatch = || {
                        Refused::new(
                            Code::ReceiptMismatch,
                            "no message of that id and digest went to the party",
                        )
                    };
                    let cover = cover.ok_or_else(mismatch)?;
                    let signer = terms.certificates.get(&cover.to);
                    let signer = signer.ok_or_else(|| {
                        Refused::new(Code::NoAgreement, "no OpenPGP certificate of the party is known")
                    })?;
                    let timer = gateway.inner.steps.start(Step::VerifyReceipt);
                    let statement = verified(&receipt, signer, &cover);
                    timer.stop();
                    let statement = statement.map_err(|code| match code {
                        "receipt-mismatch" => mismatch(),
                        code => {
                            Refused::new(Code::BadReceipt, format!("the receipt was not accepted (`{code}`)"))
                        }
                    })?;
                    Ok(Effect::new(statement, cover, receipt.into_bytes(), now))
                })
                .collect()
        })
        .await
    }

    fn tell_receipt(&self, effect: &Effect) {
        let (cover, by) = (&effect.cover, effect.statement.by.clone());
        let what = match (effect.statement.verdict.code(), effect.statement.stage) {
            (Some(code), stage) => What::ReceiptRefused { by, stage: stage.as_str(), code: code.to_owned() },
            (None, Stage::Stored) => What::Stored { by },
            (None, Stage::Collected) => What::Collected { by },
            (None, Stage::Opened) => What::Opened { by },
            (None, Stage::Outcome) => What::Outcome { by },
        };
        self.tell(cover.id, &cover.from, &cover.to, || what);
    }
}

impl Effect {
    fn new(statement: Statement, cover: Cover, signed: Bytes, now: Timestamp) -> Self {
        let action = if statement.verdict.code().is_some() { Action::Fail } else { Action::Collect };
        let mut event = audit::Event::new(now, statement.by.as_str(), action);
        (event.message, event.to) = (Some(cover.id), Some(cover.to.clone()));
        event.code = statement.verdict.code().map(str::to_owned);
        event.stage = Some(statement.stage.as_str());
        let entry = event.entry();
        Self { row: kept(&statement, Side::Out, &cover, signed), statement, cover, entry }
    }

    /// `true` when the receipt is new.
    fn apply(&self, tx: &Tx<'_>) -> Result<bool, StoreError> {
        if !tx.receipt_add(&self.row, None)? {
            return Ok(false);
        }
        audit::append(tx, &self.entry)?;
        let (peer, id) = (&self.cover.to, self.cover.id);
        match (&self.row.code, self.statement.stage) {
            (Some(code), _) => {
                tx.mailbox_refused(peer, id, code)?;
                tx.mailbox_drop_body(Side::Out, peer, id)?;
            }
            (None, Stage::Opened | Stage::Outcome) => {
                tx.mailbox_acknowledge(peer, id, State::Settled)?;
                tx.mailbox_drop_body(Side::Out, peer, id)?;
            }
            (None, Stage::Stored | Stage::Collected) => {}
        }
        Ok(true)
    }
}
