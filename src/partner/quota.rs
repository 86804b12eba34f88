//! Quotas: how many messages of one kind may go one way.

use jiff::SignedDuration;

/// Which way a message goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Direction {
    /// To the partner.
    Out,
    /// From the partner.
    In,
}

/// How many messages of one kind may go one way: at most `burst` in the time in which `per_hour` gives as many, whenever
/// that time begins. So it is never more than `burst` and what `per_hour` has given since.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Quota {
    /// Messages per hour, evenly spread; at least one.
    pub per_hour: u32,
    /// Messages that may come at once; at least one.
    pub burst: u32,
}

impl Direction {
    /// The word used in agreements and documents.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Out => "out",
            Self::In => "in",
        }
    }
}

impl Quota {
    /// The time in which `burst` messages may go, to the microsecond, rounded up.
    #[must_use]
    pub fn window(&self) -> SignedDuration {
        const HOUR: u64 = 3_600_000_000;
        let micros = (HOUR * u64::from(self.burst)).div_ceil(u64::from(self.per_hour.max(1)));
        SignedDuration::from_micros(i64::try_from(micros).unwrap_or(i64::MAX))
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::Quota;

    #[test]
    fn ten_of_sixty_an_hour_may_go_in_ten_minutes() {
        assert_eq!(Quota { per_hour: 60, burst: 10 }.window(), SignedDuration::from_mins(10));
        assert_eq!(Quota { per_hour: 7, burst: 1 }.window(), SignedDuration::from_micros(514_285_715));
    }
}
