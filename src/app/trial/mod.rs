//! A trial on this machine: a Serbian and a Slovene gateway, and Austria as a foreign system that polls.
//!
//! In: the shipped configuration and throw-away keys, in a folder of their own.
//! Out: two running gateways and a foreign client.
//! Must hold: everything is real but the persons and the keys; nothing listens beyond loopback.

mod desk;
mod keys;
mod stranger;
mod wire;

use std::path::{Path, PathBuf};
use std::time::Duration;

use tempfile::TempDir;
use tokio::net::TcpListener;

pub use desk::{Desk, code_counts};
pub use keys::{StateKeys, TrialKeys, write_folder};
pub use stranger::{Received, Stranger, StrangerError};
pub use wire::{WireAnswer, WireClient, WireError};

use super::versions::Versions;
use super::{Options, Running, StartError, assemble, read, start};
use crate::access::Caller;
use crate::clock::Clock;
use crate::config::{self, Problems};
use crate::message::{PartyId, Purpose};
use crate::partner::Limits;

/// Who proposes changes of the policy, by the shipped `people.toml`.
pub const AUTHOR: &str = "example-author";
/// Who approves them.
pub const APPROVER: &str = "example-approver";

/// Who releases the held messages of an agency.
#[must_use]
pub fn reviewer_of(agency: &PartyId) -> String {
    let authority = agency.as_str().rsplit('/').next().unwrap_or_default();
    format!("example-reviewer-{authority}")
}

/// What a trial may change of the shipped configuration.
#[derive(Debug, Clone, Default)]
pub struct TrialOptions {
    /// Where the trial keeps its files; a temporary folder when absent.
    pub folder: Option<PathBuf>,
    /// For the Serbian gateway.
    pub rs: Options,
    /// For the Slovene gateway.
    pub si: Options,
    /// The table of `rs/mup`, when it is not its own.
    pub mapping: Option<String>,
    /// What the parties agreed about numbers, when it is not the shipped agreement.
    pub limits: Option<Limits>,
    /// Purposes that are agreed beside those of the shipped agreements.
    pub more_purposes: Vec<Purpose>,
    pub profile: Option<crate::partner::Profile>,
    /// Go on with the keys and databases that an earlier trial left in `folder`.
    pub keep_keys: bool,
}

/// A trial that runs. Its folder goes when it is dropped.
#[derive(Debug)]
pub struct Trial {
    pub rs: Running,
    /// Gone while Slovenia is stopped.
    si: Option<Running>,
    pub keys: TrialKeys,
    at: Option<Stranger>,
    folder: Folder,
    options: TrialOptions,
}

#[derive(Debug)]
enum Folder {
    Temporary(TempDir),
    Given(PathBuf),
}

/// Why a trial did not start.
#[derive(Debug, thiserror::Error)]
pub enum TrialError {
    #[error("cannot write the trial's files: {0}")]
    Files(#[from] std::io::Error),
    #[error("cannot make throw-away keys: {0}")]
    Keys(String),
    #[error("the shipped configuration has mistakes:\n{0}")]
    Config(Problems),
    #[error(transparent)]
    Start(#[from] StartError),
    #[error("the changed configuration was not taken: {0}")]
    Reload(String),
}

impl Trial {
    /// Makes keys and certificates, writes both gateways' configuration, starts them.
    ///
    /// # Errors
    /// [`TrialError`] with what could not be made or started.
    pub async fn start(options: TrialOptions) -> Result<Self, TrialError> {
        let folder = match &options.folder {
            Some(path) => {
                std::fs::create_dir_all(path)?;
                Folder::Given(path.clone())
            }
            None => Folder::Temporary(tempfile::Builder::new().prefix("casebridge-").tempdir()?),
        };
        let now = options.rs.clock.now();
        let profile = options.profile.unwrap_or(crate::partner::Profile::V6);
        let keys = if options.keep_keys {
            keys::read_all(folder.path(), now)?
        } else {
            keys::write_all(folder.path(), profile, now)?
        };
        let rs_port = TcpListener::bind(("127.0.0.1", 0)).await?;
        let si_port = TcpListener::bind(("127.0.0.1", 0)).await?;
        let ports = Ports { rs: rs_port.local_addr()?.port(), si: si_port.local_addr()?.port() };
        for country in ["rs", "si"] {
            keys::adapt(&folder.path().join(country).join("partners"), &options, ports)?;
            if options.keep_keys {
                // What was agreed about ports stands in the version in force of the earlier trial.
                change_policy(&folder.path().join(country), options.rs.clock.clone()).await?;
            }
        }
        let rs = Self::gateway(folder.path(), "rs", &options, Some(rs_port)).await?;
        let si = Self::gateway(folder.path(), "si", &options, Some(si_port)).await?;
        let at = Stranger::new(&keys, rs.address, options.rs.clock.clone())
            .map_err(|error| TrialError::Keys(error.to_string()))?;
        Ok(Self { rs, si: Some(si), keys, at: Some(at), folder, options })
    }

    async fn gateway(
        folder: &Path,
        country: &str,
        options: &TrialOptions,
        port: Option<TcpListener>,
    ) -> Result<Running, TrialError> {
        let own = if country == "rs" { options.rs.clone() } else { options.si.clone() };
        let now = own.clock.now();
        let (draft, policy) = read(&folder.join(country).join("gateway.toml"), now);
        let assembly = assemble(configured(draft, options), policy, now).map_err(TrialError::Config)?;
        Ok(start(assembly, own, port).await?)
    }

    /// A second node of the Serbian gateway: the same files and the same store, on a port of its own.
    ///
    /// # Errors
    /// As [`Trial::start`].
    pub async fn second_serbia(&self) -> Result<Running, TrialError> {
        let port = TcpListener::bind(("127.0.0.1", 0)).await?;
        Self::gateway(self.folder(), "rs", &self.options, Some(port)).await
    }

    /// Puts the Serbian gateway's own files in force anew, after `change`.
    ///
    /// # Errors
    /// [`TrialError`] when the changed files have mistakes or cannot take the place of the old.
    pub async fn reload_serbia(&self, change: impl FnOnce(&mut config::Draft)) -> Result<(), TrialError> {
        let draft = config::read(&self.folder().join("rs/gateway.toml"));
        let mut draft = configured(draft, &self.options);
        change(&mut draft);
        self.rs.reload(draft).await.map_err(TrialError::Reload)
    }

    /// Changes the Serbian gateway's policy: `change` is given its folder; what it has then is proposed by one person,
    /// approved by another, and in force when this returns. Gives the number of the version.
    ///
    /// # Errors
    /// [`TrialError`] when the change was not taken.
    pub async fn change_serbia(&self, change: impl FnOnce(&Path)) -> Result<u32, TrialError> {
        let folder = self.folder().join("rs");
        change(&folder);
        let number = change_policy(&folder, self.options.rs.clock.clone()).await?;
        self.rs.gateway.follow().await.map_err(|error| TrialError::Reload(error.to_string()))?;
        Ok(number)
    }

    /// Austria's system, the first time it is asked for.
    pub const fn take_stranger(&mut self) -> Option<Stranger> {
        self.at.take()
    }

    /// The Slovene gateway, unless it was stopped.
    #[must_use]
    pub const fn slovenia(&self) -> Option<&Running> {
        self.si.as_ref()
    }

    /// Takes the Slovene gateway away, as an outage would.
    pub async fn stop_slovenia(&mut self) {
        if let Some(si) = self.si.take() {
            si.stop().await;
        }
    }

    /// Where the trial keeps its files.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Bytes of both databases on disk.
    #[must_use]
    pub fn disk_bytes(&self) -> u64 {
        let databases = ["rs/casebridge.db", "si/casebridge.db"];
        let sizes = databases
            .iter()
            .flat_map(|name| ["", "-wal"].map(|end| self.folder().join(format!("{name}{end}"))));
        sizes.filter_map(|path| std::fs::metadata(path).ok()).map(|metadata| metadata.len()).sum()
    }

    /// Stops both gateways and removes a temporary folder.
    pub async fn stop(self) {
        let Self { rs, si, folder, .. } = self;
        if let Some(si) = si {
            tokio::join!(rs.stop(), si.stop());
        } else {
            rs.stop().await;
        }
        drop(folder);
    }
}

impl Folder {
    fn path(&self) -> &Path {
        match self {
            Self::Temporary(dir) => dir.path(),
            Self::Given(path) => path,
        }
    }
}

#[derive(Debug, Clone, Copy)]
struct Ports {
    rs: u16,
    si: u16,
}

/// Proposes and approves what stands in a gateway's folder.
async fn change_policy(folder: &Path, clock: Clock) -> Result<u32, TrialError> {
    let failed = |error: &dyn std::fmt::Display| TrialError::Reload(error.to_string());
    let versions = Versions::open(&folder.join("gateway.toml"), clock).map_err(|e| failed(&e))?;
    let caller = |id| Caller::here(id).map_err(|e| failed(&e));
    let proposed = versions.propose(folder.to_path_buf(), &caller(AUTHOR)?, "trial", None).await;
    let number = proposed.map_err(|e| failed(&e))?.number;
    versions.approve(number, &caller(APPROVER)?).await.map_err(|e| failed(&e))?;
    Ok(number)
}

/// Puts in what only this run knows.
fn configured(mut draft: config::Draft, options: &TrialOptions) -> config::Draft {
    if let Some(gateway) = &mut draft.gateway {
        gateway.listen = ([127, 0, 0, 1], 0).into();
        gateway.drain = Duration::from_secs(10);
    }
    let mup: Option<PartyId> = "rs/mup".parse().ok();
    if let (Some(mapping), Some(agency)) =
        (&options.mapping, draft.agencies.iter_mut().find(|agency| Some(&agency.party) == mup.as_ref()))
    {
        agency.mapping.clone_from(mapping);
        add_mapping(&mut draft, mapping);
    }
    draft
}

/// The table is among the shipped ones, but not among those that the Serbian gateway names.
fn add_mapping(draft: &mut config::Draft, mapping: &str) {
    let name = format!("translate/{mapping}.toml");
    let first = draft.mappings.first().map(|file| file.at.clone());
    if let (Some(bytes), Some(at)) = (config::shipped::file(&name), first) {
        draft.mappings.push(config::File { at, path: name.into(), bytes: bytes.to_vec() });
    }
}
