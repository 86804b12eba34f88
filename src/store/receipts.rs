//! SQL of receipts.

use jiff::Timestamp;
use rusqlite::params;

use super::rows::{message_id, time};
use super::{Side, StoreError, Tx};
use crate::message::{MessageId, PartyId};

/// A receipt to be kept.
#[derive(Debug, Clone)]
pub struct ReceiptRow {
    /// Which way the message went that the receipt is about.
    pub side: Side,
    pub peer: PartyId,
    pub message: MessageId,
    /// The stage's rank: 1 stored, 2 collected, 3 opened, 4 outcome.
    pub stage: u8,
    /// The refusal's code, when the stage was refused.
    pub code: Option<String>,
    pub at: Timestamp,
    pub signed: bytes::Bytes,
}

/// A receipt that waits to be given to the partner.
#[derive(Debug, Clone)]
pub struct DueReceipt {
    pub seq: i64,
    pub message: MessageId,
    pub signed: bytes::Bytes,
}

impl Tx<'_> {
    /// Keeps a receipt. `due`: when to send it to the partner, if it must still be sent. A stage is proved
    /// once: `false` when it already is.
    ///
    /// # Errors
    /// [`StoreError::Transaction`] when the database refuses.
    pub fn receipt_add(&self, row: &ReceiptRow, due: Option<Timestamp>) -> Result<bool, StoreError> {
        let added = self
            .conn
            .prepare_cached(
                "INSERT INTO receipt (side, peer, message, stage, code, at, signed, due) \
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT (side, message, peer, stage) DO NOTHING",
            )?
            .execute(params![
                row.side as i64,
                row.peer.as_str(),
                row.message.as_bytes(),
                row.stage,
                row.code,
                row.at.as_microsecond(),
                &row.signed[..],
                due.map(Timestamp::as_microsecond),
            ])?;
        Ok(added == 1)
    }

    /// The receipts of one message, lowest stage first.
    ///
    /// # Errors
    /// [`StoreError::Row`] when a row cannot be read.
    pub fn receipt_of(
        &self,
        side: Side,
        peer: &PartyId,
        message: MessageId,
    ) -> Result<Vec<ReceiptRow>, StoreError> {
        let mut select = self.conn.prepare_cached(
            "SELECT stage, code, at, signed FROM receipt WHERE side = ?1 AND message = ?2 AND peer = ?3 ORDER BY stage",
        )?;
        let rows = select.query_map(params![side as i64, message.as_bytes(), peer.as_str()], |row| {
            Ok((row.get::<_, u8>(0)?, row.get(1)?, row.get::<_, i64>(2)?, row.get::<_, Vec<u8>>(3)?))
        })?;
        let mut out = Vec::new();
        for row in rows {
            let (stage, code, at, signed) = row?;
            let (peer, at) = (peer.clone(), time(at, "at")?);
            out.push(ReceiptRow { side, peer, message, stage, code, at, signed: signed.into() });
        }
        Ok(out)
    }

    /// Takes up to `limit` receipts that are due for a partner and puts them off until `again`, so that
    /// no other worker sends them meanwhile.
    ///
    /// # Errors
    /// [`StoreError::Row`] when a row cannot be read.
    pub fn receipt_claim(
        &self,
        peer: &PartyId,
        limit: usize,
        now: Timestamp,
        again: Timestamp,
    ) -> Result<Vec<DueReceipt>, StoreError> {
        let mut select = self.conn.prepare_cached(
            "SELECT seq, message, signed FROM receipt WHERE peer = ?1 AND due <= ?2 ORDER BY due LIMIT ?3",
        )?;
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let due = read_due(&mut select, params![peer.as_str(), now.as_microsecond(), limit])?;
        let mut lease = self.conn.prepare_cached("UPDATE receipt SET due = ?2 WHERE seq = ?1")?;
        for receipt in &due {
            lease.execute(params![receipt.seq, again.as_microsecond()])?;
        }
        Ok(due)
    }

    /// The receipts after `after` that a polling partner has not confirmed.
    ///
    /// # Errors
    /// [`StoreError::Row`] when a row cannot be read.
    pub fn receipt_list(
        &self,
        peer: &PartyId,
        after: i64,
        limit: usize,
    ) -> Result<Vec<DueReceipt>, StoreError> {
        let mut select = self.conn.prepare_cached(
            "SELECT seq, message, signed FROM receipt WHERE peer = ?1 AND side = 1 AND seq > ?2 ORDER BY seq LIMIT ?3",
        )?;
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        read_due(&mut select, params![peer.as_str(), after, limit])
    }

    /// The receipt is to be sent at `due`.
    ///
    /// # Errors
    /// [`StoreError::Transaction`] when the database refuses.
    pub fn receipt_due(&self, seq: i64, due: Timestamp) -> Result<(), StoreError> {
        self.conn
            .prepare_cached("UPDATE receipt SET due = ?2 WHERE seq = ?1 AND due IS NOT NULL")?
            .execute(params![seq, due.as_microsecond()])?;
        Ok(())
    }

    /// The partner has this receipt.
    ///
    /// # Errors
    /// [`StoreError::Transaction`] when the database refuses.
    pub fn receipt_sent(&self, seq: i64) -> Result<(), StoreError> {
        self.conn.prepare_cached("UPDATE receipt SET due = NULL WHERE seq = ?1")?.execute(params![seq])?;
        Ok(())
    }

    /// How many messages of a side have reached each stage, and how many were refused there:
    /// stored, collected, opened, outcome.
    ///
    /// # Errors
    /// [`StoreError::Transaction`] when the database refuses.
    pub fn receipt_counts(&self, side: Side) -> Result<[(u64, u64); 4], StoreError> {
        let mut counts = [(0, 0); 4];
        let mut select = self.conn.prepare_cached(
            "SELECT stage, count(*) - count(code), count(code) FROM receipt WHERE side = ?1 GROUP BY stage",
        )?;
        let rows = select.query_map(params![side as i64], |row| {
            Ok((row.get::<_, usize>(0)?, row.get::<_, u64>(1)?, row.get::<_, u64>(2)?))
        })?;
        for row in rows {
            let (stage, done, refused) = row?;
            if let Some(slot) = stage.checked_sub(1).and_then(|i| counts.get_mut(i)) {
                *slot = (done, refused);
            }
        }
        Ok(counts)
    }
}

fn read_due(
    select: &mut rusqlite::CachedStatement<'_>,
    params: impl rusqlite::Params,
) -> Result<Vec<DueReceipt>, StoreError> {
    let rows = select.query_map(params, |row| {
        Ok((row.get::<_, i64>(0)?, row.get::<_, Vec<u8>>(1)?, row.get::<_, Vec<u8>>(2)?))
    })?;
    let mut out = Vec::new();
    for row in rows {
        let (seq, message, signed) = row?;
        out.push(DueReceipt { seq, message: message_id(&message)?, signed: signed.into() });
    }
    Ok(out)
}
