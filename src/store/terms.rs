//! SQL of the terms under which messages were sent and received.

use jiff::Timestamp;
use rusqlite::{OptionalExtension, Row, params};

use super::rows::{conversation_id, message_id, optional_id, optional_time, party, time, word};
use super::{Side, StoreError, Tx};
use crate::message::{ConversationId, Handling, Kind, LegalBasis, MessageId, PartyId, Purpose};

/// The terms of one message: codes and ids, never a value of a record.
#[derive(Clone, PartialEq, Eq)]
pub struct TermsRow {
    pub side: Side,
    pub message: MessageId,
    /// The partner.
    pub peer: PartyId,
    /// The agency.
    pub own: PartyId,
    pub conversation: ConversationId,
    /// The message that it names.
    pub follows: Option<MessageId>,
    pub kind: Kind,
    pub purpose: Purpose,
    pub legal_basis: LegalBasis,
    pub handling: Vec<Handling>,
    pub delete_by: Timestamp,
    /// Whether it holds records.
    pub records: bool,
    /// What a `purpose_change` asks for.
    pub new_purpose: Option<Purpose>,
    /// What an `onward_permission` asks for.
    pub new_recipient: Option<PartyId>,
    /// When the body of a received message was removed here.
    pub erased: Option<Timestamp>,
}

// Kind and purpose tell of a victim: no debug output may show them.
impl std::fmt::Debug for TermsRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TermsRow").field("message", &self.message).finish_non_exhaustive()
    }
}

macro_rules! columns {
    ($rest:literal) => {
        concat!(
            "SELECT side, message, peer, own, conversation, kind, purpose, legal_basis, handling, delete_by, records, ",
            "new_purpose, new_recipient, erased, follows FROM terms ",
            $rest
        )
    };
}

impl Tx<'_> {
    /// Keeps the terms of a message. A message has one row: a second one changes nothing.
    ///
    /// # Errors
    /// [`StoreError::Transaction`] when the database refuses.
    pub fn terms_add(&self, row: &TermsRow) -> Result<(), StoreError> {
        let handling: String = row.handling.iter().flat_map(|code| [code.as_str(), " "]).collect();
        self.conn
            .prepare_cached(
                "INSERT INTO terms (side, message, peer, own, conversation, kind, purpose, legal_basis, handling, \
                 delete_by, records, new_purpose, new_recipient, follows) \
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14) ON CONFLICT DO NOTHING",
            )?
            .execute(params![
                row.side as i64,
                row.message.as_bytes(),
                row.peer.as_str(),
                row.own.as_str(),
                row.conversation.as_bytes(),
                row.kind.as_str(),
                row.purpose.as_str(),
                row.legal_basis.as_str(),
                handling,
                row.delete_by.as_microsecond(),
                row.records,
                row.new_purpose.map(Purpose::as_str),
                row.new_recipient.as_ref().map(PartyId::as_str),
                row.follows.as_ref().map(MessageId::as_bytes),
            ])?;
        Ok(())
    }

    /// The terms of one message between the agency `own` and the partner `peer`.
    ///
    /// # Errors
    /// [`StoreError::Row`] when the row cannot be read.
    pub fn terms_of(
        &self,
        side: Side,
        own: &PartyId,
        peer: &PartyId,
        message: MessageId,
    ) -> Result<Option<TermsRow>, StoreError> {
        let found = self
            .conn
            .prepare_cached(columns!("WHERE side = ?1 AND message = ?2 AND peer = ?3 AND own = ?4"))?
            .query_row(params![side as i64, message.as_bytes(), peer.as_str(), own.as_str()], |row| {
                Ok(read(row))
            })
            .optional()?;
        found.transpose()
    }

    /// The terms of a received message of an agency. More than one when partners sent messages under one id.
    ///
    /// # Errors
    /// [`StoreError::Row`] when a row cannot be read.
    pub fn terms_received(&self, own: &PartyId, message: MessageId) -> Result<Vec<TermsRow>, StoreError> {
        let mut select =
            self.conn.prepare_cached(columns!("WHERE side = 1 AND message = ?1 AND own = ?2 LIMIT 100"))?;
        let rows = select.query_map(params![message.as_bytes(), own.as_str()], |row| Ok(read(row)))?;
        rows.map(|row| row?).collect()
    }

    /// The purpose of the first message known of a conversation between the two.
    ///
    /// # Errors
    /// [`StoreError::Row`] when the row cannot be read.
    pub fn terms_purpose(
        &self,
        own: &PartyId,
        peer: &PartyId,
        conversation: ConversationId,
    ) -> Result<Option<Purpose>, StoreError> {
        let found: Option<String> = self
            .conn
            .prepare_cached(
                "SELECT purpose FROM terms WHERE conversation = ?1 AND peer = ?2 AND own = ?3 ORDER BY message LIMIT 1",
            )?
            .query_row(params![conversation.as_bytes(), peer.as_str(), own.as_str()], |row| row.get(0))
            .optional()?;
        found.map(|text| word(&text, "purpose")).transpose()
    }

    /// Received messages whose time of deletion has passed and whose body is still here, longest passed first.
    ///
    /// # Errors
    /// [`StoreError::Row`] when a row cannot be read.
    pub fn terms_outlived(&self, now: Timestamp, limit: usize) -> Result<Vec<TermsRow>, StoreError> {
        let mut select = self.conn.prepare_cached(columns!(
            "WHERE side = 1 AND erased IS NULL AND delete_by <= ?1 ORDER BY delete_by LIMIT ?2"
        ))?;
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let rows = select.query_map(params![now.as_microsecond(), limit], |row| Ok(read(row)))?;
        rows.map(|row| row?).collect()
    }

    /// Removes the body of a received message that was opened or quarantined, and notes when. Cover, terms and receipts
    /// stay as proof. `false` when there is no such message of that partner, or its body was removed before.
    ///
    /// # Errors
    /// [`StoreError::Transaction`] when the database refuses.
    pub fn terms_erase(
        &self,
        own: &PartyId,
        peer: &PartyId,
        message: MessageId,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let gone = self
            .conn
            .prepare_cached(
                "DELETE FROM body WHERE seq = \
                 (SELECT seq FROM mailbox WHERE side = 1 AND id = ?1 AND peer = ?2 AND own = ?3 AND state > 1)",
            )?
            .execute(params![message.as_bytes(), peer.as_str(), own.as_str()])?;
        self.conn
            .prepare_cached(
                "UPDATE terms SET erased = ?4 \
                 WHERE side = 1 AND message = ?1 AND peer = ?2 AND own = ?3 AND erased IS NULL",
            )?
            .execute(params![message.as_bytes(), peer.as_str(), own.as_str(), now.as_microsecond()])?;
        Ok(gone == 1)
    }
}

fn read(row: &Row<'_>) -> Result<TermsRow, StoreError> {
    let text = |index: usize| row.get::<_, String>(index);
    let handling = text(8)?;
    let handling = handling.split_ascii_whitespace().map(|code| word(code, "handling"));
    let side = if row.get::<_, i64>(0)? == 0 { Side::Out } else { Side::In };
    Ok(TermsRow {
        side,
        message: message_id(&row.get::<_, Vec<u8>>(1)?)?,
        peer: party(&text(2)?, "peer")?,
        own: party(&text(3)?, "own")?,
        conversation: conversation_id(&row.get::<_, Vec<u8>>(4)?)?,
        kind: Kind::from_word(&text(5)?).ok_or(StoreError::Row { column: "kind" })?,
        purpose: word(&text(6)?, "purpose")?,
        legal_basis: word(&text(7)?, "legal_basis")?,
        handling: handling.collect::<Result<_, _>>()?,
        delete_by: time(row.get(9)?, "delete_by")?,
        records: row.get(10)?,
        new_purpose: row.get::<_, Option<String>>(11)?.map(|text| word(&text, "new_purpose")).transpose()?,
        new_recipient: row
            .get::<_, Option<String>>(12)?
            .map(|text| party(&text, "new_recipient"))
            .transpose()?,
        erased: optional_time(row.get(13)?, "erased")?,
        follows: optional_id(row.get(14)?)?,
    })
}
