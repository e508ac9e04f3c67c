//! Whose blocks lie in a slice: the check on the free path.
//!
//! One word per 64 KiB, addressed by bits 16..32 of a block's address. It says which heaps refuse the
//! blocks of the slice: all but the one that leased it last, also after it let the slab go, so that
//! blocks that a thread handed out may settle in its own magazine; or none, where blocks share no
//! cache lines. Two slices that lie a multiple of 4 GiB apart share a word. That is harmless, as
//! the answer is only a hint: a magazine may hold any block, and which slab it came from is looked
//! up when it leaves.
//!
//! A heap's code is 16 of 32 bits, and a word of the table is the complement of a code, or 0. Two
//! codes differ if and only if one has a bit that the other lacks, because all have equally many. So
//! one `and` tells a stranger, whatever the size class: a jump that depended on the class would be
//! mispredicted wherever sizes are mixed.
//!
//! Why one table and not the segment header: from an address the word is found in three
//! instructions instead of five, and 16 slices share a line that is written once per lease.

use crate::{
    config::SLICE_BYTES,
    sync::{AtomicU32, Ordering},
};

const ENTRIES: usize = 1 << 16;

static OWNERS: [AtomicU32; ENTRIES] = [const { AtomicU32::new(ANYBODY) }; ENTRIES];

/// The blocks of the slice may settle anywhere.
const ANYBODY: u32 = 0;

/// How many heaps were made.
static HEAPS: AtomicU32 = AtomicU32::new(0);

/// As many heaps as there are, whether or not threads hold them.
pub(crate) fn heaps() -> usize {
    HEAPS.load(Ordering::Relaxed) as usize
}

/// What a heap is known by here: 16 bits out of 32, or none for the heap of nobody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Code(u32);

impl Code {
    /// The code of the heap that has no slices, and is refused none.
    pub(crate) const NOBODY: Self = Self(0);

    /// The code of the next heap.
    pub(crate) fn fresh() -> Self {
        // Relaxed: a number.
        Self::of_heap(HEAPS.fetch_add(1, Ordering::Relaxed))
    }

    /// What only this heap has.
    pub(crate) const fn bits(self) -> u32 {
        self.0
    }

    /// The code of heap number `number`. Heaps a multiple of 65,536 apart share one.
    const fn of_heap(number: u32) -> Self {
        let low = number & 0xFFFF;
        Self(!low << 16 | low)
    }

    /// True if `block` had better go back to its slab than stay with the heap of this code.
    #[inline(always)]
    pub(crate) fn refuses(self, block: *const u8) -> bool {
        // Relaxed: a hint. The block came from the lessee, after it signed.
        word(block.addr()).load(Ordering::Relaxed) & self.0 != 0
    }

    /// Signs `slices` slices from `start` on: all other heaps refuse their blocks.
    pub(crate) fn sign(self, start: usize, slices: usize) {
        write(start, slices, !self.0);
    }
}

/// Notes that the blocks of `slices` slices from `start` on may settle anywhere.
pub(crate) fn open(start: usize, slices: usize) {
    write(start, slices, ANYBODY);
}

fn write(start: usize, slices: usize, value: u32) {
    for slice in 0..slices {
        let word = word(start + slice * SLICE_BYTES);
        // Mostly it says so already, and other threads have a copy of its cache line.
        if word.load(Ordering::Relaxed) != value {
            word.store(value, Ordering::Relaxed);
        }
    }
}

#[inline(always)]
fn word(address: usize) -> &'static AtomicU32 {
    #[expect(clippy::cast_possible_truncation, reason = "bits 16..32 are what is wanted")]
    let index = (address as u32 >> SLICE_BYTES.trailing_zeros()) as usize;
    // SAFETY: a u32 without its low 16 bits is below 2^16, the length of the table.
    unsafe { OWNERS.get_unchecked(index) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signed_slice_is_refused_by_every_heap_but_one_and_an_open_one_by_none() {
        // No arena lies in the first page of addresses.
        let (start, block) = (0, core::ptr::without_provenance(SLICE_BYTES - 1));
        let next = core::ptr::without_provenance(SLICE_BYTES);
        for number in [0, 1, 2, 3, 0x00FF, 0xFF00, 0xFFFF] {
            Code::of_heap(number).sign(start, 1);
            for other in [0, 1, 2, 3, 0x00FF, 0xFF00, 0xFFFF] {
                let refuses = Code::of_heap(other).refuses(block);
                assert_eq!(refuses, other != number, "{other} frees a block of {number}");
                assert!(!Code::of_heap(other).refuses(next), "a slice beyond was signed");
            }
        }
        open(start, 1);
        assert!(!Code::of_heap(1).refuses(block), "an open slice was refused");
    }
}
