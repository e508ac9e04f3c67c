//! A heap that waits for its next thread with blocks and leases in it.

use super::Heap;
use crate::{config::WARM_BYTES, size_class::SizeClass, sync::Ordering};

impl Heap {
    /// True if there is little in the magazines.
    pub(crate) fn is_light(&self) -> bool {
        let bytes = |class: SizeClass| self.magazines.len(class) * class.block_bytes();
        SizeClass::all().map(bytes).sum::<usize>() <= WARM_BYTES
    }

    /// Gives back what others wait for, and what is large; magazines and leases stay.
    pub(crate) fn settle(&self) {
        self.follow_collect();
        self.send_batches();
        self.give_runs_back();
    }

    /// True if this heap waits, and is not empty: a hint for who does not hold it.
    pub(crate) fn is_warm(&self) -> bool {
        // Relaxed here and below: what is in the heap comes with it.
        self.counters.warm.load(Ordering::Relaxed)
    }

    /// Notes whether this heap is about to wait with something in it; returns what was noted. Its holder
    /// only.
    pub(crate) fn set_warm(&self, warm: bool) -> bool {
        let before = self.is_warm();
        self.counters.warm.store(warm, Ordering::Relaxed);
        before
    }
}
