//! Every ordering and every step of the lock-free words is there because a model fails without it.
//!
//! `cargo test --test mutants -- --ignored --nocapture` applies each patch in `tests/mutants` to a
//! copy of this repository, runs the loom models on the copy, and expects at least one to fail.
//! `MUTANT=word` keeps to the patches whose file name contains the word; `LOOM_MAX_PREEMPTIONS` is
//! passed on (2 if not set).
//!
//! A patch is a unified diff that `git apply` takes, headed by a line `What: …` and, where only some
//! of the models can see the change, by `Models: word …`, parts of their names.
#![cfg(not(any(loom, miri)))]

#[path = "mutants/planted.rs"]
mod planted;
#[path = "mutants/runner.rs"]
mod runner;

use runner::{Mutant, Runner, Verdict};
use std::{
    env, fs,
    path::Path,
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

#[test]
#[ignore = "builds and runs the loom models once per patch"]
fn no_mutant_survives() {
    let mutants = mutants();
    assert!(!mutants.is_empty(), "no patch to try");
    // One builds while the other runs its models: cargo lets one build at a time into a folder.
    let runners = [runner("a"), runner("b")];
    for runner in &runners {
        let models = runner.baseline().expect("the models pass on an unchanged copy");
        println!("unchanged: {models} models pass");
    }

    let next = AtomicUsize::new(0);
    let wrong = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for runner in &runners {
            scope.spawn(|| {
                while let Some(mutant) = mutants.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let start = Instant::now();
                    let verdict = runner.verdict(mutant);
                    report(mutant, &verdict, start.elapsed());
                    if !matches!(verdict, Verdict::Killed(_)) {
                        wrong.lock().unwrap().push(&mutant.what);
                    }
                }
            });
        }
    });
    let wrong = wrong.into_inner().unwrap();
    println!("{} mutants, {} not killed", mutants.len(), wrong.len());
    assert!(wrong.is_empty(), "not killed: {wrong:#?}");
}

/// The patches, in the order of their file names.
fn mutants() -> Vec<Mutant> {
    let word = env::var("MUTANT").unwrap_or_default();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/mutants");
    let mut patches: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|end| end == "patch"))
        .filter(|path| path.file_stem().unwrap().to_str().unwrap().contains(&word))
        .collect();
    patches.sort();
    patches.into_iter().map(|patch| Mutant::read(patch).unwrap_or_else(|e| panic!("{e}"))).collect()
}

/// This repository, copied to a folder of the name `copy`. Flags and build folder are those of
/// `.ci/jobs/loom.sh`, so that loom itself is built once.
fn runner(copy: &str) -> Runner {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    let scratch = Path::new(env!("CARGO_TARGET_TMPDIR"));
    Runner {
        package: package.into(),
        files: runner::files_in_git(package),
        copy: scratch.join("mutants").join(copy),
        target: scratch.parent().unwrap().join("loom"),
        // Most of the time goes into builds, so they are quick ones.
        cargo_args: vec![
            "--release",
            "--config=profile.release.debug-assertions=true",
            "--config=profile.release.package.poolalloc.opt-level=0",
        ],
        flags: "--cfg loom",
        patience: Duration::from_secs(300),
    }
}

fn report(mutant: &Mutant, verdict: &Verdict, took: Duration) {
    let seconds = took.as_secs_f32();
    match verdict {
        Verdict::Killed(models) => {
            let models: Vec<_> = models.iter().map(|m| m.rsplit("::").next().unwrap()).collect();
            println!("killed, {seconds:.1} s: {}\n    by {}", mutant.what, models.join(", "));
        }
        Verdict::DoesNotCompile(words) => {
            println!("DOES NOT COMPILE, {seconds:.1} s: {}\n{words}", mutant.what);
        }
        other => println!("{other:?}, {seconds:.1} s: {}", mutant.what),
    }
}
