//! The durable wait: deposit, claim under lease, settle, retry.
//!
//! In: sealed messages.
//! Out: claims, each with lease, expiry and attempt.
//! Must hold: a message leaves the mailbox only by being settled; work that dies is claimed again.

mod claim;
mod retry;

pub use claim::{Claim, Settled, Ticket, claim};
pub use retry::Backoff;
