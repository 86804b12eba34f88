//! Policy versions, as the people who change them use them.
//!
//! In: a gateway's configuration, the folder of a draft, who acts.
//! Out: proposals, approvals, rejections, each in one transaction with its audit entry; the history; readable differences.
//! Must hold: what is in force was proposed by one person and approved by another, both with their role at that moment,
//! and was valid then. Only the first version comes from the installation.

mod decide;
mod diff;
mod propose;

use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;

pub use diff::diff;

use super::assemble::catalogue;
use super::compile::compile;
use crate::access::{Denied, Roster, Seat};
use crate::audit::{self, Action};
use crate::clock::Clock;
use crate::config::{self, At, Bundle, PolicyDraft, Problems};
use crate::message::{PartyId, Sha256};
use crate::policy::Engine;
pub use crate::store::VersionRow;
use crate::store::{NewVersion, Store, StoreError, Tx};

/// Who stands as the author of a first version.
const INSTALLATION: &str = "installation";
/// Versions in one look at the history.
const PAGE: usize = 1000;
/// Versions that are compiled to find those of past decisions: each takes some milliseconds.
const COMPILED: usize = 200;

/// The versions in one gateway's store.
#[derive(Debug)]
pub struct Versions {
    store: Store,
    /// Where revocation lists are.
    folder: PathBuf,
    agencies: BTreeSet<PartyId>,
    clock: Clock,
    /// Validation takes a while and all of a processor: one at a time.
    validating: tokio::sync::Semaphore,
}

/// Why nothing has changed.
#[derive(Debug, thiserror::Error)]
pub enum Unchanged {
    #[error("{0}")]
    Problems(Problems),
    #[error(transparent)]
    Denied(#[from] Denied),
    #[error("there is no policy version {number}; `casebridge policy history` lists them")]
    NoSuchVersion { number: u32 },
    #[error(
        "this store has no policy version yet; `casebridge serve` takes the folder as the first when it starts"
    )]
    NothingInstalled,
    #[error("version {number} was approved by `{by}` already")]
    Approved { number: u32, by: String },
    #[error("version {number} was rejected by `{by}`; propose it anew")]
    Rejected { number: u32, by: String },
    #[error(
        "version {number} is or was in force and cannot be taken back; `casebridge policy rollback` proposes an older one"
    )]
    WasInForce { number: u32 },
    #[error(
        "version {newest} was approved after version {number} was proposed, which would undo it; propose {number} anew on top of it"
    )]
    Overtaken { number: u32, newest: u32 },
    #[error("{from} is past; choose a later time, or `--from now`")]
    Past { from: Timestamp },
    #[error("version {pending} comes into force at {at}; choose a later time, or reject that version first")]
    Overlap { pending: u32, at: Timestamp },
    #[error(
        "these are the files of version {number}, which is in force or will be: there is nothing to change"
    )]
    Same { number: u32 },
    #[error("a reason has 1 to 500 characters in one line, and names no person")]
    Reason,
    #[error("{open} proposals wait for a decision; reject some first")]
    TooMany { open: u32 },
    #[error("the policy changed meanwhile; try again")]
    Changing,
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Versions {
    /// The versions in the store of the gateway whose file is `config`. Its secret keys are not needed.
    ///
    /// # Errors
    /// [`Unchanged::Problems`] when the file does not say where the store is, [`Unchanged::NothingInstalled`] when the
    /// gateway has never started.
    pub fn open(config: &Path, clock: Clock) -> Result<Self, Unchanged> {
        let draft = config::read(config);
        let (Some(gateway), Some(folder)) = (draft.gateway, draft.policy) else {
            return Err(Unchanged::Problems(draft.problems));
        };
        let agencies = draft.agencies.into_iter().map(|agency| agency.party).collect();
        if crate::store::version_at(&gateway.store, clock.now())?.is_none() {
            return Err(Unchanged::NothingInstalled);
        }
        let store = Store::open(&gateway.store, Arc::default())?;
        Ok(Self { store, folder, agencies, clock, validating: tokio::sync::Semaphore::new(1) })
    }

    /// The folder of the draft.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Every version, oldest first, and the number of the one in force.
    ///
    /// # Errors
    /// [`Unchanged::Store`] when the store cannot be read.
    pub async fn history(&self) -> Result<(Vec<VersionRow>, u32), Unchanged> {
        let clock = self.clock.clone();
        let read = move |tx: &Tx<'_>| {
            let mut all: Vec<VersionRow> = Vec::new();
            loop {
                let page = tx.version_list(all.last().map_or(0, |row| row.number), PAGE)?;
                if page.is_empty() {
                    return Ok((all, tx.version_in_force(clock.now())?.unwrap_or(0)));
                }
                all.extend(page);
            }
        };
        Ok(self.store.read(read).await?)
    }

    /// The files of a version; those of the one in force when no number is given.
    ///
    /// # Errors
    /// [`Unchanged::NoSuchVersion`] when there is none.
    pub async fn bundle(&self, number: Option<u32>) -> Result<(u32, Bundle), Unchanged> {
        let clock = self.clock.clone();
        let found = self.store.read(move |tx| {
            let number = match number {
                Some(number) => number,
                None => tx.version_in_force(clock.now())?.unwrap_or(0),
            };
            Ok((number, tx.version_bundle(number)?))
        });
        let (number, bytes) = found.await?;
        let bytes = bytes.ok_or(Unchanged::NoSuchVersion { number })?;
        Ok((number, parsed(number, &bytes)?))
    }

    /// The rules of past decisions, each with the number of its version, in the order asked: `decided` gives the policy
    /// version that a decision names, and when it was made. Nothing for versions that are not here. Of several versions that
    /// decide alike it is the one that was in force then: never a proposal, and never a rejected one. At most
    /// [`COMPILED`] are looked at, the newest first.
    ///
    /// # Errors
    /// [`Unchanged::Store`] when the store cannot be read.
    pub async fn engines(
        &self,
        decided: &[(String, Timestamp)],
    ) -> Result<Vec<Option<(u32, Arc<Engine>)>>, Unchanged> {
        let (rows, _) = self.history().await?;
        let began = |row: &VersionRow, at: Timestamp| {
            let approved = row.rejected.is_none() && row.approved.is_some();
            approved && (row.number == 1 || row.from.is_some_and(|from| from <= at))
        };
        let mut compiled: HashMap<u32, Option<Arc<Engine>>> = HashMap::new();
        let mut found = Vec::new();
        for (version, at) in decided {
            let then = rows.iter().rev().filter(|row| began(row, *at));
            // A node's clock may have been behind: else any version that was in force at some time.
            let other = rows.iter().rev().filter(|row| !began(row, *at) && began(row, self.clock.now()));
            let mut engine = None;
            for row in then.chain(other) {
                let one = match compiled.get(&row.number) {
                    Some(one) => one.clone(),
                    None if compiled.len() == COMPILED => break,
                    None => {
                        let one = self.compiled(row.number).await?;
                        compiled.insert(row.number, one.clone());
                        one
                    }
                };
                if let Some(one) = one.filter(|one| one.version() == version) {
                    engine = Some((row.number, one));
                    break;
                }
            }
            found.push(engine);
        }
        Ok(found)
    }

    /// The rules of one version. What could not be compiled any more explains nothing; that is no mistake of today.
    async fn compiled(&self, number: u32) -> Result<Option<Arc<Engine>>, Unchanged> {
        let (number, bundle) = self.bundle(Some(number)).await?;
        let (agencies, folder, now) = (self.agencies.clone(), self.folder.clone(), self.clock.now());
        let compiled = tokio::task::spawn_blocking(move || {
            let draft = PolicyDraft::of_version(number, bundle, &folder);
            compile(&draft, agencies, &catalogue(), now, &mut Problems::new())
        });
        let compiled = compiled.await.map_err(|_| Unchanged::Store(StoreError::Stopped))?;
        Ok(compiled.map(|compiled| Arc::new(compiled.engine)))
    }

    /// The people of the version in force, and its number.
    async fn roster(&self) -> Result<(u32, Roster), Unchanged> {
        let (number, bundle) = self.bundle(None).await?;
        Ok((number, PolicyDraft::of_version(number, bundle, &self.folder).roster))
    }

    /// Holds all files of a version against each other.
    async fn validated(
        &self,
        draft: impl FnOnce() -> PolicyDraft + Send + 'static,
    ) -> Result<PolicyDraft, Unchanged> {
        let (agencies, now) = (self.agencies.clone(), self.clock.now());
        let checked = tokio::task::spawn_blocking(move || {
            let draft = draft();
            let problems = check(&draft, Some(agencies), now);
            (draft, problems)
        });
        let (draft, problems) = checked.await.map_err(|_| Unchanged::Store(StoreError::Stopped))?;
        if problems.any_mistake() { Err(Unchanged::Problems(problems)) } else { Ok(draft) }
    }
}

/// Everything that is wrong with a policy version that somebody wants to propose: people, agreements, certificates, rules.
/// `agencies` are those of the gateway, where it is known.
#[must_use]
pub fn check(draft: &PolicyDraft, agencies: Option<BTreeSet<PartyId>>, now: Timestamp) -> Problems {
    let mut problems = draft.problems.clone();
    let named = agencies.iter().flatten();
    let parties = draft.partners.iter().flat_map(|partner| &partner.parties);
    for (own, party) in named.flat_map(|own| parties.clone().map(move |party| (own, party))) {
        if *own == party.agreement.party {
            problems.push_at(
                &party.at,
                format!("`{own}` is an agency of this gateway; it cannot be a partner too"),
            );
        }
    }
    let people = At { file: draft.at.file.join("people.toml").into(), line: 0 };
    let seats = draft.roster.people().filter_map(|person| match &person.seat {
        Seat::Agency(party) => Some((&person.id, party)),
        Seat::Gateway => None,
    });
    for (id, party) in seats {
        if let Some(own) = agencies.as_ref().filter(|own| !own.contains(party)) {
            let known: Vec<&str> = own.iter().map(PartyId::as_str).collect();
            let known = known.join(", ");
            let text =
                format!("`{id}` is of `{party}`, which is no agency of this gateway; there are: {known}");
            problems.push_at(&people, text);
        }
    }
    for partner in &draft.partners {
        if let Some(agreement) = partner.agreements().find(|it| it.valid_until <= now) {
            let until = agreement.valid_until;
            problems.warn_at(
                &partner.at,
                format!("the agreement ended at {until}: nothing may be exchanged any more"),
            );
        }
    }
    let _ = compile(draft, agencies.unwrap_or_default(), &catalogue(), now, &mut problems);
    // A person who could not be read may be the one that is missing.
    let read = !problems.iter().any(|problem| !problem.warning && problem.at.file == people.file);
    if read && !draft.roster.can_change_policy() {
        problems.push_at(
            &people,
            "name a `policy_author` and another person as `policy_approver`, or nobody could ever change the policy again",
        );
    }
    problems
}

/// The rules of the draft in `folder`, for the agencies of the gateway whose file is `config`: to try them out.
///
/// # Errors
/// Everything that is wrong with the draft.
pub fn engine(config: &Path, folder: &Path, now: Timestamp) -> Result<Engine, Problems> {
    let agencies = config::read(config).agencies.into_iter().map(|agency| agency.party).collect();
    let draft = PolicyDraft::of_folder(folder);
    let mut problems = draft.problems.clone();
    let compiled = compile(&draft, agencies, &catalogue(), now, &mut problems);
    compiled.filter(|_| !problems.any_mistake()).map(|compiled| compiled.engine).ok_or(problems)
}

/// What to say when the files in `folder` are not those of the version in force; `config` is the gateway's file.
#[must_use]
pub(super) fn drift(folder: &Path, in_force: &PolicyDraft, config: &Path) -> Option<String> {
    let draft = PolicyDraft::of_folder(folder);
    if draft.same_files(&in_force.bundle) {
        return None;
    }
    let (number, config, folder) = (in_force.number.unwrap_or(0), config.display(), folder.display());
    Some(format!(
        "the files here differ from policy version {number}, which is in force; they are a draft: see \
         `casebridge policy diff --config {config}`, propose it with \
         `casebridge policy apply --config {config} --author ID --reason TEXT {folder}`, or put the old files back"
    ))
}

/// Keeps the first version, if there is none yet, and gives its number then and when it is the one in force anyway.
pub(super) async fn install(store: &Store, bundle: &Bundle, clock: Clock) -> Result<Option<u32>, StoreError> {
    let bytes = bundle.to_bytes();
    let digest = Sha256::of(&bytes);
    let version = NewVersion {
        bundle: bytes.into(),
        author: INSTALLATION.to_owned(),
        reason: "taken from the folder at the first start".to_owned(),
        from: None,
    };
    let (installed, number) = store
        .write("install_policy", move |tx| {
            let now = clock.now();
            let installed = tx.version_install(&version, now)?;
            if installed {
                audit::append(tx, &event(INSTALLATION, Action::Install, 1, digest, now).entry())?;
            }
            let in_force =
                tx.version_in_force(now)?.map(|number| tx.version_find(number)).transpose()?.flatten();
            Ok((installed, in_force.filter(|row| row.digest == digest).map(|row| row.number)))
        })
        .await?;
    if installed {
        tracing::warn!(
            version = 1,
            "the policy's folder is now version 1, as it was installed: no second person has approved it; \
             from now on its files are a draft, and `casebridge policy` changes the policy"
        );
    }
    Ok(number)
}

fn parsed(number: u32, bytes: &[u8]) -> Result<Bundle, Unchanged> {
    Bundle::parse(bytes).map_err(|_| Unchanged::Store(StoreError::DamagedPolicy { number }))
}

/// The audit entry of one step.
fn event(actor: &str, action: Action, number: u32, digest: Sha256, now: Timestamp) -> audit::Event {
    let mut event = audit::Event::new(now, actor, action);
    (event.version, event.digest) = (Some(number), Some(digest));
    event
}

/// Whether a version with this time may follow `newest`, the newest approved one.
fn in_time(from: Option<Timestamp>, newest: &VersionRow, now: Timestamp) -> Result<(), Unchanged> {
    if let Some(from) = from.filter(|from| *from <= now) {
        return Err(Unchanged::Past { from });
    }
    match newest.from {
        Some(at) if at > now && from.unwrap_or(now) <= at => {
            Err(Unchanged::Overlap { pending: newest.number, at })
        }
        _ => Ok(()),
    }
}
