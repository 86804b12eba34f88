//! What can go wrong, and for which reasons a peer is refused.

use std::io;

use crate::message::PartyId;

/// Why a peer's certificate is not accepted. A peer itself sees only one alert, the same for every reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
#[error("the peer is refused: `{}`", self.code())]
#[non_exhaustive]
pub enum PeerRefusal {
    /// The certificate or its chain is not well-formed X.509, or uses what is not supported.
    Malformed,
    /// More intermediate certificates, names or parties than are ever needed.
    TooComplex,
    /// No subject alternative name names a party.
    NoParty,
    /// A name of our scheme that is not the name of a party.
    MalformedParty,
    /// A party for which no anchors are configured.
    UnknownParty,
    /// The server is not the party that was called.
    WrongParty,
    /// Does not chain to the anchors of every party it names. Also: self-signed.
    WrongIssuer,
    /// Names an anchor as its issuer, but was not signed by it.
    BadSignature,
    /// The extended key usage is missing or for something else.
    WrongUsage,
    /// The key usage does not allow signatures, or an authority's certificate stands where a peer's belongs.
    WrongKeyUsage,
    /// A name or path-length constraint of its issuer forbids it.
    Constrained,
    /// It, or the chain above it, is past its end.
    Expired,
    /// It, or the chain above it, is not valid yet.
    NotYetValid,
    /// Its issuer has revoked it, or a certificate above it.
    Revoked,
    /// The revocation list of its partner is past its next update.
    CrlExpired,
    /// No revocation list covers its issuer although one is required.
    CrlMissing,
    /// An open connection's certificate is under no anchor any more.
    Unknown,
}

impl PeerRefusal {
    /// The stable code, for logs, metrics and the audit log.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Malformed => "certificate-malformed",
            Self::TooComplex => "certificate-too-complex",
            Self::NoParty => "no-party",
            Self::MalformedParty => "malformed-party",
            Self::UnknownParty => "unknown-party",
            Self::WrongParty => "wrong-party",
            Self::WrongIssuer => "wrong-issuer",
            Self::BadSignature => "bad-signature",
            Self::WrongUsage => "wrong-usage",
            Self::WrongKeyUsage => "wrong-key-usage",
            Self::Constrained => "constraint-violated",
            Self::Expired => "certificate-expired",
            Self::NotYetValid => "not-yet-valid",
            Self::Revoked => "certificate-revoked",
            Self::CrlExpired => "crl-expired",
            Self::CrlMissing => "crl-missing",
            Self::Unknown => "certificate-unknown",
        }
    }
}

/// A configuration that cannot be used, or a connection that did not come about.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TlsError {
    // Own identity: our operator's fault.
    #[error(
        "the own certificate chain cannot be read; give PEM, the own certificate first, then its issuers"
    )]
    CertificateUnreadable,
    #[error(
        "the own private key cannot be read; give one unencrypted PKCS#8 key in PEM (`openssl pkcs8 -topk8 -nocrypt`)"
    )]
    KeyUnreadable,
    #[error(
        "the own private key does not belong to the own certificate; give the key that the certificate was issued for"
    )]
    KeyMismatch,
    #[error("the own certificate is refused: `{}`; ask its issuer for a new one", .0.code())]
    OwnCertificate(PeerRefusal),

    // Trust: our operator's fault, or what a partner gave him.
    #[error("anchors without a party or without a certificate trust nobody; give both")]
    AnchorsEmpty,
    #[error("an anchor of `{party}` cannot be read; give X.509 v3 certificates in PEM or DER")]
    AnchorUnreadable { party: PartyId },
    #[error(
        "an anchor of `{party}` is not a certificate authority's; give the authority's certificate, not a peer's"
    )]
    AnchorNotAuthority { party: PartyId },
    #[error("`{party}` stands in more than one set of anchors; name it once")]
    PartyTwice { party: PartyId },
    #[error(
        "`{party}` and `{other}` would share an authority; put them under one set of anchors or use separate authorities"
    )]
    AnchorShared { party: PartyId, other: PartyId },
    #[error("no revocation list is given for `{party}`; add one, or set `crl_required = false` for it")]
    CrlNone { party: PartyId },
    #[error("a revocation list of `{party}` cannot be read; give a complete X.509 v2 list in PEM or DER")]
    CrlUnreadable { party: PartyId },
    #[error(
        "a revocation list of `{party}` covers only a part or adds to another one; ask for the complete list"
    )]
    CrlPartial { party: PartyId },
    #[error(
        "a revocation list of `{party}` was issued by none of its anchors; add its issuer to the anchors"
    )]
    CrlWrongIssuer { party: PartyId },
    #[error("a revocation list of `{party}` carries a bad signature; fetch it again")]
    CrlBadSignature { party: PartyId },

    // Connections: the peer's or the network's doing.
    #[error(transparent)]
    Refused(PeerRefusal),
    #[error("the peer showed no certificate; it must be given one by its state's authority")]
    NoCertificate,
    #[error("the handshake took too long; the peer may try again")]
    HandshakeTimeout,
    #[error("the peer does not speak TLS 1.3; it must be updated")]
    TlsVersion,
    #[error("no common algorithm or protocol with the peer; compare with docs/protocol.md")]
    NothingInCommon,
    #[error(
        "the peer refused us with alert `{alert}`; ask its operator whether our certificate is known there"
    )]
    RefusedByPeer { alert: u8 },
    #[error("the peer broke the TLS protocol; the connection is closed")]
    Protocol,
    #[error("the connection broke ({kind}); it may be tried again")]
    Broken { kind: io::ErrorKind },
}

impl TlsError {
    /// The stable code, for logs, metrics and the audit log.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::CertificateUnreadable => "own-certificate-unreadable",
            Self::KeyUnreadable => "own-key-unreadable",
            Self::KeyMismatch => "own-key-mismatch",
            Self::OwnCertificate(_) => "own-certificate-refused",
            Self::AnchorsEmpty => "anchors-empty",
            Self::AnchorUnreadable { .. } => "anchor-unreadable",
            Self::AnchorNotAuthority { .. } => "anchor-not-authority",
            Self::PartyTwice { .. } => "party-twice",
            Self::AnchorShared { .. } => "anchor-shared",
            Self::CrlNone { .. } => "crl-none",
            Self::CrlUnreadable { .. } => "crl-unreadable",
            Self::CrlPartial { .. } => "crl-partial",
            Self::CrlWrongIssuer { .. } => "crl-wrong-issuer",
            Self::CrlBadSignature { .. } => "crl-bad-signature",
            Self::Refused(refusal) => refusal.code(),
            Self::NoCertificate => "no-certificate",
            Self::HandshakeTimeout => "handshake-timeout",
            Self::TlsVersion => "tls-version",
            Self::NothingInCommon => "nothing-in-common",
            Self::RefusedByPeer { .. } => "refused-by-peer",
            Self::Protocol => "tls-protocol",
            Self::Broken { .. } => "connection-broken",
        }
    }

    /// The reason behind a handshake, read or write that failed. A client learns only at its first read that the server
    /// has refused it. Of rustls' own error only the kind is kept: its text may quote the peer.
    #[must_use]
    pub fn from_io(error: &io::Error) -> Self {
        use rustls::{CertificateError, Error, PeerIncompatible};

        let Some(tls) = error.get_ref().and_then(|inner| inner.downcast_ref::<Error>()) else {
            return Self::Broken { kind: error.kind() };
        };
        match tls {
            Error::InvalidCertificate(CertificateError::Other(other)) => other
                .0
                .downcast_ref::<PeerRefusal>()
                .map_or(Self::Protocol, |refusal| Self::Refused(*refusal)),
            // What remains of this kind is a handshake signature that does not fit the certificate.
            Error::InvalidCertificate(_) => Self::Refused(PeerRefusal::BadSignature),
            Error::NoCertificatesPresented => Self::NoCertificate,
            Error::PeerIncompatible(
                PeerIncompatible::SupportedVersionsExtensionRequired
                | PeerIncompatible::ServerDoesNotSupportTls12Or13
                | PeerIncompatible::ServerTlsVersionIsDisabledByOurConfig
                | PeerIncompatible::Tls12NotOffered
                | PeerIncompatible::Tls12NotOfferedOrEnabled,
            ) => Self::TlsVersion,
            Error::PeerIncompatible(_) | Error::NoApplicationProtocol => Self::NothingInCommon,
            Error::AlertReceived(alert) => Self::RefusedByPeer { alert: u8::from(*alert) },
            _ => Self::Protocol,
        }
    }
}

impl From<PeerRefusal> for TlsError {
    fn from(refusal: PeerRefusal) -> Self {
        Self::Refused(refusal)
    }
}

/// How a refusal travels through rustls: as one kind, so that every refused peer sees the same alert.
impl From<PeerRefusal> for rustls::Error {
    fn from(refusal: PeerRefusal) -> Self {
        rustls::CertificateError::Other(rustls::OtherError(std::sync::Arc::new(refusal))).into()
    }
}
