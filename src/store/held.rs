//! SQL of drafts that wait for a second person.

use jiff::Timestamp;
use rusqlite::{OptionalExtension, params};

use super::rows::{self, conversation_id, message_id, time};
use super::{StoreError, Tx};
use crate::message::{ConversationId, MessageId, PartyId, Reason};

/// A draft that waits, sealed to the agency itself.
#[derive(Debug, Clone)]
pub struct HeldRow {
    pub id: MessageId,
    pub own: PartyId,
    pub author: String,
    pub at: Timestamp,
    pub parked: bytes::Bytes,
    /// Received messages whose content the draft passes on.
    pub passes_on: Vec<MessageId>,
    /// None for a draft from before they were kept.
    pub conversation: Option<ConversationId>,
}

/// Why a draft waits no more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// It was released: it was sent, or refused by the rules then in force.
    Released,
    Rejected,
    /// It was taken away: what it rested on is gone.
    Stopped(Reason),
}

/// What became of a draft.
#[derive(Debug, Clone)]
pub struct HeldState {
    pub conversation: Option<ConversationId>,
    pub since: Timestamp,
    /// When and why it waits no more; none while it waits.
    pub ended: Option<(Timestamp, Ended)>,
}

impl Ended {
    fn word(self) -> String {
        match self {
            Self::Released => "released".to_owned(),
            Self::Rejected => "rejected".to_owned(),
            Self::Stopped(reason) => reason.to_string(),
        }
    }

    fn from_word(word: &str) -> Result<Self, StoreError> {
        match word {
            "released" => Ok(Self::Released),
            "rejected" => Ok(Self::Rejected),
            other => rows::word(other, "ended").map(Self::Stopped),
        }
    }
}

impl std::fmt::Display for Ended {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Released => f.write_str("released"),
            Self::Rejected => f.write_str("rejected"),
            Self::Stopped(reason) => write!(f, "stopped ({reason})"),
        }
    }
}

/// One person's release of a waiting draft that did not suffice alone.
#[derive(Debug, Clone)]
pub struct HeldReleaseRow {
    pub by: String,
    pub at: Timestamp,
    /// What the person released, sealed by the agency's data key.
    pub sealed: Vec<u8>,
}

impl Tx<'_> {
    /// Keeps a draft for review. `false` when a draft is there under this id.
    ///
    /// # Errors
    /// [`StoreError::Transaction`] when the database refuses.
    pub fn held_add(&self, row: &HeldRow) -> Result<bool, StoreError> {
        let added = self
            .conn
            .prepare_cached(
                "INSERT INTO held (id, own, author, at, parked, passes_on, conversation) \
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) \
                 ON CONFLICT (id) DO NOTHING",
            )?
            .execute(params![
                row.id.as_bytes(),
                row.own.as_str(),
                row.author,
                row.at.as_microsecond(),
                &row.parked[..],
                row.passes_on.iter().flat_map(|id| *id.as_bytes()).collect::<Vec<u8>>(),
                row.conversation.as_ref().map(ConversationId::as_bytes)
            ])?;
        Ok(added == 1)
    }

    /// A draft that still waits.
    ///
    /// # Errors
    /// [`StoreError::Row`] when the row cannot be read.
    pub fn held_find(&self, own: &PartyId, id: MessageId) -> Result<Option<HeldRow>, StoreError> {
        let found = self
            .conn
            .prepare_cached(
                "SELECT author, at, parked, passes_on, conversation FROM held \
                 WHERE own = ?1 AND id = ?2 AND decided IS NULL",
            )?
            .query_row(params![own.as_str(), id.as_bytes()], |row| {
                Ok((
                    row.get(0)?,
                    row.get::<_, i64>(1)?,
                    row.get::<_, Vec<u8>>(2)?,
                    row.get::<_, Vec<u8>>(3)?,
                    row.get::<_, Option<Vec<u8>>>(4)?,
                ))
            })
            .optional()?;
        let Some((author, at, parked, passes_on, conversation)) = found else { return Ok(None) };
        let passes_on = passes_on.chunks(16).map(message_id).collect::<Result<_, _>>()?;
        let at = time(at, "at")?;
        let conversation = conversation.map(|bytes| conversation_id(&bytes)).transpose()?;
        let own = own.clone();
        Ok(Some(HeldRow { id, own, author, at, parked: parked.into(), passes_on, conversation }))
    }

    /// What became of a draft, whether it waits or not.
    ///
    /// # Errors
    /// [`StoreError::Row`] when the row cannot be read.
    pub fn held_state(&self, own: &PartyId, id: MessageId) -> Result<Option<HeldState>, StoreError> {
        type Raw = (Option<Vec<u8>>, i64, Option<i64>, Option<String>);
        let found: Option<Raw> = self
            .conn
            .prepare_cached("SELECT conversation, at, decided, ended FROM held WHERE own = ?1 AND id = ?2")?
            .query_row(params![own.as_str(), id.as_bytes()], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
            })
            .optional()?;
        let Some((conversation, since, decided, ended)) = found else { return Ok(None) };
        let ended = match decided {
            // From before it was kept why: rejected or released, and the mailbox knows of the latter.
            Some(at) => {
                Some((time(at, "decided")?, Ended::from_word(ended.as_deref().unwrap_or("rejected"))?))
            }
            None => None,
        };
        let conversation = conversation.map(|bytes| conversation_id(&bytes)).transpose()?;
        Ok(Some(HeldState { conversation, since: time(since, "at")?, ended }))
    }

    /// The ids, authors and times of an agency's waiting drafts, oldest first.
    ///
    /// # Errors
    /// [`StoreError::Row`] when a row cannot be read.
    pub fn held_list(&self, own: &PartyId) -> Result<Vec<(MessageId, String, Timestamp)>, StoreError> {
        let mut select = self.conn.prepare_cached(
            "SELECT id, author, at FROM held WHERE own = ?1 AND decided IS NULL ORDER BY seq LIMIT 1000",
        )?;
        let rows = select.query_map(params![own.as_str()], |row| {
            Ok((row.get::<_, Vec<u8>>(0)?, row.get(1)?, row.get::<_, i64>(2)?))
        })?;
        let mut out = Vec::new();
        for row in rows {
            let (id, author, at) = row?;
            out.push((message_id(&id)?, author, time(at, "at")?));
        }
        Ok(out)
    }

    /// Keeps a release that did not suffice alone, in the place of an earlier one by the same person. `false` when the
    /// draft waits no more.
    ///
    /// # Errors
    /// [`StoreError::Transaction`] when the database refuses.
    pub fn held_release_set(&self, id: MessageId, row: &HeldReleaseRow) -> Result<bool, StoreError> {
        let added = self
            .conn
            .prepare_cached(
                "INSERT INTO held_release (message, by, at, sealed) SELECT id, ?2, ?3, ?4 FROM held \
                 WHERE id = ?1 AND decided IS NULL \
                 ON CONFLICT (message, by) DO UPDATE SET by = ?2, at = ?3, sealed = ?4",
            )?
            .execute(params![id.as_bytes(), row.by, row.at.as_microsecond(), row.sealed])?;
        Ok(added == 1)
    }

    /// Who has released a waiting draft so far.
    ///
    /// # Errors
    /// [`StoreError::Row`] when a row cannot be read.
    pub fn held_releases(&self, id: MessageId) -> Result<Vec<HeldReleaseRow>, StoreError> {
        let mut select = self.conn.prepare_cached(
            "SELECT by, at, sealed FROM held_release WHERE message = ?1 ORDER BY at LIMIT 100",
        )?;
        let rows = select
            .query_map(params![id.as_bytes()], |row| Ok((row.get(0)?, row.get::<_, i64>(1)?, row.get(2)?)))?;
        let mut out = Vec::new();
        for row in rows {
            let (by, at, sealed) = row?;
            out.push(HeldReleaseRow { by, at: time(at, "at")?, sealed });
        }
        Ok(out)
    }

    /// Keeps what a person was shown last of a draft.
    ///
    /// # Errors
    /// [`StoreError::Transaction`] when the database refuses.
    pub fn held_look_set(&self, id: MessageId, by: &str, sealed: &[u8]) -> Result<(), StoreError> {
        self.conn
            .prepare_cached("INSERT OR REPLACE INTO held_look (message, by, sealed) VALUES (?1, ?2, ?3)")?
            .execute(params![id.as_bytes(), by, sealed])?;
        Ok(())
    }

    /// What a person was shown last of a draft.
    ///
    /// # Errors
    /// [`StoreError::Transaction`] when the database refuses.
    pub fn held_look_find(&self, id: MessageId, by: &str) -> Result<Option<Vec<u8>>, StoreError> {
        let found = self
            .conn
            .prepare_cached("SELECT sealed FROM held_look WHERE message = ?1 AND by = ?2")?
            .query_row(params![id.as_bytes(), by], |row| row.get(0))
            .optional()?;
        Ok(found)
    }

    /// Ends a draft's wait and removes its content. `false` when somebody else has decided already.
    ///
    /// # Errors
    /// [`StoreError::Transaction`] when the database refuses.
    pub fn held_decide(&self, id: MessageId, why: Ended, now: Timestamp) -> Result<bool, StoreError> {
        let changed = self
            .conn
            .prepare_cached(
                "UPDATE held SET decided = ?2, ended = ?3, parked = x'' WHERE id = ?1 AND decided IS NULL",
            )?
            .execute(params![id.as_bytes(), now.as_microsecond(), why.word()])?;
        Ok(changed == 1)
    }
}
