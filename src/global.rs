//! `PoolAlloc`: the face of the allocator.

use crate::{engine, options::Options, stats::Stats};
use core::{
    alloc::{GlobalAlloc, Layout},
    ptr,
};

mod builder;

/// The allocator. Put it in a `static` with `#[global_allocator]`, or call it through
/// [`GlobalAlloc`].
///
/// All values of this type, whatever their `L`, serve the one engine of the process: they hold no
/// memory, and a block may be freed through another value than it came from, as long as `L` is
/// the same.
///
/// * `L`: where *large* requests go, those above 1 MiB and those above 32 KiB that are aligned to
///   more than 64 KiB (size rounded up to the alignment). [`Mapped`], the default, gives each a
///   mapping of its own. Any [`GlobalAlloc`] will do instead: see
///   [`with_large`](PoolAlloc::with_large).
///
/// Every size and every alignment is served. Requests of up to 1 KiB get a block of a size class
/// from the calling thread's magazine, without a call, an atomic read-modify-write or a lookup,
/// as long as the magazine has one. How it goes on from there is told in
/// [`design`](crate::design).
///
/// # Options
///
/// [`scavenger`](PoolAlloc::scavenger) and [`purge_after`](PoolAlloc::purge_after) say when unused
/// memory goes back to the system, [`limit`](PoolAlloc::limit) how much may be taken from it,
/// [`magazine_bytes`](PoolAlloc::magazine_bytes) how much each thread keeps, and
/// [`huge_pages`](PoolAlloc::huge_pages) what backs it. There is one engine, so they hold for the
/// process: those of the value that gets the first request. In a program that is the `static` with
/// `#[global_allocator]`. What other values say is ignored, all of it. (Large requests that go to
/// another allocator do not count.)
///
/// # Errors
///
/// When the system or the [`limit`](PoolAlloc::limit) has no more memory, and giving back all that is
/// cached does not help, a request returns null. What is live stays as it is, and later requests are served again once
/// there is memory. No function of this type panics. Misuse that is noticed, such as a block
/// freed twice in a debug build, prints one line and aborts.
#[derive(Clone, Copy, Debug, Default)]
pub struct PoolAlloc<L = Mapped> {
    large: L,
    options: Options,
}

/// Large requests get mappings of their own: the default of [`PoolAlloc`].
///
/// They start at a multiple of 4 MiB of address space, go through a cache of at most 64 MiB, and
/// grow by moving pages instead of copying bytes.
#[derive(Clone, Copy, Debug, Default)]
pub struct Mapped;

impl PoolAlloc {
    /// The allocator. Nothing is set up before the first request.
    #[must_use]
    pub const fn new() -> Self {
        Self { large: Mapped, options: Options::new() }
    }

    /// The same allocator as a layer above `large`, which gets the large requests: those above
    /// 1 MiB, and those aligned to more than 64 KiB.
    ///
    /// `realloc` across that border moves the block. What `large` holds is not in
    /// [`stats`](PoolAlloc::stats), and neither [`collect`](PoolAlloc::collect) nor the scavenger
    /// reaches it.
    ///
    /// ```
    /// use poolalloc::PoolAlloc;
    /// use std::alloc::System;
    ///
    /// #[global_allocator]
    /// static A: PoolAlloc<System> = PoolAlloc::new().with_large(System);
    ///
    /// assert_eq!(vec![7_u8; 3 << 20].len(), 3 << 20);
    /// ```
    #[must_use]
    pub const fn with_large<B: GlobalAlloc>(self, large: B) -> PoolAlloc<B> {
        PoolAlloc { large, options: self.options }
    }

    /// Gives back what can be spared: flushes the calling thread's heap, asks the others to do
    /// the same at their next slow path, and returns unused memory to the system.
    ///
    /// A thread that does nothing keeps what is in its magazines, and one slab for each size that it
    /// used. Of all other memory the pages go back that have no live block on them, but for some that
    /// hold the lists of free blocks.
    ///
    /// Cost: a walk over all segments, a look at each free block, and a system call for each stretch
    /// of free pages and for each cached mapping; then page faults where the memory is used again.
    /// For the moment when a program knows that it will be idle, or is done with a phase.
    pub fn collect() {
        engine::collect();
    }

    /// A snapshot of the allocator's memory.
    ///
    /// Exact when other threads are quiet, else off by at most what their magazines and open
    /// batches hold. (A thread that a scope waits for without `join` may be about to end.) Takes no
    /// lock and allocates nothing. Fast paths keep no count for it; the cost is here: a walk over the
    /// headers of all segments, and over all heaps. If the scavenger moves free blocks at that moment
    /// it waits a millisecond and walks again; for 0.1 s or so if that thread gets no processor, and
    /// then it is off by what is on its way.
    #[must_use]
    pub fn stats() -> Stats {
        engine::stats()
    }

    /// Bytes of the block that a request of `layout` gets: what may be asked for at no cost.
    ///
    /// A request of that size and the same alignment gets a block of that size. Large blocks are
    /// measured as [`Mapped`] makes them. Cost: arithmetic.
    ///
    /// ```
    /// use poolalloc::PoolAlloc;
    /// use std::alloc::Layout;
    ///
    /// let layout = Layout::array::<u8>(130).unwrap();
    /// let good = PoolAlloc::good_size(layout);
    /// assert!(good >= 130);
    /// let layout = Layout::array::<u8>(good).unwrap();
    /// assert_eq!(PoolAlloc::good_size(layout), good);
    /// ```
    #[must_use]
    pub fn good_size(layout: Layout) -> usize {
        engine::good_size(layout)
    }

    /// True if `address` lies in memory that this allocator manages, whether or not a live block
    /// is there.
    ///
    /// Any address may be asked for: nothing is read there. Large blocks that went to another
    /// allocator are not ours, and neither are mappings that are kept for reuse. Cost: two loads
    /// from a table; inside of a large block two for every 4 MiB in front.
    #[must_use]
    pub fn owns(address: *const u8) -> bool {
        engine::owns(address)
    }
}

impl<L> PoolAlloc<L> {
    /// Bytes that may be used at `block`: at least `layout.size()`.
    ///
    /// `realloc` keeps the first `layout.size()` bytes, of the layout it is given: who uses more
    /// says so by passing the larger size from then on, here and to `dealloc`.
    ///
    /// Cost: arithmetic; for a large block two loads from a table.
    ///
    /// # Safety
    ///
    /// `block` is live and came from this allocator with `layout`.
    #[must_use]
    pub unsafe fn usable_size(&self, block: *mut u8, layout: Layout) -> usize
    where
        L: Large,
    {
        if L::IS_MAPPED || !engine::is_large(layout) {
            engine::usable_size(block, layout)
        } else {
            layout.size()
        }
    }
}

/// What a slow path learns of the options.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub struct Told(Options);

mod sealed {
    pub trait Sealed {}
    impl Sealed for super::Mapped {}
    impl<B: super::GlobalAlloc> Sealed for B {}
}

/// Where large requests go: [`Mapped`], or any [`GlobalAlloc`]. Implemented for these only.
///
/// # Safety
///
/// The functions keep the contract of [`GlobalAlloc`]'s.
pub unsafe trait Large: sealed::Sealed {
    #[doc(hidden)]
    const IS_MAPPED: bool;
    #[doc(hidden)]
    unsafe fn alloc(&self, layout: Layout, options: Told) -> *mut u8;
    #[doc(hidden)]
    unsafe fn alloc_zeroed(&self, layout: Layout, options: Told) -> *mut u8;
    #[doc(hidden)]
    unsafe fn dealloc(&self, block: *mut u8, layout: Layout);
    #[doc(hidden)]
    unsafe fn realloc(&self, block: *mut u8, layout: Layout, new_size: usize) -> *mut u8;
}

// SAFETY: the engine keeps the contract for every layout.
unsafe impl Large for Mapped {
    const IS_MAPPED: bool = true;

    #[inline(always)]
    unsafe fn alloc(&self, layout: Layout, Told(options): Told) -> *mut u8 {
        // SAFETY: the caller's promise.
        unsafe { engine::alloc_with(layout, options) }
    }

    #[inline(always)]
    unsafe fn alloc_zeroed(&self, layout: Layout, Told(options): Told) -> *mut u8 {
        // SAFETY: the caller's promise.
        unsafe { engine::alloc_zeroed_with(layout, options) }
    }

    #[inline(always)]
    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: the caller's promise.
        unsafe { engine::dealloc(block, layout) }
    }

    #[inline(always)]
    unsafe fn realloc(&self, block: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        // SAFETY: the caller's promise.
        unsafe { engine::realloc(block, layout, new_size) }
    }
}

// SAFETY: `B` keeps the contract for large layouts, the engine for all others.
unsafe impl<B: GlobalAlloc> Large for B {
    const IS_MAPPED: bool = false;

    #[inline(always)]
    unsafe fn alloc(&self, layout: Layout, Told(options): Told) -> *mut u8 {
        if engine::is_large(layout) {
            // SAFETY: the caller's promise.
            unsafe { GlobalAlloc::alloc(self, layout) }
        } else {
            // SAFETY: the caller's promise.
            unsafe { engine::alloc_with(layout, options) }
        }
    }

    #[inline(always)]
    unsafe fn alloc_zeroed(&self, layout: Layout, Told(options): Told) -> *mut u8 {
        if engine::is_large(layout) {
            // SAFETY: the caller's promise.
            unsafe { GlobalAlloc::alloc_zeroed(self, layout) }
        } else {
            // SAFETY: the caller's promise.
            unsafe { engine::alloc_zeroed_with(layout, options) }
        }
    }

    #[inline(always)]
    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        if engine::is_large(layout) {
            // SAFETY: the caller's promise; the layout sent the request to `self`.
            unsafe { GlobalAlloc::dealloc(self, block, layout) }
        } else {
            // SAFETY: the caller's promise; the layout sent the request to the engine.
            unsafe { engine::dealloc(block, layout) }
        }
    }

    #[inline(always)]
    unsafe fn realloc(&self, block: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        // SAFETY: the caller's promise.
        let new_layout = unsafe { Layout::from_size_align_unchecked(new_size, layout.align()) };
        match (engine::is_large(layout), engine::is_large(new_layout)) {
            // SAFETY: the caller's promise.
            (false, false) => unsafe { engine::realloc(block, layout, new_size) },
            // SAFETY: the caller's promise; the layout sent the request to `self`.
            (true, true) => unsafe { GlobalAlloc::realloc(self, block, layout, new_size) },
            // SAFETY: the caller's promise.
            _ => unsafe { move_across(self, block, layout, new_layout) },
        }
    }
}

/// Moves a block from the engine to the other allocator, or back.
unsafe fn move_across<L: Large>(
    large: &L,
    block: *mut u8,
    layout: Layout,
    new_layout: Layout,
) -> *mut u8 {
    // SAFETY: the caller's promise.
    let new = unsafe { Large::alloc(large, new_layout, Told(Options::UNTOLD)) };
    if !new.is_null() {
        let bytes = layout.size().min(new_layout.size());
        // SAFETY: both blocks are live and at least this large.
        unsafe { ptr::copy_nonoverlapping(block, new, bytes) };
        // SAFETY: the caller's promise.
        unsafe { Large::dealloc(large, block, layout) };
    }
    new
}

// SAFETY: `Large` keeps the contract.
unsafe impl<L: Large> GlobalAlloc for PoolAlloc<L> {
    #[inline(always)]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's promise.
        unsafe { self.large.alloc(layout, Told(self.options)) }
    }

    #[inline(always)]
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's promise.
        unsafe { self.large.alloc_zeroed(layout, Told(self.options)) }
    }

    #[inline(always)]
    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: the caller's promise.
        unsafe { self.large.dealloc(block, layout) }
    }

    #[inline(always)]
    unsafe fn realloc(&self, block: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        // SAFETY: the caller's promise.
        unsafe { self.large.realloc(block, layout, new_size) }
    }
}
