//! What each program does: box and drop, and say how long a pair took.
//!
//! Without LTO the compiler puts the way from `Box` to the global allocator into the program's own
//! crate. So there are two costs: for boxes of code that is compiled there (the program's own, and
//! generic code that it uses), where a Rust allocator's functions may be inlined, and for boxes of
//! code that is compiled in a library, which calls through symbols. Both are measured.

use std::{env, hint::black_box, time::Instant};

/// Pairs in a run.
const PAIRS: u32 = 20_000_000;

/// Boxes and drops values of the size that the second argument names, in the crate that the first
/// one names, and prints nanoseconds per pair.
///
/// * `own24`, `own64`: [`pairs`] of 24 and of 64 bytes, compiled in the program's crate.
///
/// # Panics
///
/// If the arguments name nothing that can be measured.
pub fn run(own24: fn() -> f64, own64: fn() -> f64) {
    let words: Vec<String> = env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let nanoseconds = match words[..] {
        ["own", "24"] => own24(),
        ["own", "64"] => own64(),
        ["library", "24"] => pairs([1_u64; 3]),
        ["library", "64"] => pairs([1_u64; 8]),
        _ => panic!("own or library, and 24 or 64 are wanted, not {words:?}"),
    };
    println!("{nanoseconds}");
}

/// Nanoseconds per pair of a box of `value`; compiled in the crate that calls it.
///
/// # Panics
///
/// If a box lost what was put into it.
#[must_use]
#[inline(never)]
pub fn pairs<const N: usize>(value: [u64; N]) -> f64 {
    let start = Instant::now();
    let mut sum = 0;
    for _ in 0..PAIRS {
        let boxed = black_box(Box::new(value));
        sum += boxed[N - 1];
    }
    assert_eq!(sum, u64::from(PAIRS), "a box lost its value");
    start.elapsed().as_secs_f64() * 1e9 / f64::from(PAIRS)
}
