//! Runs the programs in turn, the order shuffled, and compares them round by round.

use clap::Parser;
use std::{
    env,
    process::{Command, ExitCode},
};

const ALLOCATORS: [&str; 3] = ["poolalloc", "mimalloc", "system"];
/// Most that a pair may take, in parts of MiMalloc's time.
const LIMIT: f64 = 0.50;

/// Compares Box pairs under PoolAlloc, MiMalloc and System.
#[derive(Parser)]
struct Options {
    /// Rounds
    #[arg(long, default_value_t = 21)]
    rounds: usize,
    /// Fail if the median ratio to MiMalloc is above 0.50
    #[arg(long)]
    gate: bool,
}

fn main() -> ExitCode {
    let options = Options::parse();
    let mut above = false;
    for bytes in ["24", "64"] {
        let mut ratios = Vec::new();
        let mut times = [const { Vec::new() }; ALLOCATORS.len()];
        for _ in 0..options.rounds.max(1) {
            let mut order = [0, 1, 2];
            fastrand::shuffle(&mut order);
            for index in order {
                times[index].push(time(ALLOCATORS[index], bytes));
            }
            ratios.push(times[0][times[0].len() - 1] / times[1][times[1].len() - 1]);
        }
        let ratio = median(&ratios);
        let (low, high) = spread(&ratios);
        above |= ratio > LIMIT;
        let [pool, mi, system] = times.map(|times| median(&times));
        println!(
            "{bytes} B: PoolAlloc/MiMalloc {ratio:.3} [{low:.3}, {high:.3}]  \
             (ns: PoolAlloc {pool:.2}, MiMalloc {mi:.2}, System {system:.2})"
        );
    }
    ExitCode::from(u8::from(options.gate && above))
}

/// Nanoseconds per pair in one run of a program.
fn time(allocator: &str, bytes: &str) -> f64 {
    let program = env::current_exe().expect("a path").with_file_name(allocator);
    let output = Command::new(&program).arg(bytes).output().expect("build the package first");
    assert!(output.status.success(), "{allocator} failed");
    String::from_utf8_lossy(&output.stdout).trim().parse().expect("a time")
}

fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted[sorted.len() / 2]
}

/// The 95 % bootstrap interval of the median.
fn spread(values: &[f64]) -> (f64, f64) {
    let mut rng = fastrand::Rng::with_seed(1);
    let mut medians: Vec<f64> = (0..2000)
        .map(|_| {
            median(&values.iter().map(|_| values[rng.usize(..values.len())]).collect::<Vec<_>>())
        })
        .collect();
    medians.sort_by(f64::total_cmp);
    (medians[50], medians[1949])
}
