//! All of rustls: own identity, trust per partner, revocation, peer certificate to party.
//!
//! In: certificates, keys, anchors and CRLs from the configuration.
//! Out: accepted and opened connections, each with the parties its peer speaks for.
//! Must hold: a certificate under one partner's anchors never speaks for another partner.

mod acceptor;
mod certificate;
mod connector;
mod crl;
mod error;
mod identity;
mod peer;
mod provider;
mod stream;
pub mod throwaway;
mod trust;
mod verifier;

#[cfg(test)]
mod tests;

pub use acceptor::Acceptor;
pub use certificate::digests;
pub use connector::Connector;
pub use error::{PeerRefusal, TlsError};
pub use identity::Identity;
pub use peer::Peer;
pub use stream::TlsStream;
pub use trust::{Anchors, Standing, Trust};

/// Which side of a connection a certificate is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    Client,
    Server,
}
