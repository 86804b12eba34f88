//! SQL of the mailbox.

use jiff::Timestamp;
use rusqlite::params;

use super::rows::{read_row, select};
use super::{StoreError, Tx};
use crate::message::{ConversationId, Cover, MessageId, PartyId};

/// Which way a message goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Side {
    /// From an agency to a partner.
    Out = 0,
    /// From a partner to an agency.
    In = 1,
}

/// Where a message stands in its mailbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum State {
    Waiting = 0,
    Leased = 1,
    Settled = 2,
    Failed = 3,
    Quarantined = 4,
}

/// A message to be stored.
#[derive(Debug, Clone)]
pub struct Deposit {
    pub side: Side,
    pub cover: Cover,
    pub body: bytes::Bytes,
    pub conversation: Option<ConversationId>,
    pub reply_to: Option<MessageId>,
}

/// What became of a deposit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deposited {
    New,
    /// The same message is there already.
    Repeated,
    /// Another message is there under this id.
    IdTaken,
}

/// A stored message with its body, checked against its digest.
#[derive(Debug, Clone)]
pub struct MailboxRow {
    pub seq: i64,
    pub side: Side,
    pub cover: Cover,
    pub body: bytes::Bytes,
    pub state: State,
    pub attempt: u32,
    pub deposited: Timestamp,
    pub conversation: Option<ConversationId>,
    pub reply_to: Option<MessageId>,
    pub code: Option<String>,
}

/// What a claim found.
#[derive(Debug)]
pub struct Claimed {
    pub rows: Vec<MailboxRow>,
    /// Messages whose bytes are no longer what was stored: row and id.
    pub damaged: Vec<(i64, String)>,
}

/// A message that the agency has not taken yet.
#[derive(Debug, Clone)]
pub struct Unread {
    pub seq: i64,
    pub cover: Cover,
    pub conversation: Option<ConversationId>,
    pub reply_to: Option<MessageId>,
}

impl Side {
    /// The partner of a cover on this side.
    #[must_use]
    pub const fn peer(self, cover: &Cover) -> &PartyId {
        match self {
            Self::Out => &cover.to,
            Self::In => &cover.from,
        }
    }

    /// The agency of a cover on this side.
    #[must_use]
    pub const fn own(self, cover: &Cover) -> &PartyId {
        match self {
            Self::Out => &cover.from,
            Self::In => &cover.to,
        }
    }
}

impl Tx<'_> {
    /// Stores a message unless it is there already.
    ///
    /// # Errors
    /// [`StoreError::Transaction`] when the database refuses.
    pub fn mailbox_deposit(&self, deposit: &Deposit, now: Timestamp) -> Result<Deposited, StoreError> {
        let cover = &deposit.cover;
        let mut insert = self.conn.prepare_cached(
            "INSERT INTO mailbox (side, peer, own, id, class, digest, size, expires, deposited, state, due, \
             conversation, reply_to) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, 0, ?9, ?10, ?11) \
             ON CONFLICT (side, id, peer) DO NOTHING",
        )?;
        let inserted = insert.execute(params![
            deposit.side as i64,
            deposit.side.peer(cover).as_str(),
            deposit.side.own(cover).as_str(),
            cover.id.as_bytes(),
            cover.class.as_str(),
            cover.digest.as_bytes(),
            i64::try_from(cover.size).unwrap_or(i64::MAX),
            cover.expires.as_microsecond(),
            now.as_microsecond(),
            deposit.conversation.as_ref().map(ConversationId::as_bytes),
            deposit.reply_to.as_ref().map(MessageId::as_bytes),
        ])?;
        if inserted == 0 {
            let stored: Vec<u8> = self
                .conn
                .prepare_cached("SELECT digest FROM mailbox WHERE side = ?1 AND id = ?2 AND peer = ?3")?
                .query_row(
                    params![deposit.side as i64, cover.id.as_bytes(), deposit.side.peer(cover).as_str()],
                    |row| row.get(0),
                )?;
            let same = stored.as_slice() == cover.digest.as_bytes();
            return Ok(if same { Deposited::Repeated } else { Deposited::IdTaken });
        }
        let seq = self.conn.last_insert_rowid();
        self.conn
            .prepare_cached("INSERT INTO body (seq, bytes) VALUES (?1, ?2)")?
            .execute(params![seq, &deposit.body[..]])?;
        Ok(Deposited::New)
    }

    /// Leases up to `limit` messages that are due, oldest first, until `until`. One whose bytes no longer have
    /// their digest fails here and now, so that it cannot hold up those behind it.
    ///
    /// # Errors
    /// [`StoreError::Transaction`] when the database refuses.
    pub fn mailbox_claim(
        &self,
        side: Side,
        peer: &PartyId,
        limit: usize,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<Claimed, StoreError> {
        let mut select = self.conn.prepare_cached(select!(
            "b.bytes FROM mailbox m JOIN body b ON b.seq = m.seq \
             WHERE m.side = ?1 AND m.peer = ?2 AND m.due <= ?3 AND m.state < 2 ORDER BY m.due LIMIT ?4"
        ))?;
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let rows = select
            .query_map(params![side as i64, peer.as_str(), now.as_microsecond(), limit], |row| {
                Ok((row.get::<_, i64>(0)?, read_row(row)))
            })?;
        let mut claimed = Claimed { rows: Vec::new(), damaged: Vec::new() };
        for row in rows {
            match row? {
                (_, Ok(row)) => claimed.rows.push(row),
                (seq, Err(StoreError::Damaged { id })) => claimed.damaged.push((seq, id)),
                (_, Err(error)) => return Err(error),
            }
        }
        for (seq, _) in &claimed.damaged {
            self.conn
                .prepare_cached("UPDATE mailbox SET state = 3, code = 'damaged-in-store' WHERE seq = ?1")?
                .execute(params![seq])?;
        }
        let mut lease = self
            .conn
            .prepare_cached("UPDATE mailbox SET state = 1, due = ?2, attempt = attempt + 1 WHERE seq = ?1")?;
        for row in &mut claimed.rows {
            lease.execute(params![row.seq, until.as_microsecond()])?;
            row.state = State::Leased;
            row.attempt += 1;
        }
        Ok(claimed)
    }

    /// Ends a message's wait, noting what the opened message belongs to. `false`: the lease was lost to another worker, which decides instead.
    ///
    /// # Errors
    /// [`StoreError::Transaction`] when the database refuses.
    pub fn mailbox_settle(
        &self,
        seq: i64,
        attempt: u32,
        state: State,
        code: Option<&str>,
        links: Option<(ConversationId, Option<MessageId>)>,
    ) -> Result<bool, StoreError> {
        if let Some((conversation, reply_to)) = &links {
            let changed = self
                .conn
                .prepare_cached(
                    "UPDATE mailbox SET state = ?3, code = ?4, conversation = ?5, reply_to = ?6 \
                     WHERE seq = ?1 AND attempt = ?2 AND state = 1",
                )?
                .execute(params![
                    seq,
                    attempt,
                    state as i64,
                    code,
                    conversation.as_bytes(),
                    reply_to.as_ref().map(MessageId::as_bytes)
                ])?;
            return Ok(changed == 1);
        }
        let changed = self
            .conn
            .prepare_cached(
                "UPDATE mailbox SET state = ?3, code = ?4 WHERE seq = ?1 AND attempt = ?2 AND state = 1",
            )?
            .execute(params![seq, attempt, state as i64, code])?;
        Ok(changed == 1)
    }

    /// Gives a leased message back, to be tried again at `due`.
    ///
    /// # Errors
    /// [`StoreError::Transaction`] when the database refuses.
    pub fn mailbox_return(&self, seq: i64, attempt: u32, due: Timestamp) -> Result<bool, StoreError> {
        let changed = self
            .conn
            .prepare_cached(
                "UPDATE mailbox SET state = 0, due = ?3 WHERE seq = ?1 AND attempt = ?2 AND state = 1",
            )?
            .execute(params![seq, attempt, due.as_microsecond()])?;
        Ok(changed == 1)
    }

    /// Settles a message that its recipient fetched and acknowledged; there is no lease. `true` the first time.
    ///
    /// # Errors
    /// [`StoreError::Transaction`] when the database refuses.
    pub fn mailbox_acknowledge(
        &self,
        peer: &PartyId,
        id: MessageId,
        state: State,
    ) -> Result<bool, StoreError> {
        let changed = self
            .conn
            .prepare_cached(
                "UPDATE mailbox SET state = ?3 WHERE side = 0 AND id = ?2 AND peer = ?1 AND state < 2",
            )?
            .execute(params![peer.as_str(), id.as_bytes(), state as i64])?;
        Ok(changed == 1)
    }
}
