//! Counts the instructions per pair and compares them with `budget.toml`.
//!
//! Counted by callgrind, as the difference between a run of many pairs and one of twice as many,
//! so start-up falls out:
//!
//! * profile `release`: what is executed in `__rust_alloc`, `__rust_dealloc`,
//!   `__rust_no_alloc_shim_is_unstable` and below, with their returns. The calls are the caller's.
//! * profile `lto-fat`: the whole loop, less the same loop with no allocation in it. There
//!   everything is inlined, so nothing else can tell the allocator from its caller.

use clap::Parser;
use serde::{Deserialize, Serialize};
use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{Command, ExitCode, Stdio},
};

/// Pairs in the shorter run.
const PAIRS: u64 = 200_000;

/// Counts instructions per pair of allocation and free, and holds them to `budget.toml`.
#[derive(Parser)]
struct Options {
    /// Write what is counted into budget.toml
    #[arg(long)]
    bless: bool,
}

#[derive(Deserialize, Serialize)]
struct Budget {
    pair: Vec<Pair>,
}

#[derive(Deserialize, Serialize)]
struct Pair {
    name: String,
    limit: f64,
    counted: f64,
}

fn main() -> ExitCode {
    let options = Options::parse();
    if !Command::new("valgrind")
        .arg("--version")
        .stdout(Stdio::null())
        .status()
        .is_ok_and(|s| s.success())
    {
        println!("SKIPPED: valgrind is not installed, no instruction is counted");
        return ExitCode::from(u8::from(env::var("CI_STRICT").is_ok_and(|strict| strict == "1")));
    }
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    let file = package.join("budget.toml");
    let text = fs::read_to_string(&file).expect("budget.toml");
    let mut budget: Budget = toml::from_str(&text).expect("budget.toml holds budgets");
    let (release, lto) = (build("release"), build("lto-fat"));
    let mut above = 0;
    println!("{:<12} {:>8} {:>9} {:>6}", "pair", "counted", "committed", "limit");
    for pair in &mut budget.pair {
        let (profile, size) = pair.name.split_once('-').expect("a name is profile-size");
        let counted = match profile {
            "release" => count(&release, "sized", size, Some(SHIM)),
            _ => count(&lto, "constant", size, None) - count(&lto, "none", size, None),
        };
        if options.bless {
            pair.counted = counted;
        }
        let is_above = counted > pair.limit || counted > pair.counted * 1.02;
        above += u32::from(is_above);
        let mark = if is_above { "  ABOVE" } else { "" };
        println!("{:<12} {counted:>8.2} {:>9.2} {:>6}{mark}", pair.name, pair.counted, pair.limit);
    }
    if options.bless {
        let comment: String = text
            .lines()
            .take_while(|line| line.starts_with('#'))
            .fold(String::new(), |all, line| all + line + "\n");
        let body = toml::to_string(&budget).expect("budgets are TOML");
        fs::write(&file, format!("{comment}\n{body}")).expect("budget.toml can be written");
    }
    println!("budgets: {} passed, {above} failed", budget.pair.len() - above as usize);
    ExitCode::from(u8::from(above > 0))
}

/// The symbols between `std::alloc` and the allocator.
const SHIM: &[&str] = &["__rust_alloc", "__rust_dealloc", "__rust_no_alloc_shim_is_unstable"];

/// Builds `pairs` and returns its path.
fn build(profile: &str) -> PathBuf {
    let target =
        env::current_exe().expect("a path").ancestors().nth(2).expect("target").join("budget");
    let status = Command::new(env!("CARGO"))
        .args(["build", "--quiet", "--bin", "pairs", "--profile", profile, "--target-dir"])
        .arg(&target)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .status()
        .expect("cargo runs");
    assert!(status.success(), "pairs does not build in profile {profile}");
    target.join(profile).join("pairs")
}

/// Instructions per pair: in these symbols and below, or in all.
fn count(program: &Path, what: &str, size: &str, within: Option<&[&str]>) -> f64 {
    let run = |pairs: u64| total(program, &[what, size, &pairs.to_string()], within);
    #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
    let difference = (run(2 * PAIRS) - run(PAIRS)) as f64;
    #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
    {
        difference / PAIRS as f64
    }
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
