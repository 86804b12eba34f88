//! Configuration files: read, checked, explained.
//!
//! In: one gateway's TOML file, and the files that it names; one policy version, from its folder or as it was kept.
//! Out: [`Settings`] and [`PolicyDraft`], or every problem with its file and line, each with what to do about it.
//! Must hold: nothing is opened or bound before all problems are known; an absent list permits nothing; what a policy
//! version says depends on its [`Bundle`] alone.
//!
//! Keys, certificates, policies and tables are loaded here and parsed by the folder that owns them: whoever does so
//! adds what it finds to [`Draft::problems`], citing the [`At`] that stands with each file, before [`Draft::finish`].

mod bundle;
mod files;
mod gateway;
mod partner_file;
mod partner_parts;
mod people_file;
mod policy_folder;
mod problems;
mod reader;
mod settings;
mod shelf;
pub mod shipped;
#[cfg(test)]
mod tests;
mod value;

pub use bundle::{Bundle, BundleError};
pub use files::{File, SecretFile};
pub use policy_folder::PolicyDraft;
pub use problems::{At, Problem, Problems};
pub use settings::{
    AgencySettings, Draft, GatewaySettings, LogFormat, LogLevel, LogSettings, PartnerSettings, PartySettings,
    Settings, TlsSettings,
};

use std::path::Path;

/// Reads the gateway file `path` and everything that it names but the policy.
///
/// Never fails: what could not be read stands in [`Draft::problems`].
#[must_use]
pub fn read(path: &Path) -> Draft {
    let mut problems = Problems::new();
    let mut draft = gateway::read(path, &mut problems);
    draft.problems = problems;
    draft
}
