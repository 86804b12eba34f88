//! Puts a gateway together from its configuration and runs it until told to stop.
//!
//! In: the configuration file.
//! Out: a [`Assembly`] that is ready, or every problem with its file and line.
//! Must hold: nothing is bound or written before every file has been read and checked; a bad change keeps the old.

mod assemble;
mod compile;
mod serve;
pub mod trial;
pub mod versions;

pub use assemble::{Assembly, Options, assemble, catalogue, check, read};
pub use serve::{Running, StartError, beside, start};
