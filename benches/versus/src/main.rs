//! Compares allocators: every one does the same work in processes of its own.
//!
//! A module names only modules that stand below it here:
//!
//! ```text
//! run, gate, agree, report   the commands
//! tables                     what is printed
//! results                    figures and ratios
//! record                     the file of a run
//! workshop, worker           programs that are built, and run
//! allocators, metric         what is compared, and how
//! machine, outcome           facts
//! ```

mod agree;
mod allocators;
mod cli;
mod gate;
mod machine;
mod metric;
#[path = "../worker/src/outcome.rs"]
mod outcome;
mod record;
mod report;
mod results;
mod run;
mod tables;
mod worker;
mod workshop;

use anyhow::Result;
use clap::Parser;
use cli::{Command, Options};
use record::Record;
use results::Results;
use std::{path::Path, process::ExitCode};

/// How a command ended, as the exit status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Good = 0,
    /// Something fell short, failed or could not be built.
    Short = 1,
    /// Nothing fell short, but the figures are too noisy for something.
    Undecided = 2,
    /// Used wrongly, or could not do its work.
    Unable = 3,
}

impl From<bool> for Verdict {
    fn from(is_good: bool) -> Self {
        if is_good { Self::Good } else { Self::Short }
    }
}

fn main() -> ExitCode {
    let verdict = match Options::try_parse() {
        Ok(options) => command(&options.command).unwrap_or_else(|error| {
            eprintln!("versus: {error:#}");
            Verdict::Unable
        }),
        Err(help) if !help.use_stderr() => {
            print!("{help}");
            Verdict::Good
        }
        Err(error) => {
            let text = error.to_string();
            let first = text.lines().next().unwrap_or_default().trim_start_matches("error: ");
            eprintln!("versus: {first} (--help says more)");
            Verdict::Unable
        }
    };
    ExitCode::from(verdict as u8)
}

fn command(command: &Command) -> Result<Verdict> {
    Ok(match command {
        Command::Run(options) => run::run(options)?.into(),
        Command::Table { json } => {
            let results = read(json)?;
            tables::print(&results);
            tables::print_faults(&results).into()
        }
        Command::Report { json, out } => {
            report::write(&read(json)?, out)?;
            Verdict::Good
        }
        Command::Gate(options) => gate::gate(options, &read(&options.json)?)?,
        Command::Agree { first, second } => agree::agree(&read(first)?, &read(second)?)?.into(),
    })
}

fn read(path: &Path) -> Result<Results> {
    Ok(Results::new(Record::read(path)?.0))
}
