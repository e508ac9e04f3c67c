//! Whose blocks lie in a slice: the check on the free path.
//!
//! One word per 64 KiB, addressed by bits 16..32 of a block's address. It names the heap that
//! leased the slice last, also after it let the slab go: blocks that a thread handed out may
//! settle in its own magazine without sharing a cache line with a stranger. Two slices that lie
//! a multiple of 4 GiB apart share a word. That is harmless, as the answer is only a hint: a
//! magazine may hold any block, and which slab it came from is looked up when it leaves.
//!
//! Why one table and not the segment header: from an address the word is found in three
//! instructions instead of five, and 16 slices share a line that is written once per lease.

use crate::{
    config::SLICE_BYTES,
    sync::{AtomicU32, Ordering},
};

const ENTRIES: usize = 1 << 16;

static OWNERS: [AtomicU32; ENTRIES] = [const { AtomicU32::new(NOBODY) }; ENTRIES];

/// What no heap's name is: the low half of a heap's address, which is a multiple of 128.
pub(crate) const NOBODY: u32 = 1;

/// True if `heap` leased the slice of `block` last, as far as the hint says.
#[inline]
pub(crate) fn is(block: *const u8, heap: u32) -> bool {
    // Relaxed: a hint. The block came from the lessee, after it signed.
    word(block.addr()).load(Ordering::Relaxed) == heap
}

/// Signs `slices` slices from `start` on.
pub(crate) fn sign(start: usize, slices: usize, heap: u32) {
    for slice in 0..slices {
        word(start + slice * SLICE_BYTES).store(heap, Ordering::Relaxed);
    }
}

#[inline]
fn word(address: usize) -> &'static AtomicU32 {
    #[expect(clippy::cast_possible_truncation, reason = "bits 16..32 are what is wanted")]
    let index = (address as u32 >> SLICE_BYTES.trailing_zeros()) as usize;
    // SAFETY: a u32 without its low 16 bits is below 2^16, the length of the table.
    unsafe { OWNERS.get_unchecked(index) }
}
