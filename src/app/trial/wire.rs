//! A bare HTTPS client with a client certificate: what `curl` would do.

use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use super::keys::StateKeys;
use crate::clock::Clock;
use crate::message::PartyId;
use crate::tls::{Anchors, Connector, Identity, Trust};

/// Calls one gateway in the name of one state.
#[derive(Debug)]
pub struct WireClient {
    connector: Connector,
    address: SocketAddr,
    expected: PartyId,
    clock: Clock,
}

/// What came back, whatever it says.
#[derive(Debug)]
pub struct WireAnswer {
    pub status: u16,
    pub headers: http::HeaderMap,
    pub body: Bytes,
}

impl WireAnswer {
    /// The `code` of a problem (RFC 9457).
    #[must_use]
    pub fn code(&self) -> Option<String> {
        let problem: serde_json::Value = serde_json::from_slice(&self.body).ok()?;
        Some(problem.get("code")?.as_str()?.to_owned())
    }
}

/// The connection could not be made or broke.
#[derive(Debug, thiserror::Error)]
#[error("cannot call {address}: {reason}")]
pub struct WireError {
    address: SocketAddr,
    reason: String,
}

impl WireClient {
    /// A client with the certificate of `own` that believes the authority of `server` at `address`.
    ///
    /// # Errors
    /// [`WireError`] when a certificate cannot be used.
    pub fn new(
        own: &StateKeys,
        server: &StateKeys,
        address: SocketAddr,
        clock: Clock,
    ) -> Result<Self, WireError> {
        let failed = |error: &dyn std::fmt::Display| WireError { address, reason: error.to_string() };
        let identity = Identity::parse(own.chain_pem.as_bytes(), own.key_pem.as_bytes(), clock.now())
            .map_err(|e| failed(&e))?;
        let parties: Vec<PartyId> = server.keys.iter().map(|key| key.party().clone()).collect();
        let expected = parties.first().cloned().ok_or_else(|| failed(&"the server has no party"))?;
        let mut anchors = Anchors::new(parties);
        anchors.certificates = vec![server.anchor.clone().into_bytes()];
        anchors.crls = vec![server.crl.clone().into_bytes()];
        let trust = Trust::new(vec![anchors]).map_err(|e| failed(&e))?;
        let connector = Connector::new(identity, trust).map_err(|e| failed(&e))?;
        Ok(Self { connector, address, expected, clock })
    }

    /// One request on a connection of its own.
    ///
    /// # Errors
    /// [`WireError`] when there is no answer.
    pub async fn call(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, String)],
        body: impl Into<Bytes>,
    ) -> Result<WireAnswer, WireError> {
        let failed =
            |error: &dyn std::fmt::Display| WireError { address: self.address, reason: error.to_string() };
        let stream = TcpStream::connect(self.address).await.map_err(|e| failed(&e))?;
        let limit = Duration::from_secs(10);
        let (stream, _) = self
            .connector
            .connect(stream, &self.expected, self.clock.now(), limit)
            .await
            .map_err(|e| failed(&e))?;
        let (mut send, serving) =
            hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.map_err(|e| failed(&e))?;
        let serving = tokio::spawn(serving);
        let mut request = http::Request::builder().method(method).uri(path).header("host", "localhost");
        for (name, value) in headers {
            request = request.header(*name, value);
        }
        let request = request.body(Full::new(body.into())).map_err(|e| failed(&e))?;
        let response = send.send_request(request).await.map_err(|e| failed(&e))?;
        let (parts, body) = response.into_parts();
        let body = body.collect().await.map_err(|e| failed(&e))?.to_bytes();
        drop(send);
        serving.abort();
        Ok(WireAnswer { status: parts.status.as_u16(), headers: parts.headers, body })
    }
}
