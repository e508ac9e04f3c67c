//! The file of a run: a header, then a line for each thing that was measured, or that failed.

use crate::outcome::Listed;
use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};
use std::{
    collections::HashSet,
    fs::{self, File, OpenOptions},
    io::Write,
    path::Path,
};

/// Bumped when the meaning of a field changes.
pub(crate) const FORMAT: u32 = 1;

/// Where the figures come from.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Header {
    /// [`FORMAT`].
    pub(crate) versus: u32,
    /// When the run began, UTC.
    pub(crate) started: String,
    pub(crate) command: String,
    pub(crate) commit: String,
    pub(crate) cpu: String,
    pub(crate) cores: usize,
    pub(crate) memory_bytes: u64,
    pub(crate) kernel: String,
    /// Programs that ran or wanted to, in the minute before the run.
    pub(crate) load: f64,
    /// The mode of transparent huge pages.
    pub(crate) huge_pages: String,
    pub(crate) compiler: String,
    pub(crate) profile: String,
    pub(crate) threads: usize,
    pub(crate) scale: f64,
    pub(crate) rounds: u32,
    /// Of the order.
    pub(crate) seed: u64,
    pub(crate) allocators: Vec<Column>,
    pub(crate) left_out: Vec<LeftOut>,
    pub(crate) workloads: Vec<Listed>,
}

/// An allocator that is measured.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Column {
    pub(crate) name: String,
    pub(crate) version: String,
    /// What differs from its defaults.
    pub(crate) settings: String,
}

/// An allocator that could not be built.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LeftOut {
    pub(crate) name: String,
    pub(crate) reason: String,
}

/// One workload on one allocator in one round.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Row {
    pub(crate) workload: String,
    pub(crate) group: String,
    pub(crate) allocator: String,
    pub(crate) version: String,
    pub(crate) threads: usize,
    pub(crate) scale: f64,
    /// From 1 on.
    pub(crate) round: u32,
    pub(crate) wall_s: f64,
    pub(crate) user_s: f64,
    pub(crate) sys_s: f64,
    pub(crate) minor_faults: u64,
    pub(crate) peak_rss_bytes: u64,
    /// Peak of a worker that does nothing.
    pub(crate) baseline_rss_bytes: u64,
    pub(crate) idle_rss_bytes: Option<u64>,
    pub(crate) check: String,
}

/// A worker that did not end well.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Fault {
    pub(crate) workload: String,
    pub(crate) allocator: String,
    pub(crate) round: u32,
    pub(crate) fault: String,
}

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Line {
    Header(Box<Header>),
    Row(Row),
    Fault(Fault),
}

/// A file that was read.
#[derive(Clone, Debug)]
pub(crate) struct Record {
    pub(crate) header: Header,
    pub(crate) rows: Vec<Row>,
    /// Those that no row followed.
    pub(crate) faults: Vec<Fault>,
}

impl Record {
    /// The run that `path` holds, and how many bytes of it are whole lines: the last line is left
    /// out if it was torn.
    pub(crate) fn read(path: &Path) -> Result<(Self, u64)> {
        let bytes = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
        let whole = bytes.iter().rposition(|&byte| byte == b'\n').map_or(0, |end| end + 1);
        let text = str::from_utf8(&bytes[..whole])
            .with_context(|| format!("{} is no text", path.display()))?;
        Ok((Self::parse(text).with_context(|| path.display().to_string())?, whole as u64))
    }

    fn parse(text: &str) -> Result<Self> {
        let mut lines = text.lines().enumerate().map(|(index, line)| {
            serde_json::from_str::<Line>(line)
                .with_context(|| format!("line {} is not of a run of versus", index + 1))
        });
        let Some(Line::Header(header)) = lines.next().transpose()? else {
            bail!("a run of versus begins with a header");
        };
        if header.versus != FORMAT {
            bail!("written by a version {} of the format; this is {FORMAT}", header.versus);
        }
        let mut record = Self { header: *header, rows: Vec::new(), faults: Vec::new() };
        for line in lines {
            match line? {
                Line::Header(_) => bail!("there are two headers"),
                Line::Row(row) => record.rows.push(row),
                Line::Fault(fault) => record.faults.push(fault),
            }
        }
        record.drop_repeated();
        Ok(record)
    }

    /// A run that went on has tried again what failed: the last try counts.
    fn drop_repeated(&mut self) {
        let rows = &self.rows;
        let was_measured = |fault: &Fault| {
            rows.iter().any(|row| {
                row.workload == fault.workload
                    && row.allocator == fault.allocator
                    && row.round == fault.round
            })
        };
        let mut seen = HashSet::new();
        self.faults.reverse();
        self.faults.retain(|fault| {
            !was_measured(fault)
                && seen.insert((fault.workload.clone(), fault.allocator.clone(), fault.round))
        });
        self.faults.reverse();
    }
}

impl Header {
    /// The first thing in which a run with the header `other` would differ, if any; when, by which
    /// command and in what company they were begun may differ.
    pub(crate) fn difference(&self, other: &Self) -> Option<String> {
        let fields = |header: &Self| match serde_json::to_value(header) {
            Ok(serde_json::Value::Object(fields)) => fields,
            _ => unreachable!("a header is a JSON object"),
        };
        let (ours, theirs) = (fields(self), fields(other));
        ours.iter()
            .filter(|(name, _)| !matches!(name.as_str(), "started" | "command" | "load"))
            .find(|(name, value)| theirs.get(*name) != Some(value))
            .map(|(name, value)| format!("{name} was {value}, and is {} now", theirs[name]))
    }
}

/// Appends to the file of a run, if one is wanted.
#[derive(Debug)]
pub(crate) struct Log(Option<File>);

impl Log {
    /// No file.
    pub(crate) fn nowhere() -> Self {
        Self(None)
    }

    /// A file that begins with `header`. There must be none of that name yet.
    pub(crate) fn create(path: &Path, header: &Header) -> Result<Self> {
        let file = OpenOptions::new().append(true).create_new(true).open(path);
        let file = file.with_context(|| format!("cannot make {}", path.display()))?;
        let mut log = Self(Some(file));
        log.line(&Line::Header(Box::new(header.clone())))?;
        Ok(log)
    }

    /// The file of a run that was stopped, of which `whole` bytes are whole lines.
    pub(crate) fn resume(path: &Path, whole: u64) -> Result<Self> {
        let open = || {
            let file = OpenOptions::new().append(true).open(path)?;
            file.set_len(whole)?;
            Ok::<_, std::io::Error>(file)
        };
        Ok(Self(Some(open().with_context(|| format!("cannot write {}", path.display()))?)))
    }

    pub(crate) fn row(&mut self, row: &Row) -> Result<()> {
        self.line(&Line::Row(row.clone()))
    }

    pub(crate) fn fault(&mut self, fault: &Fault) -> Result<()> {
        self.line(&Line::Fault(fault.clone()))
    }

    /// One write: a run that is killed tears no line but the last.
    fn line(&mut self, line: &Line) -> Result<()> {
        let Some(file) = &mut self.0 else { return Ok(()) };
        let mut text = serde_json::to_string(line).context("a line has a JSON form")?;
        text.push('\n');
        file.write_all(text.as_bytes()).context("cannot write the figures")
    }
}

#[cfg(test)]
mod tests;
