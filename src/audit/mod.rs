//! Append-only, tamper-evident log of every decision and access.
//!
//! In: events, in the transaction that makes them true.
//! Out: a hash chain that shows any change to its past to whoever holds a checkpoint.
//! Must hold: opaque ids, codes and digests only, never values.

use jiff::Timestamp;
use serde::Serialize;

use crate::message::{MessageId, PartyId, Sha256};
use crate::store::{StoreError, Tx};

/// What happened, as the law wants it recorded (Directive (EU) 2016/680 art. 25).
#[derive(Debug, Clone, Serialize)]
pub struct Event {
    pub at: Timestamp,
    /// Who acted: an officer, a system or a partner, as an opaque name.
    pub actor: String,
    pub action: Action,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<MessageId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<PartyId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<PartyId>,
    /// Digest of the sealed bytes, or of the policy version.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub digest: Option<Sha256>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub policy_version: Option<String>,
    /// Number of the policy version that was proposed, approved, rejected or installed; `digest` is then its bundle's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<u32>,
    /// Digest of the sealed record of the decision, which holds rules, categories and paths.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decision: Option<Sha256>,
    /// The stage that a receipt proves.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stage: Option<&'static str>,
    /// The refusal's code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
}

/// What was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    Disclose,
    Hold,
    Release,
    Deny,
    Transfer,
    Collect,
    Receive,
    Open,
    Consult,
    Quarantine,
    Fail,
    /// A first policy version was taken from the installation.
    Install,
    /// A policy version was proposed, approved, rejected.
    Propose,
    Approve,
    Reject,
    /// Content was removed: here, or at the partner that certifies it.
    Erase,
    /// An erasure is overdue: people must act.
    Escalate,
}

impl Event {
    /// An event with nothing but who, what and when; the rest is filled in by name.
    #[must_use]
    pub fn new(at: Timestamp, actor: impl Into<String>, action: Action) -> Self {
        Self {
            at,
            actor: actor.into(),
            action,
            message: None,
            from: None,
            to: None,
            digest: None,
            policy_version: None,
            version: None,
            decision: None,
            stage: None,
            code: None,
        }
    }

    /// The event as it will stand in the log: written out before the transaction, which others wait for.
    #[must_use]
    pub fn entry(&self) -> Entry {
        // An event holds text and numbers only, so writing it cannot fail.
        Entry(serde_json::to_vec(self).unwrap_or_default())
    }
}

/// An event, ready to be appended.
#[derive(Debug, Clone)]
pub struct Entry(Vec<u8>);

/// A point of the chain. Whoever keeps one can later show that nothing before it was changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Checkpoint {
    pub seq: u64,
    pub hash: Sha256,
}

/// Where a chain is broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AuditError {
    #[error("audit entry {seq} was changed or an entry before it removed")]
    Broken { seq: u64 },
    #[error("the audit log is shorter than the checkpoint or differs from it at entry {seq}")]
    Checkpoint { seq: u64 },
}

/// Adds an entry at the end of the chain, in the caller's transaction.
///
/// # Errors
/// [`StoreError`] when the database refuses; the whole transaction is then undone.
pub fn append(tx: &Tx<'_>, entry: &Entry) -> Result<(), StoreError> {
    let (seq, previous) = tx.audit_head()?.unwrap_or((0, [0; 32]));
    tx.audit_add(seq + 1, &entry.0, link(&previous, &entry.0).as_bytes())
}

/// Notes that stored messages are no longer what was stored.
///
/// # Errors
/// As [`append`].
pub fn damaged(tx: &Tx<'_>, ids: &[String], now: Timestamp) -> Result<(), StoreError> {
    ids.iter().try_for_each(|id| {
        let mut event = Event::new(now, "gateway", Action::Fail);
        (event.message, event.code) = (id.parse().ok(), Some("damaged-in-store".to_owned()));
        append(tx, &event.entry())
    })
}

/// Follows the chain from its start, and holds it against an earlier checkpoint.
///
/// # Errors
/// The outer error when the database cannot be read, the inner one when the chain is broken.
pub fn verify(tx: &Tx<'_>, known: Option<Checkpoint>) -> Result<Result<Checkpoint, AuditError>, StoreError> {
    let mut at = Checkpoint { seq: 0, hash: Sha256::from_bytes([0; 32]) };
    let mut seen = known.is_none();
    loop {
        let page = tx.audit_list(at.seq, 1000)?;
        if page.is_empty() {
            break;
        }
        for (seq, entry, hash) in page {
            if seq != at.seq + 1 || link(at.hash.as_bytes(), &entry).as_bytes() != &hash {
                return Ok(Err(AuditError::Broken { seq }));
            }
            at = Checkpoint { seq, hash: Sha256::from_bytes(hash) };
            if let Some(known) = known.filter(|known| known.seq == seq) {
                if known != at {
                    return Ok(Err(AuditError::Checkpoint { seq }));
                }
                seen = true;
            }
        }
    }
    let missing = known.filter(|_| !seen).map(|known| AuditError::Checkpoint { seq: known.seq });
    Ok(missing.map_or(Ok(at), Err))
}

fn link(previous: &[u8; 32], entry: &[u8]) -> Sha256 {
    let mut bytes = Vec::with_capacity(32 + entry.len());
    bytes.extend_from_slice(previous);
    bytes.extend_from_slice(entry);
    Sha256::of(&bytes)
}
