//! What a table must say about where it comes from. What cannot be found out is `unknown`.

use std::{fs, path::Path, process::Command};

pub(crate) fn cpu() -> String {
    let info = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    or_unknown(value_of(&info, "model name"))
}

/// Cores that this process may use.
pub(crate) fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// Main memory; 0 if unknown.
pub(crate) fn memory_bytes() -> u64 {
    let info = fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let kib = value_of(&info, "MemTotal")
        .and_then(|value| value.strip_suffix("kB")?.trim().parse::<u64>().ok());
    kib.unwrap_or(0) * 1024
}

pub(crate) fn kernel() -> String {
    or_unknown(output(Command::new("uname").arg("-sr")))
}

/// The load of the last minute; 0 if unknown.
pub(crate) fn load() -> f64 {
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    load.split_whitespace().next().and_then(|load| load.parse().ok()).unwrap_or(0.0)
}

/// The mode of transparent huge pages that is in force.
pub(crate) fn huge_pages() -> String {
    let modes = fs::read_to_string("/sys/kernel/mm/transparent_hugepage/enabled").ok();
    or_unknown(modes.and_then(|modes| {
        let (_, rest) = modes.split_once('[')?;
        Some(rest.split_once(']')?.0.into())
    }))
}

/// The compiler that `repository` asks for.
pub(crate) fn compiler(repository: &Path) -> String {
    or_unknown(output(Command::new("rustc").arg("--version").current_dir(repository)))
}

/// The commit of `repository`, and whether it was changed since.
pub(crate) fn commit(repository: &Path) -> String {
    let mut git = Command::new("git");
    git.args(["describe", "--always", "--dirty"]).current_dir(repository);
    or_unknown(output(&mut git))
}

/// The C library's name and version.
pub(crate) fn c_library() -> String {
    or_unknown(output(Command::new("getconf").arg("GNU_LIBC_VERSION")))
}

/// The version of `package` that Cargo.lock of `repository` has.
pub(crate) fn locked_version(repository: &Path, package: &str) -> String {
    let lock = fs::read_to_string(repository.join("Cargo.lock")).unwrap_or_default();
    let version = || {
        let lock: toml::Table = lock.parse().ok()?;
        let packages = lock.get("package")?.as_array()?;
        let locked = packages
            .iter()
            .find(|entry| entry.get("name").and_then(toml::Value::as_str) == Some(package))?;
        Some(locked.get("version")?.as_str()?.to_owned())
    };
    or_unknown(version())
}

/// The first line's value in a text of lines `name : value`.
fn value_of(text: &str, name: &str) -> Option<String> {
    let line = text.lines().find(|line| line.starts_with(name))?;
    Some(line.split_once(':')?.1.trim().into())
}

fn output(command: &mut Command) -> Option<String> {
    let output = command.output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    (output.status.success() && !text.trim().is_empty()).then(|| text.trim().into())
}

fn or_unknown(fact: Option<String>) -> String {
    fact.unwrap_or_else(|| "unknown".into())
}
