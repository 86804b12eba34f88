//! SQL of what agencies must delete in their own systems, and certify.

use jiff::Timestamp;
use rusqlite::{OptionalExtension, params};

use super::rows::{message_id, optional_id, party, time, word};
use super::{StoreError, Tx};
use crate::message::{MessageId, PartyId, Reason};

/// A partner's message that its receiver must delete.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewDuty {
    pub own: PartyId,
    pub peer: PartyId,
    /// The message to be deleted.
    pub message: MessageId,
    /// Whether such a message of that partner came here.
    pub held: bool,
    pub why: Reason,
    pub since: Timestamp,
    /// The partner's erase message; none when the time of deletion has passed.
    pub erase: Option<MessageId>,
}

/// A duty and its answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DutyRow {
    pub duty: NewDuty,
    pub certificate: Option<MessageId>,
}

impl Tx<'_> {
    /// Notes a duty. One that stands is renewed by an erase message only: the partner wants a certificate about that.
    ///
    /// # Errors
    /// [`StoreError::Transaction`] when the database refuses.
    pub fn duty_add(&self, duty: &NewDuty) -> Result<(), StoreError> {
        self.conn
            .prepare_cached(
                "INSERT INTO duty (own, peer, message, held, why, since, erase) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) \
                 ON CONFLICT (message, peer, own) DO UPDATE SET why = excluded.why, since = excluded.since, \
                 erase = excluded.erase, certificate = NULL WHERE excluded.erase IS NOT NULL",
            )?
            .execute(params![
                duty.own.as_str(),
                duty.peer.as_str(),
                duty.message.as_bytes(),
                duty.held,
                duty.why.as_str(),
                duty.since.as_microsecond(),
                duty.erase.as_ref().map(MessageId::as_bytes),
            ])?;
        Ok(())
    }

    /// The duty about a message, by its id or that of the erase message; of one partner or of any. One that waits goes
    /// first.
    ///
    /// # Errors
    /// [`StoreError::Row`] when the row cannot be read.
    pub fn duty_of(
        &self,
        own: &PartyId,
        peer: Option<&PartyId>,
        about: MessageId,
    ) -> Result<Option<DutyRow>, StoreError> {
        let found = self
            .conn
            .prepare_cached(
                "SELECT own, peer, message, held, why, since, erase, certificate FROM duty \
                 WHERE own = ?1 AND (?2 IS NULL OR peer = ?2) AND (message = ?3 OR erase = ?3) \
                 ORDER BY certificate IS NOT NULL, seq LIMIT 1",
            )?
            .query_row(params![own.as_str(), peer.map(PartyId::as_str), about.as_bytes()], |row| {
                Ok(read(row))
            })
            .optional()?;
        found.transpose()
    }

    /// The partner's message came here after it had to be erased.
    ///
    /// # Errors
    /// [`StoreError::Transaction`] when the database refuses.
    pub fn duty_held(&self, own: &PartyId, peer: &PartyId, message: MessageId) -> Result<(), StoreError> {
        self.conn
            .prepare_cached("UPDATE duty SET held = 1 WHERE own = ?1 AND peer = ?2 AND message = ?3")?
            .execute(params![own.as_str(), peer.as_str(), message.as_bytes()])?;
        Ok(())
    }

    /// The agency has answered. `about` is the message or the erase message. `false` when no duty waits for it.
    ///
    /// # Errors
    /// [`StoreError::Transaction`] when the database refuses.
    pub fn duty_certified(
        &self,
        own: &PartyId,
        peer: &PartyId,
        about: MessageId,
        certificate: MessageId,
    ) -> Result<bool, StoreError> {
        let changed = self
            .conn
            .prepare_cached(
                "UPDATE duty SET certificate = ?4 WHERE own = ?1 AND peer = ?2 AND (message = ?3 OR erase = ?3) \
                 AND certificate IS NULL",
            )?
            .execute(params![own.as_str(), peer.as_str(), about.as_bytes(), certificate.as_bytes()])?;
        Ok(changed > 0)
    }

    /// What an agency must still delete and certify, oldest first.
    ///
    /// # Errors
    /// [`StoreError::Row`] when a row cannot be read.
    pub fn duty_list(&self, own: &PartyId, limit: usize) -> Result<Vec<DutyRow>, StoreError> {
        let mut select = self.conn.prepare_cached(
            "SELECT own, peer, message, held, why, since, erase, certificate FROM duty \
             WHERE own = ?1 AND certificate IS NULL ORDER BY seq LIMIT ?2",
        )?;
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let rows = select.query_map(params![own.as_str(), limit], |row| Ok(read(row)))?;
        rows.map(|row| row?).collect()
    }
}

fn read(row: &rusqlite::Row<'_>) -> Result<DutyRow, StoreError> {
    let text = |index: usize| row.get::<_, String>(index);
    let duty = NewDuty {
        own: party(&text(0)?, "own")?,
        peer: party(&text(1)?, "peer")?,
        message: message_id(&row.get::<_, Vec<u8>>(2)?)?,
        held: row.get(3)?,
        why: word(&text(4)?, "why")?,
        since: time(row.get(5)?, "since")?,
        erase: optional_id(row.get(6)?)?,
    };
    Ok(DutyRow { duty, certificate: optional_id(row.get(7)?)? })
}
