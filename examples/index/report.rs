//! What is printed: a table for people or one JSON object for programs.

use crate::index::{Entry, Index};
use poolalloc::PoolAlloc;
use serde::Serialize;
use std::{
    fs,
    io::{self, Write},
    path::Path,
    time::Duration,
};

/// Words in the list of the most frequent ones.
const TOP: usize = 10;

/// The figures of a run. The fields of [`Figures`] are those of the JSON object, in this order.
#[derive(Debug)]
pub(crate) struct Report<'a> {
    index: &'a Index,
    top: Vec<Entry<'a>>,
    figures: Figures,
}

/// The JSON object.
#[derive(Debug, Serialize)]
struct Figures {
    /// Files read.
    files: usize,
    /// Bytes in them.
    bytes: u64,
    /// Occurrences of words.
    words: u64,
    /// Different words.
    distinct: usize,
    /// The most frequent words with their counts: by count, highest first, then by word.
    top: Vec<(String, u64)>,
    /// Files and folders that could not be read.
    errors: usize,
    /// From the first file to the finished index.
    seconds: f64,
    /// The most physical memory that the process held; `null` where the system does not tell.
    peak_rss_bytes: Option<u64>,
}

impl<'a> Report<'a> {
    /// `elapsed` is the time that the index took.
    pub(crate) fn new(index: &'a Index, elapsed: Duration) -> Self {
        let top = index.top(TOP);
        let figures = Figures {
            files: index.sizes().count(),
            bytes: index.sizes().sum(),
            words: index.entries().map(|entry| entry.count).sum(),
            distinct: index.entries().count(),
            top: top.iter().map(|entry| (text(entry.word), entry.count)).collect(),
            errors: index.failures().count(),
            seconds: elapsed.as_secs_f64(),
            peak_rss_bytes: peak_rss_bytes(),
        };
        Self { index, top, figures }
    }

    /// True if every file was read.
    pub(crate) fn is_complete(&self) -> bool {
        self.figures.errors == 0
    }

    /// Writes the JSON object or the table with the allocator's own figures to `out`.
    pub(crate) fn print(&self, out: impl Write, json: bool) -> io::Result<()> {
        let mut out = io::BufWriter::new(out);
        if json {
            serde_json::to_writer(&mut out, &self.figures)?;
            writeln!(out)?;
        } else {
            self.print_table(&mut out)?;
        }
        out.flush()
    }

    fn print_table(&self, out: &mut impl Write) -> io::Result<()> {
        let Figures { files, bytes, words, distinct, errors, seconds, peak_rss_bytes, top: _ } =
            &self.figures;
        writeln!(out, "files     {files:>14}")?;
        writeln!(out, "bytes     {bytes:>14}")?;
        writeln!(out, "words     {words:>14}")?;
        writeln!(out, "distinct  {distinct:>14}")?;
        writeln!(out, "errors    {errors:>14}")?;
        writeln!(out, "elapsed   {seconds:>14.3} s")?;
        match peak_rss_bytes {
            Some(bytes) => writeln!(out, "peak RSS  {bytes:>14} bytes")?,
            None => writeln!(out, "peak RSS  {:>14}", "unknown")?,
        }

        writeln!(out, "\n     count  in files  word (most often in)")?;
        for Entry { word, count, postings } in &self.top {
            // Of files that are level the first of the walk, which `max_by_key` looks at last.
            let Some(most) = postings.iter().rev().max_by_key(|posting| posting.count) else {
                continue;
            };
            let path = one_line(self.index.path(most.file));
            writeln!(out, "{count:>10}{:>10}  {} ({path})", postings.len(), text(word))?;
        }

        writeln!(out, "\nPoolAlloc::stats(), the index still in memory:")?;
        write!(out, "{}", PoolAlloc::stats())
    }
}

/// A word as text: it is ASCII.
fn text(word: &[u8]) -> String {
    String::from_utf8_lossy(word).into_owned()
}

/// `path` on one line: control characters are escaped, bytes that are not UTF-8 replaced.
pub(crate) fn one_line(path: &Path) -> String {
    let mut line = String::new();
    for character in path.to_string_lossy().chars() {
        if character.is_control() {
            line.extend(character.escape_default());
        } else {
            line.push(character);
        }
    }
    line
}

/// The high-water mark of physical memory, as Linux counts it.
fn peak_rss_bytes() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let mark = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    mark.trim().strip_suffix("kB")?.trim().parse::<u64>().ok().map(|kib| kib * 1024)
}
