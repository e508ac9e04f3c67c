//! The command line.

use clap::Parser;
use std::{
    env,
    num::NonZero,
    path::{Path, PathBuf},
    thread,
};

/// More threads than this are a slip of the finger: the example has no use for them.
const MAX_THREADS: u16 = 1024;

/// Builds an inverted word index of trees of files, with `PoolAlloc` as the global allocator.
///
/// A word is a maximal run of ASCII letters, digits and `_`, lower-cased; files are read as bytes.
/// Regular files only; symbolic links are not followed; `.git` and `target` folders below a PATH
/// are skipped. A file that several PATHs lead to is indexed once.
#[derive(Debug, Parser)]
#[command(name = "index")]
pub(crate) struct Args {
    /// Files and folders to index [default: this repository and, where there is one, cargo's
    /// registry sources]
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,

    /// Threads that read and cut files into words; there is one merger thread for every two
    /// [default: one per CPU]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=i64::from(MAX_THREADS)))]
    threads: Option<u16>,

    /// Print one JSON object and nothing else on stdout
    #[arg(long)]
    pub(crate) json: bool,
}

impl Args {
    /// The number of worker threads, `1..=MAX_THREADS`.
    pub(crate) fn threads(&self) -> usize {
        let cpus = || {
            thread::available_parallelism().map_or(1, NonZero::get).min(usize::from(MAX_THREADS))
        };
        self.threads.map_or_else(cpus, usize::from)
    }

    /// The PATHs given, or else the default ones.
    pub(crate) fn paths(&self) -> Vec<PathBuf> {
        if self.paths.is_empty() { default_paths() } else { self.paths.clone() }
    }
}

/// This repository and, where there is one, the folder into which cargo unpacks registry sources.
fn default_paths() -> Vec<PathBuf> {
    let repository = Path::new(env!("CARGO_MANIFEST_DIR")).to_path_buf();
    // Resolved, because a default is not the user's choice of a link over what it leads to.
    let sources = cargo_home().and_then(|home| home.join("registry/src").canonicalize().ok());
    [repository].into_iter().chain(sources).collect()
}

/// Cargo's own folder: `CARGO_HOME`, or `.cargo` in the home folder.
fn cargo_home() -> Option<PathBuf> {
    match env::var_os("CARGO_HOME") {
        Some(home) if !home.is_empty() => Some(home.into()),
        _ => Some(env::home_dir()?.join(".cargo")),
    }
}
