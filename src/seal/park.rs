//! Sealing to oneself, for drafts that wait on disk, and sealing without policy, for foreign clients and tests.

use jiff::Timestamp;
use zeroize::Zeroizing;

use super::certificate::Certificate;
use super::certificates::Signer;
use super::error::{OpenRefusal, SealError};
use super::message;
use super::own_key::OwnKey;
use super::own_keys::OwnKeys;

/// Seals `bytes` to oneself, so that a draft which waits for review is never on disk as plaintext.
///
/// # Errors
/// [`SealError`] when the key is not valid at `now`, or the draft longer than a document may be.
pub fn park(bytes: &[u8], own: &OwnKey, now: Timestamp) -> Result<Vec<u8>, SealError> {
    message::seal(bytes, own, &own.certificate(), now)
}

/// Opens what [`park`] sealed with one of the keys, also when it has expired or was retired since.
///
/// # Errors
/// [`OpenRefusal`] for anything else.
pub fn unpark(bytes: &[u8], own: &OwnKeys) -> Result<Zeroizing<Vec<u8>>, OpenRefusal> {
    let mut all = own.with_all_retired();
    // Sealed by a key to itself: the key that it names decides, and no other.
    all.find_map(|own| match opened(bytes, own, (&own.certificate()).into()) {
        Err(OpenRefusal::NotForUs) => None,
        decided => Some(decided),
    })
    .unwrap_or(Err(OpenRefusal::NotForUs))
}

/// Seals anything to anybody, without policy. Only for the demonstration's foreign client and for tests.
///
/// # Errors
/// [`SealError`] when the profiles differ or a key is not valid at `now`.
pub fn dangerous_seal(
    plain: &[u8],
    own: &OwnKey,
    to: &Certificate,
    now: Timestamp,
) -> Result<Vec<u8>, SealError> {
    message::seal(plain, own, to, now)
}

/// Opens a sealed message to its bytes, without policy, cover or clock. Only for the demonstration's foreign client and
/// for tests.
///
/// # Errors
/// [`OpenRefusal`] as for [`super::open`], of the seal itself.
pub fn dangerous_open(
    bytes: &[u8],
    own: &OwnKey,
    sender: &Certificate,
) -> Result<Zeroizing<Vec<u8>>, OpenRefusal> {
    opened(bytes, own, sender.into())
}

fn opened(bytes: &[u8], own: &OwnKey, sender: Signer<'_>) -> Result<Zeroizing<Vec<u8>>, OpenRefusal> {
    message::open(bytes, &[own], sender, |signed| Ok(Zeroizing::new(signed.content().to_vec())))
}
