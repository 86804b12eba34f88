//! The main proof: two gateways and a polling partner, with real TLS, OpenPGP and databases, on loopback.
//!
//! One binary, so that it is linked once. Each file is one scenario; each test's name is a requirement.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a scenario that cannot go on fails"
)]

mod again;
mod age;
mod agreements;
mod approvals;
mod bad_input;
mod certs_example;
mod crash;
mod demo;
mod documents;
mod erase;
mod exactly_once;
mod expired;
mod explain;
mod further;
mod guide;
mod leak;
mod limits;
mod losses;
mod outage;
mod permissions;
mod poll;
mod profiles;
mod refusals;
mod release;
mod review;
mod rotation;
mod same_bytes;
mod serve;
mod store;
mod told;
mod transfer;
mod versions;
mod workbench;
mod world;
