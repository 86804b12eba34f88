//! One gateway: everything that the path needs, put together.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use arc_swap::ArcSwap;
use jiff::Timestamp;
use tokio::sync::{Notify, Semaphore, watch};
use tokio::task::JoinSet;

use super::accept::Arrivals;
use super::event::{Event, Observer, What};
use super::switch::{Compile, Failure};
use super::{ExchangeError, stopped};
use crate::access::Roster;
use crate::audit;
use crate::clock::Clock;
use crate::message::{MessageId, PartyId};
use crate::partner::{Delivery, Profile, Register};
use crate::policy;
use crate::relay::{Limiter, Link, Numbers};
use crate::schema::Catalogue;
use crate::seal::{Certificates, OwnKey, OwnKeys, Vault};
use crate::store::{Side, Store};
use crate::telemetry::Steps;
use crate::tls::{Acceptor, Identity, Trust};
use crate::translate::Mapping;

/// One domestic agency: its keys and its own record format.
#[derive(Debug)]
pub struct Agency {
    pub party: PartyId,
    pub keys: OwnKeys,
    pub mapping: Arc<Mapping>,
}

/// What may change while the gateway runs: replaced as a whole, never in part.
#[derive(Debug)]
pub struct Terms {
    /// Number of the policy version that register, engine, roster, trust and certificates were made of.
    pub version: u32,
    pub register: Arc<Register>,
    pub engine: policy::Engine,
    /// Who may release what is held.
    pub roster: Roster,
    pub identity: Arc<Identity>,
    pub trust: Arc<Trust>,
    pub certificates: HashMap<PartyId, Certificates>,
    pub links: HashMap<PartyId, Arc<Link>>,
    pub agencies: HashMap<PartyId, Arc<Agency>>,
}

impl Agency {
    /// The key to use towards partners of `profile`.
    pub(super) fn key_for(&self, profile: Profile) -> Result<&OwnKey, ExchangeError> {
        let missing = || ExchangeError::NoKey { agency: self.party.clone(), profile: profile.as_str() };
        self.keys.for_profile(profile).ok_or_else(missing)
    }

    /// The key for drafts that wait here: the newest kind that the agency has.
    pub(super) fn parking_key(&self) -> Result<&OwnKey, ExchangeError> {
        [Profile::V6, Profile::V6Pq, Profile::V4Compat]
            .into_iter()
            .find_map(|profile| self.keys.for_profile(profile))
            .ok_or_else(|| ExchangeError::NoKey { agency: self.party.clone(), profile: Profile::V6.as_str() })
    }
}

impl Terms {
    /// The number of the policy version: a decision made by these terms counts while it is in force.
    #[must_use]
    pub const fn version(&self) -> u32 {
        self.version
    }

    /// The formats that a partner reads.
    pub(super) fn profile_of(&self, partner: &PartyId) -> Profile {
        self.register.agreement(partner).map_or(Profile::V6, |agreement| agreement.profile)
    }

    pub(super) fn certificates(&self, partner: &PartyId) -> Result<&Certificates, ExchangeError> {
        self.certificates.get(partner).ok_or(ExchangeError::Unreadable { code: "no-certificate" })
    }
}

/// What a gateway is made of.
pub struct Parts {
    pub clock: Clock,
    pub store: Store,
    pub catalogue: Arc<Catalogue>,
    pub terms: Terms,
    /// Makes the terms of another policy version.
    pub compile: Compile,
    /// Shows the identity and believes the trust of the terms.
    pub acceptor: Arc<Acceptor>,
    pub steps: Arc<Steps>,
    pub observer: Option<Observer>,
    /// How long a worker may keep a message before others may try it.
    pub lease: std::time::Duration,
    /// Threads for cryptography and translation at once.
    pub cpu_threads: usize,
}

impl std::fmt::Debug for Parts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Parts").field("terms", &self.terms).finish_non_exhaustive()
    }
}

/// A gateway. Cheap to clone.
#[derive(Clone)]
pub struct Gateway {
    pub(super) inner: Arc<Inner>,
}

pub(super) struct Inner {
    pub(super) clock: Clock,
    pub(super) store: Store,
    pub(super) catalogue: Arc<Catalogue>,
    pub(super) terms: ArcSwap<Terms>,
    pub(super) compile: Compile,
    pub(super) acceptor: Arc<Acceptor>,
    /// Whoever changes the terms.
    pub(super) switching: tokio::sync::Mutex<()>,
    pub(super) limiter: Arc<ArcSwap<Limiter>>,
    pub(super) steps: Arc<Steps>,
    pub(super) lease: std::time::Duration,
    observer: Option<Observer>,
    cpu: Arc<Semaphore>,
    /// Data keys of the agencies, once unwrapped.
    pub(super) vaults: std::sync::Mutex<HashMap<PartyId, Arc<Vault>>>,
    wakes: std::sync::Mutex<HashMap<(Work, PartyId), Arc<Notify>>>,
    /// Messages at the door, by partner.
    pub(super) arrivals: std::sync::Mutex<HashMap<PartyId, Arrivals>>,
}

/// What a worker waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Work {
    /// A message for the partner.
    Deliver,
    /// A receipt for the partner.
    Receipts,
    /// A message from the partner.
    Process,
    /// A message for the agency, opened.
    Inbox,
}

impl std::fmt::Debug for Gateway {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Gateway").field("store", &self.inner.store).finish_non_exhaustive()
    }
}

impl Gateway {
    /// Puts the parts together; nothing runs yet.
    #[must_use]
    pub fn new(parts: Parts) -> Self {
        let limiter =
            Arc::new(ArcSwap::from_pointee(Limiter::new(parts.clock.clone(), shares(&parts.terms.register))));
        let inner = Inner {
            clock: parts.clock,
            store: parts.store,
            catalogue: parts.catalogue,
            terms: ArcSwap::from_pointee(parts.terms),
            compile: parts.compile,
            acceptor: parts.acceptor,
            switching: tokio::sync::Mutex::new(()),
            limiter,
            steps: parts.steps,
            lease: parts.lease,
            observer: parts.observer,
            cpu: Arc::new(Semaphore::new(parts.cpu_threads.max(1))),
            vaults: std::sync::Mutex::new(HashMap::new()),
            wakes: std::sync::Mutex::new(HashMap::new()),
            arrivals: std::sync::Mutex::new(HashMap::new()),
        };
        Self { inner: Arc::new(inner) }
    }

    /// Who the gateway is and whom it believes, for `relay::serve`.
    #[must_use]
    pub fn acceptor(&self) -> Arc<Acceptor> {
        Arc::clone(&self.inner.acceptor)
    }

    /// The people of the policy version that this node decides by.
    #[must_use]
    pub fn roster(&self) -> Roster {
        self.terms().roster.clone()
    }

    /// The parties' shares of the partner port, for `relay::serve`.
    #[must_use]
    pub fn limiter(&self) -> Arc<ArcSwap<Limiter>> {
        Arc::clone(&self.inner.limiter)
    }

    /// Runs the workers of every partner until `stop` turns true and what is under way has ended.
    pub async fn run(&self, mut stop: watch::Receiver<bool>) {
        let mut workers = HashSet::new();
        let mut running = JoinSet::new();
        running.spawn(self.clone().expire(stop.clone()));
        running.spawn(self.clone().erase(stop.clone()));
        let mut failure = Failure::default();
        loop {
            self.look_for_version(&mut failure).await;
            let terms = self.terms();
            for agreement in terms.register.agreements() {
                if !workers.insert(agreement.party.clone()) {
                    continue;
                }
                let party = agreement.party.clone();
                running.spawn(self.clone().process(party.clone(), stop.clone()));
                if matches!(agreement.delivery, Delivery::Push { .. }) {
                    running.spawn(self.clone().deliver(party.clone(), stop.clone()));
                    running.spawn(self.clone().send_receipts(party, stop.clone()));
                }
            }
            // Partners that new terms bring get their workers within a second.
            tokio::select! {
                () = stopped(&mut stop) => break,
                () = tokio::time::sleep(std::time::Duration::from_secs(1)) => {}
            }
        }
        while running.join_next().await.is_some() {}
    }

    /// Takes back what the last run of this server had under way when it died, so that nothing waits for the end
    /// of a dead worker's lease. Work that runs twice does no harm.
    ///
    /// # Errors
    /// [`ExchangeError::Store`] when the store cannot be written.
    pub async fn take_over(&self) -> Result<(), ExchangeError> {
        let now = self.now();
        let count = self.inner.store.write("take_over", move |tx| tx.leases_end(now)).await?;
        if count > 0 {
            tracing::info!(count, "work of an earlier run is taken up again");
        }
        Ok(())
    }

    /// Holds the audit log against itself and, if given, an earlier checkpoint.
    ///
    /// # Errors
    /// [`ExchangeError::Store`] when the log cannot be read.
    pub async fn verify_audit(
        &self,
        known: Option<audit::Checkpoint>,
    ) -> Result<Result<audit::Checkpoint, audit::AuditError>, ExchangeError> {
        Ok(self.inner.store.read(move |tx| audit::verify(tx, known)).await?)
    }

    /// Message counts by state: waiting, leased, settled, failed, quarantined.
    ///
    /// # Errors
    /// [`ExchangeError::Store`] when the store cannot be read.
    pub async fn counts(&self, side: Side) -> Result<[u64; 5], ExchangeError> {
        Ok(self.inner.store.read(move |tx| tx.mailbox_counts(side)).await?)
    }

    /// How many messages reached each stage and how many were refused there: stored, collected, opened, outcome.
    ///
    /// # Errors
    /// [`ExchangeError::Store`] when the store cannot be read.
    pub async fn stage_counts(&self, side: Side) -> Result<[(u64, u64); 4], ExchangeError> {
        Ok(self.inner.store.read(move |tx| tx.receipt_counts(side)).await?)
    }

    pub(super) fn terms(&self) -> Arc<Terms> {
        self.inner.terms.load_full()
    }

    pub(super) fn now(&self) -> Timestamp {
        self.inner.clock.now()
    }

    pub(super) fn agency(&self, party: &PartyId) -> Result<Arc<Agency>, ExchangeError> {
        let terms = self.terms();
        terms.agencies.get(party).cloned().ok_or_else(|| ExchangeError::NotAnAgency { party: party.clone() })
    }

    /// Runs work that would block the async threads, within the gateway's share of threads.
    pub(super) async fn cpu<T, F>(&self, work: F) -> Result<T, ExchangeError>
    where
        F: FnOnce(&Self) -> T + Send + 'static,
        T: Send + 'static,
    {
        let _permit = self.inner.cpu.acquire().await.map_err(|_| ExchangeError::Stopping)?;
        let gateway = self.clone();
        tokio::task::spawn_blocking(move || work(&gateway)).await.map_err(|_| ExchangeError::Stopping)
    }

    /// Tells whoever watches. What there is to tell is put together only then.
    pub(super) fn tell(&self, message: MessageId, from: &PartyId, to: &PartyId, what: impl FnOnce() -> What) {
        if let Some(observer) = &self.inner.observer {
            observer(&Event { at: self.now(), message, from: from.clone(), to: to.clone(), what: what() });
        }
    }

    pub(super) fn wake(&self, work: Work, party: &PartyId) -> Arc<Notify> {
        let Ok(mut wakes) = self.inner.wakes.lock() else { return Arc::default() };
        if let Some(notify) = wakes.get(&(work, party.clone())) {
            return Arc::clone(notify);
        }
        let notify = Arc::new(Notify::new());
        wakes.insert((work, party.clone()), Arc::clone(&notify));
        notify
    }
}

/// What each party may use of the partner port.
pub(super) fn shares(register: &Register) -> impl Iterator<Item = (PartyId, Numbers)> {
    register.agreements().map(|agreement| {
        let limits = agreement.limits;
        let numbers = Numbers {
            per_second: limits.requests_per_second,
            burst: limits.burst,
            bytes: limits.sealed_bytes.saturating_mul(2),
        };
        (agreement.party.clone(), numbers)
    })
}
