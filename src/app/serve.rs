//! A gateway that runs.

use std::sync::{Arc, Mutex};

use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::assemble::{Assembly, Options, assemble};
use super::versions;
use crate::clock::Clock;
use crate::config::{Bundle, Draft, PolicyDraft, Settings};
use crate::exchange::{ExchangeError, Gateway, Parts};
use crate::relay::{self, Bounds};
use crate::store::{Store, StoreError};

/// Why a checked gateway did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Exchange(#[from] ExchangeError),
    #[error("cannot listen on {address}: {source}; is another program using the port?")]
    Listen { address: std::net::SocketAddr, source: std::io::Error },
}

/// A running gateway. Dropping it does not stop it cleanly: call [`Running::stop`].
#[derive(Debug)]
pub struct Running {
    pub gateway: Gateway,
    /// Where partners connect.
    pub address: std::net::SocketAddr,
    settings: Settings,
    /// The gateway's own files, with which later policy versions are put together.
    own: Arc<Mutex<Draft>>,
    clock: Clock,
    stop: watch::Sender<bool>,
    workers: JoinHandle<()>,
    door: JoinHandle<()>,
}

/// A gateway on its store, without port and workers: for commands beside a running server. A store without policy
/// versions takes the one that was checked as its first.
///
/// # Errors
/// [`StartError`] when the store cannot be opened, or the policy version in force cannot be put in force here.
pub async fn beside(assembly: Assembly, options: Options) -> Result<Gateway, StartError> {
    Ok(open(assembly, options).await?.0)
}

async fn open(assembly: Assembly, options: Options) -> Result<(Gateway, Arc<Mutex<Draft>>), StartError> {
    let settings = assembly.settings.gateway;
    let store = Store::open(&settings.store, Arc::clone(&options.steps))?;
    let mut terms = assembly.terms;
    if let Some(number) = versions::install(&store, &assembly.policy.bundle, options.clock.clone()).await? {
        terms.version = number;
    }
    let own = Arc::new(Mutex::new(assembly.draft));
    let compile = {
        let (own, clock) = (Arc::clone(&own), options.clock.clone());
        Arc::new(move |number, bundle: &[u8]| {
            let draft = own.lock().map_err(|_| "the gateway is stopping".to_owned())?.clone();
            version(draft, number, bundle, &clock).map(|assembly| assembly.terms)
        })
    };
    let gateway = Gateway::new(Parts {
        clock: options.clock,
        store,
        catalogue: assembly.catalogue,
        terms,
        compile,
        acceptor: assembly.acceptor,
        steps: options.steps,
        observer: options.observer,
        lease: settings.lease,
        cpu_threads: settings.workers,
    });
    // Somebody may have changed the version between the check and now.
    gateway.follow().await?;
    Ok((gateway, own))
}

/// Puts a policy version from the store together with the gateway's own files; or says in words why it cannot.
fn version(draft: Draft, number: u32, bundle: &[u8], clock: &Clock) -> Result<Assembly, String> {
    let bundle = Bundle::parse(bundle).map_err(|error| error.to_string())?;
    let folder = draft.policy.clone().unwrap_or_default();
    let policy = PolicyDraft::of_version(number, bundle, &folder);
    assemble(draft, policy, clock.now()).map_err(|problems| problems.to_string())
}

/// Opens the store and the port and starts the workers. `listener`: a port that is bound already.
///
/// # Errors
/// [`StartError`] when the store or the port cannot be opened.
pub async fn start(
    assembly: Assembly,
    options: Options,
    listener: Option<TcpListener>,
) -> Result<Running, StartError> {
    let settings = assembly.settings.clone();
    let listen = settings.gateway.listen;
    let listening = |source| StartError::Listen { address: listen, source };
    let clock = options.clock.clone();
    let (gateway, own) = open(assembly, options).await?;
    let listener = match listener {
        Some(listener) => listener,
        None => TcpListener::bind(listen).await.map_err(listening)?,
    };
    let address = listener.local_addr().map_err(listening)?;
    gateway.take_over().await?;
    let (stop, stopped) = watch::channel(false);
    let bounds = Bounds {
        connections: settings.gateway.connections,
        request: settings.gateway.request,
        drain: settings.gateway.drain,
        ..Bounds::default()
    };
    let door = tokio::spawn(relay::serve(
        listener,
        gateway.acceptor(),
        clock.clone(),
        Arc::new(gateway.clone()),
        gateway.limiter(),
        bounds,
        stopped.clone(),
    ));
    let working = gateway.clone();
    let workers = tokio::spawn(async move { working.run(stopped).await });
    Ok(Running { gateway, address, settings, own, clock, stop, workers, door })
}

impl Running {
    /// Puts the gateway's own files in force as they are now, with revocation lists: `draft` was read from the disk. The
    /// policy stays that of the version in force. Where it listens and where it stores cannot change while it runs.
    ///
    /// # Errors
    /// What cannot change or what is wrong, in words; everything then stays as it was.
    pub async fn reload(&self, draft: Draft) -> Result<(), String> {
        let old = &self.settings.gateway;
        if draft.gateway.as_ref().is_some_and(|new| old.listen != new.listen || old.store != new.store) {
            return Err("`listen` and `store` cannot change while the gateway runs; restart it".to_owned());
        }
        let (own, clock) = (Arc::clone(&self.own), self.clock.clone());
        let renewed = self.gateway.renew(move |number, bundle| {
            let assembly = version(draft, number, bundle, &clock)?;
            *own.lock().map_err(|_| "the gateway is stopping".to_owned())? = assembly.draft;
            Ok(assembly.terms)
        });
        renewed.await.map_err(|error| match error {
            ExchangeError::NotInForce { reason, .. } => reason,
            error => error.to_string(),
        })
    }

    /// Stops accepting, lets what is under way end, and returns when all is written.
    pub async fn stop(self) {
        let _ = self.stop.send(true);
        let drain = self.settings.gateway.drain;
        for part in [self.door, self.workers] {
            let abort = part.abort_handle();
            if tokio::time::timeout(drain, part).await.is_err() {
                // What was cut has its lease and is tried again after the restart.
                tracing::warn!("work was cut because it did not end in time; it will be tried again");
                abort.abort();
            }
        }
    }
}
