//! Logs, metrics and cost per step.
//!
//! In: events and measurements.
//! Out: structured lines and figures.
//! Must hold: nothing personal, ever.

mod log;
mod steps;

pub use log::{LogFormat, start_logging, start_logging_if_asked};
pub use steps::{Step, StepTimer, Steps};
