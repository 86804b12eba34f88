//! OpenPGP, all of it: sign then encrypt, decrypt then verify.
//!
//! In: what policy permitted, or sealed bytes from a partner.
//! Out: sealed bytes with their cover, or an opened document whose signer is known.
//! Must hold: nothing is opened whose signer, sender and recipient are not the expected ones.
//!
//! Sequoia reads and judges certificates, makes keys, unwraps post-quantum session keys and does OCB. The packets of the
//! one message form that the exchange uses are written and read here, and the rest of the cryptography runs in aws-lc-rs:
//! several times faster, in constant time, and Sequoia's cache of verified signatures, which never evicts, stays out of
//! the path.

mod certificate;
mod certificates;
mod close;
mod container;
mod error;
mod fingerprint;
mod message;
mod open;
mod own_key;
mod own_keys;
mod packet;
mod park;
mod public;
mod session;
mod signature;
mod signed;
mod vault;

#[cfg(test)]
mod tests;

pub use certificate::Certificate;
pub use certificates::{Certificates, Signer};
pub use close::{Sealed, close};
pub use error::{CertificateError, OpenRefusal, SealError};
pub use fingerprint::Fingerprint;
pub use open::{Opened, open};
pub use own_key::OwnKey;
pub use own_keys::OwnKeys;
pub use park::{dangerous_open, dangerous_seal, park, unpark};
pub(crate) use signed::{sign, verify};
pub use vault::Vault;
