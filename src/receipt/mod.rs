//! Signed proof of each stage, matched to its message.
//!
//! In: a stage that a message has reached.
//! Out: an OpenPGP-signed JSON statement quoting the digest of the sealed bytes.
//! Must hold: a receipt can be checked offline by anyone who has the signer's certificate.
