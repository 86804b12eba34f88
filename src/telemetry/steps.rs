//! CPU time per step of the path, for `casebridge bench`. Off unless asked for: then a step costs one branch.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use rustix::time::{ClockId, clock_gettime};

/// A step of the path whose cost is worth knowing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    Translate,
    Decide,
    Seal,
    Store,
    Open,
    Admit,
    Import,
    SignReceipt,
    VerifyReceipt,
}

impl Step {
    pub const ALL: [Self; 9] = [
        Self::Translate,
        Self::Decide,
        Self::Seal,
        Self::Store,
        Self::Open,
        Self::Admit,
        Self::Import,
        Self::SignReceipt,
        Self::VerifyReceipt,
    ];

    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Translate => "translate",
            Self::Decide => "decide",
            Self::Seal => "seal",
            Self::Store => "store",
            Self::Open => "open",
            Self::Admit => "admit",
            Self::Import => "import",
            Self::SignReceipt => "sign_receipt",
            Self::VerifyReceipt => "verify_receipt",
        }
    }
}

/// CPU time and count of each step so far.
#[derive(Debug, Default)]
pub struct Steps {
    on: AtomicBool,
    nanos: [AtomicU64; 9],
    counts: [AtomicU64; 9],
    commits: AtomicU64,
    grouped: AtomicU64,
}

/// A step under way on this thread.
#[must_use]
#[derive(Debug)]
pub struct StepTimer<'a> {
    steps: Option<(&'a Steps, Step, u64)>,
}

impl Steps {
    /// Starts to measure, from nothing.
    pub fn switch_on(&self) {
        for cell in self.nanos.iter().chain(&self.counts).chain([&self.commits, &self.grouped]) {
            cell.store(0, Ordering::Relaxed);
        }
        self.on.store(true, Ordering::Relaxed);
    }

    /// Begins a step. The same thread must end it.
    pub fn start(&self, step: Step) -> StepTimer<'_> {
        let on = self.on.load(Ordering::Relaxed);
        StepTimer { steps: on.then(|| (self, step, thread_nanos())) }
    }

    /// Measures one step.
    pub fn time<T>(&self, step: Step, work: impl FnOnce() -> T) -> T {
        let timer = self.start(step);
        let result = work();
        timer.stop();
        result
    }

    /// Notes how many operations share a commit.
    pub fn commit_of(&self, operations: usize) {
        if self.on.load(Ordering::Relaxed) {
            self.commits.fetch_add(1, Ordering::Relaxed);
            self.grouped.fetch_add(operations as u64, Ordering::Relaxed);
        }
    }

    /// CPU nanoseconds and count of a step since [`Steps::switch_on`].
    #[must_use]
    pub fn total(&self, step: Step) -> (u64, u64) {
        let read = |cells: &[AtomicU64; 9]| cells[step as usize].load(Ordering::Relaxed);
        (read(&self.nanos), read(&self.counts))
    }

    /// Commits and the operations that they held.
    #[must_use]
    pub fn commits(&self) -> (u64, u64) {
        (self.commits.load(Ordering::Relaxed), self.grouped.load(Ordering::Relaxed))
    }
}

impl StepTimer<'_> {
    /// Ends the step.
    pub fn stop(self) {
        if let Some((steps, step, began)) = self.steps {
            let spent = thread_nanos().saturating_sub(began);
            steps.nanos[step as usize].fetch_add(spent, Ordering::Relaxed);
            steps.counts[step as usize].fetch_add(1, Ordering::Relaxed);
        }
    }
}

fn thread_nanos() -> u64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    let seconds = u64::try_from(time.tv_sec).unwrap_or(0);
    seconds.saturating_mul(1_000_000_000).saturating_add(u64::try_from(time.tv_nsec).unwrap_or(0))
}
