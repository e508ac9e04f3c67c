//! A worker: the program that does a workload once under one allocator.

use crate::{
    allocators::Allocator,
    outcome::{Listed, Outcome},
};
use anyhow::{Context, Result};
use std::{
    io::Read,
    os::unix::process::ExitStatusExt,
    path::PathBuf,
    process::{Command, Stdio},
    thread::{self, JoinHandle},
    time::Duration,
};
use wait_timeout::ChildExt;

/// One that was built.
#[derive(Clone, Debug)]
pub(crate) struct Worker {
    pub(crate) allocator: &'static Allocator,
    pub(crate) program: PathBuf,
}

impl Worker {
    /// The workloads that it has.
    pub(crate) fn list(&self, limit: Duration) -> Result<Vec<Listed>> {
        let text = self.ask(&["list"], limit).map_err(anyhow::Error::msg)?;
        text.lines()
            .map(|line| serde_json::from_str(line).with_context(|| format!("it told: {line}")))
            .collect()
    }

    /// Does nothing.
    pub(crate) fn baseline(&self, limit: Duration) -> Result<Outcome, String> {
        self.outcome(&["baseline"], limit)
    }

    /// Does `workload` once, in a process of its own.
    pub(crate) fn run(
        &self,
        workload: &str,
        threads: usize,
        scale: f64,
        limit: Duration,
    ) -> Result<Outcome, String> {
        self.outcome(&["run", workload, &threads.to_string(), &scale.to_string()], limit)
    }

    fn outcome(&self, arguments: &[&str], limit: Duration) -> Result<Outcome, String> {
        let text = self.ask(arguments, limit)?;
        let outcome: Outcome =
            serde_json::from_str(&text).map_err(|_| format!("said what it should not: {text}"))?;
        if outcome.allocator == self.allocator.worker_name() {
            Ok(outcome)
        } else {
            Err(format!("was built with {} instead", outcome.allocator))
        }
    }

    /// What it prints; or in a few words how it failed. Nothing of the caller's environment reaches
    /// it: a variable that tunes an allocator would.
    fn ask(&self, arguments: &[&str], limit: Duration) -> Result<String, String> {
        let mut child = Command::new(&self.program)
            .args(arguments)
            .env_clear()
            .envs(self.allocator.environment.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| format!("did not start: {error}"))?;
        let said = [reader(child.stdout.take()), reader(child.stderr.take())];
        let status = child.wait_timeout(limit);
        if !matches!(status, Ok(Some(_))) {
            // It may have ended in this moment; then there is nothing to kill.
            let _ = child.kill();
            let _ = child.wait();
        }
        let [out, errors] = said.map(|reader| reader.join().unwrap_or_default());
        let status = status
            .map_err(|error| format!("was lost: {error}"))?
            .ok_or_else(|| format!("hung: not done after {} s", limit.as_secs()))?;
        if status.success() {
            return Ok(out);
        }
        // A panic's last lines tell of backtraces.
        let is_told = |line: &&str| !line.trim().is_empty() && !line.starts_with("note: ");
        let last = errors.lines().rfind(is_told).unwrap_or("it said nothing");
        let how = match (status.signal(), status.code()) {
            (Some(signal), _) => format!("died of signal {signal}"),
            (None, Some(code)) => format!("ended with status {code}"),
            (None, None) => "ended".into(),
        };
        Err(format!("{how}: {last}"))
    }
}

/// Reads all that a child says, so that it never waits for a reader.
fn reader(pipe: Option<impl Read + Send + 'static>) -> JoinHandle<String> {
    thread::spawn(move || {
        let mut said = Vec::new();
        // What was said before the pipe broke is kept.
        let _ = pipe.map(|mut pipe| pipe.read_to_end(&mut said));
        String::from_utf8_lossy(&said).into_owned()
    })
}
