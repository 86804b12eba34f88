//! What happens on the path, told to whoever watches (the demo, logs). Paths and codes, never values.

use std::sync::Arc;

use jiff::Timestamp;
use serde::{Serialize, Serializer};

use crate::message::{Kind, MessageId, PartyId, Withheld};
use crate::translate::Report;

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

/// What became of the values of a message's records in a translation.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Carried {
    pub mapped: usize,
    /// Where something was lost. Not what: the table's words for it tell the value. Programs are told how many.
    #[serde(serialize_with = "how_many")]
    pub lossy: Vec<String>,
    /// Where the values stand that have no place on the other side.
    #[serde(serialize_with = "how_many")]
    pub unmapped: Vec<String>,
}

fn how_many<S: Serializer>(places: &[String], to: S) -> Result<S::Ok, S::Error> {
    places.len().serialize(to)
}

impl Carried {
    pub(super) fn of<'r>(reports: impl IntoIterator<Item = &'r Report>) -> Self {
        let mut all = Self::default();
        for report in reports {
            all.mapped += report.mapped;
            all.lossy.extend(report.lossy.iter().map(|loss| loss.path.clone()));
            all.unmapped.extend_from_slice(&report.unmapped);
        }
        all
    }
}

/// What happened.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum What {
    Translated {
        mapping: String,
        records: usize,
        #[serde(flatten)]
        carried: Carried,
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
        #[serde(flatten)]
        carried: Carried,
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
