//! `PoolAlloc::collect()`: everybody gives back what it can spare.

use crate::engine::{heap, heap::Heap, purge, registry};

/// Flushes `heap`, asks the others to do so at their next slow path, and purges.
pub(crate) fn run(heap: &Heap) {
    flush(heap);
    // The holes first: a slab may turn out to be whole.
    purge::holes_now();
    purge::now();
}

/// As [`run`], where there is no address space: holes give none back.
pub(crate) fn for_address_space(heap: &Heap) {
    flush(heap);
    purge::now();
}

fn flush(heap: &Heap) {
    heap::ask_to_flush();
    if !heap.is_nobody() {
        heap.follow_collect();
    }
    registry::cool();
}
