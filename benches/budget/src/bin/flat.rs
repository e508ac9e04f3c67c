//! Counts how many times the instructions per operation with 100 MB live are those with 1 MB, and compares
//! that with `flat.toml`.
//!
//! Counted is what is executed in the symbols between `std::alloc` and the allocator, and below. An
//! operation is a free and an allocation.

use budget::{
    committed::{self, Options},
    count::{SHIM, build, per_count, skipped},
};
use clap::Parser;
use std::{path::Path, process::ExitCode};

/// Operations in the shorter run.
const OPERATIONS: u32 = 200_000;

/// What the planted one is above, and a good one is below.
const FLAT: f64 = 1.05;

fn main() -> ExitCode {
    let options = Options::parse();
    if let Some(status) = skipped() {
        return status;
    }
    let planted = ratio(&build("planted", "release"), "swap-100");
    println!("an allocator that takes a step for every 16 MiB live: {planted:.2}");
    if planted <= FLAT {
        println!("FAILED: what is planted is not seen");
        return ExitCode::FAILURE;
    }
    let program = build("scale", "release");
    committed::hold("flat.toml", options.bless, |name| ratio(&program, name))
}

/// Instructions with 100 MB live, as a multiple of those with 1 MB.
fn ratio(program: &Path, name: &str) -> f64 {
    let (pattern, burst) = name.split_once('-').expect("a name is pattern-burst");
    let rounds = OPERATIONS / burst.parse::<u32>().expect("a number");
    let with = |live: &str| per_count(program, &[pattern, burst, live], rounds, Some(SHIM));
    let (small, large) = (with("1000000"), with("100000000"));
    let burst: f64 = burst.parse().expect("a number");
    println!("{name}: {:.2} with 1 MB, {:.2} with 100 MB", small / burst, large / burst);
    large / small
}
