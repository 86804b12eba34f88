//! Quotas: how many messages of one kind may go one way.

/// Which way a message goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Direction {
    /// To the partner.
    Out,
    /// From the partner.
    In,
}

/// How many messages of one kind may go one way: never more than `burst` and what `per_hour` has given since.
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
