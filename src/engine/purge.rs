//! When free memory goes back to the system.
//!
//! First version: on slow paths, at most every [`PURGE_INTERVAL_MS`]. Slices that were free all
//! the time between two purges are decommitted, cached mappings likewise; so a program that is
//! busy keeps what it is about to use again, and memory goes back after one to two intervals.

use crate::{
    config::PURGE_INTERVAL_MS,
    engine::{arena, large, os},
    sync::{AtomicU64, Ordering},
};

/// Purges if it is time to. Called on slow paths.
pub(crate) fn tick() {
    static NEXT_MS: AtomicU64 = AtomicU64::new(0);
    let now = os::now_ms();
    // Relaxed: a time. The exchange gives each purge to one thread; the sets it works on have
    // their own orderings.
    let due = NEXT_MS.load(Ordering::Relaxed);
    let (order, next) = (Ordering::Relaxed, now + PURGE_INTERVAL_MS);
    if now < due || NEXT_MS.compare_exchange(due, next, order, order).is_err() || due == 0 {
        return;
    }
    arena::all().for_each(|arena| arena.purge(false));
    large::purge(false);
}

/// Purges all that is free.
pub(crate) fn now() {
    arena::all().for_each(|arena| arena.purge(true));
    large::purge(true);
}
