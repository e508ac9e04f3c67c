//! What decides how far magazines grow, and the arrays that they outgrew.

use crate::{
    config::MAGAZINE_BLOCKS, engine::meta, protocol::block::Block, size_class::CLASS_COUNT,
};
use core::ptr::{self, NonNull};

/// Capacities are powers of two below this power.
const SIZES: usize = MAGAZINE_BLOCKS.ilog2() as usize + 1;

#[derive(Debug)]
pub(super) struct Growth {
    /// The array that all classes began with, each with a piece; for the life of the heap.
    pub(super) first: *mut Block,
    /// Outgrown arrays by the logarithm of their capacity, linked through their first word.
    spare: [*mut Block; SIZES],
    /// Per class: entries in its array, which may be more than the bound.
    pub(super) entries: [usize; CLASS_COUNT],
    /// Bytes of blocks by which all bounds together are above the first ones.
    pub(super) grown_bytes: usize,
    /// Per class: blocks had to be fetched since the magazine ran over last.
    pub(super) refilled: [bool; CLASS_COUNT],
    /// Per class: how often the magazine ran over after it had run empty, up to a few.
    pub(super) turns: [u8; CLASS_COUNT],
    /// Per class: the magazine ran empty or over since `hand` came by.
    pub(super) busy: [bool; CLASS_COUNT],
    /// The class at which the search for one that can spare room goes on.
    pub(super) hand: usize,
}

impl Growth {
    pub(super) const fn new() -> Self {
        Self {
            first: ptr::null_mut(),
            spare: [ptr::null_mut(); SIZES],
            entries: [0; CLASS_COUNT],
            grown_bytes: 0,
            refilled: [false; CLASS_COUNT],
            turns: [0; CLASS_COUNT],
            busy: [false; CLASS_COUNT],
            hand: 0,
        }
    }

    /// An array of `capacity` entries: one that no class uses any more, or a fresh one.
    pub(super) fn take_spare(&mut self, capacity: usize) -> Option<NonNull<Block>> {
        let spare = &mut self.spare[capacity.ilog2() as usize];
        let Some(array) = NonNull::new(*spare) else {
            return meta::alloc(capacity * size_of::<Block>()).map(NonNull::cast);
        };
        // SAFETY: a spare array begins with the address of the next one.
        *spare = unsafe { array.cast().read() };
        Some(array)
    }

    /// Keeps an array that no class uses any more.
    pub(super) fn keep_spare(&mut self, array: *mut Block, capacity: usize) {
        let spare = &mut self.spare[capacity.ilog2() as usize];
        // SAFETY: the array has at least one entry, and is not used any more.
        unsafe { array.cast::<*mut Block>().write(*spare) };
        *spare = array;
    }
}
