//! A second person decides about a proposal, once.

use jiff::Timestamp;

use super::{Unchanged, VersionRow, Versions, event, in_time};
use crate::access::{Caller, PersonId, Roster};
use crate::audit::{self, Action};
use crate::config::PolicyDraft;
use crate::store::{StoreError, Tx};

/// How often a decision is made anew when the version in force changes under it.
const AGAIN: usize = 3;

impl Versions {
    /// Approves proposal `number`. It is validated again; the roles of both people are those of the version in force in
    /// the very transaction that approves.
    ///
    /// # Errors
    /// [`Unchanged`] with the reason.
    pub async fn approve(&self, number: u32, caller: &Caller) -> Result<VersionRow, Unchanged> {
        let _turn = self.validating.acquire().await.map_err(|_| StoreError::Stopped)?;
        let row = self.store.read(move |tx| tx.version_find(number)).await?;
        // Whoever may not, or comes too late, is told so before the work begins; what counts is asked below again.
        let row = row.ok_or(Unchanged::NoSuchVersion { number })?;
        waits(&row)?;
        let (_, roster) = self.roster().await?;
        roster.may_approve(&author(&row)?, caller)?;
        let (_, bundle) = self.bundle(Some(number)).await?;
        let folder = self.folder.clone();
        self.validated(move || PolicyDraft::of_version(number, bundle, &folder)).await?;
        self.decided("approve_policy", caller, move |tx, roster, caller, now| {
            let Some(row) = tx.version_find(number)? else {
                return Ok(Err(Unchanged::NoSuchVersion { number }));
            };
            if let Err(unchanged) = may_be_approved(tx, &row, roster, caller, now)? {
                return Ok(Err(unchanged));
            }
            if !tx.version_approve(number, caller.id.as_str(), now)? {
                return Ok(Err(Unchanged::Changing));
            }
            audit::append(tx, &event(caller.id.as_str(), Action::Approve, number, row.digest, now).entry())?;
            Ok(tx.version_find(number)?.ok_or(Unchanged::NoSuchVersion { number }))
        })
        .await
    }

    /// Rejects proposal `number`, or an approved version that is not yet in force. What is in force stays.
    ///
    /// # Errors
    /// [`Unchanged`] with the reason.
    pub async fn reject(&self, number: u32, caller: &Caller) -> Result<VersionRow, Unchanged> {
        self.decided("reject_policy", caller, move |tx, roster, caller, now| {
            let Some(row) = tx.version_find(number)? else {
                return Ok(Err(Unchanged::NoSuchVersion { number }));
            };
            if let Some((by, _)) = &row.rejected {
                return Ok(Err(Unchanged::Rejected { number, by: by.clone() }));
            }
            // A first version has no author on the roster; it is in force, or was.
            let may = author(&row).map_err(|_| Unchanged::WasInForce { number });
            let may = may.and_then(|author| Ok(roster.may_reject(&author, caller)?));
            if let Err(unchanged) = may {
                return Ok(Err(unchanged));
            }
            if !tx.version_reject(number, caller.id.as_str(), now)? {
                return Ok(Err(Unchanged::WasInForce { number }));
            }
            audit::append(tx, &event(caller.id.as_str(), Action::Reject, number, row.digest, now).entry())?;
            Ok(tx.version_find(number)?.ok_or(Unchanged::NoSuchVersion { number }))
        })
        .await
    }

    /// Runs `decide` in a transaction with the people of the version that is in force in it.
    async fn decided(
        &self,
        name: &'static str,
        caller: &Caller,
        decide: impl Decide,
    ) -> Result<VersionRow, Unchanged> {
        for _ in 0..AGAIN {
            // People are read from their file outside of the transaction, which others wait for.
            let (in_force, roster) = self.roster().await?;
            if let Some(outcome) = self.decided_by(in_force, roster, name, caller, decide).await? {
                return outcome;
            }
        }
        Err(Unchanged::Changing)
    }

    /// Nothing when `in_force`, the version of `roster`, is in force no longer. The time is read in the transaction:
    /// whatever is committed later is later.
    async fn decided_by(
        &self,
        in_force: u32,
        roster: Roster,
        name: &'static str,
        caller: &Caller,
        decide: impl Decide,
    ) -> Result<Option<Result<VersionRow, Unchanged>>, Unchanged> {
        let (caller, clock) = (caller.clone(), self.clock.clone());
        let decided = self.store.write(name, move |tx| {
            let now = clock.now();
            if tx.version_in_force(now)? != Some(in_force) {
                return Ok(None);
            }
            decide(tx, &roster, &caller, now).map(Some)
        });
        Ok(decided.await?)
    }
}

/// What is done about a version, in the transaction.
trait Decide:
    Fn(&Tx<'_>, &Roster, &Caller, Timestamp) -> Result<Result<VersionRow, Unchanged>, StoreError>
    + Send
    + Sync
    + Copy
    + 'static
{
}

impl<F> Decide for F where
    F: Fn(&Tx<'_>, &Roster, &Caller, Timestamp) -> Result<Result<VersionRow, Unchanged>, StoreError>
        + Send
        + Sync
        + Copy
        + 'static
{
}

/// All that stands between a proposal and its approval.
fn may_be_approved(
    tx: &Tx<'_>,
    row: &VersionRow,
    roster: &Roster,
    caller: &Caller,
    now: Timestamp,
) -> Result<Result<(), Unchanged>, StoreError> {
    let newest = tx.version_newest()?.ok_or(StoreError::Row { column: "approved_at" })?;
    Ok((|| {
        waits(row)?;
        roster.may_approve(&author(row)?, caller)?;
        if row.base != Some(newest.number) {
            return Err(Unchanged::Overtaken { number: row.number, newest: newest.number });
        }
        in_time(row.from, &newest, now)
    })())
}

/// Whether nothing was decided about the proposal yet.
fn waits(row: &VersionRow) -> Result<(), Unchanged> {
    let number = row.number;
    match (&row.rejected, &row.approved) {
        (Some((by, _)), _) => Err(Unchanged::Rejected { number, by: by.clone() }),
        (None, Some((by, _))) => Err(Unchanged::Approved { number, by: by.clone() }),
        (None, None) => Ok(()),
    }
}

fn author(row: &VersionRow) -> Result<PersonId, Unchanged> {
    row.author.parse().map_err(|_| Unchanged::Store(StoreError::Row { column: "author" }))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use jiff::{SignedDuration, Timestamp};

    use super::Versions;
    use crate::access::Caller;
    use crate::app::trial::{APPROVER, AUTHOR, write_folder};
    use crate::app::{Options, beside, check};
    use crate::clock::Clock;

    fn caller(id: &str) -> Caller {
        Caller::here(id).unwrap()
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn people_of_a_version_that_is_in_force_no_longer_decide_nothing() {
        let folder = tempfile::tempdir().unwrap();
        write_folder(folder.path(), 18443, 18444).unwrap();
        let (rs, clock) = (folder.path().join("rs"), Clock::standing_at(Timestamp::now()));
        let config = rs.join("gateway.toml");
        let options = Options { clock: clock.clone(), ..Options::default() };
        drop(beside(check(&config, clock.now()).unwrap(), options).await.unwrap());
        let versions = Versions::open(&config, clock.clone()).unwrap();
        let people = std::fs::read_to_string(rs.join("people.toml")).unwrap();
        std::fs::write(rs.join("people.toml"), people + "# another file\n").unwrap();
        let from = clock.now() + SignedDuration::from_hours(1);
        versions.propose(rs, &caller(AUTHOR), "a test", Some(from)).await.unwrap();
        versions.approve(2, &caller(APPROVER)).await.unwrap();

        let (in_force, roster) = versions.roster().await.unwrap();
        clock.advance(Duration::from_hours(1));
        let by = caller(APPROVER);
        let decided = versions
            .decided_by(in_force, roster, "test", &by, |_, _, _, _| panic!("decided by people of the past"));
        assert!(decided.await.unwrap().is_none(), "the roster is read anew");
        assert_eq!(versions.roster().await.unwrap().0, 2);
    }
}
