//! What each program does: box and drop, and say how long a pair took.

use std::{env, hint::black_box, time::Instant};

/// Pairs in a run.
const PAIRS: u32 = 20_000_000;

/// Boxes and drops values of the size that the first argument names, and prints nanoseconds per
/// pair.
pub fn run() {
    let bytes = env::args().nth(1).unwrap_or_default();
    let nanoseconds = match bytes.as_str() {
        "24" => pairs([1_u64; 3]),
        "64" => pairs([1_u64; 8]),
        _ => panic!("the size is 24 or 64, not {bytes:?}"),
    };
    println!("{nanoseconds}");
}

fn pairs<const N: usize>(value: [u64; N]) -> f64 {
    let start = Instant::now();
    let mut sum = 0;
    for _ in 0..PAIRS {
        let boxed = black_box(Box::new(value));
        sum += boxed[N - 1];
    }
    assert_eq!(sum, u64::from(PAIRS), "a box lost its value");
    start.elapsed().as_secs_f64() * 1e9 / f64::from(PAIRS)
}
