//! Blocks that cross threads, and threads that come and go.
//!
//! Blocks are handed over in batches, as in the published benchmarks, and every channel is bounded:
//! what is on its way is a small part of what a row allocates.

mod cache;
mod churn;
mod exchange;
mod larson;
mod mpsc;
mod mstress;
mod oversubscribed;
mod rptest;
mod shared;
mod xmalloc;

use crate::Workload;

/// The group `threads`.
pub(crate) fn rows() -> Vec<Workload> {
    let mut rows = vec![
        larson::LARSON,
        xmalloc::XMALLOC,
        mpsc::MPSC,
        exchange::EXCHANGE,
        mstress::MSTRESS,
        rptest::RPTEST_LIKE,
    ];
    rows.extend(cache::SCRATCH);
    rows.extend(cache::THRASH);
    rows.extend([churn::THREAD_CHURN, oversubscribed::OVERSUBSCRIBED]);
    rows
}
