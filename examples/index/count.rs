//! The words of one file and how often each occurs.

use hashbrown::HashMap;
use std::{
    fs::File,
    io::{self, Read},
    path::Path,
};

/// Bytes read at a time: a file of any size is read through a buffer of this size.
pub(crate) const CHUNK_BYTES: usize = 256 << 10;

/// What a file holds.
#[derive(Debug, Default)]
pub(crate) struct FileWords {
    /// Bytes read.
    pub(crate) bytes: u64,
    /// Occurrences by word.
    pub(crate) counts: HashMap<Vec<u8>, u64>,
    /// The word that the last chunk ends with, which the next one may continue.
    open: Vec<u8>,
}

impl FileWords {
    /// Reads the file at `path` through `chunk`, whose contents do not matter.
    ///
    /// A file counts as a whole: one that fails in the middle leaves nothing behind.
    pub(crate) fn read(path: &Path, chunk: &mut [u8]) -> io::Result<Self> {
        let mut file = File::open(path)?;
        let mut words = Self::default();
        loop {
            match file.read(chunk) {
                Ok(0) => break,
                Ok(length) => words.feed(&mut chunk[..length]),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        words.close();
        Ok(words)
    }

    /// Counts the words of `chunk` that are known to be whole; keeps the one at its end open.
    fn feed(&mut self, chunk: &mut [u8]) {
        self.bytes += chunk.len() as u64;
        chunk.make_ascii_lowercase();
        let mut rest = &*chunk;
        if !self.open.is_empty() {
            let end = rest.iter().position(|&byte| !is_word_byte(byte)).unwrap_or(rest.len());
            self.open.extend_from_slice(&rest[..end]);
            rest = &rest[end..];
            if rest.is_empty() {
                return;
            }
            self.close();
        }
        let whole = rest.iter().rposition(|&byte| !is_word_byte(byte)).map_or(0, |last| last + 1);
        for word in rest[..whole].split(|&byte| !is_word_byte(byte)) {
            count(&mut self.counts, word);
        }
        self.open.extend_from_slice(&rest[whole..]);
    }

    /// Counts the open word, if there is one: nothing continues it.
    fn close(&mut self) {
        count(&mut self.counts, &self.open);
        self.open.clear();
    }
}

/// Adds an occurrence of `word`; the emptiness between two separators is no word.
fn count(counts: &mut HashMap<Vec<u8>, u64>, word: &[u8]) {
    if !word.is_empty() {
        *counts.entry_ref(word).or_default() += 1;
    }
}

/// ASCII letters, digits and `_`: what words are made of.
fn is_word_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}
