//! The listening side.

use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use jiff::Timestamp;
use rustls::ServerConfig;
use rustls::server::NoServerSessionStorage;
use tokio::io::{AsyncRead, AsyncWrite};

use super::provider::{ALPN, Moment, VERSIONS, provider};
use super::verifier::Verifier;
use super::{Identity, Peer, Side, TlsError, TlsStream, Trust};

/// Accepts connections from peers that prove which parties they speak for.
#[derive(Debug)]
pub struct Acceptor {
    current: ArcSwap<(Arc<Identity>, Arc<Trust>)>,
}

impl Acceptor {
    /// An acceptor that shows `identity` and believes `trust`.
    ///
    /// # Errors
    /// [`TlsError::OwnCertificate`] if the own certificate may not be used by a server.
    pub fn new(identity: impl Into<Arc<Identity>>, trust: impl Into<Arc<Trust>>) -> Result<Self, TlsError> {
        let identity = identity.into();
        identity.fits(Side::Server)?;
        Ok(Self { current: ArcSwap::from_pointee((identity, trust.into())) })
    }

    /// From the next connection on, shows `identity` and believes `trust`. Open connections go on: ask
    /// [`Trust::still_good`] of [`Acceptor::trust`] at their next request.
    ///
    /// # Errors
    /// As [`Acceptor::new`]; the old identity and trust then stay.
    pub fn reload(
        &self,
        identity: impl Into<Arc<Identity>>,
        trust: impl Into<Arc<Trust>>,
    ) -> Result<(), TlsError> {
        let identity = identity.into();
        identity.fits(Side::Server)?;
        self.current.store(Arc::new((identity, trust.into())));
        Ok(())
    }

    /// What is believed now.
    #[must_use]
    pub fn trust(&self) -> Arc<Trust> {
        Arc::clone(&self.current.load().1)
    }

    /// Who the gateway is now.
    #[must_use]
    pub fn identity(&self) -> Arc<Identity> {
        Arc::clone(&self.current.load().0)
    }

    /// Does the handshake on `stream`, judging certificates by the time `now`, within `limit`.
    ///
    /// # Errors
    /// [`TlsError::Refused`], [`TlsError::NoCertificate`], [`TlsError::HandshakeTimeout`] and the other variants for
    /// connections. The stream is closed.
    pub async fn accept<S>(
        &self,
        stream: S,
        now: Timestamp,
        limit: Duration,
    ) -> Result<(TlsStream<S>, Peer), TlsError>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let (identity, trust) = {
            let current = self.current.load();
            (Arc::clone(&current.0), Arc::clone(&current.1))
        };
        let verifier = Arc::new(Verifier::new(trust, now, None));
        let config = config(&identity, Arc::clone(&verifier), now)?;
        let handshake = tokio_rustls::TlsAcceptor::from(Arc::new(config)).accept(stream);
        let stream = tokio::time::timeout(limit, handshake)
            .await
            .map_err(|_| TlsError::HandshakeTimeout)?
            .map_err(|error| TlsError::from_io(&error))?;
        // Without a peer there was no certificate; rustls has then failed already.
        let peer = verifier.peer().cloned().ok_or(TlsError::NoCertificate)?;
        Ok((TlsStream::new(stream.into()), peer))
    }
}

/// One configuration per connection: its verifier remembers the one peer.
fn config(identity: &Identity, verifier: Arc<Verifier>, now: Timestamp) -> Result<ServerConfig, TlsError> {
    let mut config = ServerConfig::builder_with_details(provider(), Arc::new(Moment(now)))
        .with_protocol_versions(VERSIONS)
        .map_err(|_| TlsError::Protocol)?
        .with_client_cert_verifier(verifier)
        .with_cert_resolver(identity.key());
    config.alpn_protocols = vec![ALPN.to_vec()];
    // A resumed session would not ask the verifier: nothing to resume from, no early data, no data before the peer is known.
    config.session_storage = Arc::new(NoServerSessionStorage {});
    config.send_tls13_tickets = 0;
    config.max_early_data_size = 0;
    config.send_half_rtt_data = false;
    Ok(config)
}
