//! casebridge: exchange of case records on trafficking in human beings between authorities of partner states.
//!
//! The modules stand in the order of the path a message takes; `docs/architecture.md` is the map.
//! `tests/tidy.rs` holds the table of which folder may name which.

pub mod app;
pub mod config;
pub mod clock;

// The words.
pub mod schema;
pub mod message;
pub mod partner;

// The path.
pub mod translate;
pub mod policy;
pub mod seal;
pub mod mailbox;
pub mod relay;
pub mod receipt;
pub mod exchange;

// The ground.
pub mod store;
pub mod tls;
pub mod audit;
pub mod access;
pub mod telemetry;

// The doors.
pub mod cli;
