//! A gateway that runs.

use std::sync::Arc;

use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::assemble::{Assembly, Options};
use crate::config::Settings;
use crate::exchange::{ExchangeError, Gateway, Parts};
use crate::relay::{self, Bounds};
use crate::store::{Store, StoreError};
use crate::tls::Acceptor;

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
    acceptor: Arc<Acceptor>,
    settings: Settings,
    stop: watch::Sender<bool>,
    workers: JoinHandle<()>,
    door: JoinHandle<()>,
}

/// A gateway on its store, without port and workers: for commands beside a running server.
///
/// # Errors
/// [`StoreError`] when the store cannot be opened.
pub fn beside(assembly: Assembly, options: Options) -> Result<Gateway, StoreError> {
    let settings = assembly.settings.gateway;
    let store = Store::open(&settings.store, Arc::clone(&options.steps))?;
    Ok(Gateway::new(Parts {
        clock: options.clock,
        store,
        catalogue: assembly.catalogue,
        terms: assembly.terms,
        steps: options.steps,
        observer: options.observer,
        lease: settings.lease,
        cpu_threads: settings.workers,
    }))
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
    let (settings, acceptor) = (assembly.settings.clone(), Arc::clone(&assembly.acceptor));
    let listen = settings.gateway.listen;
    let listening = |source| StartError::Listen { address: listen, source };
    let clock = options.clock.clone();
    let gateway = beside(assembly, options)?;
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
        Arc::clone(&acceptor),
        clock,
        Arc::new(gateway.clone()),
        gateway.limiter(),
        bounds,
        stopped.clone(),
    ));
    let working = gateway.clone();
    let workers = tokio::spawn(async move { working.run(stopped).await });
    Ok(Running { gateway, address, acceptor, settings, stop, workers, door })
}

impl Running {
    /// Puts a newly checked configuration in force: agreements, policies, keys, certificates and revocation
    /// lists. Where it listens and where it stores cannot change while it runs.
    ///
    /// # Errors
    /// What cannot change, in words; everything then stays as it was.
    pub fn reload(&self, assembly: Assembly) -> Result<(), String> {
        let (old, new) = (&self.settings.gateway, &assembly.settings.gateway);
        if old.listen != new.listen || old.store != new.store {
            return Err("`listen` and `store` cannot change while the gateway runs; restart it".to_owned());
        }
        let trust = Arc::clone(&assembly.terms.trust);
        self.acceptor.reload(Arc::clone(&assembly.identity), trust).map_err(|error| error.to_string())?;
        self.gateway.replace_terms(assembly.terms);
        Ok(())
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
