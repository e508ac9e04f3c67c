//! What a slice says of the slab that lies in it: for frees by address.
//!
//! The word names where the slab starts and the class of its blocks. Slices that lie far apart share
//! an entry, and the one whose slab was signed last has it.
//!
//! | step | who                                    | operation                    | ordering |
//! |------|----------------------------------------|------------------------------|----------|
//! | G1   | lessee, before a block is handed out   | store `heap`                 | Relaxed  |
//! | G2   | lessee, before a block is handed out   | store `slab`                 | Relaxed  |
//! | K1   | any, holds a block of the slice        | load `slab`, once            | Relaxed  |
//! | K2   | any                                    | load `heap`                  | Relaxed  |
//! | O1   | who has all blocks, between E2 and E3  | load `slab`                  | Relaxed  |
//! | O2   | the same, if O1 read its own slab      | store 0 to `slab`            | Relaxed  |
//!
//! # Invariants
//!
//! * **Y1** Who holds a block reads (K1) the word of the block's slab, or one in which the block's
//!   address does not lie. The words of this slab are all alike. All that slabs which had these
//!   slices before wrote was taken out, or overwritten, before the slices were free (O2 before E3),
//!   so before G2, so before the block was handed out: K1 cannot read it any more. O2 of this slab
//!   comes after the block is back (P3, E2). What remains are words of slices that share the entry,
//!   whose slabs lie elsewhere.
//! * **Y2** Who leased the slab last (K2) is a hint.
//!
//! O1 and O2 are not one step: a word that is written between them is lost, and its slab is found in
//! another way. So no word is needed for anything to be right, and each is read once: where a slab
//! lies and of which class it is come from the same signature. That is why all orderings are Relaxed;
//! those of the slab's own steps do the rest.

use crate::{
    config::{GRANULE_BYTES, SLAB_SLICES_MAX, SLICE_BYTES},
    sync::{AtomicUsize, Ordering},
};

const R: Ordering = Ordering::Relaxed;

/// Granules from the start of a slab to any of its bytes are fewer.
pub(crate) const DISTANCES: usize = 1 << 16;
const _: () = assert!(SLAB_SLICES_MAX * SLICE_BYTES / GRANULE_BYTES <= DISTANCES);

/// Zeroed memory is an entry that names no slab.
#[derive(Debug)]
pub(crate) struct Entry {
    /// The tag of the slab less the address where it starts, a multiple of 64 KiB: its low 16 bits are
    /// the tag, and added to an address it makes a distance. 0: no slab.
    slab: AtomicUsize,
    /// The heap that leased it last.
    heap: AtomicUsize,
}

impl Entry {
    #[cfg(not(loom))]
    pub(crate) const fn new() -> Self {
        Self { slab: AtomicUsize::new(0), heap: AtomicUsize::new(0) }
    }

    /// The same (loom's atomics have no `const` constructor).
    #[cfg(loom)]
    pub(crate) fn new() -> Self {
        Self { slab: AtomicUsize::new(0), heap: AtomicUsize::new(0) }
    }

    /// G1, G2: enters the slab that starts at `start`.
    ///
    /// * `tag`: below 64 Ki; what [`find`](Self::find) returns.
    pub(crate) fn sign(&self, start: usize, tag: usize, heap: usize) {
        debug_assert!(tag < SLICE_BYTES && start.is_multiple_of(SLICE_BYTES), "they share a word");
        self.heap.store(heap, R);
        self.slab.store(tag.wrapping_sub(start), R);
    }

    /// K1: the tag of the slab that `address` lies in, and the granules from the slab's start to it.
    /// What does not lie in the slab of this entry, or at no granule, is [`DISTANCES`] or more away;
    /// then the tag means nothing.
    #[inline(always)]
    pub(crate) fn find(&self, address: usize) -> (usize, usize) {
        let slab = self.slab.load(R);
        let tag = slab & (SLICE_BYTES - 1);
        // What is no multiple of a granule becomes a long distance.
        let distance = address.wrapping_add(slab).wrapping_sub(tag);
        (tag, distance.rotate_right(GRANULE_BYTES.ilog2()))
    }

    /// K2: true if `heap` leased the slab last.
    #[inline(always)]
    pub(crate) fn is_of(&self, heap: usize) -> bool {
        self.heap.load(R) == heap
    }

    /// O1, O2: takes the slab out that the slice at `slice` was a part of.
    pub(crate) fn forget(&self, slice: usize) {
        // The word may be that of another slice, which had better keep it.
        if slice.wrapping_add(self.slab.load(R)) < SLAB_SLICES_MAX * SLICE_BYTES {
            self.slab.store(0, R);
        }
    }
}

#[cfg(test)]
mod tests;
