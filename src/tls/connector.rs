//! The calling side.

use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use jiff::Timestamp;
use rustls::ClientConfig;
use rustls::client::Resumption;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};

use super::provider::{ALPN, Moment, VERSIONS, provider};
use super::verifier::Verifier;
use super::{Identity, Peer, Side, TlsError, TlsStream, Trust};
use crate::message::PartyId;

/// rustls wants a host name. It is neither sent nor compared; RFC 6761 keeps `.invalid` from meaning anything.
const NO_NAME: &str = "casebridge.invalid";

/// Opens connections to peers that must prove to be the party that was called.
#[derive(Debug)]
pub struct Connector {
    current: ArcSwap<(Arc<Identity>, Arc<Trust>)>,
}

impl Connector {
    /// A connector that shows `identity` and believes `trust`.
    ///
    /// # Errors
    /// [`TlsError::OwnCertificate`] if the own certificate may not be used by a client.
    pub fn new(identity: impl Into<Arc<Identity>>, trust: impl Into<Arc<Trust>>) -> Result<Self, TlsError> {
        let identity = identity.into();
        identity.fits(Side::Client)?;
        Ok(Self { current: ArcSwap::from_pointee((identity, trust.into())) })
    }

    /// From the next connection on, shows `identity` and believes `trust`. Open connections go on: ask
    /// [`Trust::still_good`] of [`Connector::trust`] before their next request.
    ///
    /// # Errors
    /// As [`Connector::new`]; the old identity and trust then stay.
    pub fn reload(
        &self,
        identity: impl Into<Arc<Identity>>,
        trust: impl Into<Arc<Trust>>,
    ) -> Result<(), TlsError> {
        let identity = identity.into();
        identity.fits(Side::Client)?;
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

    /// Does the handshake on `stream`, judging certificates by the time `now`, within `limit`. The server's
    /// certificate must name `expected`; its host name is not looked at.
    ///
    /// In TLS 1.3 a client is done before the server has looked at its certificate: a refusal by the server shows only
    /// at the first read ([`TlsError::from_io`]).
    ///
    /// # Errors
    /// [`TlsError::Refused`], [`TlsError::HandshakeTimeout`] and the other variants for connections. The stream is
    /// closed.
    pub async fn connect<S>(
        &self,
        stream: S,
        expected: &PartyId,
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
        let verifier = Arc::new(Verifier::new(trust, now, Some(expected.clone())));
        let config = config(&identity, Arc::clone(&verifier), now)?;
        let name = ServerName::try_from(NO_NAME).map_err(|_| TlsError::Protocol)?;
        let handshake = tokio_rustls::TlsConnector::from(Arc::new(config)).connect(name, stream);
        let stream = tokio::time::timeout(limit, handshake)
            .await
            .map_err(|_| TlsError::HandshakeTimeout)?
            .map_err(|error| TlsError::from_io(&error))?;
        // Without a peer there was no certificate; rustls has then failed already.
        let peer = verifier.peer().cloned().ok_or(TlsError::NoCertificate)?;
        Ok((TlsStream::new(stream.into()), peer))
    }
}

/// One configuration per connection: its verifier expects one party and remembers the one peer.
fn config(identity: &Identity, verifier: Arc<Verifier>, now: Timestamp) -> Result<ClientConfig, TlsError> {
    let mut config = ClientConfig::builder_with_details(provider(), Arc::new(Moment(now)))
        .with_protocol_versions(VERSIONS)
        .map_err(|_| TlsError::Protocol)?
        .dangerous() // rustls' word for any verifier of one's own
        .with_custom_certificate_verifier(verifier)
        .with_client_cert_resolver(identity.key());
    config.alpn_protocols = vec![ALPN.to_vec()];
    config.resumption = Resumption::disabled();
    config.enable_early_data = false;
    // The name would travel in clear.
    config.enable_sni = false;
    Ok(config)
}
