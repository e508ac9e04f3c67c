//! `PoolAlloc::collect()`: everybody gives back what it can spare.

use crate::engine::{heap, heap::Heap, purge};

/// Flushes `heap`, asks the others to do so at their next slow path, and purges.
pub(crate) fn run(heap: &Heap) {
    heap::ask_to_flush();
    if !heap.is_nobody() {
        heap.follow_collect();
    }
    purge::now();
}
