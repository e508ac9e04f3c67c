//! Builds the programs of this package in the release profile, runs them in turn, the order
//! shuffled, and compares them round by round.

#[path = "../../../common/machine.rs"]
mod machine;

use clap::Parser;
use machine::Machine;
use paired::{Ratio, median};
use std::{
    collections::BTreeMap,
    env,
    path::{Path, PathBuf},
    process::{Command, ExitCode, Stdio},
};

const ALLOCATORS: [&str; 3] = ["poolalloc", "mimalloc", "system"];
/// Most that a pair of the program's own code may take, in parts of MiMalloc's time.
const LIMIT: f64 = 0.50;

/// Compares Box pairs under PoolAlloc, MiMalloc and System.
#[derive(Parser)]
struct Options {
    /// Rounds
    #[arg(long, default_value_t = 21, value_parser = clap::value_parser!(u32).range(1..))]
    rounds: u32,
    /// Fail if the median ratio to MiMalloc is above 0.50 for boxes of the program's own code
    #[arg(long)]
    gate: bool,
}

fn main() -> ExitCode {
    let options = Options::parse();
    match compare(options.rounds) {
        Ok(is_above) => ExitCode::from(u8::from(options.gate && is_above)),
        Err(problem) => {
            eprintln!("compare: {problem}");
            ExitCode::from(2)
        }
    }
}

/// True if a size is above the limit in the program's own code.
fn compare(rounds: u32) -> Result<bool, String> {
    let programs = build()?;
    println!("{}", Machine::here().line());
    let mut is_above = false;
    for (code, bytes) in [("own", "24"), ("own", "64"), ("library", "24"), ("library", "64")] {
        let mut times = [const { Vec::new() }; ALLOCATORS.len()];
        let mut order = [0, 1, 2];
        for _ in 0..rounds {
            fastrand::shuffle(&mut order);
            for index in order {
                times[index].push(time(&programs[index], code, bytes)?);
            }
        }
        let Ratio { value: ratio, low, high } = paired::compare(&times[0], &times[1]);
        let [pool, mi, system] = times.map(|mut times| median(&mut times));
        println!(
            "{code:<7} {bytes} B: PoolAlloc/MiMalloc {ratio:.3} [{low:.3}, {high:.3}]  \
             (ns: PoolAlloc {pool:.2}, MiMalloc {mi:.2}, System {system:.2})"
        );
        if code == "own" && ratio > LIMIT {
            eprintln!("ABOVE: {code} {bytes} B, median <= {LIMIT:.2}");
            is_above = true;
        }
    }
    Ok(is_above)
}

/// Builds the programs and says where they are.
fn build() -> Result<Vec<PathBuf>, String> {
    let output = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .args(["build", "--quiet", "--release", "--message-format=json"])
        .args(["--manifest-path", concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml")])
        .args(ALLOCATORS.iter().flat_map(|allocator| ["--bin", allocator]))
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| format!("cargo does not start: {error}"))?;
    if !output.status.success() {
        return Err(format!("cargo build: {}", output.status));
    }
    let mut built = BTreeMap::new();
    for line in output.stdout.split(|&byte| byte == b'\n').filter(|line| !line.is_empty()) {
        let message: serde_json::Value =
            serde_json::from_slice(line).map_err(|error| format!("cargo's message: {error}"))?;
        if let (Some(name), Some(path)) =
            (message["target"]["name"].as_str(), message["executable"].as_str())
        {
            built.insert(name.to_owned(), PathBuf::from(path));
        }
    }
    let path = |name: &&str| built.remove(*name).ok_or_else(|| format!("cargo built no {name}"));
    ALLOCATORS.iter().map(path).collect()
}

/// Nanoseconds per pair in one run of a program.
fn time(program: &Path, code: &str, bytes: &str) -> Result<f64, String> {
    let name = program.display();
    let output = Command::new(program)
        .args([code, bytes])
        .output()
        .map_err(|error| format!("{name}: {error}"))?;
    if !output.status.success() {
        return Err(format!("{name}: {}", output.status));
    }
    let said = String::from_utf8_lossy(&output.stdout);
    said.trim().parse().map_err(|error| format!("{name} said {said:?}: {error}"))
}
