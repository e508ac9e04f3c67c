//! Two subjects in turn, round after round: what one costs as a ratio to the other.

use std::time::Duration;

/// Nanoseconds of one operation, in one round.
pub(crate) type Measure<'a> = Box<dyn FnMut() -> f64 + 'a>;

/// The ratios of all rounds, and the medians they come from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Paired {
    /// Median nanoseconds per operation of ours, and of the other.
    pub(crate) ours: f64,
    pub(crate) other: f64,
    /// Median of the rounds' ratios, and where a tenth of them is below and above.
    pub(crate) median: f64,
    pub(crate) low: f64,
    pub(crate) high: f64,
}

fn quantile(sorted: &[f64], q: f64) -> f64 {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 <= q <= 1")]
    let index = ((sorted.len() - 1) as f64 * q).round() as usize;
    sorted[index]
}

fn sorted(mut values: Vec<f64>) -> Vec<f64> {
    values.sort_by(f64::total_cmp);
    values
}

/// Measures both `rounds` times, after one round that does not count. Who goes first changes from
/// round to round.
pub(crate) fn run(rounds: usize, ours: &mut Measure<'_>, other: &mut Measure<'_>) -> Paired {
    ours();
    other();
    let mut both = Vec::new();
    for round in 0..rounds {
        both.push(if round % 2 == 0 {
            let first = ours();
            (first, other())
        } else {
            let first = other();
            (ours(), first)
        });
    }
    let ratios = sorted(both.iter().map(|(ours, other)| ours / other).collect());
    Paired {
        ours: quantile(&sorted(both.iter().map(|(ours, _)| *ours).collect()), 0.5),
        other: quantile(&sorted(both.iter().map(|(_, other)| *other).collect()), 0.5),
        median: quantile(&ratios, 0.5),
        low: quantile(&ratios, 0.1),
        high: quantile(&ratios, 0.9),
    }
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
