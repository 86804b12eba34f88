//! SQL of the policy's versions.
//!
//! In force at a time is the approved version with the greatest number among those that are to be in force from then or
//! before; the first version has been so for ever, so there is always exactly one.

use jiff::Timestamp;
use rusqlite::{OptionalExtension, Row, params};

use super::rows::time;
use super::{StoreError, Tx};
use crate::message::Sha256;

/// What is known of a version, beside its bundle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VersionRow {
    /// Counted from 1.
    pub number: u32,
    pub digest: Sha256,
    /// The newest approved version when this one was proposed; none for the first.
    pub base: Option<u32>,
    pub author: String,
    pub reason: String,
    pub proposed_at: Timestamp,
    /// When it is to come into force; none: as soon as it is approved.
    pub from: Option<Timestamp>,
    pub approved: Option<(String, Timestamp)>,
    pub rejected: Option<(String, Timestamp)>,
}

/// A version to be kept.
#[derive(Debug, Clone)]
pub struct NewVersion {
    pub bundle: bytes::Bytes,
    pub author: String,
    pub reason: String,
    pub from: Option<Timestamp>,
}

macro_rules! columns {
    ($rest:literal) => {
        concat!(
            "SELECT number, digest, base, author, reason, proposed_at, from_when, approver, approved_at, rejecter, ",
            "rejected_at FROM policy ",
            $rest
        )
    };
}

impl Tx<'_> {
    /// The number of the version in force at `now`. None only in a store that has none at all.
    ///
    /// # Errors
    /// [`StoreError::Transaction`] when the database refuses.
    pub fn version_in_force(&self, now: Timestamp) -> Result<Option<u32>, StoreError> {
        let found = self
            .conn
            .prepare_cached(
                "SELECT number FROM policy WHERE approved_at IS NOT NULL AND rejected_at IS NULL \
                 AND (from_when <= ?1 OR number = 1) ORDER BY number DESC LIMIT 1",
            )?
            .query_row(params![now.as_microsecond()], |row| row.get(0))
            .optional()?;
        Ok(found)
    }

    /// The newest approved version, in force already or not yet.
    ///
    /// # Errors
    /// [`StoreError::Row`] when the row cannot be read.
    pub fn version_newest(&self) -> Result<Option<VersionRow>, StoreError> {
        self.version_one(columns!(
            "WHERE ?1 = 0 AND approved_at IS NOT NULL AND rejected_at IS NULL ORDER BY number DESC LIMIT 1"
        ), 0)
    }

    /// One version, without its bundle.
    ///
    /// # Errors
    /// [`StoreError::Row`] when the row cannot be read.
    pub fn version_find(&self, number: u32) -> Result<Option<VersionRow>, StoreError> {
        self.version_one(columns!("WHERE number = ?1"), number)
    }

    fn version_one(&self, sql: &str, number: u32) -> Result<Option<VersionRow>, StoreError> {
        let found =
            self.conn.prepare_cached(sql)?.query_row(params![number], |row| Ok(read(row))).optional()?;
        found.transpose()
    }

    /// Up to `limit` versions after number `after`, in their order.
    ///
    /// # Errors
    /// [`StoreError::Row`] when a row cannot be read.
    pub fn version_list(&self, after: u32, limit: usize) -> Result<Vec<VersionRow>, StoreError> {
        let mut select = self.conn.prepare_cached(columns!("WHERE number > ?1 ORDER BY number LIMIT ?2"))?;
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let rows = select.query_map(params![after, limit], |row| Ok(read(row)))?;
        let mut out = Vec::new();
        for row in rows {
            out.push(row??);
        }
        Ok(out)
    }

    /// How many proposals wait for a decision.
    ///
    /// # Errors
    /// [`StoreError::Transaction`] when the database refuses.
    pub fn version_open(&self) -> Result<u32, StoreError> {
        let sql = "SELECT count(*) FROM policy WHERE approved_at IS NULL AND rejected_at IS NULL";
        Ok(self.conn.prepare_cached(sql)?.query_row([], |row| row.get(0))?)
    }

    /// The bundle of a version, as it was proposed.
    ///
    /// # Errors
    /// [`StoreError::DamagedPolicy`] when its bytes do not have its digest.
    pub fn version_bundle(&self, number: u32) -> Result<Option<bytes::Bytes>, StoreError> {
        let found = self
            .conn
            .prepare_cached("SELECT digest, bundle FROM policy WHERE number = ?1")?
            .query_row(params![number], |row| Ok((row.get::<_, [u8; 32]>(0)?, row.get::<_, Vec<u8>>(1)?)))
            .optional()?;
        match found {
            Some((digest, bundle)) if Sha256::of(&bundle).as_bytes() != &digest => {
                Err(StoreError::DamagedPolicy { number })
            }
            found => Ok(found.map(|(_, bundle)| bundle.into())),
        }
    }

    /// Keeps the first version, which nobody approves. `false` when there are versions already.
    ///
    /// # Errors
    /// [`StoreError::Transaction`] when the database refuses.
    pub fn version_install(&self, version: &NewVersion, now: Timestamp) -> Result<bool, StoreError> {
        if self.version_newest()?.is_some() {
            return Ok(false);
        }
        let now = now.as_microsecond();
        self.conn
            .prepare_cached(
                "INSERT INTO policy (number, digest, author, reason, proposed_at, from_when, approver, approved_at, bundle) \
                 VALUES (1, ?1, ?2, ?3, ?4, ?4, ?2, ?4, ?5)",
            )?
            .execute(params![
                Sha256::of(&version.bundle).as_bytes(),
                version.author,
                version.reason,
                now,
                &version.bundle[..]
            ])?;
        Ok(true)
    }

    /// Keeps a proposal on top of version `base`, and gives its number.
    ///
    /// # Errors
    /// [`StoreError::Transaction`] when the database refuses.
    pub fn version_propose(
        &self,
        version: &NewVersion,
        base: u32,
        now: Timestamp,
    ) -> Result<u32, StoreError> {
        let number = self
            .conn
            .prepare_cached(
                "INSERT INTO policy (number, digest, base, author, reason, proposed_at, from_when, bundle) \
                 VALUES ((SELECT coalesce(max(number), 0) + 1 FROM policy), ?1, ?2, ?3, ?4, ?5, ?6, ?7) \
                 RETURNING number",
            )?
            .query_row(
                params![
                    Sha256::of(&version.bundle).as_bytes(),
                    base,
                    version.author,
                    version.reason,
                    now.as_microsecond(),
                    version.from.map(Timestamp::as_microsecond),
                    &version.bundle[..]
                ],
                |row| row.get(0),
            )?;
        Ok(number)
    }

    /// Approves a proposal that waits for it; it comes into force as proposed, or at `now`. `false` when it does not
    /// wait.
    ///
    /// # Errors
    /// [`StoreError::Transaction`] when the approver is the author, whom the table itself refuses.
    pub fn version_approve(&self, number: u32, by: &str, now: Timestamp) -> Result<bool, StoreError> {
        let changed = self
            .conn
            .prepare_cached(
                "UPDATE policy SET approver = ?2, approved_at = ?3, from_when = coalesce(from_when, ?3) \
                 WHERE number = ?1 AND approved_at IS NULL AND rejected_at IS NULL",
            )?
            .execute(params![number, by, now.as_microsecond()])?;
        Ok(changed == 1)
    }

    /// Rejects a proposal, or an approved version that is not yet in force. `false` for any other.
    ///
    /// # Errors
    /// [`StoreError::Transaction`] when the database refuses.
    pub fn version_reject(&self, number: u32, by: &str, now: Timestamp) -> Result<bool, StoreError> {
        let changed = self
            .conn
            .prepare_cached(
                "UPDATE policy SET rejecter = ?2, rejected_at = ?3 WHERE number = ?1 AND number > 1 \
                 AND rejected_at IS NULL AND (approved_at IS NULL OR from_when > ?3)",
            )?
            .execute(params![number, by, now.as_microsecond()])?;
        Ok(changed == 1)
    }
}

fn read(row: &Row<'_>) -> Result<VersionRow, StoreError> {
    let at = |index, column| -> Result<Option<Timestamp>, StoreError> {
        row.get::<_, Option<i64>>(index)?.map(|micros| time(micros, column)).transpose()
    };
    let by = |index| -> Result<Option<String>, StoreError> { Ok(row.get(index)?) };
    Ok(VersionRow {
        number: row.get(0)?,
        digest: Sha256::from_bytes(row.get(1)?),
        base: row.get(2)?,
        author: row.get(3)?,
        reason: row.get(4)?,
        proposed_at: time(row.get(5)?, "proposed_at")?,
        from: at(6, "from_when")?,
        approved: by(7)?.zip(at(8, "approved_at")?),
        rejected: by(9)?.zip(at(10, "rejected_at")?),
    })
}
