//! The runner itself is wrong if it calls a mutant killed that is not: a verdict of each kind is
//! provoked in a package of two lines.

use super::runner::{Mutant, Runner, Tests, Verdict};
use std::{fs, path::Path, path::PathBuf, time::Duration};

const MANIFEST: &str =
    "[package]\nname = \"planted\"\nversion = \"0.0.0\"\nedition = \"2024\"\n[workspace]\n";
const SOURCE: &str = "\
pub fn two() -> u32 { 2 }
pub fn three() -> u32 { 3 }
#[test] fn two_is_two() { assert_eq!(two(), 2) }
#[test] fn the_sum_is_five() { assert_eq!(two() + three(), 5) }
#[test] #[ignore] fn nobody_runs_this() {}
";

/// A package with `SOURCE` as its library, in a folder of its own.
fn package(name: &str, source: &str) -> Runner {
    let home = Path::new(env!("CARGO_TARGET_TMPDIR")).join("planted").join(name);
    let package = home.join("package");
    fs::create_dir_all(package.join("src")).unwrap();
    fs::write(package.join("Cargo.toml"), MANIFEST).unwrap();
    fs::write(package.join("src/lib.rs"), source).unwrap();
    Runner {
        package,
        files: ["Cargo.toml", "src/lib.rs"].map(PathBuf::from).into(),
        copy: home.join("copy"),
        target: home.join("target"),
        tests: Tests::Unit,
        cargo_args: vec!["--offline"],
        flags: "",
        patience: Duration::from_secs(5),
    }
}

/// The mutant that has `to` instead of the first line of `SOURCE`.
fn mutant(runner: &Runner, to: &str) -> Mutant {
    let [from, second, third, ..] = SOURCE.lines().collect::<Vec<_>>()[..] else { unreachable!() };
    patch(runner, &format!("@@ -1,3 +1,3 @@\n-{from}\n+{to}\n {second}\n {third}\n"))
}

fn patch(runner: &Runner, hunk: &str) -> Mutant {
    let path = runner.package.join("one.patch");
    let text = format!("What: planted\n--- a/src/lib.rs\n+++ b/src/lib.rs\n{hunk}");
    fs::write(&path, text).unwrap();
    Mutant::read(path).unwrap()
}

#[test]
fn a_mutant_is_killed_by_the_tests_that_fail_and_by_nothing_else() {
    let runner = package("verdicts", SOURCE);
    assert_eq!(runner.baseline(), Ok(2), "the tests that ran are counted wrong");

    let verdict = |to| runner.verdict(&mutant(&runner, to));
    let killed = |tests: &[&str]| Verdict::Killed(tests.iter().map(|&t| t.into()).collect());
    assert_eq!(
        verdict("pub fn two() -> u32 { 7 }"),
        killed(&["the_sum_is_five", "two_is_two"]),
        "a change that both tests see was not killed by both"
    );
    assert_eq!(
        verdict("pub fn two() -> u32 { std::process::abort() }"),
        killed(&["the_sum_is_five"]),
        "the death of the process is not the kill of the test it died in"
    );
    assert_eq!(
        verdict("pub fn two() -> u32 { 1 + 1 }"),
        Verdict::Survived,
        "a change that no test sees counts as killed"
    );
    assert_eq!(
        verdict("pub fn two() -> u32 { loop {} }"),
        Verdict::Hung,
        "tests that do not end count as a kill"
    );
    let broken = verdict("pub fn two() -> u32 { \"2\" }");
    assert!(
        matches!(&broken, Verdict::DoesNotCompile(words) if words.contains("mismatched types")),
        "a copy that does not compile counts as something else: {broken:?}"
    );
    assert_eq!(
        runner.verdict(&patch(&runner, "@@ -1 +1 @@\n-pub fn nine() {}\n+pub fn ten() {}\n")),
        Verdict::DoesNotApply,
        "a patch for another source counts as applied"
    );
}

#[test]
fn a_package_that_fails_or_tests_nothing_is_no_baseline() {
    let failing = package("failing", "#[test] fn fails() { panic!() }");
    assert!(failing.baseline().is_err(), "a test that fails anyhow would kill every mutant");
    let empty = package("empty", "#[test] #[ignore] fn ignored() {}");
    assert!(empty.baseline().is_err(), "where no test runs no mutant can be killed");
}

#[test]
fn a_patch_without_a_title_or_with_unknown_tests_is_refused() {
    let runner = package("untitled", SOURCE);
    let path = runner.package.join("untitled.patch");
    fs::write(&path, "--- a/src/lib.rs\nWhat: too late\n").unwrap();
    assert!(Mutant::read(path.clone()).is_err(), "the report would not say what was changed");
    fs::write(&path, "What: planted\nTests: most\n--- a/src/lib.rs\n").unwrap();
    assert!(Mutant::read(path).is_err(), "it would be tried with tests that cannot see it");
}
