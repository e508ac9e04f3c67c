//! Which segments get huge pages.
//!
//! A huge page, 2 MiB, spares 511 page faults and most misses of the TLB; but what the program does
//! not use of it takes memory all the same. So a segment gets huge pages only where the heap is
//! large, and dense: where the program does use nearly all of the segments that came before. Some of
//! these keep small pages, so that there is something to look at.
//!
//! Where memory goes back, the segment has small pages from then on: the system fills up what is
//! missing of huge ones where they are wanted.

use super::{Arena, run_bits};
use crate::{
    config::{HUGE_DENSE_PERCENT, HUGE_FROM, HUGE_SAMPLE, SEGMENT_BYTES, SLICE_BYTES, SLICES},
    engine::{
        limit,
        os::{self, Pages},
        segment::Segment,
        watch,
    },
    options::HugePages,
};

/// New segments look at so many old ones.
const SAMPLES: usize = 2;

impl Arena {
    /// Sets the kind of pages for `len` segments from `index` on, which were opened and are not in use yet.
    pub(super) fn choose_pages(&self, index: usize, len: usize) {
        let wanted = match watch::options().huge_pages() {
            HugePages::Never => false,
            HugePages::Dense => !keeps_small_pages(index) && self.follows_dense_ones(index),
            HugePages::Always => true,
        };
        // What is counted against a limit are slices in use, and a huge page may be more.
        if wanted && !limit::is_set() {
            if let Some(huge) = self.huge.get(index / 64) {
                huge.put(run_bits(index % 64, len));
            }
            os::advise(self.segment_start(index), len * SEGMENT_BYTES, Pages::Huge);
        }
    }

    /// Before memory of a segment goes back: from now on it has small pages. If it had huge ones, what
    /// was never used of it took memory too, and goes back.
    pub(crate) fn keep_small_pages(&self, index: usize) {
        let bit = self.huge.get(index / 64).map_or(0, |huge| huge.take(1 << (index % 64)));
        if bit != 0 {
            let start = self.segment_start(index);
            os::advise(start, SEGMENT_BYTES, Pages::Small);
            let used = size_of::<Segment>().next_multiple_of(os::page_bytes());
            // SAFETY: within slice 0, of which the header is all that is used.
            let rest = unsafe { start.add(used) };
            // SAFETY: as above.
            unsafe { os::decommit(rest, SLICE_BYTES - used) };
            self.decommit_untouched(index);
        }
    }

    /// Decommits the free slices of a segment that were never used since they were decommitted. They
    /// are not counted as committed.
    fn decommit_untouched(&self, index: usize) {
        let (Some(free), Some(touched)) = (self.free(index), self.touched(index)) else {
            return;
        };
        // Taken like any other slices, so nobody allocates them in the meantime. One that was used and
        // freed since the look stays touched: it is zero now, and goes back again later.
        let taken = free.take(free.snapshot() & !touched.snapshot());
        // SAFETY: they are this thread's own, and free.
        unsafe { self.decommit(index, taken) };
        free.put(taken);
    }

    /// True if the program uses nearly all of the youngest segments before `index` that have small
    /// pages, and whose slices are mostly taken: others were committed a moment ago.
    fn follows_dense_ones(&self, index: usize) -> bool {
        let is_settled = |segment: &usize| {
            let free = self.free(*segment).map_or(0, |free| free.snapshot().count_ones());
            free as usize <= SLICES / 4
        };
        let samples = (0..index).rev().filter(|&segment| keeps_small_pages(segment));
        let mut settled = samples.filter(is_settled).take(SAMPLES);
        let is_dense = |segment| {
            let pages = os::resident_pages(self.segment_start(segment));
            pages * os::page_bytes() * 100 >= SEGMENT_BYTES * HUGE_DENSE_PERCENT
        };
        (0..SAMPLES).all(|_| settled.next().is_some_and(is_dense))
    }
}

/// True for the first segments of an arena, and for one in so many later ones.
fn keeps_small_pages(index: usize) -> bool {
    index < HUGE_FROM || index.is_multiple_of(HUGE_SAMPLE)
}
