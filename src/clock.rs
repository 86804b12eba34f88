//! The one place that reads the time. Everything else takes it as an argument.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};

use jiff::Timestamp;

/// A moment of this process, from which time that has passed is counted.
static START: LazyLock<Instant> = LazyLock::new(Instant::now);

/// Where the time comes from: the machine, or a test that moves it by hand.
#[derive(Debug, Clone, Default)]
pub struct Clock {
    fixed: Option<Arc<AtomicI64>>,
}

impl Clock {
    /// The machine's clock.
    #[must_use]
    pub const fn system() -> Self {
        Self { fixed: None }
    }

    /// A clock that stands at `at` until it is moved.
    #[must_use]
    pub fn standing_at(at: Timestamp) -> Self {
        Self { fixed: Some(Arc::new(AtomicI64::new(at.as_microsecond()))) }
    }

    /// Moves a standing clock; the machine's clock is left alone.
    pub fn advance(&self, by: Duration) {
        if let Some(fixed) = &self.fixed {
            fixed.fetch_add(i64::try_from(by.as_micros()).unwrap_or(i64::MAX), Ordering::SeqCst);
        }
    }

    /// The time now, to the microsecond: the store keeps no finer times.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        let micros = match &self.fixed {
            Some(fixed) => fixed.load(Ordering::SeqCst),
            None => Timestamp::now().as_microsecond(),
        };
        Timestamp::from_microsecond(micros).unwrap_or(Timestamp::MAX)
    }

    /// The time that has passed since some moment that stays the same: it runs on evenly when the machine's date is set.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        match &self.fixed {
            Some(fixed) => {
                Duration::from_micros(u64::try_from(fixed.load(Ordering::SeqCst)).unwrap_or_default())
            }
            None => START.elapsed(),
        }
    }
}
