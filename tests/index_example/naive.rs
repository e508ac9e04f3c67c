//! What the example has to find, by the plainest means: every file whole, byte by byte.

use serde_json::{Value, json};
use std::{cmp::Reverse, collections::BTreeMap, fs, path::Path};

/// The figures of some files.
#[derive(Default)]
pub(crate) struct Naive {
    files: u64,
    bytes: u64,
    counts: BTreeMap<String, u64>,
}

impl Naive {
    /// The files of the tree at `path`.
    pub(crate) fn of_tree(path: &Path) -> Self {
        let mut naive = Self::default();
        naive.add_tree(path);
        naive
    }

    /// One file that holds `bytes`.
    pub(crate) fn of_bytes(bytes: &[u8]) -> Self {
        let mut naive = Self::default();
        naive.add_file(bytes);
        naive
    }

    pub(crate) fn add_tree(&mut self, folder: &Path) {
        for entry in fs::read_dir(folder).expect("the folder can be listed") {
            let path = entry.expect("the folder can be listed").path();
            let kind = path.symlink_metadata().expect("the entry is there").file_type();
            let name = path.file_name().expect("an entry has a name");
            if kind.is_dir() && name != ".git" && name != "target" {
                self.add_tree(&path);
            } else if kind.is_file() {
                self.add_file(&fs::read(&path).expect("the file can be read"));
            }
        }
    }

    pub(crate) fn add_file(&mut self, bytes: &[u8]) {
        self.files += 1;
        self.bytes += bytes.len() as u64;
        let mut word = String::new();
        for &byte in bytes.iter().chain(b" ") {
            match byte {
                b'a'..=b'z' | b'0'..=b'9' | b'_' => word.push(char::from(byte)),
                b'A'..=b'Z' => word.push(char::from(byte + 32)),
                _ if word.is_empty() => {}
                _ => *self.counts.entry(std::mem::take(&mut word)).or_default() += 1,
            }
        }
    }

    /// The JSON object of a run without errors, but for the fields that differ between runs.
    pub(crate) fn figures(&self) -> Value {
        let mut top: Vec<(&String, u64)> =
            self.counts.iter().map(|(word, &count)| (word, count)).collect();
        top.sort_by_key(|&(word, count)| (Reverse(count), word));
        top.truncate(10);
        json!({
            "files": self.files,
            "bytes": self.bytes,
            "words": self.counts.values().sum::<u64>(),
            "distinct": self.counts.len(),
            "top": top,
            "errors": 0,
        })
    }
}
