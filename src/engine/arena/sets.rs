//! What is known of the slices of each segment.

use super::Arena;
use crate::protocol::bits::Bits;

/// The slices of 64 segments.
#[derive(Debug)]
#[repr(C)]
pub(super) struct SliceSets {
    /// Per segment: the slices that nobody owns.
    free: [Bits; 64],
    /// Per segment: the slices that may be backed by memory; the others are zero.
    touched: [Bits; 64],
    /// Per segment: the slices that were free at the last purge, and have been since.
    idle: [Bits; 64],
}

impl Arena {
    /// Those of segment number `index` and its neighbours.
    fn sets(&self, index: usize) -> Option<&SliceSets> {
        self.slices.get(index / 64)
    }

    pub(super) fn free(&self, index: usize) -> Option<&Bits> {
        self.sets(index)?.free.get(index % 64)
    }

    pub(super) fn touched(&self, index: usize) -> Option<&Bits> {
        self.sets(index)?.touched.get(index % 64)
    }

    pub(super) fn idle(&self, index: usize) -> Option<&Bits> {
        self.sets(index)?.idle.get(index % 64)
    }

    /// The free slices of each segment.
    pub(super) fn all_free(&self) -> impl Iterator<Item = &Bits> {
        self.slices.iter().flat_map(|sets| &sets.free)
    }

    /// Those that may be backed by memory.
    pub(super) fn all_touched(&self) -> impl Iterator<Item = &Bits> {
        self.slices.iter().flat_map(|sets| &sets.touched)
    }
}
