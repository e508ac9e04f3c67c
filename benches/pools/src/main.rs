//! The typed pools of poolalloc beside others.
//!
//! Each row is a ratio: ours to another, in paired rounds that take turns, so that what disturbs the
//! machine disturbs both. `--check` fails if a row misses its limit. Each subject on its own, with
//! more of them: `cargo bench -p pools --features mimalloc`.

mod paired;
mod rows;

use clap::Parser;
use comfy_table::{CellAlignment, Table, presets::NOTHING};
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
}

fn main() -> ExitCode {
    let options = Options::parse();
    let mut table = Table::new();
    table.load_preset(NOTHING);
    table.set_header(["row", "ours ns", "other ns", "ratio", "spread", "limit", ""]);
    let mut missed = 0;
    for row in rows::all().into_iter().filter(|row| row.name.contains(&options.rows)) {
        let paired = paired::run(options.rounds, (row.ours)(), (row.other)());
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
