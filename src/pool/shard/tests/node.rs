//! What models of a shard and of its ring return: slots that notice two holders at a time.

use crate::{pool::header::Header, sync::UnsafeCell};
use core::ptr::NonNull;

/// A slot with an object.
#[repr(C)]
pub(in crate::pool::shard) struct Node {
    header: Header,
    uses: UnsafeCell<u32>,
}

// SAFETY: a node is used by who holds its slot only (S2).
unsafe impl Sync for Node {}

impl Node {
    pub(in crate::pool::shard) fn new() -> Self {
        Self { header: Header::new(NonNull::dangling()), uses: UnsafeCell::new(0) }
    }

    pub(in crate::pool::shard) fn slot(&self) -> NonNull<Header> {
        NonNull::from(self).cast()
    }
}

/// Plays the holder of a slot, which is that of a node.
pub(in crate::pool::shard) fn use_it(slot: NonNull<Header>) {
    // SAFETY: every header in a model is that of a node.
    let node: &Node = unsafe { slot.cast().as_ref() };
    node.uses.with_mut(|uses| {
        // SAFETY: S2: the calling thread holds the slot.
        unsafe { *uses += 1 };
    });
}
