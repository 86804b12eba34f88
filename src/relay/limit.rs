//! What each party may use of the partner port: requests per second of each class, connections and memory.

use std::collections::HashMap;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use governor::clock::Clock as Ticking;
use governor::middleware::StateInformationMiddleware;
use governor::nanos::Nanos;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota, RateLimiter};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::clock::Clock;
use crate::message::{Class, PartyId};

/// Connections of one party at once. A quarter of what the whole port takes by default.
const CONNECTIONS: usize = 256;
/// Memory that is counted as one, in bytes.
const UNIT: usize = 4096;

/// Each party's share. One party's burst never uses another's, and one class of requests never another class's.
#[derive(Debug)]
pub struct Limiter {
    clock: Clock,
    parties: HashMap<PartyId, Arc<Share>>,
}

/// The numbers of one party's share.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Numbers {
    /// Requests of one class per second, on average.
    pub per_second: u32,
    /// Requests of one class at once.
    pub burst: u32,
    /// Memory for bodies, in bytes.
    pub bytes: usize,
}

/// What a request is counted as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lane {
    /// A pushed message of this class, or receipts.
    Class(Class),
    /// Everything else: looking into the mailbox, fetching.
    Reading,
}

/// How a party stands in one lane after a request was counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    pub lane: Lane,
    /// Requests at once.
    pub burst: u32,
    /// Seconds in which as many come back, rounded up.
    pub window: u32,
    /// Requests that may still be made at once.
    pub remaining: u32,
    /// Seconds until the whole burst is there again; after a refused request, until the next one passes. Rounded up.
    pub seconds: u32,
}

/// The party has used up its share.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limited;

#[derive(Debug)]
struct Share {
    numbers: Numbers,
    lanes: [Bucket; 5],
    memory: Arc<Semaphore>,
    connections: Arc<Semaphore>,
}

type Bucket = RateLimiter<NotKeyed, InMemoryState, Ticks, StateInformationMiddleware>;

/// Our clock as `governor` reads one.
#[derive(Debug, Clone)]
struct Ticks(Clock);

impl Ticking for Ticks {
    type Instant = Nanos;

    fn now(&self) -> Nanos {
        u64::try_from(self.0.elapsed().as_nanos()).unwrap_or(u64::MAX / 2).into()
    }
}

impl Limiter {
    /// Shares by party, all unused.
    pub fn new(clock: Clock, shares: impl IntoIterator<Item = (PartyId, Numbers)>) -> Self {
        let none = Self { clock, parties: HashMap::new() };
        none.renewed(shares)
    }

    /// Other shares: whose numbers are the same keeps what it has used, so that a reload gives nobody a new burst.
    #[must_use]
    pub fn renewed(&self, shares: impl IntoIterator<Item = (PartyId, Numbers)>) -> Self {
        let parties = shares.into_iter().map(|(party, numbers)| {
            let old = self.parties.get(&party).filter(|share| share.numbers == numbers);
            let share = old.map_or_else(|| Arc::new(Share::new(numbers, &self.clock)), Arc::clone);
            (party, share)
        });
        Self { clock: self.clock.clone(), parties: parties.collect() }
    }

    /// Counts one request of the party.
    ///
    /// # Errors
    /// How the party stands when it makes too many, or nothing when it has no share.
    pub fn request(&self, party: &PartyId, lane: Lane) -> Result<Standing, Option<Standing>> {
        let share = self.parties.get(party).ok_or(None)?;
        let Numbers { per_second, burst, .. } = share.numbers;
        let standing = |remaining, wait: Duration| Standing {
            lane,
            burst,
            window: seconds(Duration::from_secs(burst.into()) / per_second.max(1)),
            remaining,
            seconds: seconds(wait),
        };
        let bucket = &share.lanes[lane.place()];
        match bucket.check() {
            Ok(state) => {
                let remaining = state.remaining_burst_capacity().min(burst);
                let missing = Duration::from_secs(u64::from(burst - remaining));
                Ok(standing(remaining, missing / per_second.max(1)))
            }
            Err(until) => {
                let wait = until.wait_time_from(Ticks(self.clock.clone()).now());
                Err(Some(standing(0, wait.max(Duration::from_nanos(1)))))
            }
        }
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

impl Share {
    fn new(numbers: Numbers, clock: &Clock) -> Self {
        let one = NonZeroU32::MIN;
        let quota = Quota::per_second(NonZeroU32::new(numbers.per_second).unwrap_or(one))
            .allow_burst(NonZeroU32::new(numbers.burst).unwrap_or(one));
        let bucket = |_| RateLimiter::direct_with_clock(quota, Ticks(clock.clone())).with_middleware();
        let units = numbers.bytes.div_ceil(UNIT).min(Semaphore::MAX_PERMITS);
        Self {
            numbers,
            lanes: [0; 5].map(bucket),
            memory: Arc::new(Semaphore::new(units)),
            connections: Arc::new(Semaphore::new(CONNECTIONS)),
        }
    }
}

impl Lane {
    const fn place(self) -> usize {
        match self {
            Self::Class(Class::Request) => 0,
            Self::Class(Class::Answer) => 1,
            Self::Class(Class::Control) => 2,
            Self::Class(Class::Receipt) => 3,
            Self::Reading => 4,
        }
    }

    /// The name under which partners are told of it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Class(class) => class.as_str(),
            Self::Reading => "reading",
        }
    }
}

/// Whole seconds, rounded up: who waits so long has waited long enough.
fn seconds(time: Duration) -> u32 {
    let up = time.as_secs().saturating_add(u64::from(time.subsec_nanos() > 0));
    u32::try_from(up).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use jiff::Timestamp;
    use proptest::prelude::*;

    use super::{Lane, Limiter, Numbers, Standing};
    use crate::clock::Clock;
    use crate::message::{Class, PartyId};

    const REQUEST: Lane = Lane::Class(Class::Request);

    fn clock() -> Clock {
        Clock::standing_at(Timestamp::UNIX_EPOCH)
    }

    fn party(name: &str) -> PartyId {
        name.parse().unwrap()
    }

    const fn numbers(per_second: u32, burst: u32) -> Numbers {
        Numbers { per_second, burst, bytes: 8192 }
    }

    #[test]
    fn one_partys_burst_leaves_the_other_its_share_and_strangers_have_none() {
        let (si, at) = (party("si/policija"), party("at/bk"));
        let shares = [(si.clone(), numbers(1, 3)), (at.clone(), numbers(1, 3))];
        let limiter = Limiter::new(clock(), shares);
        let passed = (0..10).filter(|_| limiter.request(&si, REQUEST).is_ok()).count();
        assert_eq!(passed, 3);
        assert!(limiter.request(&at, REQUEST).is_ok());
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
        assert_eq!(limiter.request(&party("hr/mup"), REQUEST), Err(None));
    }

    #[test]
    fn a_burst_of_one_class_leaves_the_other_classes_theirs() {
        let si = party("si/policija");
        let limiter = Limiter::new(clock(), [(si.clone(), numbers(1, 2))]);
        let lanes = [
            REQUEST,
            Lane::Class(Class::Answer),
            Lane::Class(Class::Control),
            Lane::Class(Class::Receipt),
            Lane::Reading,
        ];
        for lane in lanes {
            let passed = (0..5).filter(|_| limiter.request(&si, lane).is_ok()).count();
            assert_eq!(passed, 2, "{lane:?}");
        }
    }

    #[test]
    fn a_standing_says_what_is_left_and_a_refusal_when_the_next_passes() {
        let (si, clock) = (party("si/policija"), clock());
        let limiter = Limiter::new(clock.clone(), [(si.clone(), numbers(2, 3))]);
        let told = |remaining, seconds| Standing { lane: REQUEST, burst: 3, window: 2, remaining, seconds };
        // Two come back in a second: after the first, the whole burst is there again in half a one.
        for (remaining, seconds) in [(2, 1), (1, 1), (0, 2)] {
            assert_eq!(limiter.request(&si, REQUEST), Ok(told(remaining, seconds)));
        }
        assert_eq!(limiter.request(&si, REQUEST), Err(Some(told(0, 1))));
        clock.advance(Duration::from_millis(499));
        assert_eq!(limiter.request(&si, REQUEST), Err(Some(told(0, 1))));
        clock.advance(Duration::from_millis(1));
        assert_eq!(limiter.request(&si, REQUEST), Ok(told(0, 2)));
        clock.advance(Duration::from_mins(1));
        assert_eq!(limiter.request(&si, REQUEST), Ok(told(2, 1)));
    }

    #[test]
    fn a_reload_with_the_same_numbers_gives_nobody_a_new_burst() {
        let (si, at) = (party("si/policija"), party("at/bk"));
        let shares = || [(si.clone(), numbers(1, 2)), (at.clone(), numbers(1, 2))];
        let limiter = Limiter::new(clock(), shares());
        while limiter.request(&si, REQUEST).is_ok() && limiter.request(&at, REQUEST).is_ok() {}
        let renewed = limiter.renewed(shares());
        assert!(renewed.request(&si, REQUEST).is_err());
        let held = renewed.connection(&si).unwrap();
        // Other numbers are another share; a party that is gone has none.
        let changed = renewed.renewed([(si.clone(), numbers(1, 4))]);
        assert!(changed.request(&si, REQUEST).is_ok());
        assert_eq!(changed.request(&at, REQUEST), Err(None));
        drop(held);
    }

    proptest! {
        #[test]
        fn never_more_than_the_burst_and_what_the_rate_has_given_since(
            per_second in 1_u32..50,
            burst in 1_u32..50,
            waits in prop::collection::vec(0_u64..400, 1..200),
        ) {
            let (si, clock) = (party("si/policija"), clock());
            let limiter = Limiter::new(clock.clone(), [(si.clone(), numbers(per_second, burst))]);
            let (mut now, mut passed) = (0_u64, Vec::new());
            for wait in waits {
                clock.advance(Duration::from_millis(wait));
                now += wait;
                match limiter.request(&si, REQUEST) {
                    Ok(standing) => {
                        prop_assert!(standing.remaining < burst);
                        passed.push(now);
                    }
                    Err(standing) => {
                        // What it says is true: after that time one passes.
                        let seconds = standing.unwrap().seconds;
                        prop_assert!(seconds >= 1 && seconds <= 1 + 1 / per_second);
                    }
                }
            }
            for (first, from) in passed.iter().enumerate() {
                for (last, to) in passed.iter().enumerate().skip(first) {
                    let given = u64::from(burst) * 1000 + u64::from(per_second) * (to - from);
                    prop_assert!((last - first + 1) as u64 * 1000 <= given);
                }
            }
        }
    }
}
