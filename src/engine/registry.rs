//! All heaps: those of running threads, and those that wait for the next thread.

use crate::{
    engine::{heap::Heap, meta},
    protocol::list::List,
};

static HEAPS: List<Heap> = List::new();

/// Takes a heap that waits, or makes one. `None`: out of memory.
pub(crate) fn acquire() -> Option<&'static Heap> {
    HEAPS.take().or_else(|| {
        let heap = Heap::found(meta::alloc(size_of::<Heap>())?)?;
        HEAPS.enter(heap);
        Some(heap)
    })
}

/// Lets a heap go that holds nothing any more.
pub(crate) fn release(heap: &'static Heap) {
    HEAPS.let_go(heap);
}

/// All heaps, newest first.
pub(crate) fn all() -> impl Iterator<Item = &'static Heap> {
    HEAPS.iter()
}

/// In the child of a fork: the heaps of vanished threads, emptied, wait for the next ones.
pub(crate) fn recover(own: &Heap) {
    HEAPS.recover(own, Heap::forget);
}
