//! SQL of the audit log.

use rusqlite::{OptionalExtension, params};

use super::{StoreError, Tx};

/// An entry's number, text and hash.
type AuditRow = (u64, Vec<u8>, [u8; 32]);

impl Tx<'_> {
    /// The number and hash of the newest entry.
    ///
    /// # Errors
    /// [`StoreError::Transaction`] when the database refuses.
    pub fn audit_head(&self) -> Result<Option<(u64, [u8; 32])>, StoreError> {
        if let Some(head) = self.audit_head.get() {
            return Ok(Some(head));
        }
        let head = self
            .conn
            .prepare_cached("SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1")?
            .query_row([], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        Ok(head)
    }

    /// Adds an entry; its number must be the next one.
    ///
    /// # Errors
    /// [`StoreError::Transaction`] when the number is taken.
    pub fn audit_add(&self, seq: u64, entry: &[u8], hash: &[u8; 32]) -> Result<(), StoreError> {
        self.conn
            .prepare_cached("INSERT INTO audit (seq, entry, hash) VALUES (?1, ?2, ?3)")?
            .execute(params![seq, entry, hash])?;
        self.audit_head.set(Some((seq, *hash)));
        Ok(())
    }

    /// Entries after `after`, oldest first: number, entry, hash.
    ///
    /// # Errors
    /// [`StoreError::Transaction`] when the database refuses.
    pub fn audit_list(&self, after: u64, limit: usize) -> Result<Vec<AuditRow>, StoreError> {
        let mut select = self
            .conn
            .prepare_cached("SELECT seq, entry, hash FROM audit WHERE seq > ?1 ORDER BY seq LIMIT ?2")?;
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let rows =
            select.query_map(params![after, limit], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}
