//! What happens on the path, told to whoever watches (the demo, logs). Paths and codes, never values.

use std::sync::Arc;

use jiff::Timestamp;
use serde::Serialize;

use crate::message::{Kind, MessageId, PartyId, Withheld};

/// Somebody who watches the path.
pub type Observer = Arc<dyn Fn(&Event) + Send + Sync>;

/// One step of one message.
#[derive(Debug, Clone, Serialize)]
pub struct Event {
    pub at: Timestamp,
    pub message: MessageId,
    pub from: PartyId,
    pub to: PartyId,
    #[serde(flatten)]
    pub what: What,
}

/// What happened.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum What {
    Translated {
        mapping: String,
        records: usize,
        mapped: usize,
        lossy: usize,
        unmapped: usize,
    },
    Allowed {
        kind: Kind,
        rules: Vec<String>,
        withheld: Vec<Withheld>,
        policy_version: String,
    },
    Held {
        kind: Kind,
        grounds: Vec<String>,
    },
    /// A second person wants the message released; policy decides again.
    Approved {
        by: String,
    },
    Refused {
        kind: Kind,
        code: String,
        grounds: Vec<String>,
    },
    Sealed {
        bytes: u64,
        profile: &'static str,
    },
    Stored {
        by: PartyId,
    },
    Collected {
        by: PartyId,
    },
    Opened {
        by: PartyId,
    },
    Outcome {
        by: PartyId,
    },
    Quarantined {
        code: String,
    },
    ReceiptRefused {
        by: PartyId,
        stage: &'static str,
        code: String,
    },
    Imported {
        mapping: String,
        mapped: usize,
        lossy: usize,
        unmapped: usize,
    },
    Retried {
        reason: String,
    },
    Failed {
        code: String,
    },
    /// The body of a received message was removed here.
    Erased,
    /// The partner has certified that a disclosed message is gone.
    Certified,
    /// An erasure is overdue.
    Overdue {
        code: String,
    },
}
