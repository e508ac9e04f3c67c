//! Two subjects in turn, round after round: what one costs as a ratio to the other.

use statistics::{Ratio, compare, median};
use std::time::Duration;

/// Nanoseconds of one operation, in one round.
pub(crate) type Measure<'a> = Box<dyn FnMut() -> f64 + 'a>;

/// What the rounds say.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Paired {
    /// Median nanoseconds per operation of ours, and of the other.
    pub(crate) ours: f64,
    pub(crate) other: f64,
    /// The one to the other.
    pub(crate) ratio: Ratio,
}

/// Measures both `rounds` times, after one round that does not count. Who goes first changes from
/// round to round.
pub(crate) fn run(rounds: usize, ours: &mut Measure<'_>, other: &mut Measure<'_>) -> Paired {
    ours();
    other();
    let mut both = (Vec::new(), Vec::new());
    for round in 0..rounds {
        if round % 2 == 0 {
            both.0.push(ours());
            both.1.push(other());
        } else {
            both.1.push(other());
            both.0.push(ours());
        }
    }
    let ratio = compare(&both.0, &both.1);
    Paired { ours: median(&mut both.0), other: median(&mut both.1), ratio }
}

/// CPU time of the calling thread: what other programs do on its core is not in it.
pub(crate) fn cpu_time() -> Duration {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: `time` is a place to write to.
    unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &raw mut time) };
    Duration::new(time.tv_sec.unsigned_abs(), u32::try_from(time.tv_nsec).unwrap_or(0))
}

/// CPU nanoseconds of one call of `pair` in this thread, from a round of about 5 ms.
pub(crate) fn in_this_thread<'a>(mut pair: impl FnMut(u64) + 'a) -> Measure<'a> {
    let mut calls = 0_u64;
    Box::new(move || {
        let mut time = |calls: u64| {
            let start = cpu_time();
            (0..calls).for_each(&mut pair);
            (cpu_time() - start).as_nanos() as f64
        };
        if calls == 0 {
            calls = 1000;
            while time(calls) < 2.5e6 {
                calls *= 2;
            }
            calls *= 2;
        }
        time(calls) / calls as f64
    })
}
