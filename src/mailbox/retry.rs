//! When to try a partner again.

use std::time::Duration;

/// Waits that double from one second to five minutes while a partner does not answer.
#[derive(Debug, Clone, Default)]
pub struct Backoff {
    failures: u32,
}

impl Backoff {
    const FIRST: Duration = Duration::from_secs(1);
    const LONGEST: Duration = Duration::from_mins(5);

    /// The partner answered.
    pub fn succeeded(&mut self) {
        self.failures = 0;
    }

    /// The partner did not answer: how long to leave it alone. `spread` in 0..=255 shifts the wait by up to a
    /// quarter, so that several gateways do not return at the same moment.
    #[must_use]
    pub fn failed(&mut self, spread: u8) -> Duration {
        let doubled = Self::FIRST.saturating_mul(1 << self.failures.min(16));
        self.failures = self.failures.saturating_add(1);
        let wait = doubled.min(Self::LONGEST);
        wait.saturating_sub(wait * u32::from(spread) / 1024)
    }

    /// How often in a row the partner did not answer.
    #[must_use]
    pub const fn failures(&self) -> u32 {
        self.failures
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::Backoff;

    #[test]
    fn waits_double_up_to_five_minutes_and_start_again_after_an_answer() {
        let mut backoff = Backoff::default();
        let waits: Vec<u64> = (0..11).map(|_| backoff.failed(0).as_secs()).collect();
        assert_eq!(waits, [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]);
        backoff.succeeded();
        assert_eq!(backoff.failed(0), Duration::from_secs(1));
        let spread = backoff.failed(255);
        assert!(spread >= Duration::from_millis(1500) && spread < Duration::from_secs(2), "{spread:?}");
    }
}
