//! What each party may use of the partner port: requests per second, connections and memory.

use std::collections::HashMap;
use std::num::NonZeroU32;
use std::sync::Arc;

use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::message::PartyId;

/// Connections of one party at once. A quarter of what the whole port takes by default.
const CONNECTIONS: usize = 256;
/// Memory that is counted as one, in bytes.
const UNIT: usize = 4096;

/// Each party's share. One party's burst never uses another's.
#[derive(Debug, Default)]
pub struct Limiter {
    parties: HashMap<PartyId, Share>,
}

#[derive(Debug)]
struct Share {
    rate: DefaultDirectRateLimiter,
    memory: Arc<Semaphore>,
    connections: Arc<Semaphore>,
}

/// The party has used up its share.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limited;

impl Limiter {
    /// Shares of requests per second, burst and bytes in memory at once, by party.
    pub fn new(shares: impl IntoIterator<Item = (PartyId, u32, u32, usize)>) -> Self {
        let parties = shares.into_iter().map(|(party, per_second, burst, bytes)| {
            let one = NonZeroU32::MIN;
            let quota = Quota::per_second(NonZeroU32::new(per_second).unwrap_or(one))
                .allow_burst(NonZeroU32::new(burst).unwrap_or(one));
            let units = bytes.div_ceil(UNIT).min(Semaphore::MAX_PERMITS);
            let (memory, connections) = (Semaphore::new(units), Semaphore::new(CONNECTIONS));
            let (memory, connections) = (Arc::new(memory), Arc::new(connections));
            let share = Share { rate: RateLimiter::direct(quota), memory, connections };
            (party, share)
        });
        Self { parties: parties.collect() }
    }

    /// Counts one request of the party.
    ///
    /// # Errors
    /// [`Limited`] when it makes too many, or has no share.
    pub fn request(&self, party: &PartyId) -> Result<(), Limited> {
        let share = self.parties.get(party).ok_or(Limited)?;
        share.rate.check().map_err(|_| Limited)
    }

    /// Counts a connection of the party, until the permit is dropped.
    ///
    /// # Errors
    /// [`Limited`] when it holds too many, or has no share.
    pub fn connection(&self, party: &PartyId) -> Result<OwnedSemaphorePermit, Limited> {
        let share = self.parties.get(party).ok_or(Limited)?;
        Arc::clone(&share.connections).try_acquire_owned().map_err(|_| Limited)
    }

    /// Reserves memory for a body; it is given back when the permit is dropped.
    ///
    /// # Errors
    /// [`Limited`] when the party has too much under way.
    pub fn memory(&self, party: &PartyId, bytes: usize) -> Result<OwnedSemaphorePermit, Limited> {
        let share = self.parties.get(party).ok_or(Limited)?;
        let units = u32::try_from(bytes.div_ceil(UNIT)).map_err(|_| Limited)?;
        Arc::clone(&share.memory).try_acquire_many_owned(units).map_err(|_| Limited)
    }
}

#[cfg(test)]
mod tests {
    use super::{Limited, Limiter};

    #[test]
    fn one_partys_burst_leaves_the_other_its_share_and_strangers_have_none() {
        let (si, at) = ("si/policija".parse().unwrap(), "at/bk".parse().unwrap());
        let limiter = Limiter::new([(si, 1, 3, 8192), (at, 1, 3, 8192)]);
        let (si, at) = ("si/policija".parse().unwrap(), "at/bk".parse().unwrap());
        let passed = (0..10).filter(|_| limiter.request(&si).is_ok()).count();
        assert_eq!(passed, 3);
        assert_eq!(limiter.request(&at), Ok(()));
        let held = limiter.memory(&si, 8000).unwrap();
        assert!(limiter.memory(&si, 1).is_err());
        assert!(limiter.memory(&at, 8192).is_ok());
        drop(held);
        assert!(limiter.memory(&si, 1).is_ok());
        let open: Vec<_> = (0..300).map_while(|_| limiter.connection(&si).ok()).collect();
        assert_eq!(open.len(), 256);
        assert!(limiter.connection(&at).is_ok());
        drop(open);
        assert!(limiter.connection(&si).is_ok());
        assert_eq!(limiter.request(&"hr/mup".parse().unwrap()), Err(Limited));
    }
}
