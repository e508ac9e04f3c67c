//! When free memory goes back to the system.
//!
//! Twice somebody looks, as far apart as memory should stay unused: what was free at the first
//! look and has been since goes back at the second. So a busy program keeps what it is about to
//! use again. The scavenger looks while there is one; else slow paths do, and leave the holes in
//! slabs alone, which take more time.

use crate::{
    config::{PURGE_MIN_BYTES, SLICE_BYTES},
    engine::{
        arena::{self, Arena},
        holes, large, limit, os, watch,
    },
    sync::{AtomicBool, AtomicU64, Ordering},
};

/// Purges if there is something that is worth it, it is time to, and nobody else does. Called on slow
/// paths.
pub(crate) fn tick() {
    static NEXT_MS: AtomicU64 = AtomicU64::new(0);
    if limit::committed_bytes() < PURGE_MIN_BYTES || watch::WATCH.is_running() {
        return;
    }
    let now = os::now_ms();
    // Relaxed: a time. The exchange gives each purge to one thread; the sets it works on have
    // their own orderings.
    let due = NEXT_MS.load(Ordering::Relaxed);
    let next = now + u64::from(watch::options().purge_after_ms());
    let order = Ordering::Relaxed;
    if now < due || NEXT_MS.compare_exchange(due, next, order, order).is_err() || due == 0 {
        return;
    }
    purge(false);
    COOLING_DUE.store(true, Ordering::Relaxed);
}

/// A slow path looked: what stands above this module is to give back, too, what is there.
static COOLING_DUE: AtomicBool = AtomicBool::new(false);

/// True once after each such look.
pub(crate) fn takes_cooling() -> bool {
    // Relaxed: a hint.
    COOLING_DUE.load(Ordering::Relaxed) && COOLING_DUE.swap(false, Ordering::Relaxed)
}

/// Purges all but holes; returns how much will be due at the next call.
fn purge(all: bool) -> usize {
    arena::all().map(|arena| arena.purge(all)).sum::<usize>() + large::purge(all)
}

/// The scavenger's look. True if something will be due at the next one.
pub(crate) fn look() -> bool {
    purge(false) + holes::purge(false) > 0
}

/// Purges all that is free, but for holes.
pub(crate) fn now() {
    purge(true);
}

/// Purges all holes.
pub(crate) fn holes_now() {
    holes::purge(true);
}

/// Bytes that are free and backed by memory: whole slices, cached mappings, and half of the slabs
/// that others gave back to.
pub(crate) fn free_bytes() -> usize {
    let (_, _, cached) = large::counts();
    let slices = |arena: &Arena| arena.free_slices() + arena.partial_slices() / 2;
    cached + arena::all().map(slices).sum::<usize>() * SLICE_BYTES
}
