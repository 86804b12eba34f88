//! Logs, metrics and cost per step.
//!
//! In: events and measurements.
//! Out: structured lines and figures.
//! Must hold: nothing personal, ever.
