//! Release of held messages: what a second person lets go, and no more.

use serde::{Deserialize, Serialize};

use super::ExchangeError;
use super::again;
use super::draft::HeldDraft;
use super::event::What;
use super::further::FurtherUses;
use super::gateway::{Gateway, Terms};
use super::known::Draft;
use super::outbound::{Drafted, Prepared, Way, actor};
use super::plan::sentences;
use super::request::Submitted;
use super::shown::{self, Look};
use super::switch::{AGAIN, in_force};
use crate::audit::{self, Action};
use crate::message::{MessageId, PartyId, SecretUse, Sha256};
use crate::partner::Role;
use crate::policy::{self, ActorError, Approval, Decision, Extent, StatedAge, Submission};
use crate::schema::DataCategory;
use crate::seal::Vault;
use crate::store::{Ended, HeldReleaseRow};
use crate::translate::Report;

/// What the log says of a release with which ages were stated.
const AGE_STATED: &str = "age-stated";

/// One person's release of a draft, as asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Releasing {
    pub by: String,
    pub extent: Extent,
    /// Ages of persons that the record does not show, as this person believes them to be.
    pub ages: Vec<StatedAge>,
    /// The digest of what was shown, if the person names it; without it the last look counts.
    pub digest: Option<Sha256>,
}

/// What is kept, sealed, of a release that does not suffice alone.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Kept {
    extent: Extent,
    ages: Vec<StatedAge>,
}

impl Releasing {
    /// Everything that this person can release.
    pub fn everything(by: impl Into<String>) -> Self {
        Self { by: by.into(), extent: Extent::Everything, ages: Vec::new(), digest: None }
    }

    /// The approval, with the roles that the person has by these terms.
    pub(super) fn approval(
        &self,
        agency: &PartyId,
        terms: &Terms,
        at: jiff::Timestamp,
    ) -> Result<Approval, ExchangeError> {
        let person = self.by.parse().map_err(|_| ExchangeError::Actor(ActorError))?;
        let roles = terms.roster.reviews(&person, agency).map_err(ExchangeError::Denied)?;
        Ok(Approval { by: actor(&self.by)?, at, roles, extent: self.extent.clone(), ages: self.ages.clone() })
    }

    /// What the person would keep back must not leave by a rule that asks for no release.
    pub(super) fn keeps_back(&self, decision: &Decision) -> Result<(), ExchangeError> {
        let (Extent::Without(without), Decision::Allow(permitted)) = (&self.extent, decision) else {
            return Ok(());
        };
        let leaves = |category: &&DataCategory| {
            permitted.basis().verdict.released.iter().any(|one| one.yes && one.category == **category)
        };
        let kept_back: Vec<DataCategory> = without.iter().filter(leaves).copied().collect();
        if kept_back.is_empty() { Ok(()) } else { Err(ExchangeError::LeavesAnyway { kept_back }) }
    }
}

impl Releasing {
    /// The digest that the person names decides; without one, what the person was shown last.
    fn sends_what_was_shown(
        &self,
        id: MessageId,
        shown: Option<Look>,
        now: &Look,
    ) -> Result<(), ExchangeError> {
        match (self.digest, shown) {
            (Some(digest), _) if digest != now.digest => {
                Err(ExchangeError::OtherThanShown { id, new: Vec::new() })
            }
            (None, Some(shown)) => shown.holds(id, now),
            _ => Ok(()),
        }
    }
}

impl From<&str> for Releasing {
    fn from(by: &str) -> Self {
        Self::everything(by)
    }
}

impl From<&String> for Releasing {
    fn from(by: &String) -> Self {
        Self::everything(by)
    }
}

impl Gateway {
    /// Releases a held draft in the name of a second person. Policy decides again, by the rules now in force:
    /// the author cannot release, and what has become forbidden meanwhile stays here.
    ///
    /// # Errors
    /// [`ExchangeError::NoSuchMessage`] when nothing waits under the id any more; [`ExchangeError::Denied`] when the
    /// person is none of the agency with a reviewing role, by the policy in force.
    pub async fn release(
        &self,
        agency: &PartyId,
        id: MessageId,
        releasing: impl Into<Releasing>,
    ) -> Result<Submitted, ExchangeError> {
        let releasing = releasing.into();
        for _ in 0..AGAIN {
            if let Some(submitted) = self.release_once(agency, id, &releasing).await? {
                return Ok(submitted);
            }
            self.follow().await?;
        }
        Err(ExchangeError::Changing)
    }

    /// Nothing when the policy version under which it was decided is no longer in force: then nothing has changed.
    async fn release_once(
        &self,
        agency: &PartyId,
        id: MessageId,
        releasing: &Releasing,
    ) -> Result<Option<Submitted>, ExchangeError> {
        let (now, terms, clock) = (self.now(), self.terms(), self.inner.clock.clone());
        let (version, by) = (terms.version(), releasing.by.as_str());
        let vault = self.vault(agency).await?;
        let ready = self.ready(agency, id, releasing, &terms, &vault, now).await?;
        let bound = shown::of_draft(&ready, vault.secret(SecretUse::Requests));
        let shown = self.last_look(id, by, &vault).await?;
        let Ready { drafted, author, unchanged, wanted, protects, releasing } = ready;
        let (releasing, stated) = (&releasing, !releasing.ages.is_empty());
        let uses = FurtherUses::of(&drafted);
        let envelope = &drafted.submission.document.envelope;
        let (conversation, to) = (envelope.conversation, envelope.to.clone());
        let (own, reviewer, asked) = (agency.clone(), by.to_owned(), releasing.clone());
        self.tell(id, agency, &to, || What::Approved { by: reviewer.clone() });
        let vaults = self.vaults([agency]).await;
        let Prepared { way, reports } = self
            .cpu(move |gateway| {
                let agency = gateway.agency(&own)?;
                let decided = gateway.decide(drafted, &terms, now);
                asked.keeps_back(&decided.decision)?;
                let secret = vaults.of(&own)?.secret(SecretUse::Requests);
                asked.sends_what_was_shown(id, shown, &Look::at(bound, &decided.decision, &asked, secret))?;
                gateway.carry_out(decided, &agency, vaults.of(&own)?, &terms, now)
            })
            .await??;
        if let Way::Held(held, ..) = &way {
            let facts = &held.basis.inputs.facts.content;
            if facts.age_unknown && facts.identified && protects && !by.eq_ignore_ascii_case(&author) {
                let stated = &held.basis.inputs.ages;
                let wanted = wanted.into_iter().filter(|place| !stated.contains(place)).collect();
                return Err(ExchangeError::AgesWanted { wanted, grounds: self.age_grounds() });
            }
            // Still held: the reviewer is the author, or more is asked than one person can give.
            if !unchanged {
                self.keep_release(id, releasing, &author, &vault).await?;
            }
            let (grounds, basis) = (sentences(&held.grounds), Box::new(held.basis.clone()));
            return Ok(Some(Submitted::Held { id, conversation, grounds, basis, reports }));
        }
        let notices = self.tell_providers(&way, &uses, by).await;
        let plan = std::sync::Arc::new(self.plan(way, reviewer.clone(), now).await?);
        let mut event = audit::Event::new(now, reviewer.clone(), Action::Release);
        event.message = Some(id);
        event.code = stated.then(|| AGE_STATED.to_owned());
        let (entry, shared, from) = (event.entry(), std::sync::Arc::clone(&plan), agency.clone());
        let deposited = self
            .inner
            .store
            .write("release", move |tx| {
                if !in_force(tx, version, &clock)? {
                    return Ok(None);
                }
                // A draft whose quota is used up goes on waiting.
                if let Some(done) = shared.used_up(tx, now)? {
                    return Ok(Some(Some(done)));
                }
                // Nothing may leave under an id that another message has: the draft goes on waiting.
                let waits = tx.held_state(&from, id)?.is_some_and(|state| state.ended.is_none());
                if waits && tx.mailbox_has_sent(id)? {
                    return again::used(tx, shared.minutes(), &reviewer, now).map(|done| Some(Some(done)));
                }
                // Two reviewers at once: the first decides, the second finds nothing that waits.
                if !tx.held_decide(id, Ended::Released, now)? {
                    return Ok(Some(None));
                }
                audit::append(tx, &entry)?;
                shared.run(tx, &reviewer, now).map(|deposited| Some(Some(deposited)))
            })
            .await?;
        let Some(deposited) = deposited else { return Ok(None) };
        let gone = || ExchangeError::NoSuchMessage { party: agency.clone(), id };
        let deposited = deposited.ok_or_else(gone)?;
        self.tell_of(&plan, &deposited, reports).map(|submitted| Some(submitted.telling(notices)))
    }

    /// A draft as a person would release it, together with what others have released of it.
    pub(super) async fn ready(
        &self,
        agency: &PartyId,
        id: MessageId,
        releasing: &Releasing,
        terms: &Terms,
        vault: &Vault,
        now: jiff::Timestamp,
    ) -> Result<Ready, ExchangeError> {
        let mut approval = releasing.approval(agency, terms, now)?;
        let HeldDraft { document, author, passes_on } = self.draft(agency, id).await?;
        let wanted = policy::ages_wanted(&document, now);
        self.fits_ages(&approval, &wanted)?;
        let draft = Draft::of(&document, passes_on.clone());
        let known = self.known(vec![draft]).await?.pop().unwrap_or(Err(ExchangeError::Stopping))?;
        let mut approvals = self.earlier_releases(agency, id, terms, vault).await?;
        // Of two releases by one person the later says what that person releases.
        let earlier = approvals.iter().position(|one| one.by.is(&approval.by));
        let unchanged = earlier.map(|place| approvals.remove(place)).is_some_and(|one| {
            // What was stated before holds until it is stated anew.
            if approval.ages.is_empty() {
                approval.ages.clone_from(&one.ages);
            }
            one.extent == approval.extent && one.ages == approval.ages
        });
        let releasing = Releasing { ages: approval.ages.clone(), ..releasing.clone() };
        let protects = approval.roles.contains(&Role::ProtectionReviewer);
        approvals.push(approval);
        // What the author was told, as the draft keeps it.
        let reports = document.body.records.iter().map(Report::kept_in).collect();
        let submission = Submission {
            document,
            author: actor(&author)?,
            approvals,
            circumstances: known.circumstances,
            waits_for_release: false,
        };
        let drafted = Drafted { submission, passes_on, sources: known.sources, reports };
        Ok(Ready { drafted, author, unchanged, wanted, protects, releasing })
    }

    /// The codes that tell on what an estimate of an age rests.
    fn age_grounds(&self) -> Vec<String> {
        self.inner.catalogue.codes("x_AgeGround").to_vec()
    }

    /// Whether the person may state these ages, of these persons, on these grounds.
    fn fits_ages(&self, approval: &Approval, wanted: &[(usize, usize)]) -> Result<(), ExchangeError> {
        if approval.ages.is_empty() {
            return Ok(());
        }
        if !approval.roles.contains(&Role::ProtectionReviewer) {
            return Err(ExchangeError::AgesNotTheirs);
        }
        let known = |stated: &StatedAge| self.inner.catalogue.has_code("x_AgeGround", &stated.ground);
        if !approval.ages.iter().all(known) {
            return Err(ExchangeError::AgeGround { grounds: self.age_grounds() });
        }
        let stray = approval.ages.iter().find(|stated| !wanted.contains(&(stated.record, stated.person)));
        stray.map_or(Ok(()), |stated| {
            let place = (stated.record, stated.person);
            Err(ExchangeError::AgeNotWanted { place, wanted: wanted.to_vec() })
        })
    }

    /// The releases that did not suffice alone, each with the roles that its person has today. One that this gateway did
    /// not seal counts for nothing.
    async fn earlier_releases(
        &self,
        agency: &PartyId,
        id: MessageId,
        terms: &Terms,
        vault: &Vault,
    ) -> Result<Vec<Approval>, ExchangeError> {
        let rows = self.inner.store.read(move |tx| tx.held_releases(id)).await?;
        let counts = |row: HeldReleaseRow| {
            let plain = vault.open(&place(id, &row.by), &row.sealed).ok()?;
            let Kept { extent, ages } = serde_json::from_slice(&plain).ok()?;
            Releasing { extent, ages, ..Releasing::everything(row.by) }.approval(agency, terms, row.at).ok()
        };
        Ok(rows.into_iter().filter_map(counts).collect())
    }

    /// Keeps a release for the next person's, with its audit entry. The author's counts for nothing.
    async fn keep_release(
        &self,
        id: MessageId,
        releasing: &Releasing,
        author: &str,
        vault: &Vault,
    ) -> Result<(), ExchangeError> {
        let by = releasing.by.as_str();
        if by.eq_ignore_ascii_case(author) {
            return Ok(());
        }
        let now = self.now();
        // Words and numbers only, so writing it cannot fail.
        let kept = Kept { extent: releasing.extent.clone(), ages: releasing.ages.clone() };
        let plain = serde_json::to_vec(&kept).unwrap_or_default();
        let sealed = vault.seal(&place(id, by), &plain).map_err(ExchangeError::Seal)?;
        let row = HeldReleaseRow { by: by.to_owned(), at: now, sealed };
        let mut event = audit::Event::new(now, by, Action::Approve);
        event.message = Some(id);
        // Which kinds of data tells of the person: it stays in the sealed row, which this digest names.
        event.decision = Some(Sha256::of(&row.sealed));
        event.code = (!releasing.ages.is_empty()).then(|| AGE_STATED.to_owned());
        let entry = event.entry();
        let kept = self.inner.store.write("keep_release", move |tx| {
            if tx.held_release_set(id, &row)? {
                audit::append(tx, &entry)?;
            }
            Ok(())
        });
        Ok(kept.await?)
    }
}

/// A draft as it would be released.
pub(super) struct Ready {
    pub(super) drafted: Drafted,
    pub(super) author: String,
    /// The person has released the same before.
    unchanged: bool,
    /// The persons whose age the record does not show.
    wanted: Vec<(usize, usize)>,
    /// The person reviews for protection.
    protects: bool,
    /// What the person releases, with what was stated before.
    pub(super) releasing: Releasing,
}

/// Where a person's release of a draft is sealed to.
fn place(id: MessageId, by: &str) -> String {
    format!("held_release/{id}/{}", by.to_ascii_lowercase())
}
