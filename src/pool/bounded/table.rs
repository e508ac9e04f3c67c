//! Places for slots, by index: chunks that double in size and never move.
//!
//! | step | who                   | operation                | ordering |
//! |------|-----------------------|--------------------------|----------|
//! | L1   | any                   | load chunk               | Acquire  |
//! | L2   | who found none        | CAS: none -> its own     | Release  |
//!
//! **P1** A chunk that is there stays, and L1 shows the slots in it as they were made before L2.

use super::Slot;
use crate::{
    global::PoolAlloc,
    sync::{AtomicPtr, Ordering},
};
use core::{
    alloc::{GlobalAlloc, Layout},
    mem,
    ptr::{self, NonNull},
};

/// The first chunk has at least so many slots, as a power of 2.
const LEAST_BITS: u32 = 2;
/// Chunks for 2^24 slots.
const CHUNKS: usize = 24 - LEAST_BITS as usize + 1;
/// The first chunk has no more bytes than this, unless it has the least slots.
const FIRST_BYTES: usize = 16 << 10;

/// The chunks, all from `PoolAlloc`.
#[derive(Debug)]
pub(super) struct Table<S> {
    /// Slots in the first chunk, as a power of 2: as many as will be needed, if they are small, for
    /// a slot is found in it without a calculation.
    first_bits: u32,
    chunks: [AtomicPtr<S>; CHUNKS],
}

impl<S> Table<S> {
    /// * `expected`: slots that will be needed, as far as is known.
    pub(super) fn new(expected: u32) -> Self {
        const { assert!(!mem::needs_drop::<S>(), "slots are not dropped") };
        let small = const { (FIRST_BYTES / size_of::<S>() + 1).ilog2() };
        let wanted = expected.max(1).next_power_of_two().ilog2();
        Self {
            first_bits: wanted.min(small).max(LEAST_BITS),
            chunks: core::array::from_fn(|_| AtomicPtr::new(ptr::null_mut())),
        }
    }

    /// The chunk of a slot, and which of its slots it is.
    #[inline]
    fn place(&self, index: u32) -> (usize, usize) {
        let in_first = 1 << self.first_bits;
        if index < in_first {
            return (0, index as usize);
        }
        let number = index + in_first;
        let bits = number.ilog2();
        ((bits - self.first_bits) as usize, (number - (1 << bits)) as usize)
    }

    /// Slots of a chunk.
    fn len(&self, chunk: usize) -> usize {
        1 << (chunk + self.first_bits as usize)
    }

    fn layout(&self, chunk: usize) -> Layout {
        match Layout::array::<S>(self.len(chunk)) {
            Ok(layout) => layout,
            // More than `isize::MAX` bytes.
            Err(_) => out_of_memory(Layout::new::<S>()),
        }
    }
}

impl<S: Slot> Table<S> {
    /// The slot of an index; its chunk is made if there is none, of slots that `vacant` makes in
    /// fresh memory.
    #[inline]
    pub(super) fn slot(&self, index: u32, vacant: impl Fn(NonNull<S>, u32)) -> NonNull<S> {
        let (chunk, place) = self.place(index);
        // L1. Acquire: the slots (P1). Pairs with: Release in `make`.
        let first = NonNull::new(self.chunks[chunk].load(Ordering::Acquire));
        let first = first.unwrap_or_else(|| self.make(chunk, vacant));
        // SAFETY: `place` is below the chunk's length.
        unsafe { first.add(place) }
    }

    /// Makes a chunk, if no other thread is first.
    #[cold]
    fn make(&self, chunk: usize, vacant: impl Fn(NonNull<S>, u32)) -> NonNull<S> {
        let layout = self.layout(chunk);
        // SAFETY: the size is not 0, there is a seat in each slot.
        let new = unsafe { PoolAlloc::new().alloc(layout) }.cast::<S>();
        let Some(new) = NonNull::new(new) else { out_of_memory(layout) };
        let first_index = (1_u32 << (chunk + self.first_bits as usize)) - (1 << self.first_bits);
        for (place, index) in (0..self.len(chunk)).zip(first_index..) {
            // SAFETY: within the chunk.
            let slot = unsafe { new.add(place) };
            vacant(slot, index);
        }
        // L2. Release: the slots. Pairs with: Acquire in `slot`. Failure is L1.
        let order = (Ordering::Release, Ordering::Acquire);
        let none = ptr::null_mut();
        match self.chunks[chunk].compare_exchange(none, new.as_ptr(), order.0, order.1) {
            Ok(_) => new,
            Err(first) => {
                // SAFETY: it came from there with this layout, and nobody has seen it.
                unsafe { PoolAlloc::new().dealloc(new.as_ptr().cast(), layout) };
                NonNull::new(first).unwrap_or(new)
            }
        }
    }
}

impl<S> Drop for Table<S> {
    fn drop(&mut self) {
        for (chunk, first) in self.chunks.iter().enumerate() {
            // Relaxed: nobody else has the table.
            let first = first.load(Ordering::Relaxed);
            if first.is_null() {
                continue;
            }
            // SAFETY: it came from there with this layout.
            unsafe { PoolAlloc::new().dealloc(first.cast(), self.layout(chunk)) };
        }
    }
}

fn out_of_memory(layout: Layout) -> ! {
    extern crate std;
    std::alloc::handle_alloc_error(layout)
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn every_index_has_a_place_of_its_own_and_the_last_one_is_in_the_last_chunk() {
        for (expected_slots, first) in [(0, 4), (1, 4), (64, 64), (65, 128), (u32::MAX >> 8, 256)] {
            let table = Table::<[u64; 8]>::new(expected_slots);
            assert_eq!(table.len(0), first, "the first chunk is for {expected_slots} slots");
            let mut expected = (0, 0);
            for index in 0..5000 {
                assert_eq!(table.place(index), expected, "a place is skipped or given twice");
                expected = if expected.1 + 1 == table.len(expected.0) {
                    (expected.0 + 1, 0)
                } else {
                    (expected.0, expected.1 + 1)
                };
            }
            assert!(table.place(super::super::MAX_CAPACITY - 1).0 < CHUNKS, "there is no chunk");
        }
        let large = Table::<[u64; 1 << 16]>::new(64);
        assert_eq!(large.len(0), 4, "more memory than asked for");
        assert_eq!(large.place(super::super::MAX_CAPACITY - 1).0, CHUNKS - 1);
    }
}
