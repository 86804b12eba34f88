//! The partner side of the wire: push, accept, poll, acknowledge.
//!
//! In: sealed messages and receipts.
//! Out: the partner's answer, or a request handed to `exchange` through a [`Door`].
//! Must hold: nothing is believed about a request but what its TLS peer may say; every size and time is bounded.

mod client;
mod counted;
mod door;
mod headers;
mod limit;
mod problem;
mod routes;
mod server;

pub use client::{Link, PushAnswer, PushError};
pub use door::{Acceptance, Door, Listed, ListedReceipt, Refused};
pub use headers::{read_cover, write_cover};
pub use limit::{Lane, Limited, Limiter, Numbers, Standing};
pub use problem::Code;
pub use server::{Bounds, serve};
