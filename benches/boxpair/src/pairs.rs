//! The measured loop. The library compiles it, and each program once more, in its own crate: a
//! generic function that the library has instantiated would be called there.

use std::{hint::black_box, time::Instant};

/// Pairs in a run.
const PAIRS: u32 = 20_000_000;

/// Nanoseconds per pair of a box of `value`.
///
/// # Panics
///
/// If a box lost what was put into it.
#[must_use]
#[inline(never)]
pub(crate) fn pairs<const N: usize>(value: [u64; N]) -> f64 {
    let start = Instant::now();
    let mut sum = 0;
    for _ in 0..PAIRS {
        let boxed = black_box(Box::new(value));
        sum += boxed[N - 1];
    }
    assert_eq!(sum, u64::from(PAIRS), "a box lost its value");
    start.elapsed().as_secs_f64() * 1e9 / f64::from(PAIRS)
}
