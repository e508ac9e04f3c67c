//! The allocator for C: blocks that are freed by their address alone (feature `c-api`).
//!
//! What `malloc`, `free` and their siblings need of the engine, without their names and without
//! `errno`: those are the business of the library in the folder `preload`, which exports them.
//! Blocks have at least 16 bytes, are aligned to at least 16, and may be freed by either of this
//! module and, with the layout that [`usable_size`] tells and an alignment of 1, of
//! [`PoolAlloc`](crate::PoolAlloc).
//!
//! A free of what is no block prints one line and aborts: always for addresses outside of the
//! allocator's memory, inside of a block, and of free large blocks; mostly for free medium blocks;
//! of free small ones for the one that was freed last. An address is never read to find that out.

use crate::{
    engine::c as engine,
    options::{HugePages, Options},
};
use core::ptr::NonNull;

/// A block of up to 1 KiB, if the calling thread has one at hand; as with [`alloc`] a `size` of 0 gets
/// one, too. `None` also above 1 KiB: then [`alloc`] serves.
///
/// Cost: a dozen instructions, always inlined.
#[must_use]
#[inline(always)]
pub fn alloc_at_hand(size: usize) -> Option<NonNull<u8>> {
    engine::alloc_at_hand(size)
}

/// A block of `size` bytes at a multiple of 16. Null: there is no memory, or no object can be that
/// large. A `size` of 0 gets a block like any other.
#[must_use]
pub fn alloc(size: usize) -> *mut u8 {
    engine::alloc(size, engine::ALIGN)
}

/// As [`alloc`], at a multiple of `align` bytes. Null also if `align` is not a power of two.
#[must_use]
pub fn alloc_aligned(size: usize, align: usize) -> *mut u8 {
    engine::alloc(size, align)
}

/// As [`alloc`], with its `size` bytes zeroed.
#[must_use]
pub fn alloc_zeroed(size: usize) -> *mut u8 {
    engine::alloc_zeroed(size)
}

/// Frees a block; null is none. Cost: two dozen instructions for what is back home and at most 32
/// KiB large.
///
/// # Safety
///
/// `block` is null, or a live block of this module that is not used again.
#[inline(always)]
pub unsafe fn free(block: *mut u8) {
    // SAFETY: the caller's promise.
    unsafe { engine::free(block) }
}

/// A block of `size` bytes at a multiple of 16 with the bytes of `block`, as many as fit; it may be
/// `block` itself. Null: there is no memory, and `block` is as it was.
///
/// All [`usable_size`] bytes are kept, not only those that were asked for.
///
/// # Safety
///
/// `block` is a live block of this module, not used again unless the result is null or the same.
#[must_use]
pub unsafe fn realloc(block: *mut u8, size: usize) -> *mut u8 {
    // SAFETY: the caller's promise.
    unsafe { engine::realloc(block, size) }
}

/// Bytes in a block, all of which may be used; 0 for null.
///
/// Cost: some twenty instructions for a small block, always inlined.
///
/// # Safety
///
/// `block` is null, or a live block of this module. (Else the process ends; nothing is read there.)
#[must_use]
#[inline(always)]
pub unsafe fn usable_size(block: *mut u8) -> usize {
    engine::usable_size(block)
}

/// Sets the options of the process: how long memory stays unused before it goes back, how much each thread
/// may keep, and how much may be committed, each in the ranges of
/// [`PoolAlloc::purge_after`](crate::PoolAlloc::purge_after),
/// [`PoolAlloc::magazine_bytes`](crate::PoolAlloc::magazine_bytes) and
/// [`PoolAlloc::limit`](crate::PoolAlloc::limit), `None` is the default; and what gets huge pages. There is
/// no scavenger then, which nobody may start inside of `malloc`. What the process is told first holds: later
/// calls change nothing.
pub fn set_options(
    purge_after_ms: Option<u32>,
    magazine_bytes: Option<usize>,
    limit_bytes: Option<usize>,
    huge_pages: HugePages,
) {
    let mut options = Options::new().with_scavenger(false).with_huge_pages(huge_pages);
    if let Some(ms) = purge_after_ms {
        options = options.with_purge_after(ms);
    }
    if let Some(bytes) = magazine_bytes {
        options = options.with_magazine_bytes(bytes);
    }
    if let Some(bytes) = limit_bytes {
        options = options.with_limit(bytes);
    }
    engine::set_options(options);
}
