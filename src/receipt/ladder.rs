//! The ladder of stages, and statements about one message.

use jiff::Timestamp;

use super::statement::{Stage, Statement, Verdict};
use crate::message::{Cover, PartyId};

impl Stage {
    /// The place on the ladder, from 1. A higher stage implies the lower ones.
    #[must_use]
    pub const fn rank(self) -> u8 {
        match self {
            Self::Stored => 1,
            Self::Collected => 2,
            Self::Opened => 3,
            Self::Outcome => 4,
        }
    }

    /// The stage at a place on the ladder.
    #[must_use]
    pub fn from_rank(rank: u8) -> Option<Self> {
        Self::ALL.iter().copied().find(|stage| stage.rank() == rank)
    }
}

impl Verdict {
    /// The code of a stage that was not reached; none when it was.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        match self {
            Self::Done => None,
            Self::Refused { code } => Some(code),
            Self::TimedOut => Some("timed-out"),
        }
    }
}

impl Statement {
    /// What `by` says of the message under `cover`.
    #[must_use]
    pub fn about(cover: &Cover, stage: Stage, verdict: Verdict, by: PartyId, at: Timestamp) -> Self {
        Self {
            message: cover.id,
            digest: cover.digest,
            from: cover.from.clone(),
            to: cover.to.clone(),
            stage,
            verdict,
            by,
            at,
        }
    }
}
