//! How long each workload takes with the system's allocator: to choose its constants by.
//!
//! `cargo run --release -p versus-workloads --example time -- --threads 2 pair larson`
//!
//! All rows run in this one process, one after the other, so the figures are no comparison; that is
//! what `versus` is for.

use clap::Parser;
use std::{
    cell::Cell,
    sync::Mutex,
    time::{Duration, Instant},
};
use versus_workloads::{Hooks, Params, Workload, all, find};

/// Prints the seconds of each workload with the system's allocator.
#[derive(Parser)]
struct Args {
    /// Threads that work.
    #[arg(long, default_value_t = 2)]
    threads: usize,
    /// 1.0 is a row of 0.3 to 1 s.
    #[arg(long, default_value_t = 1.0)]
    scale: f64,
    /// Names of workloads; none means all.
    #[arg(value_parser = named)]
    workloads: Vec<&'static Workload>,
}

fn named(name: &str) -> Result<&'static Workload, String> {
    find(name).ok_or_else(|| String::from("there is no such workload"))
}

/// The time from `start` to the end, without the idle time, which is none here.
struct Clock(Mutex<Cell<Instant>>);

impl Hooks for Clock {
    fn start(&self) {
        self.0.lock().expect("nobody panics with the clock").set(Instant::now());
    }

    fn stop(&self) {}

    fn idle(&self) {}
}

fn time(workload: &Workload, args: &Args) -> (Duration, u64) {
    let clock = Clock(Mutex::new(Cell::new(Instant::now())));
    let check = (workload.run)(&Params::new(args.threads, args.scale, &clock));
    let begin = clock.0.into_inner().expect("nobody panics with the clock").get();
    (begin.elapsed(), check)
}

fn main() {
    let args = Args::parse();
    let chosen: Vec<&Workload> =
        if args.workloads.is_empty() { all().iter().collect() } else { args.workloads.clone() };
    for workload in chosen {
        let (elapsed, check) = time(workload, &args);
        println!("{:8} {:28} {elapsed:9.3?} {check:016x}", workload.group.name(), workload.name);
    }
}
