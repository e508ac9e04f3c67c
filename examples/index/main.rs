//! Builds an inverted word index of trees of files, with [`PoolAlloc`] as the global allocator.
//!
//! ```text
//! cargo run --release --example index -- [PATH…] [--threads N] [--json]
//! ```
//!
//! A *word* is a maximal run of ASCII letters, digits and `_`, lower-cased; files are read as bytes.
//!
//! Worker threads read files and cut them into words; merger threads take these words over channels.
//! A word that the index holds already dies at the merger, the others when `main` drops the index:
//! nine of ten buffers are freed by another thread than the one that allocated them.
//!
//! | exit code | meaning                                                                  |
//! |-----------|--------------------------------------------------------------------------|
//! | 0         | everything was read (a reader of stdout that goes away is no error)      |
//! | 1         | the index is printed, without the files that could not be read; or the report could not be written |
//! | 2         | nothing was indexed: a bad argument, a PATH that cannot be used, no threads |

mod args;
mod count;
mod index;
mod pipeline;
mod report;
mod walk;

use crate::{args::Args, report::Report, walk::Root};
use clap::Parser;
use indicatif::{ProgressBar, ProgressStyle};
use poolalloc::PoolAlloc;
use std::{
    fmt,
    io::{self, IsTerminal, Write},
    process::ExitCode,
    time::Instant,
};

#[global_allocator]
static A: PoolAlloc = PoolAlloc::new();

fn main() -> ExitCode {
    let args = Args::parse();
    let Some(roots) = usable(&args) else { return ExitCode::from(2) };

    let start = Instant::now();
    let bar = progress_bar();
    let built = pipeline::build(&roots, args.threads(), &bar);
    bar.finish_and_clear();
    let index = match built {
        Ok(index) => index,
        Err(error) => {
            complain(format_args!("cannot start {} threads: {error}", args.threads()));
            return ExitCode::from(2);
        }
    };
    let report = Report::new(&index, start.elapsed());

    for (path, error) in index.failures() {
        complain(format_args!("{}: {error}", report::one_line(path)));
    }
    match report.print(io::stdout().lock(), args.json) {
        Ok(()) => {}
        // Whoever reads has seen enough, as in `index | head -1`.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {}
        Err(error) => {
            complain(format_args!("cannot write the report: {error}"));
            return ExitCode::FAILURE;
        }
    }
    if report.is_complete() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Every PATH as a [`Root`], or `None` after one line for each PATH that cannot be used.
fn usable(args: &Args) -> Option<Vec<Root>> {
    let mut roots = Vec::new();
    let mut all_exist = true;
    for path in args.paths() {
        let shown = report::one_line(&path);
        match Root::new(path) {
            Ok(Some(root)) => roots.push(root),
            Ok(None) => {
                complain(format_args!("{shown}: skipped, neither a regular file nor a folder"))
            }
            Err(error) => {
                complain(format_args!("{shown}: {error}"));
                all_exist = false;
            }
        }
    }
    all_exist.then_some(roots)
}

/// Writes one line to stderr; that stderr is gone is no reason to fail.
fn complain(line: fmt::Arguments<'_>) {
    let _ = writeln!(io::stderr(), "index: {line}");
}

/// A bar on stderr, or one that draws nothing when stderr is no terminal.
fn progress_bar() -> ProgressBar {
    if !io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{elapsed} [{bar:40}] {pos}/{len} files");
    ProgressBar::new(0).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}
