//! What of an arena is free, and goes back.

use super::{Arena, run_bits};
use crate::{
    config::SLICE_BYTES,
    engine::{limit, os, segment::Segment},
    protocol::bits,
    size_class::SizeClass,
    sync::Ordering,
};

impl Arena {
    /// Decommits free slices: those that stayed free since the last call, or all. Returns how many
    /// will be due at the next call; what the system did not take is not among them.
    pub(crate) fn purge(&self, all: bool) -> usize {
        let (top, mut waiting) = (self.top.load(Ordering::Relaxed) as usize, 0);
        for (index, free) in self.all_free().enumerate().take(top) {
            let (Some(touched), Some(idle)) = (self.touched(index), self.idle(index)) else {
                continue;
            };
            let warm = free.snapshot() & touched.snapshot();
            let due = if all { warm } else { warm & idle.snapshot() };
            if due != 0 {
                self.keep_small_pages(index);
            }
            // Taken like any other slices, so nobody allocates them in the meantime.
            let taken = if due == 0 { 0 } else { free.take(due) };
            // SAFETY: they are this thread's own, and free.
            let gone = unsafe { self.decommit(index, taken) };
            // Counted are those that were touched; another purge may have been quicker.
            let counted = touched.take(gone).count_ones() as usize;
            limit::uncharge(counted * SLICE_BYTES);
            free.put(taken);
            idle.take(taken);
            let fresh = free.snapshot() & touched.snapshot();
            idle.put(fresh);
            let refused = taken & !gone;
            waiting += (fresh & !refused).count_ones() as usize;
        }
        waiting
    }

    /// Gives the memory of slices back; returns those of which the system took it.
    ///
    /// # Safety
    ///
    /// The slices of the segment are the calling thread's own, and what is in them is not needed.
    pub(super) unsafe fn decommit(&self, index: usize, slices: u64) -> u64 {
        let (mut rest, mut gone) = (slices, 0);
        while rest != 0 {
            let at = rest.trailing_zeros() as usize;
            let len = (rest >> at).trailing_ones() as usize;
            let run = run_bits(at, len);
            // SAFETY: `at` is a slice of the segment.
            let start = unsafe { self.segment_start(index).add(at * SLICE_BYTES) };
            // SAFETY: the caller's promise.
            if unsafe { os::decommit(start, len * SLICE_BYTES) } {
                gone |= run;
            }
            rest &= !run;
        }
        gone
    }

    /// Slices that are free and may be backed by memory.
    pub(crate) fn free_slices(&self) -> usize {
        let top = self.top.load(Ordering::Relaxed) as usize;
        let both = self.all_free().zip(self.all_touched()).take(top);
        both.map(|(free, touched)| (free.snapshot() & touched.snapshot()).count_ones() as usize)
            .sum()
    }

    /// Slices of the slabs that have a token.
    pub(crate) fn partial_slices(&self) -> usize {
        let mut slices = 0;
        self.each_partial(|class, _, slabs| slices += slabs.count_ones() as usize * class.slices());
        slices
    }

    /// Calls `f` with each segment that has tokens of a class, and with these, as bits.
    pub(crate) fn each_partial(&self, mut f: impl FnMut(SizeClass, &'static Segment, u64)) {
        // Relaxed: segments that come meanwhile are for the next call.
        let words = (self.top.load(Ordering::Relaxed) as usize).div_ceil(64);
        for (class, summary) in SizeClass::all().zip(&self.summary) {
            for (word, summary) in summary.iter().take(words).enumerate() {
                for leaf in bits::each(summary.snapshot()) {
                    // SAFETY: only segments in use are entered in a summary.
                    let segment = unsafe { self.segment(word * 64 + leaf as usize) };
                    f(class, segment, segment.partial(class).snapshot());
                }
            }
        }
    }
}
