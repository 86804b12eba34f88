//! What rustls asks about the other end's certificate: one verifier for one connection.

use std::sync::{Arc, OnceLock};

use jiff::Timestamp;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::{DigitallySignedStruct, DistinguishedName, Error, PeerIncompatible, SignatureScheme};

use super::provider::algorithms;
use super::{Peer, PeerRefusal, Side, Trust};
use crate::message::PartyId;

/// Examines one peer and remembers who it is.
#[derive(Debug)]
pub(super) struct Verifier {
    trust: Arc<Trust>,
    now: Timestamp,
    /// The party that must answer, where we are the client.
    expected: Option<PartyId>,
    peer: OnceLock<Peer>,
}

impl Verifier {
    pub(super) const fn new(trust: Arc<Trust>, now: Timestamp, expected: Option<PartyId>) -> Self {
        Self { trust, now, expected, peer: OnceLock::new() }
    }

    /// The peer, once the handshake has accepted it.
    pub(super) fn peer(&self) -> Option<&Peer> {
        self.peer.get()
    }

    fn examine(
        &self,
        own: &CertificateDer<'_>,
        others: &[CertificateDer<'_>],
        side: Side,
    ) -> Result<(), PeerRefusal> {
        let peer = self.trust.examine(own, others, side, self.now)?;
        if self.expected.as_ref().is_some_and(|party| !peer.speaks_for(party)) {
            return Err(PeerRefusal::WrongParty);
        }
        // A connection has one handshake. Should rustls ever ask twice, the first peer is the one that counts.
        self.peer.set(peer).map_err(|_| PeerRefusal::Malformed)
    }
}

impl ClientCertVerifier for Verifier {
    fn client_auth_mandatory(&self) -> bool {
        true
    }

    /// None: the names of our partners' authorities are not for whoever connects.
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        self.examine(end_entity, intermediates, Side::Client)?;
        Ok(ClientCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _message: &[u8],
        _cert: &CertificateDer<'_>,
        _dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Err(PeerIncompatible::Tls12NotOfferedOrEnabled.into())
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        rustls::crypto::verify_tls13_signature(message, cert, dss, algorithms())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        algorithms().supported_schemes()
    }
}

impl ServerCertVerifier for Verifier {
    /// The server's host name does not count: what counts is the party.
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        self.examine(end_entity, intermediates, Side::Server)?;
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _message: &[u8],
        _cert: &CertificateDer<'_>,
        _dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Err(PeerIncompatible::Tls12NotOfferedOrEnabled.into())
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        rustls::crypto::verify_tls13_signature(message, cert, dss, algorithms())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        algorithms().supported_schemes()
    }
}
