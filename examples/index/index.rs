//! The inverted index: for every word the files it occurs in, and how often.

use hashbrown::HashMap;
use std::{
    cmp::Reverse,
    io,
    path::{Path, PathBuf},
};

/// The number of a file: its place in the order of the walk.
pub(crate) type FileNumber = usize;

/// That a word occurs in a file.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Posting {
    pub(crate) file: FileNumber,
    /// Occurrences, at least one.
    pub(crate) count: u64,
}

/// Some of the words of one file, on their way to a shard. Each word of a file is sent once.
#[derive(Debug)]
pub(crate) struct Batch {
    pub(crate) file: FileNumber,
    pub(crate) words: Vec<(Vec<u8>, u64)>,
}

/// The part of the index that one merger builds: the words of one residue of the hash.
#[derive(Debug, Default)]
pub(crate) struct Shard {
    postings: HashMap<Vec<u8>, Vec<Posting>>,
}

impl Shard {
    /// Merges every batch of `batches`; postings end up in the order of the walk.
    pub(crate) fn merge(batches: impl IntoIterator<Item = Batch>) -> Self {
        let mut shard = Self::default();
        for Batch { file, words } in batches {
            for (word, count) in words {
                shard.postings.entry(word).or_default().push(Posting { file, count });
            }
        }
        // Workers finish in any order; the index does not show it.
        for list in shard.postings.values_mut() {
            list.sort_unstable_by_key(|posting| posting.file);
        }
        shard
    }
}

/// What became of one file of the walk.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) file: FileNumber,
    pub(crate) path: PathBuf,
    /// Bytes read.
    pub(crate) read: io::Result<u64>,
}

/// The finished index.
#[derive(Debug)]
pub(crate) struct Index {
    /// By file number; every number of the walk is there.
    files: Vec<Outcome>,
    shards: Vec<Shard>,
}

/// A word with everything that the index knows of it.
#[derive(Debug)]
pub(crate) struct Entry<'a> {
    pub(crate) word: &'a [u8],
    /// Occurrences in all files.
    pub(crate) count: u64,
    /// In the order of the walk, at least one.
    pub(crate) postings: &'a [Posting],
}

impl Index {
    /// `files`, in any order, holds one outcome for every number below its length.
    pub(crate) fn new(mut files: Vec<Outcome>, shards: Vec<Shard>) -> Self {
        files.sort_unstable_by_key(|outcome| outcome.file);
        debug_assert!(
            files.iter().enumerate().all(|(number, outcome)| number == outcome.file),
            "a file was lost or handled twice"
        );
        Self { files, shards }
    }

    /// The sizes of the files that were read.
    pub(crate) fn sizes(&self) -> impl Iterator<Item = u64> {
        self.files.iter().filter_map(|outcome| outcome.read.as_ref().ok().copied())
    }

    /// What could not be read and why, in the order of the walk.
    pub(crate) fn failures(&self) -> impl Iterator<Item = (&Path, &io::Error)> {
        self.files.iter().filter_map(|outcome| Some((&*outcome.path, outcome.read.as_ref().err()?)))
    }

    /// The path of the file of a posting.
    pub(crate) fn path(&self, file: FileNumber) -> &Path {
        &self.files[file].path
    }

    /// Every word once, in no particular order.
    pub(crate) fn entries(&self) -> impl Iterator<Item = Entry<'_>> {
        self.shards.iter().flat_map(|shard| &shard.postings).map(|(word, postings)| Entry {
            word,
            count: postings.iter().map(|posting| posting.count).sum(),
            postings,
        })
    }

    /// The `limit` most frequent words: by count, highest first, then by word.
    pub(crate) fn top(&self, limit: usize) -> Vec<Entry<'_>> {
        let mut top: Vec<Entry<'_>> = Vec::with_capacity(limit + 1);
        for entry in self.entries() {
            let place = top.partition_point(|kept| kept.rank() < entry.rank());
            if place < limit {
                top.insert(place, entry);
                top.truncate(limit);
            }
        }
        top
    }
}

impl Entry<'_> {
    /// Orders entries by count, highest first, then by word.
    fn rank(&self) -> (Reverse<u64>, &[u8]) {
        (Reverse(self.count), self.word)
    }
}
