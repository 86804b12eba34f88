//! What stands behind the partner port.

use std::future::Future;
use std::time::Duration;

use bytes::Bytes;

use super::problem::Code;
use crate::message::{Cover, MessageId, PartyId};
use crate::receipt::SignedReceipt;
use crate::tls::Peer;

/// The answers to a partner's requests. `exchange` implements it; the wire knows nothing of what is behind.
pub trait Door: Send + Sync + 'static {
    /// Whether the peer may still speak on its open connection, and now. Asked before every request.
    ///
    /// # Errors
    /// [`Refused`] with the reason's code.
    fn may_speak(&self, peer: &Peer) -> Result<(), Refused>;

    /// Longest sealed message that the peer may send, in bytes.
    fn longest(&self, peer: &Peer) -> usize;

    /// Takes a sealed message into its mailbox. Answers after the commit.
    fn accept(
        &self,
        peer: &Peer,
        cover: Cover,
        sealed: Bytes,
    ) -> impl Future<Output = Result<Acceptance, Refused>> + Send;

    /// The messages that wait for `party` after number `after`; waits up to `wait` for the first.
    fn list(
        &self,
        party: &PartyId,
        after: i64,
        wait: Duration,
    ) -> impl Future<Output = Result<Vec<Listed>, Refused>> + Send;

    /// One waiting message.
    fn fetch(
        &self,
        party: &PartyId,
        id: MessageId,
    ) -> impl Future<Output = Result<(Cover, Bytes), Refused>> + Send;

    /// Takes the recipient's receipt for a message in its mailbox here.
    fn acknowledge(
        &self,
        party: &PartyId,
        id: MessageId,
        receipt: SignedReceipt,
    ) -> impl Future<Output = Result<(), Refused>> + Send;

    /// Takes receipts for messages that were pushed to the peer; one answer for each, in order.
    fn receipts(
        &self,
        peer: &Peer,
        receipts: Vec<(MessageId, SignedReceipt)>,
    ) -> impl Future<Output = Vec<Result<(), Refused>>> + Send;

    /// The receipts for messages that `party` sent, after number `after`.
    fn list_receipts(
        &self,
        party: &PartyId,
        after: i64,
    ) -> impl Future<Output = Result<Vec<ListedReceipt>, Refused>> + Send;
}

/// A message that is in its mailbox, and the proof of it.
#[derive(Debug, Clone)]
pub struct Acceptance {
    /// The *stored* receipt. A repeated message gets the first one again.
    pub receipt: SignedReceipt,
    pub repeated: bool,
}

/// A message that waits.
#[derive(Debug, Clone)]
pub struct Listed {
    pub seq: i64,
    pub cover: Cover,
}

/// A receipt that its reader has not seen.
#[derive(Debug, Clone)]
pub struct ListedReceipt {
    pub seq: i64,
    pub message: MessageId,
    pub receipt: SignedReceipt,
}

/// A request that was refused: a stable code and a sentence that is safe to show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    pub code: Code,
    pub detail: String,
}

impl Refused {
    #[must_use]
    pub fn new(code: Code, detail: impl Into<String>) -> Self {
        Self { code, detail: detail.into() }
    }
}
