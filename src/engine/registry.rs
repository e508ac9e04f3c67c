//! All heaps: those of running threads, and those that wait for the next thread.
//!
//! A heap that waits is empty, or *warm*: its thread did little, and left it as it was, with magazines and
//! leases. Where threads come and go, the next one finds blocks at hand, and gives back nothing when it
//! ends. Only [`WARM_HEAPS`] are, and not for long where memory is given back: see [`cool`].

use crate::{
    config::WARM_HEAPS,
    engine::{heap::Heap, limit, meta},
    protocol::{list::List, slab::Slab},
    sync::{AtomicUsize, Ordering},
};

static HEAPS: List<Heap> = List::new();

/// How many heaps are warm, or are about to be. Relaxed: a number; what is in a heap comes with it by the
/// list (H1, H2).
static WARM: AtomicUsize = AtomicUsize::new(0);

/// Takes a heap that waits, a warm one if there is one, or makes one. `None`: out of memory.
pub(crate) fn acquire() -> Option<&'static Heap> {
    take_warm().or_else(|| take(|_| true)).or_else(|| {
        let heap = Heap::found(meta::alloc(size_of::<Heap>())?)?;
        HEAPS.enter(heap);
        Some(heap)
    })
}

fn take_warm() -> Option<&'static Heap> {
    if WARM.load(Ordering::Relaxed) == 0 { None } else { take(Heap::is_warm) }
}

fn take(is_wanted: impl Fn(&Heap) -> bool) -> Option<&'static Heap> {
    let heap = HEAPS.take(is_wanted)?;
    if heap.set_warm(false) {
        WARM.fetch_sub(1, Ordering::Relaxed);
    }
    Some(heap)
}

/// Lets a heap go that its thread needs no more: warm, or with nothing in it.
pub(crate) fn retire(heap: &'static Heap) {
    if heap.is_light() && !limit::is_set() && may_be_warm() {
        heap.settle();
        heap.set_warm(true);
        HEAPS.let_go(heap);
    } else {
        release(heap);
    }
}

/// Lets a heap go, with nothing in it.
fn release(heap: &'static Heap) {
    heap.flush();
    HEAPS.let_go(heap);
}

/// Counts one more warm heap, if there is room for it.
fn may_be_warm() -> bool {
    let more = |warm| (warm < WARM_HEAPS).then_some(warm + 1);
    WARM.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more).is_ok()
}

/// Empties the heaps that are warm.
pub(crate) fn cool() {
    // Threads that end meanwhile leave more of them, for the next time.
    for _ in 0..WARM_HEAPS {
        let Some(heap) = take_warm() else { return };
        release(heap);
    }
}

/// All heaps, newest first.
pub(crate) fn all() -> impl Iterator<Item = &'static Heap> {
    HEAPS.iter()
}

/// In the child of a fork: true if a heap leases `slab` that was warm, and in nobody's hands, and so is
/// whole: it was let go after all that was written to it.
pub(crate) fn is_kept_warm(slab: &Slab) -> bool {
    HEAPS.waiting().any(|heap| heap.is_warm() && heap.leases(slab))
}

/// In the child of a fork: the heaps of vanished threads, emptied, wait for the next ones.
pub(crate) fn recover(own: &Heap) {
    HEAPS.recover(own, Heap::forget);
    WARM.store(HEAPS.waiting().filter(|heap| heap.is_warm()).count(), Ordering::Relaxed);
}
