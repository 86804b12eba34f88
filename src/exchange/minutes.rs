//! What each decision rested on: kept sealed in the store, opened again to explain it.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use jiff::Timestamp;

use super::ExchangeError;
use super::gateway::{Agency, Gateway};
use crate::message::{MessageId, PartyId};
use crate::policy::Basis;
use crate::seal::{self, OpenRefusal, Vault};
use crate::store::{DecisionRow, VaultRow};

/// The data keys of some agencies.
pub(super) struct Vaults {
    opened: HashMap<PartyId, Arc<Vault>>,
}

impl Vaults {
    /// The data key of an agency. Why there is none stands in the log.
    pub(super) fn of(&self, agency: &PartyId) -> Result<&Vault, ExchangeError> {
        let vault = self.opened.get(agency).map(Arc::as_ref);
        vault.ok_or(ExchangeError::Unreadable { code: "no-data-key" })
    }
}

/// The record of a decision about `message`, between the agency `own` and the partner `peer`.
pub(super) fn minutes(
    basis: &Basis,
    vault: &Vault,
    (message, own, peer): (MessageId, &PartyId, &PartyId),
) -> Result<DecisionRow, ExchangeError> {
    // A basis holds words and numbers only, so writing it cannot fail.
    let plain = serde_json::to_vec(basis).unwrap_or_default();
    let sealed = vault.seal(&place(message), &packed(&plain)).map_err(ExchangeError::Seal)?;
    Ok(DecisionRow {
        message,
        own: own.clone(),
        peer: peer.clone(),
        at: basis.inputs.at,
        version: basis.version.clone(),
        sealed: sealed.into(),
        request: None,
    })
}

/// A fifth of its size: the same names and words come again and again. Ours alone is ever unpacked: what the data key
/// opens, it has sealed.
fn packed(plain: &[u8]) -> Vec<u8> {
    lz4_flex::block::compress_prepend_size(plain)
}

fn unpacked(packed: &[u8]) -> Option<Vec<u8>> {
    lz4_flex::block::decompress_size_prepended(packed).ok()
}

fn place(message: MessageId) -> String {
    format!("decision/{message}")
}

impl Gateway {
    /// The data keys of `agencies`, each unwrapped once.
    pub(super) async fn vaults<'a>(&self, agencies: impl IntoIterator<Item = &'a PartyId>) -> Vaults {
        let mut opened = HashMap::new();
        let own = agencies.into_iter().filter(|agency| self.agency(agency).is_ok());
        for agency in own.collect::<BTreeSet<_>>() {
            match self.vault(agency).await {
                Ok(vault) => drop(opened.insert(agency.clone(), vault)),
                Err(error) => tracing::error!(%error, %agency, "an agency's data key cannot be used"),
            }
        }
        Vaults { opened }
    }

    /// The data key of an agency: made when there is none, and wrapped to the key that the agency now uses.
    pub(super) async fn vault(&self, agency: &PartyId) -> Result<Arc<Vault>, ExchangeError> {
        let known = |gateway: &Self| gateway.inner.vaults.lock().ok()?.get(agency).cloned();
        if let Some(vault) = known(self) {
            return Ok(vault);
        }
        let keys = self.agency(agency)?;
        let own = agency.clone();
        let found = self.inner.store.read(move |tx| tx.vault_find(&own)).await?;
        let (own, now) = (agency.clone(), self.now());
        let row = if let Some(row) = found {
            row
        } else {
            let maker = Arc::clone(&keys);
            let row = self.cpu(move |_| made(&maker, now)).await??;
            // Another node may have been faster: what stands in the store counts.
            let stored = self.inner.store.write("vault", move |tx| {
                tx.vault_add(&own, &row)?;
                tx.vault_find(&own)
            });
            stored.await?.ok_or(ExchangeError::Unreadable { code: "no-data-key" })?
        };
        let (old, own) = (row.fingerprint.clone(), agency.clone());
        let (vault, rewrapped) = self.cpu(move |_| open(&row, &keys, now)).await??;
        if let Some(row) = rewrapped {
            self.inner.store.write("vault_rewrap", move |tx| tx.vault_rewrap(&own, &old, &row)).await?;
        }
        let vault = Arc::new(vault);
        if let Ok(mut vaults) = self.inner.vaults.lock() {
            vaults.insert(agency.clone(), Arc::clone(&vault));
        }
        Ok(vault)
    }

    /// What every decision about a message rested on, oldest first.
    ///
    /// # Errors
    /// [`ExchangeError::Unreadable`] when a record was damaged or belongs to an agency whose key is not here.
    pub async fn decisions(&self, message: MessageId) -> Result<Vec<Basis>, ExchangeError> {
        let rows = self.inner.store.read(move |tx| tx.decision_list(message)).await?;
        let opened = self.opened_each(rows).await?;
        opened
            .into_iter()
            .map(|basis| basis.ok_or(ExchangeError::Unreadable { code: "bad-record" }))
            .collect()
    }

    /// Opens recorded decisions; nothing in the place of one that was damaged or whose agency is not here.
    pub(super) async fn opened_each(
        &self,
        rows: Vec<DecisionRow>,
    ) -> Result<Vec<Option<Basis>>, ExchangeError> {
        let vaults = self.vaults(rows.iter().map(|row| &row.own)).await;
        self.cpu(move |_| {
            let open = |row: &DecisionRow| {
                let plain = vaults.of(&row.own).ok()?.open(&place(row.message), &row.sealed).ok()?;
                serde_json::from_slice(&unpacked(&plain)?).ok()
            };
            rows.iter().map(open).collect()
        })
        .await
    }
}

/// The vault of a wrapped data key, and its new wrapping if the agency now uses another key.
fn open(row: &VaultRow, agency: &Agency, now: Timestamp) -> Result<(Vault, Option<VaultRow>), ExchangeError> {
    let unreadable = |refusal: OpenRefusal| ExchangeError::Unreadable { code: refusal.code() };
    let vault = Vault::unwrap(&row.wrapped, &agency.keys).map_err(unreadable)?;
    let own = agency.parking_key()?;
    let fingerprint = own.fingerprint().to_string();
    if fingerprint == row.fingerprint {
        return Ok((vault, None));
    }
    let key = seal::unpark(&row.wrapped, &agency.keys).map_err(unreadable)?;
    let wrapped = seal::park(&key, own, now).map_err(ExchangeError::Seal)?;
    Ok((vault, Some(VaultRow { fingerprint, wrapped })))
}

fn made(agency: &Agency, now: Timestamp) -> Result<VaultRow, ExchangeError> {
    let own = agency.parking_key()?;
    let wrapped = Vault::new_key(own, now).map_err(ExchangeError::Seal)?;
    Ok(VaultRow { fingerprint: own.fingerprint().to_string(), wrapped })
}
