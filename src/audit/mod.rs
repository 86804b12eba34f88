//! Append-only, tamper-evident log of every decision and access.
//!
//! In: events, in the transaction that makes them true.
//! Out: a hash chain that shows any change to its past.
//! Must hold: paths and categories, never values.
