//! Rows of the database, read back into checked types.

use jiff::Timestamp;
use rusqlite::Row;

use super::StoreError;
use super::mailbox::{MailboxRow, Side, State};
use crate::message::{Class, ConversationId, Cover, MessageId, PartyId, Sha256};

/// Columns in the order in which `rows.rs` reads them.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT m.seq, m.side, m.peer, m.own, m.id, m.class, m.digest, m.size, m.expires, m.deposited, m.state, ",
            "m.attempt, m.conversation, m.reply_to, m.code, ",
            $rest
        )
    };
}
pub(super) use select;

pub(super) fn read_cover(row: &Row<'_>) -> Result<(i64, Side, Cover), StoreError> {
    let side = if row.get::<_, i64>(1)? == 0 { Side::Out } else { Side::In };
    let party = |index: usize, column| -> Result<PartyId, StoreError> {
        row.get_ref(index)?.as_str().ok().and_then(|t| t.parse().ok()).ok_or(StoreError::Row { column })
    };
    let (peer, own) = (party(2, "peer")?, party(3, "own")?);
    let (from, to) = if side == Side::Out { (own, peer) } else { (peer, own) };
    let class: Class = row
        .get_ref(5)?
        .as_str()
        .ok()
        .and_then(|t| t.parse().ok())
        .ok_or(StoreError::Row { column: "class" })?;
    let digest: [u8; 32] = row.get(6)?;
    let cover = Cover {
        id: message_id(row.get_ref(4)?.as_blob().map_err(|_| StoreError::Row { column: "id" })?)?,
        from,
        to,
        class,
        size: row.get(7)?,
        digest: Sha256::from_bytes(digest),
        expires: time(row.get(8)?, "expires")?,
    };
    Ok((row.get(0)?, side, cover))
}

pub(super) fn read_row(row: &Row<'_>) -> Result<MailboxRow, StoreError> {
    let (seq, side, cover) = read_cover(row)?;
    let body: Vec<u8> = row.get(15)?;
    if !body.is_empty() && cover.matches(&body).is_err() {
        return Err(StoreError::Damaged { id: cover.id.to_string() });
    }
    let state = match row.get::<_, i64>(10)? {
        0 => State::Waiting,
        1 => State::Leased,
        2 => State::Settled,
        3 => State::Failed,
        _ => State::Quarantined,
    };
    let optional = |index| -> Result<Option<Vec<u8>>, StoreError> { Ok(row.get(index)?) };
    Ok(MailboxRow {
        seq,
        side,
        cover,
        body: body.into(),
        state,
        attempt: row.get(11)?,
        deposited: time(row.get(9)?, "deposited")?,
        conversation: optional(12)?.map(|b| conversation_id(&b)).transpose()?,
        reply_to: optional(13)?.map(|b| message_id(&b)).transpose()?,
        code: row.get(14)?,
    })
}

pub(super) fn message_id(bytes: &[u8]) -> Result<MessageId, StoreError> {
    let bytes: [u8; 16] = bytes.try_into().map_err(|_| StoreError::Row { column: "id" })?;
    MessageId::from_bytes(bytes).map_err(|_| StoreError::Row { column: "id" })
}

pub(super) fn conversation_id(bytes: &[u8]) -> Result<ConversationId, StoreError> {
    let bytes: [u8; 16] = bytes.try_into().map_err(|_| StoreError::Row { column: "conversation" })?;
    ConversationId::from_bytes(bytes).map_err(|_| StoreError::Row { column: "conversation" })
}

pub(super) fn party(text: &str, column: &'static str) -> Result<PartyId, StoreError> {
    text.parse().map_err(|_| StoreError::Row { column })
}

pub(super) fn time(micros: i64, column: &'static str) -> Result<Timestamp, StoreError> {
    Timestamp::from_microsecond(micros).map_err(|_| StoreError::Row { column })
}

/// A word of a closed list.
pub(super) fn word<T: std::str::FromStr>(text: &str, column: &'static str) -> Result<T, StoreError> {
    text.parse().map_err(|_| StoreError::Row { column })
}

pub(super) fn optional_id(bytes: Option<Vec<u8>>) -> Result<Option<MessageId>, StoreError> {
    bytes.map(|bytes| message_id(&bytes)).transpose()
}

pub(super) fn optional_time(
    micros: Option<i64>,
    column: &'static str,
) -> Result<Option<Timestamp>, StoreError> {
    micros.map(|micros| time(micros, column)).transpose()
}
