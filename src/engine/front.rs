//! What each request takes: the fast paths, and the way to the others.
//!
//! | size rounded up to its alignment | alignment | served by                              |
//! |----------------------------------|-----------|----------------------------------------|
//! | up to 32 KiB                     | any       | small: a block of a slab               |
//! | up to 1 MiB                      | <= 64 KiB | medium: a run of slices                |
//! | more                             | any       | large: a mapping, or the plugged-in allocator |
//!
//! The `Layout` decides, on both ends: a free looks nothing up to learn what it frees.

use crate::{
    asan,
    config::{MEDIUM_MAX, SLICE_BYTES},
    engine::{
        audit, collect as collect_impl, home::Segments, large, map, owner, purge, run,
        segment::Segment, thread, watch,
    },
    options::Options,
    protocol::block::{Block, Chain},
    size_class::{SizeClass, last_byte},
};
use core::{
    alloc::Layout,
    ptr::{self, NonNull},
};

/// What serves a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Route {
    Small(SizeClass),
    /// So many slices.
    Medium(usize),
    Large,
}

impl Route {
    #[inline(always)]
    fn of(layout: Layout) -> Self {
        match SizeClass::of(layout) {
            Some(class) => Self::Small(class),
            None if last_byte(layout) < MEDIUM_MAX && layout.align() <= SLICE_BYTES => {
                Self::Medium(last_byte(layout) / SLICE_BYTES + 1)
            }
            None => Self::Large,
        }
    }
}

/// The requests that are served where they are made; all others take a call.
#[derive(Clone, Copy, Debug)]
enum Near {
    /// The class is a division by 8.
    Tiny(SizeClass),
    /// The class is looked up in a table.
    Small(SizeClass),
    No,
}

impl Near {
    #[inline(always)]
    fn of(layout: Layout) -> Self {
        if let Some(class) = SizeClass::of_tiny(layout) {
            return Self::Tiny(class);
        }
        match SizeClass::of_table(layout) {
            Some(class) => Self::Small(class),
            None => Self::No,
        }
    }
}

/// True if a request of this layout is large, and so may go to another allocator.
#[inline(always)]
pub(crate) fn is_large(layout: Layout) -> bool {
    Route::of(layout) == Route::Large
}

/// `GlobalAlloc::alloc`.
///
/// * `options`: those of the value that was asked; only slow paths take them along.
///
/// # Safety
///
/// `layout.size() > 0`.
#[inline(always)]
pub(crate) unsafe fn alloc_with(layout: Layout, options: Options) -> *mut u8 {
    match Near::of(layout) {
        // The arms are written out, so that the compiler keeps the first one free of the others.
        Near::Tiny(class) => {
            let heap = thread::heap();
            match heap.magazines.pop(class) {
                Some(block) => hand_out(block.cast(), layout),
                None => alloc_slow(layout.size(), layout.align(), options),
            }
        }
        Near::Small(class) => {
            let heap = thread::heap();
            match heap.magazines.pop(class) {
                Some(block) => hand_out(block.cast(), layout),
                None => alloc_slow(layout.size(), layout.align(), options),
            }
        }
        Near::No => alloc_far(layout.size(), layout.align()),
    }
}

/// As [`alloc_with`], for who has no options.
///
/// # Safety
///
/// `layout.size() > 0`.
#[inline(always)]
pub(crate) unsafe fn alloc(layout: Layout) -> *mut u8 {
    // SAFETY: the caller's promise.
    unsafe { alloc_with(layout, Options::UNTOLD) }
}

/// `GlobalAlloc::dealloc`.
///
/// # Safety
///
/// `block` is live, came from here with `layout`, and is not used again.
#[inline(always)]
pub(crate) unsafe fn dealloc(block: *mut u8, layout: Layout) {
    // SAFETY: blocks are not null.
    let block = unsafe { NonNull::new_unchecked(block) };
    match Near::of(layout) {
        Near::Tiny(class) => {
            take_back(block, class);
            let heap = thread::heap();
            let at_home = !class.is_checked() || owner::is(block.as_ptr(), heap.name());
            if !(at_home && heap.magazines.push(class, block.cast())) {
                free_slow(block.cast(), layout.size(), layout.align());
            }
        }
        Near::Small(class) => {
            take_back(block, class);
            if !thread::heap().magazines.push(class, block.cast()) {
                free_slow(block.cast(), layout.size(), layout.align());
            }
        }
        Near::No => free_far(block, layout.size(), layout.align()),
    }
}

/// `GlobalAlloc::alloc_zeroed`.
///
/// # Safety
///
/// `layout.size() > 0`.
#[inline]
pub(crate) unsafe fn alloc_zeroed_with(layout: Layout, options: Options) -> *mut u8 {
    let Route::Small(class) = Route::of(layout) else { return alloc_big(layout, true) };
    let heap = thread::heap();
    let block = match heap.magazines.pop(class) {
        Some(block) => hand_out(block.cast(), layout),
        None => {
            // Blocks that were never used are zero; worth a look where a memset costs more.
            let fresh = class.block_bytes() >= ZEROED_MIN && !heap.is_nobody();
            if fresh && let Some(block) = heap.alloc_zeroed(class) {
                return hand_out(block.cast(), layout);
            }
            alloc_slow(layout.size(), layout.align(), options)
        }
    };
    if !block.is_null() {
        // SAFETY: a live block of at least this size.
        unsafe { ptr::write_bytes(block, 0, layout.size()) };
    }
    block
}

/// From this block size on, in bytes, a zeroed request looks for a block that is zero.
const ZEROED_MIN: usize = 1024;

/// `GlobalAlloc::realloc`.
///
/// # Safety
///
/// `block` is live and came from here with `layout`; `new_size > 0`, and not above `isize::MAX`
/// when rounded up to the alignment.
#[inline]
pub(crate) unsafe fn realloc(block: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
    // SAFETY: the caller's promise.
    let new_layout = unsafe { Layout::from_size_align_unchecked(new_size, layout.align()) };
    match (Route::of(layout), Route::of(new_layout)) {
        (Route::Small(old), Route::Small(new)) if old == new => {
            asan::unpoison(block, new_size);
            return block;
        }
        (Route::Small(_), _) | (_, Route::Small(_)) => {}
        (old, new) => {
            // SAFETY: the caller's promise.
            if let Some(block) = unsafe { resize_big(block, layout, new_size, old, new) } {
                return block.as_ptr();
            }
        }
    }
    // SAFETY: the caller's promise.
    unsafe { realloc_by_copy(block, layout, new_layout) }
}

/// Changes the size of a medium or large block without copying, if its kind stays.
unsafe fn resize_big(
    block: *mut u8,
    layout: Layout,
    new_size: usize,
    old: Route,
    new: Route,
) -> Option<NonNull<u8>> {
    let start = NonNull::new(block)?;
    match (old, new) {
        (Route::Medium(old), Route::Medium(new)) => {
            let resized = run::resize(start, old, new);
            asan::unpoison(block, if resized { new_size } else { 0 });
            resized.then_some(start)
        }
        // SAFETY: the caller's promise.
        (Route::Large, Route::Large) => unsafe { large::resize(start, layout, new_size) },
        _ => None,
    }
}

#[inline(never)]
unsafe fn realloc_by_copy(block: *mut u8, layout: Layout, new_layout: Layout) -> *mut u8 {
    // SAFETY: sizes are not 0.
    let new = unsafe { alloc(new_layout) };
    if !new.is_null() {
        let bytes = layout.size().min(new_layout.size());
        // SAFETY: both blocks are live and at least this large.
        unsafe { ptr::copy_nonoverlapping(block, new, bytes) };
        // SAFETY: the caller's promise.
        unsafe { dealloc(block, layout) };
    }
    new
}

/// What every small or medium block goes through on its way to the program.
#[inline(always)]
pub(super) fn hand_out(block: NonNull<u8>, layout: Layout) -> *mut u8 {
    audit::handed_out(block);
    asan::unpoison(block.as_ptr(), layout.size());
    block.as_ptr()
}

/// What every small block goes through on its way back.
#[inline(always)]
pub(super) fn take_back(block: NonNull<u8>, class: SizeClass) {
    audit::freed(block, Some(class));
    if cfg!(poolalloc_asan) {
        asan::poison(block.as_ptr(), class.block_bytes());
    }
}

/// The layout and the class of a small request. Slow paths get size and alignment in the
/// registers in which they came, and look the class up again: nothing is moved or kept for them
/// on the fast path.
fn of_small(size: usize, align: usize) -> (Layout, SizeClass) {
    // SAFETY: they were a layout's.
    let layout = unsafe { Layout::from_size_align_unchecked(size, align) };
    (layout, SizeClass::of(layout).unwrap_or(SizeClass::smallest()))
}

/// Requests above 1 KiB.
#[inline(never)]
fn alloc_far(size: usize, align: usize) -> *mut u8 {
    // SAFETY: they were a layout's.
    let layout = unsafe { Layout::from_size_align_unchecked(size, align) };
    let Some(class) = SizeClass::of(layout) else { return alloc_big(layout, false) };
    match thread::heap().magazines.pop(class) {
        Some(block) => hand_out(block.cast(), layout),
        None => alloc_slow(layout.size(), layout.align(), Options::UNTOLD),
    }
}

/// Frees of more than 1 KiB.
#[inline(never)]
fn free_far(block: NonNull<u8>, size: usize, align: usize) {
    // SAFETY: they were a layout's.
    let layout = unsafe { Layout::from_size_align_unchecked(size, align) };
    let Some(class) = SizeClass::of(layout) else { return free_big(block, layout) };
    take_back(block, class);
    if !thread::heap().magazines.push(class, block.cast()) {
        free_slow(block.cast(), layout.size(), layout.align());
    }
}

#[cold]
#[inline(never)]
fn alloc_slow(size: usize, align: usize, options: Options) -> *mut u8 {
    watch::hear(options);
    let (layout, class) = of_small(size, align);
    let once = || thread::with_heap(|heap| heap.alloc(class)).flatten();
    match once().or_else(|| after_purge(once)) {
        Some(block) => hand_out(block.cast(), layout),
        None => ptr::null_mut(),
    }
}

/// Tries again once everything that is cached has gone back to the system.
fn after_purge<T>(again: impl FnOnce() -> Option<T>) -> Option<T> {
    collect_impl::for_address_space(thread::heap());
    again()
}

#[cold]
#[inline(never)]
fn free_slow(block: Block, size: usize, align: usize) {
    let (_, class) = of_small(size, align);
    if thread::with_heap(|heap| heap.free(class, block)).is_none() {
        free_without_heap(block);
    }
}

/// Out of memory even for a heap: a batch of one, sent at once.
fn free_without_heap(block: Block) {
    // SAFETY: the program freed a small block, so it lies in a segment.
    if let Some(slab) = unsafe { Segment::slab_of(block) } {
        // SAFETY: the block was freed.
        let chain = unsafe { Chain::one(block) };
        // SAFETY: as above; it is of this slab.
        unsafe { slab.push(&Segments, chain) };
    }
}

#[cold]
#[inline(never)]
fn alloc_big(layout: Layout, zeroed: bool) -> *mut u8 {
    let once = || match Route::of(layout) {
        Route::Medium(slices) => thread::with_heap(|heap| heap.alloc_run(slices)).flatten(),
        _ => {
            purge::tick();
            large::alloc(layout)
        }
    };
    let Some((block, is_zero)) = once().or_else(|| after_purge(once)) else {
        return ptr::null_mut();
    };
    if !is_large(layout) {
        hand_out(block, layout);
    }
    if zeroed && !is_zero {
        // SAFETY: a live block of at least this size.
        unsafe { block.write_bytes(0, layout.size()) };
    }
    block.as_ptr()
}

#[cold]
#[inline(never)]
fn free_big(block: NonNull<u8>, layout: Layout) {
    let Route::Medium(slices) = Route::of(layout) else {
        large::free(block);
        purge::tick();
        return thread::start_scavenger_if_wanted();
    };
    audit::freed(block, None);
    asan::poison(block.as_ptr(), slices * SLICE_BYTES);
    if thread::with_heap(|heap| heap.free_run(block, slices)).is_none() {
        run::give_back(block, slices);
    }
}

/// `PoolAlloc::collect`.
pub(crate) fn collect() {
    collect_impl::run(thread::heap());
}

/// `PoolAlloc::good_size`.
pub(crate) fn good_size(layout: Layout) -> usize {
    match Route::of(layout) {
        Route::Small(class) => class.block_bytes(),
        Route::Medium(slices) => slices * SLICE_BYTES,
        Route::Large => large::mapping_bytes(layout.size()).unwrap_or(layout.size()),
    }
}

/// `PoolAlloc::usable_size`.
pub(crate) fn usable_size(block: *mut u8, layout: Layout) -> usize {
    match Route::of(layout) {
        Route::Large => large::usable_bytes(block).unwrap_or(layout.size()),
        _ => {
            asan::unpoison(block, good_size(layout));
            good_size(layout)
        }
    }
}

/// `PoolAlloc::owns`.
pub(crate) fn owns(address: *const u8) -> bool {
    map::owns(address.addr())
}
