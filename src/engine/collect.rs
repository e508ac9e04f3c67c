//! `PoolAlloc::collect()`: everybody gives back what it can spare.

use crate::{
    engine::{heap::Heap, purge},
    sync::{AtomicU32, Ordering},
};

static EPOCH: AtomicU32 = AtomicU32::new(0);

/// How often `collect` was called; heaps compare it with what they followed last.
pub(crate) fn epoch() -> u32 {
    // Relaxed: a heap that sees it late follows at its next slow path.
    EPOCH.load(Ordering::Relaxed)
}

/// Flushes `heap`, asks the others to do so at their next slow path, and purges.
pub(crate) fn run(heap: &Heap) {
    EPOCH.fetch_add(1, Ordering::Relaxed);
    if !heap.is_nobody() {
        heap.follow_collect();
    }
    purge::now();
}
