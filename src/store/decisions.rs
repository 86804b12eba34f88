//! SQL of recorded decisions and of the data keys that seal them.

use jiff::Timestamp;
use rusqlite::{OptionalExtension, Row, params};

use super::rows::{message_id, party, time};
use super::{StoreError, Tx};
use crate::message::{MessageId, PartyId, Sha256};

/// Decisions in one answer of the store.
const PAGE: i64 = 500;

/// One decision, sealed by its agency's data key.
#[derive(Debug, Clone)]
pub struct DecisionRow {
    pub message: MessageId,
    pub own: PartyId,
    pub peer: PartyId,
    pub at: Timestamp,
    /// Version of rules and agreements.
    pub version: String,
    pub sealed: bytes::Bytes,
    /// Of the decision about a request: its keyed digest.
    pub request: Option<Sha256>,
}

/// A data key, and the fingerprint of the OpenPGP key that it is wrapped to.
#[derive(Debug, Clone)]
pub struct VaultRow {
    pub fingerprint: String,
    pub wrapped: Vec<u8>,
}

impl Tx<'_> {
    /// Keeps a decision.
    ///
    /// # Errors
    /// [`StoreError::Transaction`] when the database refuses.
    pub fn decision_add(&self, row: &DecisionRow) -> Result<(), StoreError> {
        self.conn
            .prepare_cached(
                "INSERT INTO decision (message, own, peer, at, version, sealed, request) \
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            )?
            .execute(params![
                row.message.as_bytes(),
                row.own.as_str(),
                row.peer.as_str(),
                row.at.as_microsecond(),
                row.version,
                &row.sealed[..],
                row.request.as_ref().map(|digest| &digest.as_bytes()[..])
            ])?;
        Ok(())
    }

    /// Whether the first request under an id was this one of this agency; nothing if the id is new.
    ///
    /// # Errors
    /// [`StoreError::Transaction`] when the database refuses.
    pub fn decision_asked(
        &self,
        message: MessageId,
        own: &PartyId,
        request: Sha256,
    ) -> Result<Option<bool>, StoreError> {
        let found = self
            .conn
            .prepare_cached(
                "SELECT own = ?2 AND request = ?3 FROM decision WHERE message = ?1 AND request IS NOT NULL \
                 ORDER BY seq LIMIT 1",
            )?
            .query_row(params![message.as_bytes(), own.as_str(), &request.as_bytes()[..]], |row| row.get(0))
            .optional()?;
        Ok(found)
    }

    /// The decisions about a message, oldest first, at most 500.
    ///
    /// # Errors
    /// [`StoreError::Row`] when a row cannot be read.
    pub fn decision_list(&self, message: MessageId) -> Result<Vec<DecisionRow>, StoreError> {
        let mut select = self.conn.prepare_cached(
            "SELECT seq, message, own, peer, at, version, sealed, request FROM decision WHERE message = ?1 \
             ORDER BY seq LIMIT ?2",
        )?;
        let rows = select.query_map(params![message.as_bytes(), PAGE], raw)?;
        rows.map(|row| Ok(decision(row?)?.1)).collect()
    }

    /// The decisions since `since` with a number above `after`, at most 500, each with its number.
    ///
    /// # Errors
    /// [`StoreError::Row`] when a row cannot be read.
    pub fn decision_page(&self, since: Timestamp, after: i64) -> Result<Vec<(i64, DecisionRow)>, StoreError> {
        let mut select = self.conn.prepare_cached(
            "SELECT seq, message, own, peer, at, version, sealed, request FROM decision \
             WHERE at >= ?1 AND seq > ?2 ORDER BY seq LIMIT ?3",
        )?;
        let rows = select.query_map(params![since.as_microsecond(), after, PAGE], raw)?;
        rows.map(|row| decision(row?)).collect()
    }

    /// The wrapped data key of an agency.
    ///
    /// # Errors
    /// [`StoreError::Transaction`] when the database refuses.
    pub fn vault_find(&self, own: &PartyId) -> Result<Option<VaultRow>, StoreError> {
        let found = self
            .conn
            .prepare_cached("SELECT fingerprint, wrapped FROM vault WHERE own = ?1")?
            .query_row(params![own.as_str()], |row| {
                Ok(VaultRow { fingerprint: row.get(0)?, wrapped: row.get(1)? })
            })
            .optional()?;
        Ok(found)
    }

    /// Keeps the first data key of an agency; one that is there already stays.
    ///
    /// # Errors
    /// [`StoreError::Transaction`] when the database refuses.
    pub fn vault_add(&self, own: &PartyId, row: &VaultRow) -> Result<(), StoreError> {
        self.conn
            .prepare_cached(
                "INSERT INTO vault (own, fingerprint, wrapped) VALUES (?1, ?2, ?3) ON CONFLICT (own) DO NOTHING",
            )?
            .execute(params![own.as_str(), row.fingerprint, row.wrapped])?;
        Ok(())
    }

    /// Replaces the wrapping of the same data key, unless another node has done so.
    ///
    /// # Errors
    /// [`StoreError::Transaction`] when the database refuses.
    pub fn vault_rewrap(&self, own: &PartyId, old: &str, row: &VaultRow) -> Result<(), StoreError> {
        self.conn
            .prepare_cached(
                "UPDATE vault SET fingerprint = ?3, wrapped = ?4 WHERE own = ?1 AND fingerprint = ?2",
            )?
            .execute(params![own.as_str(), old, row.fingerprint, row.wrapped])?;
        Ok(())
    }
}

type Raw = (i64, Vec<u8>, String, String, i64, String, Vec<u8>, Option<Vec<u8>>);

fn raw(row: &Row<'_>) -> rusqlite::Result<Raw> {
    Ok((
        row.get(0)?,
        row.get(1)?,
        row.get(2)?,
        row.get(3)?,
        row.get(4)?,
        row.get(5)?,
        row.get(6)?,
        row.get(7)?,
    ))
}

fn decision(
    (seq, message, own, peer, at, version, sealed, request): Raw,
) -> Result<(i64, DecisionRow), StoreError> {
    let row = DecisionRow {
        message: message_id(&message)?,
        own: party(&own, "own")?,
        peer: party(&peer, "peer")?,
        at: time(at, "at")?,
        version,
        sealed: sealed.into(),
        // One from before there were digests is of no length: it is some request's, and like none.
        request: request.map(|bytes| Sha256::from_bytes(bytes.try_into().unwrap_or_default())),
    };
    Ok((seq, row))
}
