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
        audit, collect as collect_impl, heap::Heap, home::Segments, large, map, purge, run,
        segment::Segment, thread, watch,
    },
    options::Options,
    protocol::block::{Block, Chain},
    size_class::{SizeClass, TABLE_ALIGN, last_byte},
};
use core::{
    alloc::Layout,
    iter,
    ptr::{self, NonNull},
};

/// What serves a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Route {
    Small(SizeClass),
    /// So many slices.
    Medium(usize),
    Large,
}

impl Route {
    #[inline(always)]
    pub(super) fn of(layout: Layout) -> Self {
        match SizeClass::of(layout) {
            Some(class) => Self::Small(class),
            None if last_byte(layout) < MEDIUM_MAX && layout.align() <= SLICE_BYTES => {
                Self::Medium(last_byte(layout) / SLICE_BYTES + 1)
            }
            None => Self::Large,
        }
    }
}

/// The requests that are served where they are made, and two kinds that take a call: one for each
/// comparison, else the compiler makes one jump of both and takes more instructions for it.
#[derive(Clone, Copy, Debug)]
pub(super) enum Near {
    /// Up to 1 KiB: the class is looked up in a table.
    Small(SizeClass),
    /// Aligned to more than 8 bytes.
    Aligned,
    /// Above 1 KiB.
    Far,
}

impl Near {
    #[inline(always)]
    pub(super) fn of(layout: Layout) -> Self {
        if layout.align() > TABLE_ALIGN {
            return Self::Aligned;
        }
        match SizeClass::in_table(layout.size()) {
            Some(class) => Self::Small(class),
            None => Self::Far,
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
        Near::Small(class) => alloc_small(layout, class, options, thread::heap()),
        Near::Aligned => alloc_aligned(layout.size(), layout.align(), options, thread::heap()),
        Near::Far => alloc_far(layout.size(), layout.align(), options, thread::heap()),
    }
}

#[inline(always)]
fn alloc_small(layout: Layout, class: SizeClass, options: Options, heap: &Heap) -> *mut u8 {
    match heap.magazines.pop(class) {
        Some(block) => hand_out(block.cast(), layout),
        None => alloc_slow(layout.size(), layout.align(), options),
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
        Near::Small(class) => free_small(block, layout, class, thread::heap()),
        Near::Aligned => free_aligned(block, layout.size(), layout.align(), thread::heap()),
        Near::Far => free_far(block, layout.size(), layout.align(), thread::heap()),
    }
}

#[inline(always)]
fn free_small(block: NonNull<u8>, layout: Layout, class: SizeClass, heap: &Heap) {
    take_back(block, class);
    let wants_next = heap.magazines.wants_next(class);
    // Where allocations and frees take turns the look costs more than it takes to see that it is not
    // needed: 64 bytes are a common size. Where sizes come in any order, nothing can foretell it.
    if !(wants_next && class.is_line()) && heap.code.refuses(block.as_ptr()) {
        return free_stranger(block.cast(), layout.size(), layout.align());
    }
    if wants_next {
        heap.magazines.put_next(class, block.cast());
    } else if !heap.magazines.push_entry(class, block.cast()) {
        free_slow(block.cast(), layout.size(), layout.align());
    }
}

/// `GlobalAlloc::alloc_zeroed`.
///
/// # Safety
///
/// `layout.size() > 0`.
#[inline]
pub(crate) unsafe fn alloc_zeroed_with(layout: Layout, options: Options) -> *mut u8 {
    let Route::Small(class) = Route::of(layout) else {
        return alloc_big(layout, true, options);
    };
    let heap = thread::heap();
    let block = match heap.magazines.pop(class) {
        Some(block) => hand_out(block.cast(), layout),
        None => {
            // Blocks that were never used are zero; worth a look where a memset costs more.
            let fresh = class.block_bytes() >= ZEROED_MIN && !heap.is_nobody();
            if fresh && let Some(block) = heap.alloc_zeroed(class) {
                let start = hand_out(block.cast(), layout);
                touch(block.cast(), layout.size());
                return start;
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

/// Writes to each page of a small block that is zero, and may never have been touched: if the program
/// reads before it writes, the system gives it a page of zeros first, and then another one.
fn touch(block: NonNull<u8>, bytes: usize) {
    const PAGE_BYTES: usize = 4096;
    // The block may begin in the middle of a page, and end in that of another.
    let to_next_page = PAGE_BYTES - block.addr().get() % PAGE_BYTES;
    for offset in iter::once(0).chain((to_next_page..bytes).step_by(PAGE_BYTES)) {
        // SAFETY: within the block, which has at least one byte.
        let byte = unsafe { block.add(offset) };
        // SAFETY: as above; the caller holds the block.
        unsafe { byte.write_volatile(0) };
    }
}

/// From this block size on, in bytes, a zeroed request looks for a block that is zero.
const ZEROED_MIN: usize = 1024;

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

/// Requests that are aligned to more than 8 bytes.
///
/// * `heap`: the thread's. Who calls knows where it is; here, in a library, to find it might be a call,
///   for which every register that is still needed would be saved.
#[cold]
#[inline(never)]
fn alloc_aligned(size: usize, align: usize, options: Options, heap: &Heap) -> *mut u8 {
    // SAFETY: they were a layout's.
    let layout = unsafe { Layout::from_size_align_unchecked(size, align) };
    match SizeClass::of(layout) {
        Some(class) => alloc_small(layout, class, options, heap),
        None => alloc_big(layout, false, options),
    }
}

/// Frees of what [`alloc_aligned`] allocates.
#[cold]
#[inline(never)]
fn free_aligned(block: NonNull<u8>, size: usize, align: usize, heap: &Heap) {
    // SAFETY: they were a layout's.
    let layout = unsafe { Layout::from_size_align_unchecked(size, align) };
    match SizeClass::of(layout) {
        Some(class) => free_small(block, layout, class, heap),
        None => free_big(block, layout),
    }
}

/// Requests above 1 KiB, aligned to at most 8 bytes.
#[cold]
#[inline(never)]
fn alloc_far(size: usize, align: usize, options: Options, heap: &Heap) -> *mut u8 {
    // SAFETY: they were a layout's.
    let layout = unsafe { Layout::from_size_align_unchecked(size, align) };
    match SizeClass::beyond_table(size) {
        Some(class) => alloc_small(layout, class, options, heap),
        None => alloc_big(layout, false, options),
    }
}

/// Frees of what [`alloc_far`] allocates.
#[cold]
#[inline(never)]
fn free_far(block: NonNull<u8>, size: usize, align: usize, heap: &Heap) {
    // SAFETY: they were a layout's.
    let layout = unsafe { Layout::from_size_align_unchecked(size, align) };
    match SizeClass::beyond_table(size) {
        Some(class) => free_small(block, layout, class, heap),
        None => free_big(block, layout),
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

/// Frees a block that this thread's heap refuses; so there is one.
#[cold]
#[inline(never)]
fn free_stranger(block: Block, size: usize, align: usize) {
    let (_, class) = of_small(size, align);
    thread::heap().free(class, block);
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
fn alloc_big(layout: Layout, zeroed: bool, options: Options) -> *mut u8 {
    watch::hear(options);
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
        return thread::look_after_memory();
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
