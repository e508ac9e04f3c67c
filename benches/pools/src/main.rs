//! The typed pools of poolalloc beside others.
//!
//! Each row is a ratio: ours to another, in paired rounds that take turns, so that what disturbs the
//! machine disturbs both. `--check` fails if a row misses its limit.

mod objects;
mod paired;
mod single;
mod threads;

use clap::Parser;
use comfy_table::{CellAlignment, Table, presets::NOTHING};
use paired::Measure;
use std::process::ExitCode;

/// Ratios of poolalloc's typed pools to others.
#[derive(Debug, Parser)]
struct Options {
    /// Only rows whose name contains this.
    #[arg(default_value = "")]
    rows: String,
    /// Rounds for each row.
    #[arg(long, default_value_t = 31)]
    rounds: usize,
    /// Fail if the median of a row is above its limit.
    #[arg(long)]
    check: bool,
    /// Passed by `cargo bench`; ignored.
    #[arg(long, hide = true)]
    bench: bool,
}

/// One comparison.
struct Row {
    name: &'static str,
    /// What the median ratio may be at most.
    limit: Option<f64>,
    ours: fn() -> Measure<'static>,
    other: fn() -> Measure<'static>,
}

type Subject = fn() -> Measure<'static>;

fn limit(name: &'static str, at_most: f64, ours: Subject, other: Subject) -> Row {
    Row { name, limit: Some(at_most), ours, other }
}

fn plain(name: &'static str, ours: Subject, other: Subject) -> Row {
    Row { name, limit: None, ours, other }
}

fn main() -> ExitCode {
    let options = Options::parse();
    let mut table = Table::new();
    table.load_preset(NOTHING);
    table.set_header(["row", "ours ns", "other ns", "ratio", "spread", "limit", ""]);
    let mut missed = 0;
    let rows = single::rows().into_iter().chain(threads::rows());
    for row in rows.filter(|row| row.name.contains(&options.rows)) {
        let paired = paired::run(options.rounds, &mut (row.ours)(), &mut (row.other)());
        let is_kept = row.limit.is_none_or(|limit| paired.ratio.value <= limit);
        missed += usize::from(!is_kept);
        table.add_row([
            row.name.into(),
            format!("{:.2}", paired.ours),
            format!("{:.2}", paired.other),
            format!("{:.3}", paired.ratio.value),
            format!("{:.3} .. {:.3}", paired.ratio.low, paired.ratio.high),
            row.limit.map_or(String::new(), |limit| format!("<= {limit}")),
            if is_kept { "" } else { "MISSED" }.into(),
        ]);
        eprintln!("{}", row.name);
    }
    for column in 1..5 {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    println!("{table}");
    if options.check && missed > 0 { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}
