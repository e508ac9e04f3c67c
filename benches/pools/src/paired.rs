//! Two subjects in turn, round after round: what one costs as a ratio to the other.

use statistics::{Ratio, compare, median};
use std::time::Duration;
use subjects::work::Work;

/// What one side of a round takes, about.
const ROUND: Duration = Duration::from_millis(8);

/// What the rounds say.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Paired {
    /// Median nanoseconds per operation of ours, and of the other.
    pub(crate) ours: f64,
    pub(crate) other: f64,
    /// The one to the other.
    pub(crate) ratio: Ratio,
}

/// Measures both `rounds` times, after some that do not count. Who goes first changes from round to
/// round.
pub(crate) fn run(rounds: usize, mut ours: Work, mut other: Work) -> Paired {
    let (our_times, other_times) = (times(&mut ours), times(&mut other));
    let mut ours = || nanoseconds(&mut ours, our_times);
    let mut other = || nanoseconds(&mut other, other_times);
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

/// Nanoseconds of one operation.
fn nanoseconds(work: &mut Work, times: u64) -> f64 {
    work(times).as_nanos() as f64 / times as f64
}

/// How often the work is done in a [`ROUND`], to a power of two.
fn times(work: &mut Work) -> u64 {
    let mut times = 1000;
    while work(times) < ROUND / 2 {
        times *= 2;
    }
    times * 2
}
