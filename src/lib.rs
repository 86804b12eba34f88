//! casebridge: exchange of case records on trafficking in human beings between authorities of partner states.
//!
//! The modules stand in the order of the path a message takes; `docs/architecture.md` is the map.
//! `tests/tidy.rs` holds the table of which folder may name which.

pub mod app;
pub mod clock;
pub mod config;

// The words.
pub mod message;
pub mod partner;
pub mod schema;

// The path.
pub mod exchange;
pub mod mailbox;
pub mod policy;
pub mod receipt;
pub mod relay;
pub mod seal;
pub mod translate;

// The ground.
pub mod audit;
pub mod store;
pub mod telemetry;
pub mod tls;

// The doors.
pub mod cli;
