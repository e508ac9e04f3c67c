//! Every row's time on PoolAlloc divided by its time on MiMalloc, and a gate on it.
//!
//! `cargo bench --features mimalloc --bench ratio -- --gate`
//!
//! In a round each allocator does the same work once, in random order; a row's figure is the median
//! over the rounds of the two times' ratio, with a 95 % bootstrap interval. Rounds are many and short:
//! then whatever else the machine does falls on few of them, or on both sides of a ratio. But not
//! shorter than it takes to visit 100,000 live blocks: else those rows time how the caches fill
//! again after the allocator before. `--gate`
//! compares the figures with `benches/ratio/limits.toml`. Leave the machine alone meanwhile: rows with
//! threads need its cores.

mod common;
#[path = "ratio/limits.rs"]
mod limits;
#[path = "common/machine.rs"]
mod machine;
#[path = "ratio/outlined.rs"]
mod outlined;
#[path = "common/run.rs"]
mod run;

use clap::Parser;
use common::{
    Session,
    rows::{self, Group, Row},
    subject::Subject,
};
use limits::Limit;
use machine::Machine;
use paired::{Ratio, compare, median};
use run::Run;
use std::{
    path::PathBuf,
    process::ExitCode,
    time::{Duration, Instant},
};

/// Times of PoolAlloc, MiMalloc and System side by side, and their ratios.
#[derive(Parser, Debug)]
struct Options {
    /// Rounds for each row; fewer where they take more than 6 s
    #[arg(long, default_value_t = 51, value_parser = clap::value_parser!(u32).range(1..))]
    rounds: u32,
    /// Milliseconds that MiMalloc takes for a row in one round
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u64).range(1..))]
    slice: u64,
    /// Only these rows: names, or beginnings of names
    #[arg(long, value_delimiter = ',')]
    rows: Vec<String>,
    /// Keep every allocator's functions out of the measured loops
    #[arg(long)]
    outlined: bool,
    /// Also write the figures to this file
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    #[command(flatten)]
    run: Run,
}

/// No row takes much longer, so that all of them take less than three minutes.
const ROW_TIME: Duration = Duration::from_secs(6);

/// Even a slow row has so many rounds.
const FEWEST_ROUNDS: u32 = 9;

/// A row's figures.
#[derive(Debug, serde::Serialize)]
struct Outcome {
    row: String,
    group: Group,
    rounds: u32,
    /// Operations in one round.
    ops: usize,
    poolalloc_ns: f64,
    mimalloc_ns: f64,
    system_ns: f64,
    ratio_to_mimalloc: Ratio,
    ratio_to_system: Ratio,
    limit: String,
    is_kept: bool,
}

/// What `--json` writes.
#[derive(Debug, serde::Serialize)]
struct Report {
    machine: Machine,
    rounds: u32,
    outlined: bool,
    seconds: f64,
    rows: Vec<Outcome>,
}

fn main() -> ExitCode {
    let options = Options::parse();
    let all = rows::all();
    let limits = limits::of_rows(all.iter().map(|row| row.name.as_str()));
    if let Some(stray) =
        options.rows.iter().find(|wanted| !all.iter().any(|row| wants(wanted, row)))
    {
        eprintln!("ratio: no row is called {stray}");
        return ExitCode::from(2);
    }
    let chosen: Vec<(Row, Limit)> = all
        .into_iter()
        .zip(limits)
        .filter(|(row, _)| {
            options.rows.is_empty() || options.rows.iter().any(|wanted| wants(wanted, row))
        })
        .collect();
    if options.run.is_test() {
        for (row, _) in &chosen {
            for subject in Subject::ALL {
                open(&options, subject, row).run(3);
            }
        }
        println!("ratio: {} rows hold on every allocator", chosen.len());
        return ExitCode::SUCCESS;
    }
    let report = measure(&options, &chosen);
    if let Some(file) = &options.json {
        let text = serde_json::to_string_pretty(&report).expect("figures have a JSON form");
        if let Err(error) = std::fs::write(file, text) {
            eprintln!("ratio: cannot write {}: {error}", file.display());
            return ExitCode::from(2);
        }
    }
    let short: Vec<&Outcome> = report.rows.iter().filter(|row| !row.is_kept).collect();
    if options.run.gate && !short.is_empty() {
        for row in short {
            let Ratio { value, low, high } = row.ratio_to_mimalloc;
            eprintln!("ABOVE: {} {value:.3} [{low:.3}, {high:.3}], {}", row.row, row.limit);
        }
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

fn wants(wanted: &str, row: &Row) -> bool {
    row.name.starts_with(wanted)
}

fn open(options: &Options, subject: Subject, row: &Row) -> Box<dyn Session> {
    if options.outlined { outlined::open(subject, row) } else { subject.open(row) }
}

/// Runs the rows one after the other and prints each as soon as its figures are there.
fn measure(options: &Options, rows: &[(Row, Limit)]) -> Report {
    let (machine, begin) = (Machine::here(), Instant::now());
    println!("{}", machine.line());
    println!(
        "{} rounds; medians, ns for each pair of alloc and free (vec: each vector)",
        options.rounds
    );
    let [ours, theirs, system] = Subject::ALL.map(Subject::name);
    println!(
        "{:<20} {ours:>11} {theirs:>11} {system:>11}  {:<22} {:>9}  limit",
        "row", "ratio to mimalloc", "to system"
    );
    let mut rng = fastrand::Rng::new();
    let mut outcomes = Vec::new();
    for (row, limit) in rows {
        let outcome = measure_row(options, row, limit, &mut rng);
        let Ratio { value, low, high } = outcome.ratio_to_mimalloc;
        println!(
            "{:<20} {:>11.2} {:>11.2} {:>11.2}  {value:>6.3} [{low:.3}, {high:.3}] {:>9.3}  {} {}",
            outcome.row,
            outcome.poolalloc_ns,
            outcome.mimalloc_ns,
            outcome.system_ns,
            outcome.ratio_to_system.value,
            outcome.limit,
            if outcome.is_kept { "ok" } else { "ABOVE" },
        );
        outcomes.push(outcome);
    }
    let seconds = begin.elapsed().as_secs_f64();
    println!("{seconds:.0} s");
    Report { machine, rounds: options.rounds, outlined: options.outlined, seconds, rows: outcomes }
}

fn measure_row(options: &Options, row: &Row, limit: &Limit, rng: &mut fastrand::Rng) -> Outcome {
    let mut sessions = Subject::ALL.map(|subject| open(options, subject, row));
    let mimalloc = index_of(Subject::MiMalloc);
    let ops = ops_in(Duration::from_millis(options.slice), sessions[mimalloc].as_mut());
    // Warm-up: every allocator has then done the same.
    for session in &mut sessions {
        session.run(ops);
    }
    let mut times = Subject::ALL.map(|_| Vec::new());
    let mut order: Vec<usize> = (0..sessions.len()).collect();
    let (begin, mut rounds) = (Instant::now(), 0);
    while rounds < options.rounds && (rounds < FEWEST_ROUNDS || begin.elapsed() < ROW_TIME) {
        rounds += 1;
        rng.shuffle(&mut order);
        for &index in &order {
            // The others have filled the caches with theirs since this one's last turn.
            sessions[index].run(ops);
            let elapsed = sessions[index].run(ops);
            times[index].push(elapsed.as_secs_f64());
        }
    }
    let units =
        f64::from(u32::try_from(ops).expect("few enough ops")) * f64::from(row.units_per_op());
    let ns = |subject| median(&mut times[index_of(subject)].clone()) * 1e9 / units;
    let ours = &times[index_of(Subject::PoolAlloc)];
    let ratio_to_mimalloc = compare(ours, &times[mimalloc]);
    Outcome {
        row: row.name.clone(),
        group: row.group(),
        rounds,
        ops,
        poolalloc_ns: ns(Subject::PoolAlloc),
        mimalloc_ns: ns(Subject::MiMalloc),
        system_ns: ns(Subject::System),
        ratio_to_mimalloc,
        ratio_to_system: compare(ours, &times[index_of(Subject::System)]),
        limit: limit.to_string(),
        is_kept: limit.is_kept_by(&ratio_to_mimalloc),
    }
}

fn index_of(subject: Subject) -> usize {
    Subject::ALL.iter().position(|&other| other == subject).expect("all means all")
}

/// How many operations `session` does in about `slice`: doubled until the best of three runs is long
/// enough, so that a run that was interrupted does not count.
fn ops_in(slice: Duration, session: &mut dyn Session) -> usize {
    let mut ops = 1;
    loop {
        let elapsed = (0..3).map(|_| session.run(ops)).min();
        if elapsed.is_some_and(|elapsed| elapsed * 2 >= slice) {
            return ops;
        }
        ops *= 2;
    }
}
