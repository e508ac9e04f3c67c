//! `versus run`: builds the workers, runs every workload on each, and writes down what they tell.

use crate::{
    allocators::{self, Allocator},
    cli, machine,
    outcome::{Listed, Outcome},
    record::{Column, FORMAT, Fault, Header, LeftOut, Log, Record, Row},
    results::Results,
    tables,
    worker::Worker,
    workshop::Workshop,
};
use anyhow::{Context, Result, bail, ensure};
use indicatif::{ProgressBar, ProgressStyle};
use std::{
    collections::{HashMap, HashSet},
    path::Path,
    time::{Duration, SystemTime},
};

/// Rounds of a run, and of a quick one.
const ROUNDS: u32 = 9;
const QUICK_ROUNDS: u32 = 3;
/// Scale of a quick run.
const QUICK_SCALE: f64 = 0.3;
/// A machine with more load than this is not left alone.
const BUSY: f64 = 0.5;
/// The memory of a worker that does nothing is the median of so many.
const BASELINES: usize = 5;

/// Does what the command line asks for; true if nothing went wrong.
pub(crate) fn run(options: &cli::Run) -> Result<bool> {
    let chosen = allocators::choose(&options.allocators, options.tuned, options.knobs)?;
    let workshop = Workshop::open(options.profile)?;
    let limit = Duration::from_secs(options.limit);
    let mut bench = Bench::set_up(options, &workshop, &chosen, limit)?;
    bench.measure()?;
    let Bench { record, .. } = bench;
    let left_out: Vec<String> =
        record.header.left_out.iter().map(|left_out| left_out.name.clone()).collect();
    let results = Results::new(record);
    tables::print(&results);
    Ok(tables::print_faults(&results)
        && !left_out.iter().any(|name| options.allocators.contains(name)))
}

/// Everything that a run needs.
struct Bench {
    workers: Vec<Worker>,
    /// What is resident in a worker that does nothing, by allocator.
    baselines: HashMap<&'static str, u64>,
    record: Record,
    log: Log,
    limit: Duration,
}

/// One workload on one allocator in one round.
struct Cell {
    workload: Listed,
    worker: usize,
    round: u32,
}

impl Bench {
    /// Builds what `options` ask for and opens the file.
    fn set_up(
        options: &cli::Run,
        workshop: &Workshop,
        chosen: &[&'static Allocator],
        limit: Duration,
    ) -> Result<Self> {
        let previous = match &options.json {
            Some(path) if options.resume => Some(Record::read(path)?),
            Some(path) => {
                can_be_made(path)?;
                None
            }
            None => None,
        };
        // Before the builds, which are a load themselves.
        let load = machine::load();
        let mut workloads = None;
        let (workers, left_out) = build(workshop, chosen, |worker| {
            if workloads.is_none() {
                workloads = Some(choose(&options.workloads, &worker.list(limit)?)?);
            }
            Ok(())
        })?;
        let workloads = workloads.context("no worker could be built")?;
        let columns = workers.iter().map(|worker| Column {
            name: worker.allocator.name.into(),
            version: workshop.version(worker.allocator),
            settings: worker.allocator.settings(),
        });
        let header = Header {
            versus: FORMAT,
            started: humantime::format_rfc3339_seconds(SystemTime::now()).to_string(),
            command: std::env::args().skip(1).collect::<Vec<_>>().join(" "),
            commit: machine::commit(&workshop.repository),
            cpu: machine::cpu(),
            cores: machine::cores(),
            memory_bytes: machine::memory_bytes(),
            kernel: machine::kernel(),
            load,
            huge_pages: machine::huge_pages(),
            compiler: machine::compiler(&workshop.repository),
            profile: options.profile.cargo_name().into(),
            threads: options.threads.map_or_else(machine::cores, |threads| threads as usize),
            scale: options.scale.unwrap_or(if options.quick { QUICK_SCALE } else { 1.0 }),
            rounds: options.rounds.unwrap_or(if options.quick { QUICK_ROUNDS } else { ROUNDS }),
            seed: seed(options, previous.as_ref()),
            allocators: columns.collect(),
            left_out,
            workloads,
        };
        let (record, log) = match (&options.json, previous) {
            (Some(path), Some((mut record, whole))) => {
                if let Some(difference) = record.header.difference(&header) {
                    bail!("{} is of another run: {difference}", path.display());
                }
                // What failed is tried again.
                record.faults.clear();
                (record, Log::resume(path, whole)?)
            }
            (path, _) => {
                let log = match path {
                    Some(path) => Log::create(path, &header)?,
                    None => Log::nowhere(),
                };
                (Record { header, rows: Vec::new(), faults: Vec::new() }, log)
            }
        };
        if load > BUSY {
            eprintln!("versus: the machine is busy (load {load:.1}): expect wide spreads");
        }
        let mut baselines = HashMap::new();
        for worker in &workers {
            baselines.insert(worker.allocator.name, baseline(worker, limit)?);
        }
        Ok(Self { workers, baselines, record, log, limit })
    }

    /// Runs what the record does not have yet.
    fn measure(&mut self) -> Result<()> {
        let cells = self.cells();
        let bar = bar(cells.len(), "{bar:30} {pos}/{len} {elapsed} of {eta_precise} {msg}");
        for cell in cells {
            let worker = &self.workers[cell.worker];
            let Header { threads, scale, .. } = self.record.header;
            let (workload, allocator) = (&cell.workload.name, worker.allocator.name);
            bar.set_message(format!("round {}: {workload}, {allocator}", cell.round));
            match worker.run(workload, threads, scale, self.limit) {
                Ok(outcome) => {
                    let row = self.row(&cell, outcome);
                    self.log.row(&row)?;
                    self.record.rows.push(row);
                }
                Err(fault) => {
                    let fault = Fault {
                        workload: workload.clone(),
                        allocator: allocator.into(),
                        round: cell.round,
                        fault,
                    };
                    bar.suspend(|| eprintln!("versus: {}", tables::fault_line(&fault)));
                    self.log.fault(&fault)?;
                    self.record.faults.push(fault);
                }
            }
            bar.inc(1);
        }
        bar.finish_and_clear();
        Ok(())
    }

    /// What is still to be done, in order: round by round, the workloads shuffled, and within each
    /// the allocators, so that what is compared is run one after the other.
    fn cells(&self) -> Vec<Cell> {
        let header = &self.record.header;
        let done: HashSet<(&str, &str, u32)> = self
            .record
            .rows
            .iter()
            .map(|row| (row.workload.as_str(), row.allocator.as_str(), row.round))
            .collect();
        let mut cells = Vec::new();
        for round in 1..=header.rounds {
            let mut rng = fastrand::Rng::with_seed(header.seed.wrapping_add(round.into()));
            let mut workloads: Vec<&Listed> = header.workloads.iter().collect();
            rng.shuffle(&mut workloads);
            for workload in workloads {
                let mut order: Vec<usize> = (0..self.workers.len()).collect();
                rng.shuffle(&mut order);
                cells.extend(order.into_iter().filter_map(|worker| {
                    let allocator = self.workers[worker].allocator.name;
                    (!done.contains(&(&workload.name, allocator, round))).then(|| Cell {
                        workload: workload.clone(),
                        worker,
                        round,
                    })
                }));
            }
        }
        cells
    }

    fn row(&self, cell: &Cell, outcome: Outcome) -> Row {
        let header = &self.record.header;
        let column = &header.allocators[cell.worker];
        Row {
            workload: cell.workload.name.clone(),
            group: cell.workload.group.clone(),
            allocator: column.name.clone(),
            version: column.version.clone(),
            threads: header.threads,
            scale: header.scale,
            round: cell.round,
            wall_s: outcome.wall_s,
            user_s: outcome.user_s,
            sys_s: outcome.sys_s,
            minor_faults: outcome.minor_faults,
            peak_rss_bytes: outcome.peak_rss_bytes,
            baseline_rss_bytes: self.baselines[self.workers[cell.worker].allocator.name],
            idle_rss_bytes: outcome.idle_rss_bytes,
            check: outcome.check,
        }
    }
}

/// Fails, before minutes of building, if there will be no way to make the file.
fn can_be_made(path: &Path) -> Result<()> {
    ensure!(!path.exists(), "{} is there already; --resume goes on with it", path.display());
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let is_there = folder.is_none_or(Path::is_dir);
    ensure!(is_there, "cannot make {}: there is no such folder", path.display());
    Ok(())
}

/// Builds a worker for each allocator; those that cannot be built are named at once. `look` is shown
/// each worker, and ends the run if it fails.
fn build(
    workshop: &Workshop,
    chosen: &[&'static Allocator],
    mut look: impl FnMut(&Worker) -> Result<()>,
) -> Result<(Vec<Worker>, Vec<LeftOut>)> {
    let bar = bar(chosen.len(), "{bar:30} {pos}/{len} {elapsed} building {msg}");
    let (mut workers, mut left_out) = (Vec::new(), Vec::new());
    for allocator in chosen {
        bar.set_message(allocator.name);
        match workshop.build(allocator) {
            Ok(worker) => {
                look(&worker)?;
                workers.push(worker);
            }
            Err(error) => {
                let reason = format!("{error:#}");
                let name = allocator.name;
                bar.suspend(|| {
                    eprintln!("versus: {name} is left out, it cannot be built: {reason}")
                });
                left_out.push(LeftOut { name: name.into(), reason });
            }
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    Ok((workers, left_out))
}

/// The workloads that `names` ask for: workloads or groups; all but the planted ones if it names
/// none.
fn choose(names: &[String], all: &[Listed]) -> Result<Vec<Listed>> {
    let is = |name: &str, one: &Listed| one.name == name || (one.group == name && !one.planted);
    if let Some(stray) = names.iter().find(|name| !all.iter().any(|one| is(name, one))) {
        let known: Vec<&str> =
            all.iter().filter(|one| !one.planted).map(|one| one.name.as_str()).collect();
        bail!("no workload or group is called {stray}; there are {}", known.join(", "));
    }
    let is_meant = |one: &&Listed| {
        if names.is_empty() { !one.planted } else { names.iter().any(|name| is(name, one)) }
    };
    Ok(all.iter().filter(is_meant).cloned().collect())
}

fn seed(options: &cli::Run, previous: Option<&(Record, u64)>) -> u64 {
    options
        .seed
        .or_else(|| previous.map(|(record, _)| record.header.seed))
        .unwrap_or_else(|| fastrand::u64(..1_000_000))
}

/// What is resident in a worker that does nothing.
fn baseline(worker: &Worker, limit: Duration) -> Result<u64> {
    let mut peaks = [0; BASELINES];
    for peak in &mut peaks {
        *peak = worker.baseline(limit).map_err(anyhow::Error::msg)?.peak_rss_bytes;
    }
    peaks.sort_unstable();
    Ok(peaks[BASELINES / 2])
}

fn bar(length: usize, template: &str) -> ProgressBar {
    let style = ProgressStyle::with_template(template).expect("the template is right");
    ProgressBar::new(length as u64).with_style(style)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listed(name: &str, group: &str, planted: bool) -> Listed {
        Listed { name: name.into(), group: group.into(), about: String::new(), planted }
    }

    #[test]
    fn planted_workloads_are_run_only_by_name() {
        let all = [
            listed("pair", "local", false),
            listed("larson", "threads", false),
            listed("planted-crash", "local", true),
        ];
        let names = |names: &[&str]| {
            let names: Vec<String> = names.iter().map(|&name| name.into()).collect();
            let chosen = choose(&names, &all).unwrap();
            chosen.into_iter().map(|one| one.name).collect::<Vec<_>>()
        };
        assert_eq!(names(&[]), ["pair", "larson"]);
        assert_eq!(names(&["local"]), ["pair"]);
        assert_eq!(names(&["planted-crash", "larson"]), ["larson", "planted-crash"]);
        assert!(choose(&["pear".into()], &all).unwrap_err().to_string().contains("pear"));
    }
}
