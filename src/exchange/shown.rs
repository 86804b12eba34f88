//! What a reviewer is shown: the draft, and what would leave by that person's release. A release then sends what was shown,
//! or is refused and says what has become different.

use serde::{Deserialize, Serialize};

use super::ExchangeError;
use super::explain::TriedOut;
use super::gateway::Gateway;
use super::release::{Ready, Releasing};
use crate::audit::{self, Action};
use crate::message::{Document, MessageId, PartyId, Secret, SecretUse, Sha256};
use crate::policy::{Decision, Extent, StatedAge};
use crate::seal::Vault;

/// A draft as its author wrote it, and what becomes of it when this person releases it.
#[derive(Debug)]
pub struct Shown {
    pub draft: Document,
    pub released: TriedOut,
    /// Names both; tells nothing to whoever does not have the agency's data key.
    pub digest: Sha256,
}

/// What a person was shown last, as the store keeps it, sealed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Look {
    extent: Extent,
    ages: Vec<StatedAge>,
    pub(super) digest: Sha256,
    /// Places that would be withheld; none if nothing would leave.
    withheld: Option<Vec<(u16, String)>>,
}

impl Look {
    /// At a draft, and what was decided of it for this release.
    pub(super) fn at(draft: Sha256, decision: &Decision, asked: &Releasing, secret: &Secret) -> Self {
        let (leaves, withheld) = match decision {
            Decision::Allow(permitted) => {
                let mut document = permitted.document().clone();
                // Another version of the rules that lets the same leave is the same to whoever looks.
                document.envelope.policy_version.clear();
                for field in &mut document.withheld {
                    field.rule.clear();
                }
                let withheld = document.withheld.iter().map(|field| (field.record, field.path.clone()));
                let withheld = withheld.collect();
                (document.to_bytes(), Some(withheld))
            }
            Decision::Hold(_) | Decision::Refuse(_) => (Vec::new(), None),
        };
        let digest = secret.digest(&[b"shown", draft.as_bytes(), &leaves]);
        Self { extent: asked.extent.clone(), ages: asked.ages.clone(), digest, withheld }
    }

    /// Whether what leaves `now` is what was shown, or less because the person releases less.
    pub(super) fn holds(&self, id: MessageId, now: &Self) -> Result<(), ExchangeError> {
        if self.digest == now.digest {
            return Ok(());
        }
        // Nothing leaves: there is nothing to be surprised by.
        let Some(left) = &now.withheld else { return Ok(()) };
        let otherwise = (&self.extent, &self.ages) != (&now.extent, &now.ages);
        let new: Vec<String> = match &self.withheld {
            // Nothing was shown to leave, and it is another release that is asked for now.
            None if otherwise => Vec::new(),
            None => vec!["everything that is not withheld".to_owned()],
            Some(shown) => {
                shown.iter().filter(|one| !left.contains(one)).map(|(_, path)| path.clone()).collect()
            }
        };
        if new.is_empty() && otherwise {
            return Ok(());
        }
        Err(ExchangeError::OtherThanShown { id, new })
    }
}

/// The digest of a draft: all of it that is bound.
pub(super) fn of_draft(ready: &Ready, secret: &Secret) -> Sha256 {
    let passes_on: Vec<u8> = ready.drafted.passes_on.iter().flat_map(|id| *id.as_bytes()).collect();
    let document = ready.drafted.submission.document.to_bytes();
    secret.digest(&[b"draft", ready.author.as_bytes(), &passes_on, &document])
}

/// Where a person's look at a draft is sealed to.
fn place(id: MessageId, by: &str) -> String {
    format!("held_look/{id}/{}", by.to_ascii_lowercase())
}

impl Gateway {
    /// What a reviewer must look at: the draft as its author wrote it, and exactly what the partner would open if this
    /// person released it so. Looking is recorded.
    ///
    /// # Errors
    /// As [`Gateway::release`].
    pub async fn show(
        &self,
        agency: &PartyId,
        id: MessageId,
        releasing: impl Into<Releasing>,
    ) -> Result<Shown, ExchangeError> {
        let (releasing, now, terms) = (releasing.into(), self.now(), self.terms());
        let vault = self.vault(agency).await?;
        let ready = self.ready(agency, id, &releasing, &terms, &vault, now).await?;
        let draft = ready.drafted.submission.document.clone();
        let (by, asked, key) = (releasing.by.clone(), ready.releasing.clone(), std::sync::Arc::clone(&vault));
        let decided = self.cpu(move |gateway| {
            let secret = key.secret(SecretUse::Requests);
            let bound = of_draft(&ready, secret);
            let decided = gateway.decide(ready.drafted, &terms, now);
            asked.keeps_back(&decided.decision)?;
            let look = Look::at(bound, &decided.decision, &asked, secret);
            Ok::<_, ExchangeError>((look, TriedOut::of(decided.decision)))
        });
        let (look, released) = decided.await??;
        // Words and paths only, so writing them cannot fail.
        let plain = serde_json::to_vec(&look).unwrap_or_default();
        let sealed = vault.seal(&place(id, &by), &plain).map_err(ExchangeError::Seal)?;
        let mut event = audit::Event::new(now, by.as_str(), Action::Consult);
        event.message = Some(id);
        let entry = event.entry();
        let write = self.inner.store.write("show", move |tx| {
            tx.held_look_set(id, &by, &sealed)?;
            audit::append(tx, &entry)
        });
        write.await?;
        Ok(Shown { draft, released, digest: look.digest })
    }

    /// What a person was shown last of a draft. One that does not open counts as another than any.
    pub(super) async fn last_look(
        &self,
        id: MessageId,
        by: &str,
        vault: &Vault,
    ) -> Result<Option<Look>, ExchangeError> {
        let name = by.to_owned();
        let found = self.inner.store.read(move |tx| tx.held_look_find(id, &name)).await?;
        let Some(sealed) = found else { return Ok(None) };
        let look = vault.open(&place(id, by), &sealed).ok();
        let look = look.and_then(|plain| serde_json::from_slice(&plain).ok());
        look.map(Some).ok_or(ExchangeError::OtherThanShown { id, new: Vec::new() })
    }
}
