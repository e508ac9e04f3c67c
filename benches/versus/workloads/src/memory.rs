//! What is resident at the peak, and what is given back while nobody allocates.
//!
//! The threads of these rows are alive while they are idle: what a thread keeps to itself is
//! resident too.

mod churn;
mod fragmentation;
mod idle_threads;
mod peak;

use crate::Workload;

/// The group `memory`.
pub(crate) const ROWS: &[Workload] = &[
    peak::PEAK_THEN_IDLE,
    fragmentation::FRAGMENTATION,
    churn::LONG_CHURN,
    idle_threads::IDLE_THREADS,
];
