//! The threads: one walks, workers read and cut files into words, mergers build the index.
//!
//! ```text
//! walk ──jobs──▶ worker 0..N ──batches──▶ merger 0..M ──shards──▶ index
//!                     └───────outcomes of files──────────────────────┘
//! ```
//!
//! All channels are bounded, so that a slow reader holds back what is before it. A stage ends when
//! the channel before it is closed; a stage that dies closes the one behind it.

use crate::{
    count::{CHUNK_BYTES, FileWords},
    index::{Batch, FileNumber, Index, Outcome, Shard},
    walk::{self, Root},
};
use crossbeam_channel::{Receiver, SendError, Sender, bounded};
use hashbrown::DefaultHashBuilder;
use indicatif::ProgressBar;
use std::{
    hash::BuildHasher,
    io, mem,
    panic::resume_unwind,
    path::PathBuf,
    thread::{self, Scope, ScopedJoinHandle},
};

/// Files that wait for a worker.
const JOBS: usize = 256;

/// Batches that wait for one merger.
const BATCHES: usize = 64;

/// Words in a batch at most. With `BATCHES` it bounds what the channels hold.
const BATCH_WORDS: usize = 1024;

/// A file to read.
#[derive(Debug)]
struct Job {
    file: FileNumber,
    path: PathBuf,
}

/// Indexes the files of `roots` with that many `workers`, at least one, and half as many mergers.
///
/// An error means that the system refused a thread. Files that cannot be read are in the index.
pub(crate) fn build(roots: &[Root], workers: usize, bar: &ProgressBar) -> io::Result<Index> {
    thread::scope(|scope| {
        // On an early return all ends of the channels that are held here go, and so do the threads.
        let (job_sender, jobs) = bounded(JOBS);
        let (router, batches) = Router::new(workers.div_ceil(2));
        let mergers = batches
            .into_iter()
            .map(|batches| start(scope, "merger", move || Shard::merge(batches)))
            .collect::<io::Result<Vec<_>>>()?;
        let workers = (0..workers)
            .map(|_| {
                let (jobs, router, bar) = (jobs.clone(), router.clone(), bar.clone());
                start(scope, "worker", move || work(&jobs, router, &bar))
            })
            .collect::<io::Result<Vec<_>>>()?;
        // From here on the workers alone hold these, so that their end is the end of the stage.
        drop((jobs, router));

        let mut outcomes = hand_out(roots, job_sender, bar);
        outcomes.extend(workers.into_iter().flat_map(join));
        Ok(Index::new(outcomes, mergers.into_iter().map(join).collect()))
    })
}

/// Starts a thread that has a name in a debugger.
fn start<'scope, T: Send + 'scope>(
    scope: &'scope Scope<'scope, '_>,
    name: &str,
    body: impl FnOnce() -> T + Send + 'scope,
) -> io::Result<ScopedJoinHandle<'scope, T>> {
    thread::Builder::new().name(name.into()).spawn_scoped(scope, body)
}

/// The result of a thread; its panic goes on here.
fn join<T>(thread: ScopedJoinHandle<'_, T>) -> T {
    thread.join().unwrap_or_else(|panic| resume_unwind(panic))
}

/// Walks `roots` and sends every file to the workers; what the walk fails on is returned.
fn hand_out(roots: &[Root], jobs: Sender<Job>, bar: &ProgressBar) -> Vec<Outcome> {
    let mut failures = Vec::new();
    for (file, (path, found)) in walk::walk(roots).enumerate() {
        match found {
            Ok(()) => {
                bar.inc_length(1);
                if jobs.send(Job { file, path }).is_err() {
                    break; // Every worker panicked, which `join` reports.
                }
            }
            Err(error) => failures.push(Outcome { file, path, read: Err(error) }),
        }
    }
    failures
}

/// Reads files until there are none left; returns what became of each.
fn work(jobs: &Receiver<Job>, router: Router, bar: &ProgressBar) -> Vec<Outcome> {
    let mut outcomes = Vec::new();
    let mut chunk = vec![0; CHUNK_BYTES];
    for Job { file, path } in jobs {
        let read = match FileWords::read(&path, &mut chunk) {
            Ok(words) => {
                let bytes = words.bytes;
                if router.send(file, words).is_err() {
                    break; // A merger panicked, which `join` reports.
                }
                Ok(bytes)
            }
            Err(error) => Err(error),
        };
        outcomes.push(Outcome { file, path, read });
        bar.inc(1);
    }
    outcomes
}

/// The way to the mergers: every word has one merger that it always goes to.
#[derive(Clone, Debug)]
struct Router {
    /// The same in every clone. Mergers hash with keys of their own: in a table that hashed with
    /// these, all words of a shard would crowd in the same places.
    hasher: DefaultHashBuilder,
    mergers: Vec<Sender<Batch>>,
}

impl Router {
    /// A router to that many mergers, and the end of the channel of each.
    fn new(mergers: usize) -> (Self, Vec<Receiver<Batch>>) {
        let (mergers, batches) = (0..mergers).map(|_| bounded(BATCHES)).unzip();
        (Self { hasher: DefaultHashBuilder::default(), mergers }, batches)
    }

    /// Sends the words of `file` to their mergers.
    fn send(&self, file: FileNumber, words: FileWords) -> Result<(), SendError<Batch>> {
        let mut pending: Vec<Vec<_>> = self.mergers.iter().map(|_| Vec::new()).collect();
        for (word, count) in words.counts {
            let merger = self.merger_of(&word);
            pending[merger].push((word, count));
            if pending[merger].len() == BATCH_WORDS {
                self.mergers[merger]
                    .send(Batch { file, words: mem::take(&mut pending[merger]) })?;
            }
        }
        for (merger, words) in self.mergers.iter().zip(pending) {
            if !words.is_empty() {
                merger.send(Batch { file, words })?;
            }
        }
        Ok(())
    }

    /// The merger that `word` goes to, less than their number.
    fn merger_of(&self, word: &[u8]) -> usize {
        // Splitting 0..2^64 evenly takes the high bits, which every hash of this kind mixes best.
        let share = u128::from(self.hasher.hash_one(word)) * (self.mergers.len() as u128);
        usize::try_from(share >> 64).unwrap_or_default()
    }
}
