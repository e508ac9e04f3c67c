//! Clocks and counters between a workload's marks.

use crate::resident;
use nix::sys::{
    resource::{UsageWho, getrusage},
    time::TimeValLike,
};
use std::{
    sync::{Mutex, PoisonError},
    thread,
    time::{Duration, Instant},
};
use versus_workloads::Hooks;

/// How long nobody allocates before the memory is looked at.
const IDLE: Duration = Duration::from_secs(2);

/// Adds up what passes between the marks.
#[derive(Debug, Default)]
pub(crate) struct Meter(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    /// When the clocks were started; none while they stand.
    since: Option<Reading>,
    was_started: bool,
    spent: Spent,
    idle_rss_bytes: Option<u64>,
}

/// Time and faults between the marks.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Spent {
    pub(crate) wall: Duration,
    pub(crate) user_us: i64,
    pub(crate) sys_us: i64,
    pub(crate) minor_faults: i64,
}

/// The process's counters at one moment.
#[derive(Clone, Copy, Debug)]
struct Reading {
    at: Instant,
    user_us: i64,
    sys_us: i64,
    minor_faults: i64,
}

impl Reading {
    fn now() -> Self {
        let usage = getrusage(UsageWho::RUSAGE_SELF).expect("a process may ask for its own usage");
        Self {
            at: Instant::now(),
            user_us: usage.user_time().num_microseconds(),
            sys_us: usage.system_time().num_microseconds(),
            minor_faults: usage.minor_page_faults(),
        }
    }
}

impl State {
    fn stop(&mut self) {
        let Some(since) = self.since.take() else { return };
        let now = Reading::now();
        self.spent.wall += now.at - since.at;
        self.spent.user_us += now.user_us - since.user_us;
        self.spent.sys_us += now.sys_us - since.sys_us;
        self.spent.minor_faults += now.minor_faults - since.minor_faults;
    }
}

impl Meter {
    /// What passed between the marks and what was resident when idle; none if the clocks were never
    /// started.
    pub(crate) fn end(self) -> Option<(Spent, Option<u64>)> {
        let mut state = self.0.into_inner().unwrap_or_else(PoisonError::into_inner);
        state.stop();
        state.was_started.then_some((state.spent, state.idle_rss_bytes))
    }

    fn with<T>(&self, f: impl FnOnce(&mut State) -> T) -> T {
        f(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Hooks for Meter {
    fn start(&self) {
        self.with(|state| {
            state.was_started = true;
            state.since = Some(Reading::now());
        });
    }

    fn stop(&self) {
        self.with(State::stop);
    }

    fn idle(&self) {
        self.with(|state| {
            let was_running = state.since.is_some();
            state.stop();
            thread::sleep(IDLE);
            state.idle_rss_bytes = Some(resident::now_bytes());
            if was_running {
                state.since = Some(Reading::now());
            }
        });
    }
}
