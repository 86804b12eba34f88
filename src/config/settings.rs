//! What the configuration says, in checked types.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use super::files::{File, SecretFile};
use super::problems::{At, Problems};
use crate::message::PartyId;
use crate::partner::Agreement;

/// The gateway itself: where it listens, where it keeps things, what bounds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GatewaySettings {
    pub at: At,
    /// What operators call this gateway; in logs and metrics.
    pub name: String,
    /// Where partners and agencies connect.
    pub listen: SocketAddr,
    /// The name under which partners reach this gateway; its certificate must carry it.
    pub public_host: String,
    /// The database file.
    pub store: PathBuf,
    /// How long work under way may take after the order to stop.
    pub drain: Duration,
    /// How long a worker keeps a claimed message without renewing the claim.
    pub lease: Duration,
    /// Messages opened or delivered at once, over all partners.
    pub workers: usize,
    /// Connections accepted at once.
    pub connections: usize,
    /// Longest time for one request, from its first byte to its answer.
    pub request: Duration,
}

/// The gateway's own identity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsSettings {
    /// Certificate chain, PEM, own certificate first.
    pub certificate: File,
    /// Private key, PEM.
    pub key: SecretFile,
}

/// An agency that this gateway speaks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgencySettings {
    pub at: At,
    pub party: PartyId,
    /// Secret OpenPGP keys, one per profile.
    pub openpgp: Vec<SecretFile>,
    /// Secret OpenPGP keys that were replaced: they open what was sealed to them before, and sign nothing.
    pub retired: Vec<SecretFile>,
    /// Name of the translation table for the agency's own records.
    pub mapping: String,
    pub mapping_at: At,
}

/// A partner: one place to connect to or from, with one or more parties behind it.
#[derive(Debug, Clone, PartialEq)]
pub struct PartnerSettings {
    /// The partner file.
    pub at: At,
    pub parties: Vec<PartySettings>,
    /// Certificates (PEM) under which the partner's own must stand. None: nobody can connect as this partner.
    pub anchors: Vec<File>,
    /// Revocation lists, PEM or DER.
    pub crls: Vec<File>,
    /// Whether a certificate is refused when no valid revocation list covers it.
    pub crl_required: bool,
}

/// One party of a partner.
#[derive(Debug, Clone, PartialEq)]
pub struct PartySettings {
    pub at: At,
    pub agreement: Agreement,
    /// OpenPGP certificates of the party: what it signs with, and what is sealed to.
    pub openpgp: Vec<File>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LogSettings {
    pub format: LogFormat,
    pub level: LogLevel,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// Lines for people.
    Text,
    /// One JSON object per line.
    Json,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum LogLevel {
    Error,
    Warn,
    Info,
    Debug,
    Trace,
}

/// A configuration without mistakes, as far as it has been checked.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    pub gateway: GatewaySettings,
    pub tls: TlsSettings,
    pub agencies: Vec<AgencySettings>,
    /// The folder with the draft of the policy: people, agreements, rules.
    pub policy: PathBuf,
    /// Translation tables (TOML).
    pub mappings: Vec<File>,
    pub log: LogSettings,
}

/// What could be read of a configuration, and what was wrong with it.
///
/// Everything that was readable is there, so that the checks of other folders can add their own problems.
#[derive(Debug, Clone)]
pub struct Draft {
    pub gateway: Option<GatewaySettings>,
    pub tls: Option<TlsSettings>,
    pub agencies: Vec<AgencySettings>,
    pub policy: Option<PathBuf>,
    pub mappings: Vec<File>,
    pub log: LogSettings,
    pub problems: Problems,
}

impl Draft {
    /// The settings, with warnings that are left, once all checks are done.
    ///
    /// # Errors
    /// All problems, warnings included, when one of them is a mistake.
    pub fn finish(self) -> Result<(Settings, Problems), Problems> {
        let Self { gateway, tls, agencies, policy, mappings, log, problems } = self;
        match (gateway, tls, policy) {
            (Some(gateway), Some(tls), Some(policy)) if !problems.any_mistake() => {
                Ok((Settings { gateway, tls, agencies, policy, mappings, log }, problems))
            }
            _ => Err(problems),
        }
    }
}

impl PartnerSettings {
    /// The agreements with the partner's parties.
    pub fn agreements(&self) -> impl Iterator<Item = &Agreement> {
        self.parties.iter().map(|party| &party.agreement)
    }
}

impl LogLevel {
    /// The word used in the configuration.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warn => "warn",
            Self::Info => "info",
            Self::Debug => "debug",
            Self::Trace => "trace",
        }
    }
}

impl Default for LogSettings {
    fn default() -> Self {
        Self { format: LogFormat::Text, level: LogLevel::Info }
    }
}
