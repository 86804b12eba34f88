//! SQL of quotas: how many messages of one kind went in the last window.
//!
//! Counted here and not in memory, in the transaction that sends or settles the message: a restart gives nobody a new
//! burst, nodes that share the store share the count, and what is not committed is not counted.

use jiff::{SignedDuration, Timestamp};
use rusqlite::{OptionalExtension, params};

use super::rows::time;
use super::{Side, StoreError, Tx};
use crate::message::{Kind, PartyId};
use crate::partner::Quota;

/// What is counted: messages of one kind, one way, with one partner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuotaShare {
    pub side: Side,
    pub peer: PartyId,
    pub kind: Kind,
    pub quota: Quota,
}

impl Tx<'_> {
    /// When the next message of the share may go; nothing if it may go now.
    ///
    /// # Errors
    /// [`StoreError::Row`] when a row cannot be read.
    pub fn quota_free_at(&self, share: &QuotaShare, now: Timestamp) -> Result<Option<Timestamp>, StoreError> {
        let QuotaShare { side, peer, kind, quota } = share;
        let window = quota.window();
        // The one that must have left the window before another fits in.
        let oldest = self
            .conn
            .prepare_cached(
                "SELECT at FROM quota_use WHERE side = ?1 AND peer = ?2 AND kind = ?3 AND at > ?4 AND at <= ?5 \
                 ORDER BY at DESC LIMIT 1 OFFSET ?6",
            )?
            .query_row(
                params![
                    *side as i64,
                    peer.as_str(),
                    kind.as_str(),
                    moved(now, -window).as_microsecond(),
                    moved(now, window).as_microsecond(),
                    i64::from(quota.burst.max(1)) - 1
                ],
                |row| row.get(0),
            )
            .optional()?;
        let Some(oldest) = oldest else { return Ok(None) };
        Ok(Some(moved(time(oldest, "at")?, window)))
    }

    /// Counts one message of the share, and forgets those that have left its window.
    ///
    /// # Errors
    /// [`StoreError::Transaction`] when the database refuses.
    pub fn quota_count(&self, share: &QuotaShare, now: Timestamp) -> Result<(), StoreError> {
        let QuotaShare { side, peer, kind, quota } = share;
        let window = quota.window();
        // What lies in the future was counted while the clock was wrong.
        self.conn
            .prepare_cached(
                "DELETE FROM quota_use WHERE side = ?1 AND peer = ?2 AND kind = ?3 AND (at <= ?4 OR at > ?5)",
            )?
            .execute(params![
                *side as i64,
                peer.as_str(),
                kind.as_str(),
                moved(now, -window).as_microsecond(),
                moved(now, window).as_microsecond()
            ])?;
        self.conn
            .prepare_cached("INSERT INTO quota_use (side, peer, kind, at) VALUES (?1, ?2, ?3, ?4)")?
            .execute(params![*side as i64, peer.as_str(), kind.as_str(), now.as_microsecond()])?;
        Ok(())
    }
}

fn moved(at: Timestamp, by: SignedDuration) -> Timestamp {
    at.saturating_add(by).unwrap_or(at)
}
