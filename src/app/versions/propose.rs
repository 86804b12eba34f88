//! One person proposes a version: a changed draft, or an older version again.

use std::path::PathBuf;

use jiff::Timestamp;

use super::{Unchanged, VersionRow, Versions, event, in_time};
use crate::access::Caller;
use crate::audit::{self, Action};
use crate::config::{Bundle, PolicyDraft};
use crate::store::{NewVersion, StoreError, Tx};

/// Proposals that may wait for a decision.
const MOST_OPEN: u32 = 100;
/// Longest reason, in characters.
const LONGEST_REASON: usize = 500;

impl Versions {
    /// Proposes the draft in `folder`, to be in force from `from`, or as soon as it is approved.
    ///
    /// # Errors
    /// [`Unchanged`] with the reason.
    pub async fn propose(
        &self,
        folder: PathBuf,
        caller: &Caller,
        reason: &str,
        from: Option<Timestamp>,
    ) -> Result<VersionRow, Unchanged> {
        let draft = self.validated(move || PolicyDraft::of_folder(&folder)).await?;
        self.keep(draft.bundle, caller, reason, from).await
    }

    /// Proposes the files of version `number` again.
    ///
    /// # Errors
    /// [`Unchanged`] with the reason.
    pub async fn roll_back(
        &self,
        number: u32,
        caller: &Caller,
        reason: &str,
        from: Option<Timestamp>,
    ) -> Result<VersionRow, Unchanged> {
        let ((_, bundle), folder) = (self.bundle(Some(number)).await?, self.folder.clone());
        let draft = self.validated(move || PolicyDraft::of_version(number, bundle, &folder)).await?;
        self.keep(draft.bundle, caller, reason, from).await
    }

    async fn keep(
        &self,
        bundle: Bundle,
        caller: &Caller,
        reason: &str,
        from: Option<Timestamp>,
    ) -> Result<VersionRow, Unchanged> {
        let reason = reason.trim();
        if !(1..=LONGEST_REASON).contains(&reason.chars().count()) || reason.chars().any(char::is_control) {
            return Err(Unchanged::Reason);
        }
        let (in_force, roster) = self.roster().await?;
        roster.may_propose(caller)?;
        let (author, clock) = (caller.id.to_string(), self.clock.clone());
        let version =
            NewVersion { bundle: bundle.to_bytes().into(), author, reason: reason.to_owned(), from };
        let digest = bundle.digest();
        let kept = self.store.write("propose_policy", move |tx: &Tx<'_>| {
            let now = clock.now();
            // The author's role was looked up in this version.
            if tx.version_in_force(now)? != Some(in_force) {
                return Ok(Err(Unchanged::Changing));
            }
            let newest = tx.version_newest()?.ok_or(StoreError::Row { column: "approved_at" })?;
            if newest.digest == digest {
                return Ok(Err(Unchanged::Same { number: newest.number }));
            }
            if let Err(unchanged) = in_time(version.from, &newest, now) {
                return Ok(Err(unchanged));
            }
            let open = tx.version_open()?;
            if open >= MOST_OPEN {
                return Ok(Err(Unchanged::TooMany { open }));
            }
            let number = tx.version_propose(&version, newest.number, now)?;
            audit::append(tx, &event(&version.author, Action::Propose, number, digest, now).entry())?;
            Ok(tx.version_find(number)?.ok_or(Unchanged::NoSuchVersion { number }))
        });
        kept.await?
    }
}
