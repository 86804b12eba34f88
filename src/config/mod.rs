//! Configuration files: read, checked, explained.
//!
//! In: TOML files.
//! Out: checked settings, or every problem with file and line.
//! Must hold: nothing is opened or bound before all problems are known.
