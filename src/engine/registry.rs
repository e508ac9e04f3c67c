//! All heaps: a list that only grows. A heap whose thread ended waits there for the next one.
//!
//! | step | who             | operation                        | ordering |
//! |------|-----------------|----------------------------------|----------|
//! | H1   | starting thread | CAS `in_use`: false -> true      | Acquire  |
//! | H2   | ending thread   | store `in_use` = false           | Release  |
//! | N1   | starting thread | CAS `FIRST`: old -> new heap     | Release  |
//! | N2   | any             | load `FIRST`, follow `next`      | Acquire  |

use crate::{
    engine::{heap::Heap, meta},
    sync::{AtomicPtr, AtomicUsize, Ordering},
};
use core::ptr::NonNull;

static FIRST: AtomicPtr<Heap> = AtomicPtr::new(core::ptr::null_mut());
/// Heaps that wait: a hint that spares a starting thread the walk.
static IDLE: AtomicUsize = AtomicUsize::new(0);

/// Takes a heap that waits, or makes one. `None`: out of memory.
pub(crate) fn acquire() -> Option<&'static Heap> {
    if IDLE.load(Ordering::Relaxed) > 0 {
        for heap in all() {
            // Acquire: all that the last thread did to the heap. Pairs with: Release in
            // `release`. Failure: another thread has it, nothing is read.
            let order = (Ordering::Acquire, Ordering::Relaxed);
            if !heap.in_use.load(Ordering::Relaxed)
                && heap.in_use.compare_exchange(false, true, order.0, order.1).is_ok()
            {
                IDLE.fetch_sub(1, Ordering::Relaxed);
                return Some(heap);
            }
        }
    }
    let heap = Heap::found(meta::alloc(size_of::<Heap>())?)?;
    let mut first = FIRST.load(Ordering::Relaxed);
    loop {
        heap.next.store(first, Ordering::Relaxed);
        let new = core::ptr::from_ref(heap).cast_mut();
        // Release: publishes the heap and its `next`. Pairs with: Acquire in `all`.
        match FIRST.compare_exchange(first, new, Ordering::Release, Ordering::Relaxed) {
            Ok(_) => return Some(heap),
            Err(now) => first = now,
        }
    }
}

/// Lets a heap go that holds nothing any more.
pub(crate) fn release(heap: &'static Heap) {
    IDLE.fetch_add(1, Ordering::Relaxed);
    // Release: what this thread did to the heap. Pairs with: Acquire in `acquire`.
    heap.in_use.store(false, Ordering::Release);
}

/// All heaps, newest first.
pub(crate) fn all() -> impl Iterator<Item = &'static Heap> {
    // Acquire: the heap. Pairs with: Release in `acquire`; the later ones came before it.
    let first = FIRST.load(Ordering::Acquire);
    // SAFETY: heaps are never unmapped.
    let heap = |heap: *mut Heap| NonNull::new(heap).map(|heap| unsafe { heap.as_ref() });
    core::iter::successors(heap(first), move |one| heap(one.next.load(Ordering::Relaxed)))
}

/// In the child of a fork: how many heaps wait.
pub(crate) fn recount() {
    let idle = all().filter(|heap| !heap.in_use.load(Ordering::Relaxed)).count();
    IDLE.store(idle, Ordering::Relaxed);
}
