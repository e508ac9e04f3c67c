//! `PoolAlloc`: the face of the allocator.

use crate::{passthrough, stats::Stats};
use core::alloc::{GlobalAlloc, Layout};

/// Large requests go to mappings of their own: the default of [`PoolAlloc`].
#[derive(Clone, Copy, Debug, Default)]
pub struct Mapped;

/// The allocator.
#[derive(Clone, Copy, Debug, Default)]
pub struct PoolAlloc<L = Mapped> {
    large: L,
}

impl PoolAlloc {
    /// The allocator; every value of the type serves the one engine of the process.
    #[must_use]
    pub const fn new() -> Self {
        Self { large: Mapped }
    }

    /// The same allocator with `large` for the requests above 1 MiB.
    #[must_use]
    pub const fn with_large<L: GlobalAlloc>(self, large: L) -> PoolAlloc<L> {
        PoolAlloc { large }
    }

    /// Flushes the calling thread's heap, asks the others to do so, gives unused memory back.
    pub fn collect() {
        passthrough::collect();
    }

    /// A snapshot of the allocator's memory.
    #[must_use]
    pub fn stats() -> Stats {
        passthrough::stats()
    }

    /// Bytes of the block that a request of `layout` gets.
    #[must_use]
    pub fn good_size(layout: Layout) -> usize {
        layout.size()
    }

    /// True if `block` lies in memory that this allocator mapped.
    #[must_use]
    pub fn owns(block: *const u8) -> bool {
        let _ = block;
        false
    }
}

impl<L> PoolAlloc<L> {
    /// Bytes that may be used at `block`: at least `layout.size()`.
    ///
    /// # Safety
    ///
    /// `block` is live and came from this allocator with `layout`.
    #[must_use]
    pub unsafe fn usable_size(&self, block: *mut u8, layout: Layout) -> usize {
        let _ = (block, &self.large);
        layout.size()
    }
}

// SAFETY: System fulfils the contract, and every call goes to it unchanged.
unsafe impl GlobalAlloc for PoolAlloc {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's promise.
        unsafe { passthrough::Back.alloc(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: the caller's promise.
        unsafe { passthrough::Back.dealloc(block, layout) }
    }
}

// SAFETY: System fulfils the contract, and every call goes to it unchanged.
unsafe impl<L: GlobalAlloc> GlobalAlloc for PoolAlloc<L> {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's promise.
        unsafe { passthrough::Back.alloc(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: the caller's promise.
        unsafe { passthrough::Back.dealloc(block, layout) }
    }
}
