//! SQL that looks messages up in the mailbox, and marks what their readers did.

use jiff::Timestamp;
use rusqlite::{OptionalExtension, params};

use super::mailbox::{MailboxRow, Side, Unread};
use super::rows::{conversation_id, message_id, read_cover, read_row, select};
use super::{StoreError, Tx};
use crate::message::{Cover, MessageId, PartyId};

impl Tx<'_> {
    /// Removes the body of a message that its recipient has opened: nobody needs it any more.
    ///
    /// # Errors
    /// [`StoreError::Transaction`] when the database refuses.
    pub fn mailbox_drop_body(&self, side: Side, peer: &PartyId, id: MessageId) -> Result<(), StoreError> {
        self.conn
            .prepare_cached(
                "DELETE FROM body WHERE seq = (SELECT seq FROM mailbox WHERE side = ?1 AND id = ?2 AND peer = ?3)",
            )?
            .execute(params![side as i64, id.as_bytes(), peer.as_str()])?;
        Ok(())
    }

    /// Ends every lease: for a server that starts alone on its store, whose last run may have died with some.
    ///
    /// # Errors
    /// [`StoreError::Transaction`] when the database refuses.
    pub fn leases_end(&self, now: Timestamp) -> Result<usize, StoreError> {
        let now = now.as_microsecond();
        let messages =
            self.conn.execute("UPDATE mailbox SET state = 0, due = ?1 WHERE state = 1", params![now])?;
        let receipts = self.conn.execute("UPDATE receipt SET due = ?1 WHERE due > ?1", params![now])?;
        Ok(messages + receipts)
    }

    /// One message with its body.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] when the body does not have its digest.
    pub fn mailbox_find(
        &self,
        side: Side,
        peer: &PartyId,
        id: MessageId,
    ) -> Result<Option<MailboxRow>, StoreError> {
        let sql = select!(
            "coalesce(b.bytes, x'') FROM mailbox m LEFT JOIN body b ON b.seq = m.seq \
             WHERE m.side = ?1 AND m.id = ?2 AND m.peer = ?3"
        );
        let found = self
            .conn
            .prepare_cached(sql)?
            .query_row(params![side as i64, id.as_bytes(), peer.as_str()], |row| Ok(read_row(row)))
            .optional()?;
        found.transpose()
    }

    /// The cover of one message.
    ///
    /// # Errors
    /// [`StoreError::Row`] when the row cannot be read.
    pub fn mailbox_cover(
        &self,
        side: Side,
        peer: &PartyId,
        id: MessageId,
    ) -> Result<Option<Cover>, StoreError> {
        let found = self
            .conn
            .prepare_cached(select!("NULL FROM mailbox m WHERE m.side = ?1 AND m.id = ?2 AND m.peer = ?3"))?
            .query_row(params![side as i64, id.as_bytes(), peer.as_str()], |row| Ok(read_cover(row)))
            .optional()?;
        Ok(found.transpose()?.map(|(_, _, cover)| cover))
    }

    /// The recipient has refused a message that it was given.
    ///
    /// # Errors
    /// [`StoreError::Transaction`] when the database refuses.
    pub fn mailbox_refused(&self, peer: &PartyId, id: MessageId, code: &str) -> Result<(), StoreError> {
        self.conn
            .prepare_cached(
                "UPDATE mailbox SET state = 3, code = ?3 WHERE side = 0 AND id = ?2 AND peer = ?1",
            )?
            .execute(params![peer.as_str(), id.as_bytes(), code])?;
        Ok(())
    }

    /// What is known of an agency's message, without its body, whoever the partner is.
    ///
    /// # Errors
    /// [`StoreError::Row`] when the row cannot be read.
    pub fn mailbox_facts(
        &self,
        side: Side,
        own: &PartyId,
        id: MessageId,
    ) -> Result<Option<MailboxRow>, StoreError> {
        let found = self
            .conn
            .prepare_cached(select!("x'' FROM mailbox m WHERE m.side = ?1 AND m.id = ?2 AND m.own = ?3"))?
            .query_row(params![side as i64, id.as_bytes(), own.as_str()], |row| Ok(read_row(row)))
            .optional()?;
        found.transpose()
    }

    /// Whether a message to any partner has this id.
    ///
    /// # Errors
    /// [`StoreError::Transaction`] when the database refuses.
    pub fn mailbox_has_sent(&self, id: MessageId) -> Result<bool, StoreError> {
        let mut select = self.conn.prepare_cached("SELECT 1 FROM mailbox WHERE side = 0 AND id = ?1")?;
        Ok(select.exists(params![id.as_bytes()])?)
    }

    /// One message of an agency, whoever the partner is.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] when the body does not have its digest.
    pub fn mailbox_of(
        &self,
        side: Side,
        own: &PartyId,
        id: MessageId,
    ) -> Result<Option<MailboxRow>, StoreError> {
        let sql = select!(
            "coalesce(b.bytes, x'') FROM mailbox m LEFT JOIN body b ON b.seq = m.seq \
             WHERE m.side = ?1 AND m.id = ?2 AND m.own = ?3"
        );
        let found = self
            .conn
            .prepare_cached(sql)?
            .query_row(params![side as i64, id.as_bytes(), own.as_str()], |row| Ok(read_row(row)))
            .optional()?;
        found.transpose()
    }

    /// The covers of messages that wait for a polling partner, after `after`, oldest first.
    ///
    /// # Errors
    /// [`StoreError::Row`] when a row cannot be read.
    pub fn mailbox_list(
        &self,
        peer: &PartyId,
        after: i64,
        limit: usize,
        now: Timestamp,
    ) -> Result<Vec<(i64, Cover)>, StoreError> {
        let mut select = self.conn.prepare_cached(select!(
            "NULL FROM mailbox m WHERE m.side = 0 AND m.peer = ?1 AND m.state < 2 AND m.seq > ?2 \
             AND m.expires > ?3 ORDER BY m.seq LIMIT ?4"
        ))?;
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let rows = select.query_map(params![peer.as_str(), after, now.as_microsecond(), limit], |row| {
            Ok(read_cover(row))
        })?;
        let mut out = Vec::new();
        for row in rows {
            let (seq, _, cover) = row??;
            out.push((seq, cover));
        }
        Ok(out)
    }

    /// What an agency has not taken yet, oldest first; without what had to be erased.
    ///
    /// # Errors
    /// [`StoreError::Row`] when a row cannot be read.
    pub fn mailbox_unread(&self, own: &PartyId, after: i64, limit: usize) -> Result<Vec<Unread>, StoreError> {
        let mut select = self.conn.prepare_cached(select!(
            "NULL FROM mailbox m WHERE m.own = ?1 AND m.side = 1 AND m.state = 2 AND m.read_at IS NULL \
             AND m.seq > ?2 AND EXISTS (SELECT 1 FROM body b WHERE b.seq = m.seq) ORDER BY m.seq LIMIT ?3"
        ))?;
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let rows = select.query_map(params![own.as_str(), after, limit], |row| {
            let links: (Option<Vec<u8>>, Option<Vec<u8>>) = (row.get(12)?, row.get(13)?);
            Ok((read_cover(row), links))
        })?;
        let mut out = Vec::new();
        for row in rows {
            let (cover, (conversation, reply_to)) = row?;
            let (seq, _, cover) = cover?;
            let conversation = conversation.map(|b| conversation_id(&b)).transpose()?;
            let reply_to = reply_to.map(|b| message_id(&b)).transpose()?;
            out.push(Unread { seq, cover, conversation, reply_to });
        }
        Ok(out)
    }

    /// Marks a message as taken by its agency. `true` the first time.
    ///
    /// # Errors
    /// [`StoreError::Transaction`] when the database refuses.
    pub fn mailbox_read(&self, own: &PartyId, seq: i64, now: Timestamp) -> Result<bool, StoreError> {
        let changed = self
            .conn
            .prepare_cached(
                "UPDATE mailbox SET read_at = ?3 WHERE seq = ?1 AND own = ?2 AND side = 1 AND read_at IS NULL",
            )?
            .execute(params![seq, own.as_str(), now.as_microsecond()])?;
        Ok(changed == 1)
    }

    /// How many messages of a side stand in each state: waiting, leased, settled, failed, quarantined.
    ///
    /// # Errors
    /// [`StoreError::Transaction`] when the database refuses.
    pub fn mailbox_counts(&self, side: Side) -> Result<[u64; 5], StoreError> {
        let mut counts = [0; 5];
        let mut select =
            self.conn.prepare_cached("SELECT state, count(*) FROM mailbox WHERE side = ?1 GROUP BY state")?;
        let rows = select
            .query_map(params![side as i64], |row| Ok((row.get::<_, usize>(0)?, row.get::<_, u64>(1)?)))?;
        for row in rows {
            let (state, count) = row?;
            if let Some(slot) = counts.get_mut(state) {
                *slot = count;
            }
        }
        Ok(counts)
    }
}
