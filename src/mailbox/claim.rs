//! Leases on waiting messages.

use std::time::Duration;

use bytes::Bytes;
use jiff::Timestamp;

use crate::message::{ConversationId, Cover, MessageId, PartyId};
use crate::store::{MailboxRow, Side, State, StoreError, Tx};

/// The right to work on one message until the lease ends. Whoever works demands one; only [`claim`] makes it.
#[derive(Debug)]
pub struct Claim {
    row: MailboxRow,
    until: Timestamp,
}

/// What became of an attempt to settle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settled {
    Now,
    /// The lease had ended and another worker holds the message: it decides.
    LeaseLost,
}

/// Leases up to `limit` messages between an own agency and `peer`, oldest first. Damaged ones are failed and
/// named in the second part.
///
/// # Errors
/// [`StoreError`] when the database refuses.
pub fn claim(
    tx: &Tx<'_>,
    side: Side,
    peer: &PartyId,
    limit: usize,
    now: Timestamp,
    lease: Duration,
) -> Result<(Vec<Claim>, Vec<String>), StoreError> {
    let until = now.saturating_add(lease).unwrap_or(Timestamp::MAX);
    let claimed = tx.mailbox_claim(side, peer, limit, now, until)?;
    let damaged = claimed.damaged.into_iter().map(|(_, id)| id).collect();
    Ok((claimed.rows.into_iter().map(|row| Claim { row, until }).collect(), damaged))
}

impl Claim {
    #[must_use]
    pub const fn cover(&self) -> &Cover {
        &self.row.cover
    }

    #[must_use]
    pub const fn body(&self) -> &Bytes {
        &self.row.body
    }

    /// How often the message has been claimed, this time included.
    #[must_use]
    pub const fn attempt(&self) -> u32 {
        self.row.attempt
    }

    /// When the lease ends and others may claim the message.
    #[must_use]
    pub const fn until(&self) -> Timestamp {
        self.until
    }

    /// A claim's place in the store, for the transaction that settles it.
    #[must_use]
    pub const fn ticket(&self) -> Ticket {
        Ticket { seq: self.row.seq, attempt: self.row.attempt }
    }
}

/// What a transaction needs of a claim; cheap to copy into it, since the store may run it twice.
#[derive(Debug, Clone, Copy)]
pub struct Ticket {
    seq: i64,
    attempt: u32,
}

impl Ticket {
    /// Ends the wait as done.
    ///
    /// # Errors
    /// [`StoreError`] when the database refuses.
    pub fn settle(self, tx: &Tx<'_>) -> Result<Settled, StoreError> {
        self.end(tx, State::Settled, None, None)
    }

    /// Ends the wait of a message that was opened, noting what it belongs to.
    ///
    /// # Errors
    /// [`StoreError`] when the database refuses.
    pub fn settle_opened(
        self,
        tx: &Tx<'_>,
        conversation: ConversationId,
        reply_to: Option<MessageId>,
    ) -> Result<Settled, StoreError> {
        self.end(tx, State::Settled, None, Some((conversation, reply_to)))
    }

    /// Ends the wait without success, with the reason's code.
    ///
    /// # Errors
    /// [`StoreError`] when the database refuses.
    pub fn fail(self, tx: &Tx<'_>, code: &str) -> Result<Settled, StoreError> {
        self.end(tx, State::Failed, Some(code), None)
    }

    /// Ends the wait of a message that must never be opened further.
    ///
    /// # Errors
    /// [`StoreError`] when the database refuses.
    pub fn quarantine(self, tx: &Tx<'_>, code: &str) -> Result<Settled, StoreError> {
        self.end(tx, State::Quarantined, Some(code), None)
    }

    /// Gives the message back, to be claimed again at `due`.
    ///
    /// # Errors
    /// [`StoreError`] when the database refuses.
    pub fn retry_at(self, tx: &Tx<'_>, due: Timestamp) -> Result<Settled, StoreError> {
        tx.mailbox_return(self.seq, self.attempt, due).map(Settled::from_changed)
    }

    fn end(
        self,
        tx: &Tx<'_>,
        state: State,
        code: Option<&str>,
        links: Option<(ConversationId, Option<MessageId>)>,
    ) -> Result<Settled, StoreError> {
        tx.mailbox_settle(self.seq, self.attempt, state, code, links).map(Settled::from_changed)
    }
}

impl Settled {
    const fn from_changed(changed: bool) -> Self {
        if changed { Self::Now } else { Self::LeaseLost }
    }
}
