//! Every ordering and every step of the lock-free words is there because a test fails without it,
//! mostly a model.
//!
//! `cargo test --test mutants -- --ignored --nocapture` applies each patch in `tests/mutants` to a
//! copy of this repository, runs the loom models on the copy, and expects at least one to fail.
//! `MUTANT=word,word` keeps to the patches whose file names contain one of the words;
//! `LOOM_MAX_PREEMPTIONS` is passed on (2 if not set).
//!
//! A patch is a unified diff that `git apply` takes, headed by a line `What: …` and, where only some
//! of the models can see the change, by `Models: word …`, parts of their names. What no model can see
//! has a line `Tests: unit`, and is tried with the library's other tests, or `Tests: house`, and is
//! tried with the rules of the house; the changed file says why.
#![cfg(not(any(loom, miri)))]

#[path = "mutants/planted.rs"]
mod planted;
#[path = "mutants/runner.rs"]
mod runner;

use runner::{Mutant, Runner, Tests, Verdict};
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
#[ignore = "builds and runs the models once per patch"]
fn no_mutant_survives() {
    let mutants = mutants();
    assert!(!mutants.is_empty(), "no patch to try");
    let wrong: Vec<_> = [Tests::Models, Tests::Unit, Tests::House]
        .into_iter()
        .flat_map(|tests| {
            let of: Vec<&Mutant> = mutants.iter().filter(|mutant| mutant.tests == tests).collect();
            not_killed(tests, &of)
        })
        .collect();
    println!("{} mutants, {} not killed", mutants.len(), wrong.len());
    assert!(wrong.is_empty(), "not killed: {wrong:#?}");
}

#[test]
fn every_mutant_fits_the_source_as_it_is() {
    let (mutants, root) = (mutants(), Path::new(env!("CARGO_MANIFEST_DIR")));
    let misfits: Vec<_> =
        mutants.iter().filter(|mutant| !mutant.fits(root)).map(|mutant| &mutant.what).collect();
    assert!(misfits.is_empty(), "the code or its comments have changed: {misfits:#?}");
}

/// Tries these mutants, all of which are for `tests`.
fn not_killed(tests: Tests, mutants: &[&Mutant]) -> Vec<String> {
    if mutants.is_empty() {
        return Vec::new();
    }
    let runner = runner(tests);
    let passed = runner.baseline().expect("the tests pass on an unchanged copy");
    println!("unchanged, {tests:?}: {passed} tests pass");

    let next = AtomicUsize::new(0);
    let wrong = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while let Some(mutant) = mutants.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let start = Instant::now();
                    let verdict = runner.verdict(mutant);
                    report(mutant, &verdict, start.elapsed());
                    if !matches!(verdict, Verdict::Killed(_)) {
                        wrong.lock().unwrap().push(mutant.what.clone());
                    }
                }
            });
        }
    });
    wrong.into_inner().unwrap()
}

/// The patches, in the order of their file names.
fn mutants() -> Vec<Mutant> {
    let words = env::var("MUTANT").unwrap_or_default();
    let is_meant = |name: &str| words.split(',').any(|word| name.contains(word));
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/mutants");
    let mut patches: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|end| end == "patch"))
        .filter(|path| is_meant(path.file_stem().unwrap().to_str().unwrap()))
        .collect();
    patches.sort();
    patches.into_iter().map(|patch| Mutant::read(patch).unwrap_or_else(|e| panic!("{e}"))).collect()
}

/// This repository, built beside it with another profile: else cargo would take what it made of a mutant
/// for what it made of this. What both depend on is the same, and is built once.
fn runner(tests: Tests) -> Runner {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    let scratch = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let builds = scratch.parent().unwrap();
    // Most of the time goes into builds, so they are quick ones.
    let (target, cargo_args, flags) = match tests {
        Tests::Models => (
            builds.join("loom"),
            vec![
                "--release",
                "--config=.ci/models.toml",
                "--config=profile.release.package.poolalloc.opt-level=0",
            ],
            "--cfg loom",
        ),
        Tests::Unit | Tests::House => {
            (builds.into(), vec!["--config=profile.dev.package.poolalloc.debug=false"], "")
        }
    };
    Runner {
        package: package.into(),
        files: runner::files_in_git(package),
        copy: scratch.join("mutants").join("copy"),
        target,
        tests,
        cargo_args,
        flags,
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
