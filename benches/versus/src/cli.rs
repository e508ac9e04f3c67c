//! The command line.

use crate::{metric::Metric, results::Against};
use clap::{Parser, Subcommand, ValueEnum};
use std::path::PathBuf;

/// Every allocator at the same work: tables, charts and a gate on the ratios
///
/// Exit status: 0 all is well; 1 something fell short, failed or could not be built; 2 nothing fell
/// short, but something is undecided; 3 the tool was used wrongly or could not do its work.
#[derive(Parser, Debug)]
#[command(name = "versus")]
pub(crate) struct Options {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Subcommand, Debug)]
pub(crate) enum Command {
    /// Build a worker for each allocator, run every workload on each, print tables
    Run(Run),
    /// Print a run's tables again
    Table {
        /// What `run --json` wrote
        #[arg(long, value_name = "FILE")]
        json: PathBuf,
    },
    /// Write a run as CSV, SVG and one HTML page
    Report {
        /// What `run --json` wrote
        #[arg(long, value_name = "FILE")]
        json: PathBuf,
        /// The folder to write to; made if missing
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
    },
    /// Hold a run to a limit, or to all limits of gates.toml
    Gate(Gate),
    /// Tell how many ratios of two runs agree within their spreads; exit 1 if fewer than 80 %
    Agree {
        /// What `run --json` wrote
        first: PathBuf,
        /// What another run wrote
        second: PathBuf,
    },
}

#[derive(clap::Args, Debug)]
pub(crate) struct Run {
    /// Shorter rows (0.1 to 0.3 s) and 3 rounds
    #[arg(long)]
    pub(crate) quick: bool,
    /// Only these workloads or groups
    #[arg(long, value_delimiter = ',', value_name = "A,B")]
    pub(crate) workloads: Vec<String>,
    /// Only these allocators
    #[arg(long, value_delimiter = ',', value_name = "A,B")]
    pub(crate) allocators: Vec<String>,
    /// Further columns: allocators with settings that their documentation calls faster
    #[arg(long)]
    pub(crate) tuned: bool,
    /// Further columns: PoolAlloc with each of its options at other values
    #[arg(long)]
    pub(crate) knobs: bool,
    /// How often each row is measured [default: 9, quick 3]
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub(crate) rounds: Option<u32>,
    /// Threads of each workload [default: as many as there are cores]
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=1024))]
    pub(crate) threads: Option<u32>,
    /// How much work a row is [default: 1, quick 0.3]
    #[arg(long, value_parser = scale)]
    pub(crate) scale: Option<f64>,
    /// How workers are built
    #[arg(long, default_value = "release")]
    pub(crate) profile: Profile,
    /// Write the figures to this file, a line each, as they come
    #[arg(long, value_name = "FILE")]
    pub(crate) json: Option<PathBuf>,
    /// Go on with the file of a run that was stopped; the other options must be the same
    #[arg(long, requires = "json")]
    pub(crate) resume: bool,
    /// Shuffles the order [default: another each time]
    #[arg(long)]
    pub(crate) seed: Option<u64>,
    /// Seconds after which a worker counts as hung
    #[arg(long, default_value_t = 120, value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) limit: u64,
}

/// A profile of the workspace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Profile {
    /// What `cargo build --release` gives
    Release,
    /// Fat LTO and one codegen unit
    Lto,
}

impl Profile {
    /// As Cargo.toml calls it.
    pub(crate) fn cargo_name(self) -> &'static str {
        match self {
            Self::Release => "release",
            Self::Lto => "lto-fat",
        }
    }
}

#[derive(clap::Args, Debug)]
#[command(group = clap::ArgGroup::new("limits").required(true).args(["all", "max"]))]
pub(crate) struct Gate {
    /// What `run --json` wrote
    #[arg(long, value_name = "FILE")]
    pub(crate) json: PathBuf,
    /// Every limit of the committed gates.toml
    #[arg(long, conflicts_with_all = ["metric", "stat", "against", "group", "max"])]
    pub(crate) all: bool,
    /// The limits of this file instead
    #[arg(long, value_name = "FILE", requires = "all")]
    pub(crate) gates: Option<PathBuf>,
    /// What is compared
    #[arg(long, required_unless_present = "all")]
    pub(crate) metric: Option<Metric>,
    /// Each row, or the geometric mean of the rows
    #[arg(long, required_unless_present = "all")]
    pub(crate) stat: Option<Stat>,
    /// An allocator; `best`: the best of each row; `padded`: the same, with padded blocks
    #[arg(long, required_unless_present = "all", value_name = "NAME|best|padded")]
    pub(crate) against: Option<Against>,
    /// Rows of this group only
    #[arg(long)]
    pub(crate) group: Option<String>,
    /// The ratio that is not to be exceeded
    #[arg(long, required_unless_present = "all", value_name = "R", value_parser = scale)]
    pub(crate) max: Option<f64>,
    /// The allocator that is judged
    #[arg(long, default_value = "poolalloc", value_name = "NAME")]
    pub(crate) allocator: String,
    /// Widest spread, relative to the limit, of a row that lies about on it; wider ones are undecided
    #[arg(long, default_value_t = 0.10, value_name = "SHARE", value_parser = scale)]
    pub(crate) margin: f64,
}

/// What a limit is held against.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Stat {
    /// Each row
    Row,
    /// The geometric mean of the rows
    Geomean,
}

/// A number above 0.
fn scale(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(number) if number > 0.0 && f64::is_finite(number) => Ok(number),
        _ => Err("a number above 0 is meant".into()),
    }
}
