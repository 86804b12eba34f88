//! Policy versions change while the gateway runs: each node looks at the store, puts together what is in force there,
//! and takes it. No decision is committed under another version than the one in force.

use std::sync::Arc;

use super::ExchangeError;
use super::gateway::{Gateway, Terms, shares};
use crate::clock::Clock;
use crate::store::{StoreError, Tx};

/// Puts a policy version together from its number and its bundle; or says in words why it cannot. Runs off the async
/// threads.
pub type Compile = Arc<dyn Fn(u32, &[u8]) -> Result<Terms, String> + Send + Sync>;

/// How often a decision is made anew when the version changes under it.
pub(super) const AGAIN: usize = 3;
/// A version that cannot be put in force is told again after so many looks.
const TELL_AGAIN: u32 = 60;

/// What the last look came to, so that one failure does not fill the log.
#[derive(Debug, Default)]
pub(super) struct Failure {
    reason: String,
    looks: u32,
}

/// Whether a decision made under `version` may be committed now. Asked inside the transaction that commits it: the time
/// is that of the commit, so that all nodes of one store change at the same moment.
pub(super) fn in_force(tx: &Tx<'_>, version: u32, clock: &Clock) -> Result<bool, StoreError> {
    Ok(tx.version_in_force(clock.now())? == Some(version))
}

impl Gateway {
    /// The number of the policy version that this node decides by.
    #[must_use]
    pub fn version(&self) -> u32 {
        self.terms().version()
    }

    /// Takes the version in force in the store, if it is another than the present one. `true` when it was taken.
    ///
    /// # Errors
    /// [`ExchangeError::NotInForce`] when this node cannot put it together; the old one then stays, and nothing can be
    /// decided by it.
    pub async fn follow(&self) -> Result<bool, ExchangeError> {
        let compile = Arc::clone(&self.inner.compile);
        self.switch(false, move |number, bundle| compile(number, bundle)).await
    }

    /// Puts the version in force together anew with `compile`: something beside it has changed.
    ///
    /// # Errors
    /// As [`Gateway::follow`]; everything then stays as it was.
    pub async fn renew(
        &self,
        compile: impl FnOnce(u32, &[u8]) -> Result<Terms, String> + Send + 'static,
    ) -> Result<(), ExchangeError> {
        self.switch(true, compile).await.map(|_| ())
    }

    async fn switch(
        &self,
        always: bool,
        compile: impl FnOnce(u32, &[u8]) -> Result<Terms, String> + Send + 'static,
    ) -> Result<bool, ExchangeError> {
        // One after the other: an older version never comes after a newer one.
        let _turn = self.inner.switching.lock().await;
        let (present, clock) = (self.version(), self.inner.clock.clone());
        let found = self.inner.store.read(move |tx| {
            let Some(number) = tx.version_in_force(clock.now())? else { return Ok(None) };
            if number == present && !always {
                return Ok(Some((number, None)));
            }
            Ok(Some((number, tx.version_bundle(number)?)))
        });
        let (number, bundle) = found.await?.ok_or(ExchangeError::NoVersion)?;
        let Some(bundle) = bundle else { return Ok(false) };
        let failed = |reason| ExchangeError::NotInForce { version: number, reason };
        let made = tokio::task::spawn_blocking(move || compile(number, &bundle));
        let terms = made.await.map_err(|_| ExchangeError::Stopping)?.map_err(failed)?;
        self.replace_terms(terms).map_err(failed)?;
        tracing::info!(version = number, "policy version in force");
        Ok(true)
    }

    /// Puts new terms in force for whatever begins from now on.
    fn replace_terms(&self, terms: Terms) -> Result<(), String> {
        let (identity, trust) = (Arc::clone(&terms.identity), Arc::clone(&terms.trust));
        self.inner.acceptor.reload(identity, trust).map_err(|error| error.to_string())?;
        let limiter = self.inner.limiter.load().renewed(shares(&terms.register));
        self.inner.limiter.store(Arc::new(limiter));
        self.inner.terms.store(Arc::new(terms));
        // An agency's keys may have changed: its data key is wrapped anew.
        if let Ok(mut vaults) = self.inner.vaults.lock() {
            vaults.clear();
        }
        Ok(())
    }

    /// [`Gateway::follow`] for a worker: what fails is told loudly, and tried again with the next look.
    pub(super) async fn look_for_version(&self, last: &mut Failure) {
        let reason = match self.follow().await {
            Ok(_) => {
                *last = Failure::default();
                return;
            }
            Err(error) => error.to_string(),
        };
        if last.reason != reason || last.looks >= TELL_AGAIN {
            tracing::error!(%reason, "the old policy version stays, and nothing is decided by it");
            *last = Failure { reason, looks: 0 };
        }
        last.looks += 1;
    }
}
