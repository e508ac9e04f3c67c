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
        heap::Heap,
        home::Segments,
        large, moves, registry,
        segment::{Segment, Slice},
        watch::WATCH,
    },
    size_class::SizeClass,
};

/// Takes over all that the parent's threads left.
///
/// * `own`: the heap of the thread that is left, or the one of nobody.
///
/// # Safety
///
/// This is the child of a fork, which has one thread, before anything is allocated in it.
pub(crate) unsafe fn recover(own: &'static Heap) {
    arena::recover_list();
    for arena in arena::all() {
        arena.recover_segments();
        for segment in arena.segments() {
            for at in 1..SLICES {
                if segment.slice(at) == Slice::Slab(at) {
                    recover_slab(own, segment, at);
                }
            }
            forget_pieces(segment);
            arena.recover_slices(segment);
        }
    }
    large::recount();
    WATCH.recover();
    moves::recover();
    registry::recover(own);
}

/// Slices whose slab or run does not begin where they say: the thread that noted them, or took
/// the note back, vanished half way. They are free.
fn forget_pieces(segment: &Segment) {
    for slice in 1..SLICES {
        if let use_ @ (Slice::Slab(first) | Slice::Run(first)) = segment.slice(slice)
            && segment.slice(first) != use_
        {
            segment.note(Slice::Unused, slice, 1);
        }
    }
}

fn recover_slab(own: &Heap, segment: &'static Segment, at: usize) {
    let Some(slab) = segment.slab(at) else { return };
    let leased = !own.is_nobody() && own.leases(slab) || registry::is_kept_warm(slab);
    // SAFETY: the child of a fork has one thread, which is here; the slab is noted, so it was
    // opened before.
    if !unsafe { slab.recover(&Segments, leased) } {
        let slices = SizeClass::from_index(slab.shape().class.into()).map_or(1, SizeClass::slices);
        segment.note(Slice::Unused, at, slices);
    }
}
