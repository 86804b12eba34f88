//! What was agreed with one partner.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::message::{Kind, LegalBasis, PartyId, Purpose};

/// The terms agreed with one partner, as this gateway applies them.
#[derive(Debug, Clone, PartialEq)]
pub struct Agreement {
    pub party: PartyId,
    pub name: String,
    pub body: Body,
    pub valid_from: Timestamp,
    pub valid_until: Timestamp,
    pub profile: Profile,
    pub delivery: Delivery,
    /// Message kinds that may go to the partner.
    pub kinds_out: BTreeSet<Kind>,
    /// Message kinds that may come from the partner.
    pub kinds_in: BTreeSet<Kind>,
    pub purposes: BTreeSet<Purpose>,
    pub legal_bases: BTreeSet<LegalBasis>,
    /// Languages of questions and answers (ISO 639-1).
    pub languages: BTreeSet<String>,
    pub limits: Limits,
}

/// What kind of authority the partner is: field release differs by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Body {
    Police,
    Protection,
    Prosecution,
}

/// Which OpenPGP formats the partner's software reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Profile {
    /// RFC 9580: version 6 keys, AEAD.
    #[serde(rename = "v6")]
    V6,
    /// RFC 9580 with ML-KEM-768+X25519 and ML-DSA-65+Ed25519.
    #[serde(rename = "v6-pq")]
    V6Pq,
    /// RFC 4880 with Curve25519: version 4 keys, SEIPDv1; for partners on GnuPG.
    #[serde(rename = "v4-compat")]
    V4Compat,
}

/// How messages reach the partner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Delivery {
    /// This gateway connects to the partner's.
    Push { host: String, port: u16 },
    /// The partner fetches from its mailbox here.
    Poll,
}

/// Numbers that bound what a partner can make this gateway do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Longest sealed message, in bytes.
    pub sealed_bytes: usize,
    /// Requests per second that the partner may make, on average.
    pub requests_per_second: u32,
    /// Requests that it may make at once.
    pub burst: u32,
    /// Deliveries to the partner under way at once.
    pub deliveries_at_once: usize,
}

impl Agreement {
    /// Whether the agreement is in force at `now`.
    #[must_use]
    pub fn in_force(&self, now: Timestamp) -> bool {
        self.valid_from <= now && now < self.valid_until
    }
}

impl Body {
    /// The word used in policies and documents.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Police => "police",
            Self::Protection => "protection",
            Self::Prosecution => "prosecution",
        }
    }
}

impl Profile {
    /// The word used in configuration and documents.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::V6 => "v6",
            Self::V6Pq => "v6-pq",
            Self::V4Compat => "v4-compat",
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self { sealed_bytes: 32 << 20, requests_per_second: 200, burst: 400, deliveries_at_once: 16 }
    }
}
