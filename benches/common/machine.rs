//! What a table of figures must say about where it comes from.

use std::{fs, process::Command};

const LOCK: &str = include_str!("../../Cargo.lock");

/// Facts about the machine and the programs, to be printed above a table. What cannot be found out
/// is `unknown`.
#[derive(Debug, serde::Serialize)]
pub(crate) struct Machine {
    cpu: String,
    cores: usize,
    kernel: String,
    rustc: String,
    commit: String,
    mimalloc_crate: String,
    command: String,
}

impl Machine {
    /// Asks the system.
    pub(crate) fn here() -> Self {
        let cores = std::thread::available_parallelism().map_or(0, usize::from);
        Self {
            cpu: or_unknown(cpu()),
            cores,
            kernel: or_unknown(output("uname", &["-sr"])),
            rustc: or_unknown(output("rustc", &["--version"])),
            commit: or_unknown(output("git", &["describe", "--always", "--dirty"])),
            mimalloc_crate: or_unknown(locked_version("mimalloc")),
            command: std::env::args().collect::<Vec<_>>().join(" "),
        }
    }

    /// One line for a reader.
    pub(crate) fn line(&self) -> String {
        format!(
            "{}, {} cores, {}; {}; mimalloc crate {}; commit {}",
            self.cpu, self.cores, self.kernel, self.rustc, self.mimalloc_crate, self.commit
        )
    }
}

fn or_unknown(fact: Option<String>) -> String {
    fact.unwrap_or_else(|| "unknown".into())
}

fn cpu() -> Option<String> {
    let info = fs::read_to_string("/proc/cpuinfo").ok()?;
    let line = info.lines().find(|line| line.starts_with("model name"))?;
    Some(line.split_once(':')?.1.trim().into())
}

fn output(program: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program).args(arguments).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    (output.status.success() && !text.trim().is_empty()).then(|| text.trim().into())
}

fn locked_version(package: &str) -> Option<String> {
    let lock: toml::Table = LOCK.parse().ok()?;
    let packages = lock.get("package")?.as_array()?;
    let locked = packages
        .iter()
        .find(|entry| entry.get("name").and_then(toml::Value::as_str) == Some(package))?;
    Some(locked.get("version")?.as_str()?.into())
}
