//! Resident memory of this process, and when a series of it is *flat*.

use std::fs::File;
use std::io::Read;

/// Resident bytes of this process, from `/proc/self/smaps_rollup`. Allocates nothing.
pub(crate) fn rss_bytes() -> usize {
    let mut text = [0; 4096];
    let mut file = File::open("/proc/self/smaps_rollup").expect("smaps_rollup opens");
    let length = file.read(&mut text).expect("smaps_rollup reads");
    parse(&text[..length], "Rss:").expect("smaps_rollup has a line `Rss: <number> kB`")
}

/// Most bytes of this process that were ever resident at a time, from `/proc/self/status`. Allocates
/// nothing.
pub(crate) fn peak_rss_bytes() -> usize {
    let mut text = [0; 4096];
    let mut file = File::open("/proc/self/status").expect("status opens");
    let length = file.read(&mut text).expect("status reads");
    parse(&text[..length], "VmHWM:").expect("status has a line `VmHWM: <number> kB`")
}

/// The bytes that the line of this name states.
fn parse(text: &[u8], name: &str) -> Option<usize> {
    let text = std::str::from_utf8(text).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    let kibibytes: usize = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes * 1024)
}

/// Resident memory over time.
pub(crate) struct RssLog {
    samples: Vec<usize>,
}

impl RssLog {
    /// An empty log; the memory for `samples` samples is taken now, so that the log itself does not
    /// grow.
    pub(crate) fn with_capacity(samples: usize) -> Self {
        let mut log = Self { samples: vec![0; samples] };
        log.samples.clear();
        log
    }

    /// Adds what is resident now.
    pub(crate) fn sample(&mut self) {
        self.push(rss_bytes());
    }

    /// Adds `bytes`.
    pub(crate) fn push(&mut self, bytes: usize) {
        self.samples.push(bytes);
    }

    /// Compares the end of the series with its start. The first tenth is warm-up and left out.
    pub(crate) fn verdict(&self) -> Verdict {
        let warm = &self.samples[self.samples.len() / 10..];
        assert!(
            warm.len() >= 9,
            "{} samples do not make three thirds with a median each",
            warm.len()
        );
        let third = warm.len() / 3;
        let first = median(&warm[..third]);
        let last = median(&warm[warm.len() - third..]);
        Verdict { first, last, limit: first + (first * 3 / 100).max(2 << 20) }
    }
}

/// The medians of the first and of the last third, in bytes, and the most that the last may be.
pub(crate) struct Verdict {
    pub(crate) first: usize,
    pub(crate) last: usize,
    pub(crate) limit: usize,
}

impl Verdict {
    /// *Flat*: the last third's median is at most the first third's + max(3 %, 2 MiB).
    pub(crate) fn is_flat(&self) -> bool {
        self.last <= self.limit
    }
}

impl std::fmt::Display for Verdict {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { first, last, limit } = self;
        let word = if self.is_flat() { "flat" } else { "not flat" };
        let kib = |bytes: &usize| bytes / 1024;
        write!(
            f,
            "{word}: first third {} KiB, last third {} KiB, limit {} KiB",
            kib(first),
            kib(last),
            kib(limit)
        )
    }
}

fn median(samples: &[usize]) -> usize {
    let mut sorted = samples.to_vec();
    sorted.sort_unstable();
    sorted[sorted.len() / 2]
}
