//! What the slices of a segment are used for.
//!
//! | step | who                                             | operation         | ordering |
//! |------|-------------------------------------------------|-------------------|----------|
//! | N1   | who has the slices; of a slab, once it is open  | store, each slice | Release  |
//! | N2   | any                                             | load              | Acquire  |
//!
//! **N** Who sees a slice noted as a slab's sees that slab opened: its shape and its word. Who holds a
//! block knows anyway; stats hold nothing. Nor does the child of a fork, for which the thread that
//! noted has stopped somewhere: what it sees of it is what was written up to there, and Release keeps
//! the compiler, too, from writing the note first.

use crate::sync::{AtomicU8, Ordering};

/// A slice in use: the slice where its slab or run begins, `1..64`, plus [`RUN`] for a run. 0 for a
/// free slice, and for the segment's header.
const RUN: u8 = 0x40;

/// What a slice is used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Slice {
    /// Free, or the header.
    Unused,
    /// Part of the slab that begins at this slice.
    Slab(usize),
    /// Part of the run that begins at this slice.
    Run(usize),
}

/// The notes of `SLICES` slices, at most 64. Zeroed memory says that all are unused.
#[derive(Debug)]
#[repr(transparent)]
pub(crate) struct Notes<const SLICES: usize>([AtomicU8; SLICES]);

impl<const SLICES: usize> Notes<SLICES> {
    /// The notes of a fresh segment, outside of any, for tests.
    #[cfg(test)]
    pub(crate) fn new() -> Self {
        Self(core::array::from_fn(|_| AtomicU8::new(0)))
    }

    /// N2: what a slice is used for.
    pub(crate) fn get(&self, slice: usize) -> Slice {
        // Acquire: the slab as it was opened. Pairs with: Release in `note`.
        let first = self.0.get(slice).map_or(0, |first| first.load(Ordering::Acquire));
        let at = usize::from(first & !RUN);
        match first {
            0 => Slice::Unused,
            _ if first & RUN != 0 => Slice::Run(at),
            _ => Slice::Slab(at),
        }
    }

    /// N1: notes the use of `len` slices from `from` on.
    pub(crate) fn note(&self, use_: Slice, from: usize, len: usize) {
        #[expect(clippy::cast_possible_truncation, reason = "below 64")]
        let value = match use_ {
            Slice::Unused => 0,
            Slice::Slab(at) => at as u8,
            Slice::Run(at) => at as u8 | RUN,
        };
        for first in self.0.iter().skip(from).take(len) {
            // Release: the slab was opened before. Pairs with: Acquire in `get`.
            first.store(value, Ordering::Release);
        }
    }
}
