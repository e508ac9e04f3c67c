//! What a worker tells `versus`: both compile this file.

use serde::{Deserialize, Serialize};

/// What one workload took.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Outcome {
    /// The allocator that the worker was built with.
    pub(crate) allocator: String,
    /// Time between the marks, in seconds.
    pub(crate) wall_s: f64,
    /// Processor time of all threads in that time.
    pub(crate) user_s: f64,
    /// The kernel's part of it.
    pub(crate) sys_s: f64,
    /// Pages that the kernel supplied in that time.
    pub(crate) minor_faults: u64,
    /// Most that was ever resident, from the process's first moment to its last.
    pub(crate) peak_rss_bytes: u64,
    /// What was resident when nobody had allocated for 2 s, where the workload stops for that.
    pub(crate) idle_rss_bytes: Option<u64>,
    /// The checksum, in hexadecimal.
    pub(crate) check: String,
}

/// A workload that the worker has.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Listed {
    pub(crate) name: String,
    pub(crate) group: String,
    pub(crate) about: String,
    /// Planted to fail: run only where it is named.
    pub(crate) planted: bool,
}
