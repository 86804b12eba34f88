//! The partner side of the wire: push, accept, poll, acknowledge.
//!
//! In: sealed messages and receipts.
//! Out: the partner's answer, or a request handed to `exchange`.
//! Must hold: nothing is believed about a request but what its TLS peer may say.
