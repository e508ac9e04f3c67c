//! `Allocator` of the crate allocator-api2: collections that name their allocator.

use crate::{
    asan, engine,
    global::{Large, Mapped, PoolAlloc},
};
use allocator_api2::alloc::{AllocError, Allocator};
use core::{
    alloc::{GlobalAlloc, Layout},
    ptr::{self, NonNull},
};

/// A block as long as it can be used: what `Vec` and `HashMap` make of it costs nothing.
fn block(start: *mut u8, layout: Layout, is_engines: bool) -> Result<NonNull<[u8]>, AllocError> {
    let bytes = if is_engines { engine::good_size(layout) } else { layout.size() };
    let start = NonNull::new(start).ok_or(AllocError)?;
    if is_engines {
        asan::unpoison(start.as_ptr(), bytes);
    }
    Ok(NonNull::slice_from_raw_parts(start, bytes))
}

/// The block of a request of no bytes.
fn nothing(layout: Layout) -> NonNull<[u8]> {
    let start = NonNull::new(ptr::without_provenance_mut(layout.align()));
    NonNull::slice_from_raw_parts(start.unwrap_or(NonNull::dangling()), 0)
}

impl<L: Large> PoolAlloc<L> {
    /// True if the engine, which gives whole blocks, serves this layout.
    fn is_engines(layout: Layout) -> bool {
        L::IS_MAPPED || !engine::is_large(layout)
    }
}

/// Where large requests may go if the allocator is moved while blocks are live: to mappings, or
/// to another allocator that promises this by being an [`Allocator`] itself. ([`GlobalAlloc`] does
/// not promise it: its memory may lie in the value.)
pub trait Movable: Large {}
impl Movable for Mapped {}
impl<B: GlobalAlloc + Allocator> Movable for B {}

// SAFETY: blocks stay valid until they are freed, and a moved value frees what it allocated
// before: the engine is one for the process, and `L` is `Movable`.
unsafe impl<L: Movable> Allocator for PoolAlloc<L> {
    #[inline]
    fn allocate(&self, layout: Layout) -> Result<NonNull<[u8]>, AllocError> {
        if layout.size() == 0 {
            return Ok(nothing(layout));
        }
        // SAFETY: the size is not 0.
        block(unsafe { GlobalAlloc::alloc(self, layout) }, layout, Self::is_engines(layout))
    }

    #[inline]
    fn allocate_zeroed(&self, layout: Layout) -> Result<NonNull<[u8]>, AllocError> {
        if layout.size() == 0 {
            return Ok(nothing(layout));
        }
        // SAFETY: the size is not 0.
        let start = unsafe { GlobalAlloc::alloc_zeroed(self, layout) };
        // Only what was asked for is zero.
        block(start, layout, false)
    }

    #[inline]
    unsafe fn deallocate(&self, start: NonNull<u8>, layout: Layout) {
        if layout.size() != 0 {
            // SAFETY: the caller's promise; a layout that fits the block has its class.
            unsafe { GlobalAlloc::dealloc(self, start.as_ptr(), layout) };
        }
    }

    #[inline]
    unsafe fn grow(
        &self,
        start: NonNull<u8>,
        old: Layout,
        new: Layout,
    ) -> Result<NonNull<[u8]>, AllocError> {
        // SAFETY: the caller's promise.
        unsafe { self.change(start, old, new) }
    }

    #[inline]
    unsafe fn grow_zeroed(
        &self,
        start: NonNull<u8>,
        old: Layout,
        new: Layout,
    ) -> Result<NonNull<[u8]>, AllocError> {
        // SAFETY: the caller's promise.
        let grown = unsafe { self.change(start, old, new) }?;
        // SAFETY: inside of the block: `old.size() <= new.size()`.
        let rest = unsafe { grown.cast::<u8>().add(old.size()) };
        // SAFETY: as above.
        unsafe { rest.write_bytes(0, new.size() - old.size()) };
        Ok(NonNull::slice_from_raw_parts(grown.cast(), new.size()))
    }

    #[inline]
    unsafe fn shrink(
        &self,
        start: NonNull<u8>,
        old: Layout,
        new: Layout,
    ) -> Result<NonNull<[u8]>, AllocError> {
        // SAFETY: the caller's promise.
        unsafe { self.change(start, old, new) }
    }
}

impl<L: Movable> PoolAlloc<L> {
    /// Gives a block another layout.
    ///
    /// # Safety
    ///
    /// `start` is a live block that fits `old`.
    unsafe fn change(
        &self,
        start: NonNull<u8>,
        old: Layout,
        new: Layout,
    ) -> Result<NonNull<[u8]>, AllocError> {
        if old.size() != 0 && new.size() != 0 && old.align() == new.align() {
            // SAFETY: the caller's promise, and no size is 0.
            let moved = unsafe { GlobalAlloc::realloc(self, start.as_ptr(), old, new.size()) };
            return block(moved, new, Self::is_engines(new));
        }
        let fresh = self.allocate(new)?;
        let bytes = old.size().min(new.size());
        // SAFETY: both blocks are live and at least this long.
        unsafe { ptr::copy_nonoverlapping(start.as_ptr(), fresh.cast().as_ptr(), bytes) };
        // SAFETY: the caller's promise.
        unsafe { self.deallocate(start, old) };
        Ok(fresh)
    }
}
