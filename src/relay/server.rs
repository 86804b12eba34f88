//! Accepts partners' connections and serves them until told to stop.

use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use hyper::body::Incoming;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tower::ServiceExt as _;

use super::door::Door;
use super::limit::Limiter;
use super::routes;
use crate::clock::Clock;
use crate::tls::Acceptor;

/// Bounds of the partner port.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// Connections at once.
    pub connections: usize,
    /// Time for the TLS handshake.
    pub handshake: Duration,
    /// Time for the headers, and again for the body, of one request.
    pub request: Duration,
    /// Time that open requests have to end when the gateway stops.
    pub drain: Duration,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            connections: 1024,
            handshake: Duration::from_secs(10),
            request: Duration::from_mins(1),
            drain: Duration::from_secs(20),
        }
    }
}

/// What every request needs.
pub(super) struct Gate<D> {
    pub(super) door: Arc<D>,
    pub(super) limiter: Arc<ArcSwap<Limiter>>,
    pub(super) bounds: Bounds,
}

/// Serves partners on `listener` until `stop` turns true, then lets open requests end.
///
/// Errors of one connection end that connection; none ends the server.
pub async fn serve<D: Door>(
    listener: TcpListener,
    acceptor: Arc<Acceptor>,
    clock: Clock,
    door: Arc<D>,
    limiter: Arc<ArcSwap<Limiter>>,
    bounds: Bounds,
    mut stop: watch::Receiver<bool>,
) {
    let router = routes::router(Arc::new(Gate { door, limiter: Arc::clone(&limiter), bounds }));
    let port = Arc::new(Port { acceptor, clock, limiter, router, bounds });
    let places = Arc::new(Semaphore::new(bounds.connections));
    let mut connections = JoinSet::new();
    loop {
        // A full house waits in the kernel's queue, not in our memory.
        let place = tokio::select! {
            place = Arc::clone(&places).acquire_owned() => place,
            () = stopped(&mut stop) => break,
        };
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = stopped(&mut stop) => break,
        };
        match accepted {
            Ok((stream, _)) => {
                let (port, stop) = (Arc::clone(&port), stop.clone());
                connections.spawn(async move {
                    port.connection(stream, stop).await;
                    drop(place);
                });
            }
            Err(error) => {
                // Out of file handles: existing connections must end first.
                tracing::warn!(%error, "cannot accept a connection");
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
        while connections.try_join_next().is_some() {}
    }
    let ended =
        tokio::time::timeout(bounds.drain, async { while connections.join_next().await.is_some() {} });
    if ended.await.is_err() {
        tracing::warn!("connections were cut because they did not end in time");
    }
}

/// What every connection needs.
struct Port {
    acceptor: Arc<Acceptor>,
    clock: Clock,
    limiter: Arc<ArcSwap<Limiter>>,
    router: axum::Router,
    bounds: Bounds,
}

impl Port {
    async fn connection(&self, stream: TcpStream, mut stop: watch::Receiver<bool>) {
        let _ = stream.set_nodelay(true);
        let accepted = self.acceptor.accept(stream, self.clock.now(), self.bounds.handshake).await;
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::warn!(code = error.code(), reason = %error, "connection refused");
                return;
            }
        };
        let share = peer.parties().iter().next().map(|party| self.limiter.load().connection(party));
        let Some(Ok(_share)) = share else {
            tracing::warn!(code = "too-many-connections", parties = ?peer.parties(), "connection refused");
            return;
        };
        let router = self.router.clone();
        let peer = Arc::new(peer);
        let service = hyper::service::service_fn(move |mut request: http::Request<Incoming>| {
            request.extensions_mut().insert(Arc::clone(&peer));
            router.clone().oneshot(request)
        });
        let serving = hyper::server::conn::http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(self.bounds.request)
            .max_buf_size(64 << 10)
            .serve_connection(TokioIo::new(stream), service);
        tokio::pin!(serving);
        tokio::select! {
            _ = &mut serving => {}
            () = stopped(&mut stop) => {
                serving.as_mut().graceful_shutdown();
                let _ = serving.await;
            }
        }
    }
}

async fn stopped(stop: &mut watch::Receiver<bool>) {
    // A sender that is gone means the same: nobody will ever say it.
    let _ = stop.wait_for(|stop| *stop).await;
}
