//! Instructions, counted by callgrind.

use std::{
    env,
    path::{Path, PathBuf},
    process::{Command, ExitCode, Stdio},
};

/// The symbols between `std::alloc` and the allocator.
pub const SHIM: &[&str] = &["__rust_alloc", "__rust_dealloc", "__rust_no_alloc_shim_is_unstable"];

/// Says so if nothing can be counted, and with what status to end: a failure if `CI_STRICT` is 1.
#[must_use]
pub fn skipped() -> Option<ExitCode> {
    let mut valgrind = Command::new("valgrind");
    if valgrind.arg("--version").stdout(Stdio::null()).status().is_ok_and(|s| s.success()) {
        return None;
    }
    println!("SKIPPED: valgrind is not installed, no instruction is counted");
    let strict = env::var("CI_STRICT").is_ok_and(|strict| strict == "1");
    Some(ExitCode::from(u8::from(strict)))
}

/// Builds a program of this package and returns its path.
///
/// # Panics
///
/// If it does not build.
#[must_use]
pub fn build(program: &str, profile: &str) -> PathBuf {
    let target =
        env::current_exe().expect("a path").ancestors().nth(2).expect("target").join("budget");
    let status = Command::new(env!("CARGO"))
        .args(["build", "--quiet", "--bin", program, "--profile", profile, "--target-dir"])
        .arg(&target)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .status()
        .expect("cargo runs");
    assert!(status.success(), "{program} does not build in profile {profile}");
    target.join(profile).join(program)
}

/// Instructions for one more of what `program` does: the difference between `count` and twice as many,
/// its last argument, so that start-up falls out. Counted are all of them, or those in the symbols
/// `within` and below.
///
/// # Panics
///
/// If the program fails, or if callgrind says too little.
#[must_use]
pub fn per_count(program: &Path, arguments: &[&str], count: u32, within: Option<&[&str]>) -> f64 {
    let run = |count: u32| {
        let count = count.to_string();
        total(program, &[arguments, &[&count]].concat(), within)
    };
    #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
    let difference = (run(2 * count) - run(count)) as f64;
    difference / f64::from(count)
}

fn total(program: &Path, arguments: &[&str], within: Option<&[&str]>) -> u64 {
    let out = program.with_extension("callgrind");
    let status = Command::new("valgrind")
        .args(["--tool=callgrind", "--quiet", "--error-exitcode=99"])
        .arg(format!("--callgrind-out-file={}", out.display()))
        .arg(program)
        .args(arguments)
        .status()
        .expect("valgrind runs");
    assert!(status.success(), "{} {arguments:?} failed", program.display());
    let report = Command::new("callgrind_annotate")
        .args(["--inclusive=yes", "--threshold=100", "--auto=no"])
        .arg(&out)
        .output()
        .expect("callgrind_annotate runs");
    let report = String::from_utf8_lossy(&report.stdout).into_owned();
    let cost = |line: &str| -> u64 {
        let digits = line.trim_start().split(' ').next().unwrap_or_default().replace(',', "");
        digits.parse().unwrap_or_else(|_| panic!("no cost in: {line}"))
    };
    let Some(symbols) = within else {
        let line = report.lines().find(|line| line.contains("PROGRAM TOTALS"));
        return cost(line.expect("callgrind names the total"));
    };
    let of = |symbol: &&str| {
        // A symbol's line ends with its name, or with the object in brackets behind it.
        let has = |line: &&str| line.split(" [").next().is_some_and(|name| name.contains(*symbol));
        report.lines().filter(has).filter(|line| line.contains(':')).map(cost).max()
    };
    let found: Vec<u64> = symbols.iter().filter_map(of).collect();
    assert_eq!(found.len(), symbols.len(), "callgrind does not name all of {symbols:?}");
    found.iter().sum()
}
