//! The child of a fork: one thread, and the heaps of threads that are gone.
//!
//! Slabs are recovered from their words (see [`Slab::recover`]), free slices from what the
//! segments say of them. Lost, until the child ends, is what the vanished threads held privately:
//! free blocks in magazines, open batches and private lists, and cached runs.
//!
//! [`Slab::recover`]: crate::protocol::slab::Slab::recover

use crate::{
    config::SLICES,
    engine::{
        arena,
        home::Segments,
        registry,
        segment::{Segment, Slice},
        thread,
    },
    size_class::SizeClass,
    sync::{AtomicBool, Ordering},
};

/// Asks to be called in the child of each fork. Once per process.
pub(crate) fn register() {
    static REGISTERED: AtomicBool = AtomicBool::new(false);
    // Relaxed: the exchange gives the call to one thread.
    if !REGISTERED.swap(true, Ordering::Relaxed) {
        // SAFETY: `in_child` lives as long as the process. Without memory for the entry, the
        // child of a fork keeps the heaps of vanished threads, and is otherwise right.
        unsafe { libc::pthread_atfork(None, None, Some(in_child)) };
    }
}

unsafe extern "C" fn in_child() {
    let own = thread::heap();
    arena::recover_list();
    for arena in arena::all() {
        arena.recover_segments();
        for segment in arena.segments() {
            for at in 1..SLICES {
                if segment.slice(at) == Slice::Slab(at) {
                    recover_slab(segment, at);
                }
            }
            arena.recover_slices(segment);
        }
    }
    for heap in registry::all() {
        if !core::ptr::eq(heap, own) && heap.in_use.load(Ordering::Relaxed) {
            heap.forget();
            heap.in_use.store(false, Ordering::Relaxed);
        }
    }
    registry::recount();
}

fn recover_slab(segment: &'static Segment, at: usize) {
    let Some(slab) = segment.slab(at) else { return };
    let own = thread::heap();
    let leased = !own.is_nobody() && own.leases(slab);
    // SAFETY: the child of a fork has one thread, which is here; the slab is noted, so it was
    // opened before.
    if !unsafe { slab.recover(&Segments, leased) } {
        let slices = SizeClass::from_index(slab.shape().class.into()).map_or(1, SizeClass::slices);
        segment.note(Slice::Unused, at, slices);
    }
}
