//! The workloads, each written once over `&impl GlobalAlloc`, and the allocators that they compare.
//!
//! Bottom to top: [`request`] calls the allocator, [`ring`] hands blocks to another thread,
//! [`local`], [`growth`], [`zeroed`] and [`remote`] are the workloads, [`rows`] names them,
//! [`subject`] opens a row for one of the allocators.

mod core;
mod growth;
mod local;
mod remote;
mod request;
mod ring;
pub(crate) mod rows;
pub(crate) mod subject;
mod team;
mod zeroed;

use std::time::Duration;

/// One workload on one allocator, ready to run: live blocks and threads last from run to run.
pub(crate) trait Session {
    /// Does the row's operation `ops` times and returns the time that took.
    ///
    /// # Panics
    ///
    /// If a block did not hold what was written to it.
    fn run(&mut self, ops: usize) -> Duration;
}

/// Every workload ends with this check of what it read back.
fn assert_words_kept(wrong: usize) {
    assert_eq!(wrong, 0, "a block lost the word that was written to it");
}
