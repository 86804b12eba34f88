//! Paired rounds of CPU time.

use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

/// How often, and how long at least.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rounds {
    pub(crate) count: usize,
    slice: Duration,
}

impl Rounds {
    pub(crate) const FULL: Self = Self { count: 15, slice: Duration::from_millis(50) };
    pub(crate) const QUICK: Self = Self { count: 5, slice: Duration::from_millis(10) };
}

pub(crate) fn machine() {
    let cpu = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpu.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    println!(
        "{}, one core; {} {}; {} build",
        model.map_or("unknown processor", |(_, name)| name),
        std::env::consts::OS,
        std::env::consts::ARCH,
        if cfg!(debug_assertions) { "DEVELOPMENT (figures are not those of a release)" } else { "optimised" },
    );
}

/// CPU time of this thread so far.
pub(crate) fn cpu_time() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(u64::try_from(time.tv_sec).unwrap_or(0), u32::try_from(time.tv_nsec).unwrap_or(0))
}

/// The medians of one call of each. Neither is always the first: what the machine does meanwhile falls on both.
pub(crate) fn paired(rounds: Rounds, mut one: impl FnMut(), mut other: impl FnMut()) -> (Duration, Duration) {
    let (times_one, times_other) = (times(rounds.slice, &mut one), times(rounds.slice, &mut other));
    let (mut ones, mut others) = (Vec::new(), Vec::new());
    for round in 0..rounds.count {
        if round % 2 == 0 {
            ones.push(each(times_one, &mut one));
        }
        others.push(each(times_other, &mut other));
        if round % 2 == 1 {
            ones.push(each(times_one, &mut one));
        }
    }
    (median(ones), median(others))
}

pub(crate) fn median(mut all: Vec<Duration>) -> Duration {
    all.sort_unstable();
    all.get(all.len() / 2).copied().unwrap_or_default()
}

/// How many calls fill a slice.
fn times(slice: Duration, what: &mut impl FnMut()) -> u32 {
    let mut times = 1;
    while each(times, what) * times < slice && times < 1 << 20 {
        times *= 2;
    }
    times
}

/// The time of one of so many calls.
fn each(times: u32, what: &mut impl FnMut()) -> Duration {
    let began = cpu_time();
    for _ in 0..times {
        what();
    }
    cpu_time().saturating_sub(began) / times
}
