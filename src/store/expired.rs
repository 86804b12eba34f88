//! SQL of messages that nobody has taken in time.

use jiff::Timestamp;
use rusqlite::params;

use super::rows::{read_cover, select};
use super::{StoreError, Tx};
use crate::message::Cover;

impl Tx<'_> {
    /// Up to `limit` messages to partners that have expired while they waited: row and cover, longest expired
    /// first. One that a worker holds is left to it until its lease ends.
    ///
    /// # Errors
    /// [`StoreError::Row`] when a row cannot be read.
    pub fn mailbox_expired(&self, now: Timestamp, limit: usize) -> Result<Vec<(i64, Cover)>, StoreError> {
        let mut select = self.conn.prepare_cached(select!(
            "NULL FROM mailbox m WHERE m.side = 0 AND m.state < 2 AND m.expires <= ?1 \
             AND (m.state = 0 OR m.due <= ?1) ORDER BY m.expires LIMIT ?2"
        ))?;
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let rows = select.query_map(params![now.as_microsecond(), limit], |row| Ok(read_cover(row)))?;
        let mut out = Vec::new();
        for row in rows {
            let (seq, _, cover) = row??;
            out.push((seq, cover));
        }
        Ok(out)
    }

    /// Fails a waiting message as expired and removes its body.
    ///
    /// # Errors
    /// [`StoreError::Transaction`] when the database refuses.
    pub fn mailbox_expire(&self, seq: i64) -> Result<(), StoreError> {
        self.conn
            .prepare_cached("UPDATE mailbox SET state = 3, code = 'expired' WHERE seq = ?1")?
            .execute(params![seq])?;
        self.conn.prepare_cached("DELETE FROM body WHERE seq = ?1")?.execute(params![seq])?;
        Ok(())
    }
}
