//! SQL of what was disclosed to whom, and of its erasure.

use jiff::Timestamp;
use rusqlite::{OptionalExtension, Row, params};

use super::rows::{message_id, optional_id, optional_time, party, time, word};
use super::{StoreError, Tx};
use crate::message::{MessageId, PartyId, Reason};

/// A message with records that leaves.
#[derive(Debug, Clone)]
pub struct NewDisclosure {
    pub own: PartyId,
    pub peer: PartyId,
    pub message: MessageId,
    pub at: Timestamp,
    pub delete_by: Timestamp,
    /// Earliest end of a consent that it rests on.
    pub consent_until: Option<Timestamp>,
    /// The cases and persons in it, sealed to the agency itself.
    pub sealed: bytes::Bytes,
    /// Received messages whose content it passes on, with their providers.
    pub sources: Vec<(PartyId, MessageId)>,
}

/// How far the erasure of a disclosed message has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DisclosureState {
    /// The partner may keep it.
    Live = 0,
    /// The partner was told to erase it.
    EraseSent = 1,
    /// The partner should have certified the erasure, or could not be told.
    Overdue = 2,
    /// The partner has certified that it is gone.
    Erased = 3,
}

/// A disclosed message, without what is sealed of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DisclosureRow {
    pub seq: i64,
    pub own: PartyId,
    pub peer: PartyId,
    pub message: MessageId,
    pub disclosed: Timestamp,
    pub delete_by: Timestamp,
    pub consent_until: Option<Timestamp>,
    pub state: DisclosureState,
    /// Why it must be erased; none while the partner may keep it.
    pub why: Option<Reason>,
    /// Since when it must be erased.
    pub since: Option<Timestamp>,
    pub erase: Option<MessageId>,
    pub certificate: Option<MessageId>,
    /// What stands in the way, or what the certificate says.
    pub code: Option<String>,
    pub escalations: u32,
    pub due: Option<Timestamp>,
}

/// An erase message that goes out.
#[derive(Debug, Clone)]
pub struct EraseRow {
    pub own: PartyId,
    pub peer: PartyId,
    /// The message to be erased.
    pub message: MessageId,
    pub erase: MessageId,
    pub why: Reason,
    pub at: Timestamp,
    /// When the certificate is overdue.
    pub due: Timestamp,
}

/// Why a disclosed message is not erased yet, and when to look at it again.
#[derive(Debug, Clone)]
pub struct Hindrance {
    pub code: String,
    /// When to look again; never when nobody needs another reminder.
    pub again: Option<Timestamp>,
    pub why: Reason,
    pub since: Timestamp,
}

macro_rules! columns {
    ($rest:literal) => {
        concat!(
            "SELECT seq, own, peer, message, disclosed, delete_by, consent_until, state, why, since, erase, certificate, ",
            "code, escalations, due FROM disclosure ",
            $rest
        )
    };
}

impl Tx<'_> {
    /// Notes that a message leaves; the worker looks at it when its time of deletion or a consent ends.
    ///
    /// # Errors
    /// [`StoreError::Transaction`] when the database refuses.
    pub fn disclosure_add(&self, row: &NewDisclosure) -> Result<(), StoreError> {
        let due = row.consent_until.map_or(row.delete_by, |until| until.min(row.delete_by));
        self.conn
            .prepare_cached(
                "INSERT INTO disclosure (own, peer, message, disclosed, delete_by, consent_until, sealed, state, due) \
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 0, ?8)",
            )?
            .execute(params![
                row.own.as_str(),
                row.peer.as_str(),
                row.message.as_bytes(),
                row.at.as_microsecond(),
                row.delete_by.as_microsecond(),
                row.consent_until.map(Timestamp::as_microsecond),
                &row.sealed[..],
                due.as_microsecond(),
            ])?;
        let mut insert = self.conn.prepare_cached(
            "INSERT INTO passed_on (own, provider, source, message) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING",
        )?;
        for (provider, source) in &row.sources {
            insert.execute(params![
                row.own.as_str(),
                provider.as_str(),
                source.as_bytes(),
                row.message.as_bytes()
            ])?;
        }
        Ok(())
    }

    /// One disclosed message of an agency.
    ///
    /// # Errors
    /// [`StoreError::Row`] when the row cannot be read.
    pub fn disclosure_of(
        &self,
        own: &PartyId,
        peer: &PartyId,
        message: MessageId,
    ) -> Result<Option<DisclosureRow>, StoreError> {
        let found = self
            .conn
            .prepare_cached(columns!("WHERE message = ?1 AND peer = ?2 AND own = ?3"))?
            .query_row(params![message.as_bytes(), peer.as_str(), own.as_str()], |row| Ok(read(row)))
            .optional()?;
        found.transpose()
    }

    /// The agency's messages that no certificate settles yet and whose erasure nobody has sent, after number `after`,
    /// each with what is sealed of it.
    ///
    /// # Errors
    /// [`StoreError::Row`] when a row cannot be read.
    pub fn disclosure_live(
        &self,
        own: &PartyId,
        after: i64,
        limit: usize,
    ) -> Result<Vec<(DisclosureRow, Vec<u8>)>, StoreError> {
        let mut select = self.conn.prepare_cached(
            "SELECT seq, own, peer, message, disclosed, delete_by, consent_until, state, why, since, erase, certificate, \
             code, escalations, due, sealed FROM disclosure \
             WHERE own = ?1 AND seq > ?2 AND state < 3 AND erase IS NULL ORDER BY seq LIMIT ?3",
        )?;
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let rows =
            select.query_map(params![own.as_str(), after, limit], |row| Ok((read(row), row.get(15)?)))?;
        let mut out = Vec::new();
        for row in rows {
            let (row, sealed) = row?;
            out.push((row?, sealed));
        }
        Ok(out)
    }

    /// What the worker must look at now, longest due first: the ends of consents and times of deletion, certificates
    /// that have not come, erase messages that cannot arrive.
    ///
    /// # Errors
    /// [`StoreError::Row`] when a row cannot be read.
    pub fn disclosure_due(&self, now: Timestamp, limit: usize) -> Result<Vec<DisclosureRow>, StoreError> {
        let mut select = self.conn.prepare_cached(columns!("WHERE due <= ?1 ORDER BY due LIMIT ?2"))?;
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let rows = select.query_map(params![now.as_microsecond(), limit], |row| Ok(read(row)))?;
        rows.map(|row| row?).collect()
    }

    /// Notes that `erase` goes out in this transaction. A disclosure has one: the earlier one's id when there is one
    /// already, and then this one must not go. Nothing when the message was not disclosed, or is gone.
    ///
    /// # Errors
    /// [`StoreError::Row`] when the row cannot be read.
    pub fn disclosure_claim(&self, erase: &EraseRow) -> Result<Option<MessageId>, StoreError> {
        let changed = self
            .conn
            .prepare_cached(
                "UPDATE disclosure SET state = 1, erase = ?4, why = ?5, since = coalesce(since, ?6), code = NULL, \
                 due = ?7 WHERE own = ?1 AND peer = ?2 AND message = ?3 AND erase IS NULL AND state < 3",
            )?
            .execute(params![
                erase.own.as_str(),
                erase.peer.as_str(),
                erase.message.as_bytes(),
                erase.erase.as_bytes(),
                erase.why.as_str(),
                erase.at.as_microsecond(),
                erase.due.as_microsecond()
            ])?;
        if changed == 1 {
            return Ok(None);
        }
        Ok(self.disclosure_of(&erase.own, &erase.peer, erase.message)?.and_then(|row| row.erase))
    }

    /// Puts an erasure off, one escalation more. `false` when the disclosure is no longer as it was read: another node
    /// or a certificate was quicker.
    ///
    /// # Errors
    /// [`StoreError::Transaction`] when the database refuses.
    pub fn disclosure_escalate(
        &self,
        read: &DisclosureRow,
        hindrance: &Hindrance,
    ) -> Result<bool, StoreError> {
        let changed = self
            .conn
            .prepare_cached(
                "UPDATE disclosure SET state = 2, code = ?4, due = ?5, why = ?6, since = coalesce(since, ?7), \
                 escalations = escalations + 1 \
                 WHERE seq = ?1 AND state = ?2 AND escalations = ?3 AND erase IS ?8",
            )?
            .execute(params![
                read.seq,
                read.state as i64,
                read.escalations,
                hindrance.code,
                hindrance.again.map(Timestamp::as_microsecond),
                hindrance.why.as_str(),
                hindrance.since.as_microsecond(),
                read.erase.as_ref().map(MessageId::as_bytes),
            ])?;
        Ok(changed == 1)
    }

    /// The partner certifies: `about` is the erase message, or the disclosed message itself. What is sealed of it is
    /// removed. Returns the disclosed message; nothing when nothing of that partner waits for this certificate.
    ///
    /// # Errors
    /// [`StoreError::Row`] when the row cannot be read.
    pub fn disclosure_settle(
        &self,
        own: &PartyId,
        peer: &PartyId,
        about: MessageId,
        certificate: MessageId,
        said: Reason,
    ) -> Result<Option<MessageId>, StoreError> {
        let settled = self
            .conn
            .prepare_cached(
                "UPDATE disclosure SET state = 3, certificate = ?4, code = ?5, due = NULL, sealed = x'' \
                 WHERE own = ?1 AND peer = ?2 AND (erase = ?3 OR message = ?3) AND state < 3 RETURNING message",
            )?
            .query_row(
                params![
                    own.as_str(),
                    peer.as_str(),
                    about.as_bytes(),
                    certificate.as_bytes(),
                    said.as_str()
                ],
                |row| row.get::<_, Vec<u8>>(0),
            )
            .optional()?;
        optional_id(settled)
    }

    /// A source must be erased: so must every message that passed its content on. Returns how many are due now.
    ///
    /// # Errors
    /// [`StoreError::Transaction`] when the database refuses.
    pub fn disclosure_source_gone(
        &self,
        own: &PartyId,
        provider: &PartyId,
        source: MessageId,
        why: Reason,
        now: Timestamp,
    ) -> Result<usize, StoreError> {
        let changed = self
            .conn
            .prepare_cached(
                "UPDATE disclosure SET why = ?4, since = ?5, due = ?5 \
                 WHERE own = ?1 AND state = 0 AND erase IS NULL AND message IN \
                 (SELECT message FROM passed_on WHERE own = ?1 AND provider = ?2 AND source = ?3)",
            )?
            .execute(params![
                own.as_str(),
                provider.as_str(),
                source.as_bytes(),
                why.as_str(),
                now.as_microsecond()
            ])?;
        Ok(changed)
    }

    /// An agency's messages that must be erased and are not settled, oldest first.
    ///
    /// # Errors
    /// [`StoreError::Row`] when a row cannot be read.
    pub fn disclosure_open(&self, own: &PartyId, limit: usize) -> Result<Vec<DisclosureRow>, StoreError> {
        let mut select = self.conn.prepare_cached(columns!(
            "WHERE own = ?1 AND state < 3 AND why IS NOT NULL ORDER BY seq LIMIT ?2"
        ))?;
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let rows = select.query_map(params![own.as_str(), limit], |row| Ok(read(row)))?;
        rows.map(|row| row?).collect()
    }

    /// Disclosures whose erase message will not arrive, each with the reason's code.
    ///
    /// # Errors
    /// [`StoreError::Row`] when a row cannot be read.
    pub fn disclosure_undeliverable(&self, limit: usize) -> Result<Vec<(DisclosureRow, String)>, StoreError> {
        let mut select = self.conn.prepare_cached(
            "SELECT d.seq, d.own, d.peer, d.message, d.disclosed, d.delete_by, d.consent_until, d.state, d.why, d.since, \
             d.erase, d.certificate, d.code, d.escalations, d.due, m.code FROM disclosure d JOIN mailbox m \
             ON m.side = 0 AND m.id = d.erase AND m.peer = d.peer WHERE d.state = 1 AND m.state = 3 LIMIT ?1",
        )?;
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let rows = select.query_map(params![limit], |row| {
            Ok((read(row), row.get::<_, Option<String>>(15)?.unwrap_or_default()))
        })?;
        let mut out = Vec::new();
        for row in rows {
            let (row, code) = row?;
            out.push((row?, code));
        }
        Ok(out)
    }

    /// Stops a message that may still wait for its partner, and removes its body.
    ///
    /// # Errors
    /// [`StoreError::Transaction`] when the database refuses.
    pub fn mailbox_stop(&self, peer: &PartyId, id: MessageId) -> Result<(), StoreError> {
        self.conn
            .prepare_cached(
                "UPDATE mailbox SET state = 3, code = 'erased' WHERE side = 0 AND id = ?1 AND peer = ?2 AND state < 2",
            )?
            .execute(params![id.as_bytes(), peer.as_str()])?;
        self.mailbox_drop_body(super::Side::Out, peer, id)
    }
}

fn read(row: &Row<'_>) -> Result<DisclosureRow, StoreError> {
    let text = |index: usize| row.get::<_, String>(index);
    Ok(DisclosureRow {
        seq: row.get(0)?,
        own: party(&text(1)?, "own")?,
        peer: party(&text(2)?, "peer")?,
        message: message_id(&row.get::<_, Vec<u8>>(3)?)?,
        disclosed: time(row.get(4)?, "disclosed")?,
        delete_by: time(row.get(5)?, "delete_by")?,
        consent_until: optional_time(row.get(6)?, "consent_until")?,
        state: match row.get::<_, i64>(7)? {
            0 => DisclosureState::Live,
            1 => DisclosureState::EraseSent,
            2 => DisclosureState::Overdue,
            _ => DisclosureState::Erased,
        },
        why: row.get::<_, Option<String>>(8)?.map(|text| word(&text, "why")).transpose()?,
        since: optional_time(row.get(9)?, "since")?,
        erase: optional_id(row.get(10)?)?,
        certificate: optional_id(row.get(11)?)?,
        code: row.get(12)?,
        escalations: row.get(13)?,
        due: optional_time(row.get(14)?, "due")?,
    })
}
