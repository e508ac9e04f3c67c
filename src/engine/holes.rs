//! Free pages inside of slabs: what scattered survivors leave when most of a slab is free.
//!
//! A slab with free blocks that nobody leases is claimed, its list rebuilt so that it lies on few
//! pages, the others are decommitted, and the slab is let go again, to be found as before. That
//! pays where the blocks are not about to be taken again: so a slab has to be the same at two looks
//! in turn, by its word. The word is noted in the segment's header.

use crate::{
    config::HOLE_PAGES_MIN,
    engine::{arena, home::Segments, moves, os, segment::Segment},
    protocol::{bits, slab::Slab},
    size_class::SizeClass,
    sync::Ordering,
};
use core::ptr::NonNull;

/// Added to the word of a partial slab: there is nothing to gain. No such slab has that word.
const SWEPT: u64 = 1 << 62;

/// Decommits free pages in the slabs that others gave back to: the scavenger in those that are as they were
/// at the last call, `collect` in all. Returns how many slabs will be due at the next call.
pub(crate) fn purge(all: bool) -> usize {
    let mut waiting = 0;
    for arena in arena::all() {
        arena.each_partial(|class, segment, slabs| {
            // The first slice is the segment's header.
            for at in bits::each(slabs & !1).map(|at| at as usize) {
                if let Some(slab) = segment.slab(at) {
                    waiting += usize::from(look_at(all, class, segment, at, slab));
                }
            }
        });
    }
    waiting
}

/// True if the slab will be due at the next call.
fn look_at(
    all: bool,
    class: SizeClass,
    segment: &'static Segment,
    at: usize,
    slab: &'static Slab,
) -> bool {
    let (Some(word), Some(looked)) = (slab.partial_word(), segment.looked(at)) else {
        return false;
    };
    // Relaxed throughout: a note that only says whether it is worth while to go on.
    let noted = looked.load(Ordering::Relaxed);
    if noted == word | SWEPT {
        return false;
    }
    if !all && noted != word {
        looked.store(word, Ordering::Relaxed);
        return true;
    }
    let free_bytes = slab.census().free * class.block_bytes();
    if free_bytes < HOLE_PAGES_MIN as usize * os::page_bytes() {
        looked.store(word | SWEPT, Ordering::Relaxed);
        return false;
    }
    let sweep = || sweep(class, segment, at, slab);
    let swept = if all { sweep() } else { moves::make(sweep) };
    // What others gave back in this moment is left until there is more.
    if swept && let Some(word) = slab.partial_word() {
        looked.store(word | SWEPT, Ordering::Relaxed);
    }
    false
}

/// Gives free pages of the slab back; false if another thread took the slab first.
fn sweep(class: SizeClass, segment: &'static Segment, at: usize, slab: &'static Slab) -> bool {
    if segment.partial(class).take(1 << at) == 0 {
        return false;
    }
    // SAFETY: C1: the token was just taken.
    let mut lease = unsafe { slab.claim() };
    if let Some(arena) = arena::of(segment) {
        arena.keep_small_pages(segment.index() as usize);
    }
    let start = segment.slice_start(at);
    lease.sweep(&Segments, os::page_bytes(), |from, bytes| {
        // SAFETY: inside of the slab.
        let start: NonNull<u8> = unsafe { start.add(from) };
        // SAFETY: pages of a slab that this thread leases, with nothing in them that is needed.
        unsafe { os::decommit(start, bytes) };
    });
    lease.detach(&Segments);
    true
}
