//! The path itself, in each direction.
//!
//! In: records and requests from the doors, sealed messages from `relay`.
//! Out: messages on their way, receipts, opened records.
//! Must hold: every step takes only what the step before hands over.
