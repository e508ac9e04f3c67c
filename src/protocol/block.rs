//! The in-band link of a free block: the only code that reads or writes free memory.

use crate::sync::UnsafeCell;
use core::{mem::MaybeUninit, ptr::NonNull};

/// The first word of a free block, reused as the link to the next one.
///
/// Any bytes are a valid value, so memory that a program gave back is one without being written.
#[derive(Debug)]
#[repr(transparent)]
pub(crate) struct FreeBlock {
    next: UnsafeCell<MaybeUninit<*mut FreeBlock>>,
}

/// A free block, by its address.
pub(crate) type Block = NonNull<FreeBlock>;

impl FreeBlock {
    /// A block outside of any slab, for models.
    #[cfg(loom)]
    pub(crate) fn detached() -> Self {
        Self { next: UnsafeCell::new(MaybeUninit::uninit()) }
    }

    /// Links `block` to `next`.
    ///
    /// # Safety
    ///
    /// The calling thread holds `block` (W1), so nobody else reads or writes it.
    pub(crate) unsafe fn set_next(block: Block, next: *mut FreeBlock) {
        // SAFETY: a block is at least one word, aligned for it, and any bytes are valid.
        let link = unsafe { &block.as_ref().next };
        // SAFETY: nobody else reads or writes the block, by the caller's promise.
        link.with_mut(|link| unsafe { (*link).write(next) });
    }

    /// The block that `block` links to.
    ///
    /// # Safety
    ///
    /// The calling thread holds `block` (W1), and its link was set since it became free.
    pub(crate) unsafe fn next(block: Block) -> *mut FreeBlock {
        // SAFETY: a block is at least one word, aligned for it, and any bytes are valid.
        let link = unsafe { &block.as_ref().next };
        // SAFETY: nobody writes the block, by the caller's promise.
        let next = link.with(|link| unsafe { *link });
        // SAFETY: the link was set, by the caller's promise.
        unsafe { next.assume_init() }
    }
}

/// Free blocks of one slab, linked through themselves: a batch.
///
/// The holder of a chain holds its blocks (W1).
#[derive(Clone, Copy, Debug)]
#[must_use = "dropping a chain loses its blocks"]
pub(crate) struct Chain {
    pub(crate) head: Block,
    pub(crate) tail: Block,
    pub(crate) len: u16,
}

impl Chain {
    /// Starts a chain with a block that the caller holds.
    pub(crate) fn one(block: Block) -> Self {
        Self { head: block, tail: block, len: 1 }
    }

    /// Puts `block` in front.
    ///
    /// # Safety
    ///
    /// The calling thread holds `block`, which is of the same slab as the others.
    pub(crate) unsafe fn add(&mut self, block: Block) {
        // SAFETY: the caller holds the block.
        unsafe { FreeBlock::set_next(block, self.head.as_ptr()) };
        self.head = block;
        self.len += 1;
    }
}
