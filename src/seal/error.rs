//! What can go wrong here, and what is refused.

use crate::message::DocumentError;

/// Sealing could not be done. Our own side is at fault: nothing that a partner sends causes these.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    #[error(
        "a key of profile `{own}` cannot seal to a certificate of profile `{to}`; use the own key of that profile"
    )]
    ProfileMismatch { own: &'static str, to: &'static str },
    #[error("the certificate of `{party}` is not valid at this time; ask the partner for a new one")]
    RecipientNotUsable { party: String },
    #[error("the own key of `{party}` is not valid at this time; generate and exchange a new one")]
    SignerNotUsable { party: String },
    #[error(
        "the document goes from `{from}` to `{to}`, which are not the parties of the key and certificate"
    )]
    WrongParties { from: String, to: String },
    #[error("the document has {bytes} bytes, more than the {limit} allowed; split it into several records")]
    TooLarge { bytes: usize, limit: usize },
    #[error("the cryptographic library refused to {what}; see the machine's health")]
    Crypto { what: &'static str },
}

/// Why a certificate or a secret key cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CertificateError {
    #[error("not one OpenPGP certificate; export it with `gpg --export` or `casebridge keys export`")]
    Malformed,
    #[error(
        "the certificate has {bytes} bytes, more than the {limit} allowed; export it without third-party signatures"
    )]
    TooLarge { bytes: usize, limit: usize },
    #[error(
        "the certificate holds a key of the forbidden algorithm `{algorithm}`; make a new one with Curve25519"
    )]
    Algorithm { algorithm: String },
    #[error(
        "the certificate has no valid self-signature under this exchange's algorithm policy; make a new one"
    )]
    SelfSignature,
    #[error("the certificate names no party; add the user id `casebridge://<country>/<authority>`")]
    NoParty,
    #[error("the certificate names more than one party; revoke all but one of its user ids")]
    ManyParties,
    #[error("the certificate has expired or is not yet valid; ask its owner for a new one")]
    NotAlive,
    #[error("the certificate is revoked; ask its owner for a new one")]
    Revoked,
    #[error("the certificate has no usable signing key; ask its owner for a new one")]
    NoSigningKey,
    #[error("the certificate has no usable encryption key; ask its owner for a new one")]
    NoEncryptionKey,
    #[error(
        "the secret key is missing or protected by a password; export it without one into a guarded file"
    )]
    NoSecret,
    #[error("own keys must belong to one party, one key for each profile")]
    KeySet,
    #[error("a party has one to eight certificates, all its own and of one profile")]
    CertificateSet,
    #[error("the cryptographic library could not make a key; see the machine's health")]
    Generation,
}

impl CertificateError {
    /// The stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Malformed => "certificate-malformed",
            Self::TooLarge { .. } => "certificate-too-large",
            Self::Algorithm { .. } => "certificate-algorithm",
            Self::SelfSignature => "certificate-self-signature",
            Self::NoParty => "certificate-no-party",
            Self::ManyParties => "certificate-many-parties",
            Self::NotAlive => "certificate-not-alive",
            Self::Revoked => "certificate-revoked",
            Self::NoSigningKey => "certificate-no-signing-key",
            Self::NoEncryptionKey => "certificate-no-encryption-key",
            Self::NoSecret => "key-no-secret",
            Self::KeySet => "key-set",
            Self::CertificateSet => "certificate-set",
            Self::Generation => "key-generation",
        }
    }
}

/// Why sealed bytes were not opened. Nothing of the plaintext is released with any of these.
#[derive(Debug, thiserror::Error)]
pub enum OpenRefusal {
    #[error("the bytes differ from the size or digest on the cover")]
    DigestMismatch,
    #[error("not one binary OpenPGP message of the form this exchange uses")]
    NotOpenPgp,
    #[error("sealed to somebody else")]
    NotForUs,
    #[error("the encrypted data were altered or cut off")]
    Damaged,
    #[error("the message is not signed")]
    Unsigned,
    #[error("the signer is not the expected sender, or its key is not valid at this time")]
    WrongSigner,
    #[error("the signature does not fit the content")]
    BadSignature,
    #[error("what was sealed is not a document of this exchange: {0}")]
    BadDocument(#[source] DocumentError),
    #[error("`{field}` inside the seal differs from the cover")]
    CoverMismatch { field: &'static str },
    #[error("the message has expired")]
    Expired,
    #[error("an algorithm or packet version that the agreed profile does not allow")]
    AlgorithmRefused,
    #[error("longer than this exchange allows")]
    TooLarge,
    #[error(
        "the message is compressed; seal without compression (`gpg --compress-algo none`, `sq encrypt --compression none`)"
    )]
    Compressed,
}

impl OpenRefusal {
    /// The stable code, for receipts and the audit log.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::DigestMismatch => "digest-mismatch",
            Self::NotOpenPgp => "not-openpgp",
            Self::NotForUs => "not-for-us",
            Self::Damaged => "damaged",
            Self::Unsigned => "unsigned",
            Self::WrongSigner => "wrong-signer",
            Self::BadSignature => "bad-signature",
            Self::BadDocument(_) => "bad-document",
            Self::CoverMismatch { .. } => "cover-mismatch",
            Self::Expired => "expired",
            Self::AlgorithmRefused => "algorithm-refused",
            Self::TooLarge => "too-large",
            Self::Compressed => "compressed",
        }
    }
}
