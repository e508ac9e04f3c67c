//! What each program does: box and drop, and say how long a pair took.
//!
//! Without LTO the compiler puts the way from `Box` to the global allocator into the program's own
//! crate. So there are two costs: for boxes of code that is compiled there (the program's own, and
//! generic code that it uses), where a Rust allocator's functions may be inlined, and for boxes of
//! code that is compiled in a library, which calls through symbols. Both are measured.

mod pairs;
use pairs::pairs;
use std::env;

/// Boxes and drops values of the size that the second argument names, in the crate that the first
/// one names, and prints nanoseconds per pair.
///
/// * `own24`, `own64`: the loop for 24 and for 64 bytes, compiled in the program's crate.
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
