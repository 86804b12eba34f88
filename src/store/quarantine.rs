//! SQL of the quarantine.

use jiff::Timestamp;
use rusqlite::params;

use super::{StoreError, Tx};
use crate::message::{PartyId, Sha256};

/// Rows that one peer can fill; the oldest go first, so that a hostile peer cannot fill the disk.
const ROWS_PER_PEER: i64 = 1000;
/// Bytes that one peer can fill.
const BYTES_PER_PEER: i64 = 64 << 20;

/// Something that was refused, kept unopened.
#[derive(Debug, Clone)]
pub struct QuarantineRow {
    /// Who presented it.
    pub peer: PartyId,
    pub at: Timestamp,
    /// Why it was refused.
    pub code: String,
    pub bytes: bytes::Bytes,
}

impl Tx<'_> {
    /// Keeps refused bytes, within the peer's bound.
    ///
    /// # Errors
    /// [`StoreError::Transaction`] when the database refuses.
    pub fn quarantine_add(&self, row: &QuarantineRow) -> Result<(), StoreError> {
        self.conn
            .prepare_cached(
                "INSERT INTO quarantine (peer, at, code, digest, bytes) VALUES (?1, ?2, ?3, ?4, ?5)",
            )?
            .execute(params![
                row.peer.as_str(),
                row.at.as_microsecond(),
                row.code,
                Sha256::of(&row.bytes).as_bytes(),
                &row.bytes[..]
            ])?;
        self.conn
            .prepare_cached(
                "DELETE FROM quarantine WHERE peer = ?1 AND seq <= \
                 (SELECT seq FROM quarantine WHERE peer = ?1 ORDER BY seq DESC LIMIT 1 OFFSET ?2)",
            )?
            .execute(params![row.peer.as_str(), ROWS_PER_PEER])?;
        self.conn
            .prepare_cached(
                "DELETE FROM quarantine WHERE peer = ?1 AND seq <= (SELECT max(seq) FROM \
                 (SELECT seq, sum(length(bytes)) OVER (ORDER BY seq DESC) AS total FROM quarantine \
                 WHERE peer = ?1) WHERE total > ?2)",
            )?
            .execute(params![row.peer.as_str(), BYTES_PER_PEER])?;
        Ok(())
    }

    /// The codes and digests of what a peer has in quarantine, newest first.
    ///
    /// # Errors
    /// [`StoreError::Row`] when a row cannot be read.
    pub fn quarantine_list(&self, peer: &PartyId) -> Result<Vec<(String, Sha256)>, StoreError> {
        let mut select = self.conn.prepare_cached(
            "SELECT code, digest FROM quarantine WHERE peer = ?1 ORDER BY seq DESC LIMIT 1000",
        )?;
        let rows =
            select.query_map(params![peer.as_str()], |row| Ok((row.get(0)?, row.get::<_, [u8; 32]>(1)?)))?;
        let mut out = Vec::new();
        for row in rows {
            let (code, digest) = row?;
            out.push((code, Sha256::from_bytes(digest)));
        }
        Ok(out)
    }
}
