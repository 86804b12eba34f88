//! Withdraw: a person takes consent back, and every partner that received something on it is told to erase it.

use super::ExchangeError;
use super::erase::place;
use super::gateway::Gateway;
use super::outbound::actor;
use crate::audit::{self, Action};
use crate::message::{MessageId, PartyId, Reason};
use crate::policy::{Concern, References};
use crate::seal::Vault;
use crate::store::DisclosureRow;

/// Disclosures looked at in one go.
const PAGE: usize = 200;

/// What became of an order to erase.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Told {
    /// The erase message is on its way.
    Sent { erase: MessageId },
    /// It could not go; the code says why. The erasure is overdue: people must act.
    Not { code: String },
}

/// What a withdrawal of consent led to.
#[derive(Debug, Default)]
pub struct Withdrawn {
    /// Messages that must be erased: which, by whom, and whether the partner could be told.
    pub told: Vec<(MessageId, PartyId, Told)>,
    /// Messages of the case that rest on consent, but of which nobody can tell whether the person is in them.
    pub look_at: Vec<(MessageId, PartyId)>,
    /// Messages of the case that rest on another ground than consent: they stay.
    pub other_ground: Vec<(MessageId, PartyId)>,
    /// Drafts that waited for review and rested on the consent: they were taken away, and are never sent.
    pub stopped: Vec<MessageId>,
    /// Other drafts of the agency that wait for review: they may concern the person too.
    pub drafts: usize,
}

impl Gateway {
    /// Sends an erase message for everything that the agency has disclosed about `case`, or one person of it, on that
    /// person's consent. `person` is the number in the exchange, an identity number, or the reference of the consent.
    /// May be repeated: each disclosure has one erase message.
    ///
    /// # Errors
    /// [`ExchangeError::Store`] when not all could be looked at; then order it again.
    pub async fn withdraw_consent(
        &self,
        agency: &PartyId,
        case: &str,
        person: Option<&str>,
        author: &str,
    ) -> Result<Withdrawn, ExchangeError> {
        actor(author)?;
        let vault = self.vault(agency).await?;
        let mut event = audit::Event::new(self.now(), author, Action::Consult);
        event.from = Some(agency.clone());
        event.code = Some(Reason::ConsentWithdrawn.to_string());
        let entry = event.entry();
        // Recorded before anything is opened: nobody looks unseen.
        self.inner.store.write("withdraw", move |tx| audit::append(tx, &entry)).await?;
        let mut withdrawn = Withdrawn::default();
        // First: a draft that is released meanwhile is then among the disclosures.
        self.stop_drafts(agency, case, person, author, &mut withdrawn).await?;
        let mut after = 0;
        loop {
            let own = agency.clone();
            let page = self.inner.store.read(move |tx| tx.disclosure_live(&own, after, PAGE)).await?;
            let Some((last, _)) = page.last() else { break };
            after = last.seq;
            let (vault, case, person) =
                (std::sync::Arc::clone(&vault), case.to_owned(), person.map(str::to_owned));
            let concerned = self.cpu(move |_| concerned(page, &vault, &case, person.as_deref())).await?;
            for (row, concern) in concerned {
                let place = (row.message, row.peer.clone());
                match concern {
                    Concern::None => {}
                    Concern::OtherGround => withdrawn.other_ground.push(place),
                    Concern::OtherPerson => withdrawn.look_at.push(place),
                    Concern::Erase => {
                        let told = self.tell_to_erase(&row, Reason::ConsentWithdrawn, author).await?;
                        withdrawn.told.push((place.0, place.1, told));
                    }
                }
            }
        }
        Ok(withdrawn)
    }

    /// Takes away the drafts that wait for review and rest on the consent: they carry its old state, by which a release
    /// would send them.
    async fn stop_drafts(
        &self,
        agency: &PartyId,
        case: &str,
        person: Option<&str>,
        author: &str,
        withdrawn: &mut Withdrawn,
    ) -> Result<(), ExchangeError> {
        for (id, ..) in self.held(agency).await? {
            let document = match self.draft(agency, id).await {
                Ok(draft) => draft.document,
                // Somebody has decided about it meanwhile.
                Err(ExchangeError::NoSuchMessage { .. }) => continue,
                Err(error @ ExchangeError::Store(_)) => return Err(error),
                Err(error) => {
                    tracing::warn!(%error, message = %id, "a draft that waits cannot be looked at");
                    withdrawn.drafts += 1;
                    continue;
                }
            };
            match References::of(&document).concern(case, person) {
                Concern::Erase => {
                    if self.decide_draft(agency, id, author, Some(Reason::ConsentWithdrawn)).await? {
                        withdrawn.stopped.push(id);
                    }
                }
                Concern::OtherPerson => withdrawn.look_at.push((id, document.envelope.to)),
                Concern::None | Concern::OtherGround => withdrawn.drafts += 1,
            }
        }
        Ok(())
    }
}

/// What each disclosure has to do with the case. One that cannot be opened any more is one to look at.
fn concerned(
    page: Vec<(DisclosureRow, Vec<u8>)>,
    vault: &Vault,
    case: &str,
    person: Option<&str>,
) -> Vec<(DisclosureRow, Concern)> {
    let concern = |row: &DisclosureRow, sealed: &[u8]| {
        let plain = vault.open(&place(&row.peer, row.message), sealed).ok()?;
        let references: References = serde_json::from_slice(&plain).ok()?;
        Some(references.concern(case, person))
    };
    let look = |(row, sealed): (DisclosureRow, Vec<u8>)| {
        let concern = concern(&row, &sealed).unwrap_or(Concern::OtherPerson);
        (row, concern)
    };
    page.into_iter().map(look).collect()
}
