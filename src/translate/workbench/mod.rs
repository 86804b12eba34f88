//! The workbench for integrators: what a table says, a first table from samples, what samples used of a table.
//!
//! In: the text of a table, sample records as bytes.
//! Out: notes and counts, the text of a new table, coverage.
//! Must hold: a value of a sample is never in any output unless it was asked for; same input gives the same text.

mod both;
mod coverage;
mod detect;
mod example;
mod outline;
mod overview;
mod propose;
mod shape;
mod skeleton;

pub use coverage::{Coverage, Share, Usage};
pub use detect::{Hints, SampleError};
pub use overview::{Note, Overview};
pub use skeleton::{Wish, skeleton};

#[cfg(test)]
mod tests;
