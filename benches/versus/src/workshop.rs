//! Builds the workers.

use crate::{allocators::Allocator, cli::Profile, machine, outcome::Outcome, worker::Worker};
use anyhow::{Context, Result, ensure};
use cargo_metadata::{Message, MetadataCommand};
use std::{
    env,
    fs::{self, File},
    io::Cursor,
    path::PathBuf,
    process::{Command, Stdio},
    time::Duration,
};

/// Where workers are built.
#[derive(Debug)]
pub(crate) struct Workshop {
    /// The repository.
    pub(crate) repository: PathBuf,
    /// The built workers are put here.
    folder: PathBuf,
    profile: Profile,
}

/// A worker says who it is in less.
const PATIENCE: Duration = Duration::from_secs(20);

impl Workshop {
    pub(crate) fn open(profile: Profile) -> Result<Self> {
        let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
        let metadata = MetadataCommand::new()
            .manifest_path(manifest)
            .no_deps()
            .exec()
            .context("cargo does not know where it builds")?;
        let folder = metadata.target_directory.join("versus").join(profile.cargo_name());
        fs::create_dir_all(&folder).with_context(|| format!("cannot make {folder}"))?;
        Ok(Self { repository: metadata.workspace_root.into(), folder: folder.into(), profile })
    }

    /// Builds the worker of `allocator`; on failure the error is what cargo said last. Costs minutes
    /// the first time.
    pub(crate) fn build(&self, allocator: &'static Allocator) -> Result<Worker> {
        let group = if cfg!(feature = "real") { "-real" } else { "" };
        let program = self.folder.join(format!("worker{group}-{}", allocator.name));
        // All builds have one name in cargo's folder: nobody builds the next before it is copied.
        let lock = File::create(self.folder.join("lock")).context("cannot make a lock")?;
        lock.lock().context("cannot lock the workshop")?;
        // Not onto the old one: somebody may be running it.
        let new = self.folder.join("new");
        fs::copy(self.cargo_build(allocator)?, &new)
            .and_then(|_| fs::rename(&new, &program))
            .with_context(|| format!("cannot write {}", program.display()))?;
        drop(lock);
        let worker = Worker { allocator, program };
        let Outcome { .. } = worker.baseline(PATIENCE).map_err(anyhow::Error::msg)?;
        Ok(worker)
    }

    /// Runs cargo; returns the program that it made.
    fn cargo_build(&self, allocator: &Allocator) -> Result<PathBuf> {
        let mut features = allocator.features();
        if cfg!(feature = "real") {
            features.push_str(",real");
        }
        let output = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
            .args(["build", "--package", "versus-worker", "--no-default-features"])
            .args(["--features", &features, "--profile", self.profile.cargo_name()])
            .args(["--message-format", "json-render-diagnostics"])
            .current_dir(&self.repository)
            .stdin(Stdio::null())
            .output()
            .context("cargo did not start")?;
        ensure!(output.status.success(), "{}", last_lines(&output.stderr));
        Message::parse_stream(Cursor::new(output.stdout))
            .filter_map(Result::ok)
            .find_map(|message| match message {
                Message::CompilerArtifact(artifact) => artifact.executable,
                _ => None,
            })
            .map(PathBuf::from)
            .context("cargo made no program")
    }

    /// The version that a column's head has.
    pub(crate) fn version(&self, allocator: &Allocator) -> String {
        match allocator.package {
            Some(package) => machine::locked_version(&self.repository, package),
            None => machine::c_library(),
        }
    }
}

/// The last lines of what cargo said that are not empty.
fn last_lines(text: &[u8]) -> String {
    let text = String::from_utf8_lossy(text);
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    lines[lines.len().saturating_sub(5)..].join("\n")
}
