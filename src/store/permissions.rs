//! SQL of what providers have permitted about messages of their own.

use jiff::Timestamp;
use rusqlite::{Row, params};

use super::rows::{message_id, party, word};
use super::{StoreError, Tx};
use crate::message::{ConversationId, Kind, MessageId, PartyId, Purpose};

/// A use that the provider of a message has permitted.
#[derive(Clone, PartialEq, Eq)]
pub struct NewPermission {
    pub provider: PartyId,
    pub grantee: PartyId,
    /// The provider's message that may be used so.
    pub item: MessageId,
    pub request: MessageId,
    pub accept: MessageId,
    pub conversation: ConversationId,
    /// The kind of the request: the use.
    pub used: Kind,
    pub new_purpose: Option<Purpose>,
    pub new_recipient: Option<PartyId>,
    pub granted: Timestamp,
}

/// A permission in force.
#[derive(Clone, PartialEq, Eq)]
pub struct PermissionRow {
    pub item: MessageId,
    pub used: Kind,
    pub new_purpose: Option<Purpose>,
    pub new_recipient: Option<PartyId>,
}

// The use and a purpose tell of a victim: no debug output may show them.
impl std::fmt::Debug for NewPermission {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NewPermission").field("item", &self.item).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for PermissionRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PermissionRow").field("item", &self.item).finish_non_exhaustive()
    }
}

/// Columns in the order in which [`read`] takes them.
macro_rules! columns {
    ($rest:literal) => {
        concat!("SELECT item, use, new_purpose, new_recipient FROM permission p WHERE ", $rest)
    };
}

impl Tx<'_> {
    /// Records a permission; an `accept` gives one.
    ///
    /// # Errors
    /// [`StoreError::Transaction`] when the database refuses.
    pub fn permission_add(&self, row: &NewPermission) -> Result<(), StoreError> {
        self.conn
            .prepare_cached(
                "INSERT INTO permission (provider, grantee, item, request, accept, conversation, use, new_purpose, \
                 new_recipient, granted) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) ON CONFLICT DO NOTHING",
            )?
            .execute(params![
                row.provider.as_str(),
                row.grantee.as_str(),
                row.item.as_bytes(),
                row.request.as_bytes(),
                row.accept.as_bytes(),
                row.conversation.as_bytes(),
                row.used.as_str(),
                row.new_purpose.map(Purpose::as_str),
                row.new_recipient.as_ref().map(PartyId::as_str),
                row.granted.as_microsecond(),
            ])?;
        Ok(())
    }

    /// Ends what the provider withdraws: the permission that `named` gave, or all about the message `named`.
    ///
    /// # Errors
    /// [`StoreError::Transaction`] when the database refuses.
    pub fn permission_end(
        &self,
        provider: &PartyId,
        grantee: &PartyId,
        named: MessageId,
        now: Timestamp,
    ) -> Result<usize, StoreError> {
        let ended = self
            .conn
            .prepare_cached(
                "UPDATE permission SET ended = ?4 WHERE provider = ?1 AND grantee = ?2 \
                 AND (accept = ?3 OR item = ?3) AND ended IS NULL",
            )?
            .execute(params![provider.as_str(), grantee.as_str(), named.as_bytes(), now.as_microsecond()])?;
        Ok(ended)
    }

    /// What the provider has permitted about one of its messages.
    ///
    /// # Errors
    /// [`StoreError::Row`] when a row cannot be read.
    pub fn permission_of(
        &self,
        provider: &PartyId,
        grantee: &PartyId,
        item: MessageId,
    ) -> Result<Vec<PermissionRow>, StoreError> {
        let mut select = self
            .conn
            .prepare_cached(columns!("provider = ?1 AND grantee = ?2 AND ended IS NULL AND item = ?3"))?;
        let rows = select
            .query_map(params![provider.as_str(), grantee.as_str(), item.as_bytes()], |row| Ok(read(row)))?;
        rows.map(|row| row?).collect()
    }

    /// What the provider has permitted in a conversation, or about the message or by the message that `follows` names.
    ///
    /// What an agency of this gateway has permitted counts once the partner has proved that it opened the `accept`:
    /// a message that comes before it would be refused there.
    ///
    /// # Errors
    /// [`StoreError::Row`] when a row cannot be read.
    pub fn permission_in(
        &self,
        provider: &PartyId,
        grantee: &PartyId,
        conversation: ConversationId,
        follows: Option<MessageId>,
    ) -> Result<Vec<PermissionRow>, StoreError> {
        let mut select = self.conn.prepare_cached(columns!(
            "provider = ?1 AND grantee = ?2 AND ended IS NULL \
             AND (conversation = ?3 OR item = ?4 OR request = ?4) AND (NOT EXISTS \
             (SELECT 1 FROM mailbox m WHERE m.side = 0 AND m.id = p.accept AND m.peer = p.grantee) OR EXISTS \
             (SELECT 1 FROM receipt r WHERE r.side = 0 AND r.message = p.accept AND r.peer = p.grantee \
             AND r.stage >= 3 AND r.code IS NULL))"
        ))?;
        let follows = follows.as_ref().map(MessageId::as_bytes);
        let rows = select.query_map(
            params![provider.as_str(), grantee.as_str(), conversation.as_bytes(), follows],
            |row| Ok(read(row)),
        )?;
        rows.map(|row| row?).collect()
    }
}

fn read(row: &Row<'_>) -> Result<PermissionRow, StoreError> {
    let used = row.get::<_, String>(1)?;
    let purpose = row.get::<_, Option<String>>(2)?;
    let recipient = row.get::<_, Option<String>>(3)?;
    Ok(PermissionRow {
        item: message_id(&row.get::<_, Vec<u8>>(0)?)?,
        used: Kind::from_word(&used).ok_or(StoreError::Row { column: "use" })?,
        new_purpose: purpose.map(|text| word(&text, "new_purpose")).transpose()?,
        new_recipient: recipient.map(|text| party(&text, "new_recipient")).transpose()?,
    })
}
