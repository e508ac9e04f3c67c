//! Several copies of the allocator in one process: plug-ins that are unloaded while threads live,
//! and two versions in one program. The programs are packages of their own under `tests/plugin`,
//! built here.

#![cfg(all(unix, not(miri)))]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::{Mutex, PoisonError};

/// Where packages are built and copied to.
fn temporary(name: &str) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("plugin").join(name)
}

fn package(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/plugin").join(name)
}

/// Copies a folder without what was built in it.
fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("the folder is made");
    for entry in fs::read_dir(from).expect("the folder is read") {
        let entry = entry.expect("the folder is read");
        let target = to.join(entry.file_name());
        if entry.file_type().expect("the kind of file").is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).expect("the file is copied");
        }
    }
}

/// A fresh copy of the library's package, in the folder `name`.
fn copy_library(name: &str) -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let target = temporary(name);
    let _ = fs::remove_dir_all(&target);
    fs::create_dir_all(&target).expect("the folder is made");
    fs::copy(root.join("Cargo.toml"), target.join("Cargo.toml")).expect("the manifest is copied");
    fs::copy(root.join("README.md"), target.join("README.md")).expect("the file is copied");
    // The manifest may name tests, benches and examples: cargo wants to see them.
    for folder in ["src", "docs", "tests", "benches", "examples", "preload"] {
        if root.join(folder).exists() {
            copy(&root.join(folder), &target.join(folder));
        }
    }
    target
}

/// Builds the package in `folder`; returns the folder with the results.
///
/// One at a time: the packages share a target folder, and with it the library.
fn build(folder: &Path, features: &[&str]) -> PathBuf {
    static GATE: Mutex<()> = Mutex::new(());
    let _turn = GATE.lock().unwrap_or_else(PoisonError::into_inner);
    let target = temporary("target");
    let mut command = Command::new(env!("CARGO"));
    command
        .arg("build")
        .arg("--manifest-path")
        .arg(folder.join("Cargo.toml"))
        .arg("--target-dir")
        .arg(&target);
    command.arg("--features").arg(features.join(","));
    // What cargo set for this test is not meant for the build.
    command.env_remove("RUSTFLAGS").env_remove("CARGO_ENCODED_RUSTFLAGS");
    let output = command.output().expect("cargo starts");
    assert!(
        output.status.success(),
        "{} does not build:\n{}",
        folder.display(),
        text(&output.stderr)
    );
    target.join("debug")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// The program ended well and said `words`.
fn assert_said(output: &Output, words: &str) {
    let (stdout, stderr) = (text(&output.stdout), text(&output.stderr));
    assert!(output.status.success(), "{}\n{stdout}\n{stderr}", output.status);
    assert!(stdout.contains(words), "the program did not say {words:?}:\n{stdout}\n{stderr}");
}

/// `count` files of the plug-in: the loader takes each for a library of its own.
fn plugins(test: &str, count: usize) -> Vec<PathBuf> {
    let built = build(&package("cdylib"), &[]).join("libplugin.so");
    let folder = temporary(test);
    fs::create_dir_all(&folder).expect("the folder is made");
    let copy = |number| {
        let path = folder.join(format!("libplugin{number}.so"));
        let _ = fs::remove_file(&path);
        fs::copy(&built, &path).expect("the plug-in is copied");
        path
    };
    (0..count).map(copy).collect()
}

/// The host under a name of its own, so that another test's build does not take it away. No copy: a
/// process that another test starts meanwhile would have it open for writing, and no such program runs.
fn host(test: &str, features: &[&str]) -> PathBuf {
    let built = build(&package("host"), features).join("host");
    let path = temporary(test).join("host");
    let _ = fs::remove_file(&path);
    fs::hard_link(built, &path).expect("the host gets a second name");
    path
}

#[test]
fn a_plugin_is_unloaded_while_three_threads_live() {
    const TEST: &str = "one";
    let plugins = plugins(TEST, 1);
    let output = Command::new(host(TEST, &[])).args(plugins).output().expect("the host starts");
    assert_said(&output, "1 plug-ins loaded and unloaded");
}

#[test]
fn a_host_and_two_plugins_have_an_allocator_each() {
    const TEST: &str = "three";
    let plugins = plugins(TEST, 2);
    let output =
        Command::new(host(TEST, &["pool"])).args(plugins).output().expect("the host starts");
    assert_said(&output, "2 plug-ins loaded and unloaded");
}

#[test]
fn two_versions_link_and_run_in_one_program() {
    copy_library("one_version");
    let other = copy_library("other_version").join("Cargo.toml");
    let manifest = fs::read_to_string(&other).expect("the manifest is read");
    let line = format!("\nversion = \"{}\"\n", env!("CARGO_PKG_VERSION"));
    let renumbered = manifest.replacen(&line, "\nversion = \"0.0.77\"\n", 1);
    assert_ne!(manifest, renumbered, "the manifest has no line {line:?}");
    fs::write(other, renumbered).expect("the manifest is written");
    let program = temporary("two_versions");
    let _ = fs::remove_dir_all(&program);
    copy(&package("two_versions"), &program);
    // Under another name in the repository, where the versions that it depends on are missing.
    fs::rename(program.join("manifest.toml"), program.join("Cargo.toml")).expect("it is renamed");
    // The versions of the dependencies that this build has: no need to ask for others.
    let lock = Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.lock");
    fs::copy(lock, program.join("Cargo.lock")).expect("the lock file is copied");
    let output = Command::new(build(&program, &[]).join("two_versions"))
        .output()
        .expect("the program starts");
    assert_said(&output, "two versions ran side by side");
}
