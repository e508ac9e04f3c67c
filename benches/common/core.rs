//! Who runs on which core.
//!
//! Threads that hand something to each other each stay on one core. Else the scheduler may leave both
//! ends of a ring on one core for good, since they only ever yield to each other, and do it for one
//! subject and not for the other.

#[cfg(target_os = "linux")]
use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

/// The calling thread stays on its core until this is dropped.
#[must_use]
pub(crate) struct Stay {
    /// The cores that it may use else.
    #[cfg(target_os = "linux")]
    allowed: CpuSet,
}

/// Keeps the calling thread on the core `number`, counted round those that it may use. Threads that
/// it starts meanwhile may use no other.
#[cfg(target_os = "linux")]
pub(crate) fn stay_on_core(number: usize) -> Stay {
    let allowed = sched_getaffinity(None).expect("a thread may ask for its own cores");
    let cores: Vec<usize> = (0..CpuSet::MAX_CPU).filter(|&core| allowed.is_set(core)).collect();
    let mut chosen = CpuSet::new();
    chosen.set(cores[number % cores.len()]);
    sched_setaffinity(None, &chosen).expect("a thread may stay on one of its own cores");
    Stay { allowed }
}

/// Only Linux lets a thread choose its core in the same way everywhere.
#[cfg(not(target_os = "linux"))]
pub(crate) fn stay_on_core(_number: usize) -> Stay {
    Stay {}
}

impl Drop for Stay {
    fn drop(&mut self) {
        // A core that is gone meanwhile is no reason to stop.
        #[cfg(target_os = "linux")]
        let _ = sched_setaffinity(None, &self.allowed);
    }
}
