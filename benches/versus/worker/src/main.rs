//! Does one workload once under the global allocator of this build, and prints one line of JSON.
//!
//! ```text
//! versus-worker list                        the workloads, a line each
//! versus-worker baseline                    does nothing: what is resident anyway
//! versus-worker run NAME THREADS SCALE
//! ```
//!
//! `versus` starts it; nobody else needs to.

mod allocator;
mod meter;
mod outcome;
mod planted;
mod resident;

use meter::{Meter, Spent};
use outcome::{Listed, Outcome};
use std::{env, process::ExitCode};
use versus_workloads::{Group, Hooks, Params, Workload};

/// A workload that does nothing.
const BASELINE: Workload = Workload {
    name: "baseline",
    group: Group::Memory,
    about: "does nothing",
    run: |params| {
        params.start();
        0
    },
};

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = match arguments.as_slice() {
        ["list"] => {
            list();
            Ok(())
        }
        ["baseline"] => run(&BASELINE, 1, 1.0),
        ["run", name, threads, scale] => find(name).and_then(|workload| {
            let threads =
                threads.parse().map_err(|_| format!("no number of threads: {threads}"))?;
            let scale = scale.parse().map_err(|_| format!("no scale: {scale}"))?;
            run(workload, threads, scale)
        }),
        _ => Err("usage: versus-worker list | baseline | run NAME THREADS SCALE".into()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            eprintln!("versus-worker: {reason}");
            ExitCode::FAILURE
        }
    }
}

fn find(name: &str) -> Result<&'static Workload, String> {
    planted::WORKLOADS
        .iter()
        .find(|workload| workload.name == name)
        .or_else(|| versus_workloads::find(name))
        .ok_or_else(|| format!("no workload is called {name}"))
}

fn list() {
    let all = versus_workloads::all().iter().map(|workload| (workload, false));
    for (workload, planted) in all.chain(planted::WORKLOADS.iter().map(|planted| (planted, true))) {
        print_line(&Listed {
            name: workload.name.into(),
            group: workload.group.name().into(),
            about: workload.about.into(),
            planted,
        });
    }
}

fn run(workload: &Workload, threads: usize, scale: f64) -> Result<(), String> {
    let meter = Meter::default();
    let check = (workload.run)(&Params::new(threads, scale, &meter));
    meter.stop();
    let (spent, idle_rss_bytes) =
        meter.end().ok_or_else(|| format!("{} did not start the clocks", workload.name))?;
    let Spent { wall, user_us, sys_us, minor_faults } = spent;
    let seconds = |us: i64| us as f64 / 1e6;
    let outcome = Outcome {
        allocator: allocator::NAME.into(),
        wall_s: wall.as_secs_f64(),
        user_s: seconds(user_us),
        sys_s: seconds(sys_us),
        minor_faults: u64::try_from(minor_faults).unwrap_or(0),
        peak_rss_bytes: resident::peak_bytes(),
        idle_rss_bytes,
        check: format!("{check:016x}"),
    };
    print_line(&outcome);
    Ok(())
}

fn print_line(value: &impl serde::Serialize) {
    println!("{}", serde_json::to_string(value).expect("plain data has a JSON form"));
}
