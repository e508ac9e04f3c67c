//! The block that was freed last, of each size, in each thread: most boxes are made after one was
//! dropped, and then one word is read and written.
//!
//! Sizes are rounded up to 8 bytes, so boxes of different types share blocks.
//!
//! What is inlined has no atomic access, not even a relaxed one, and the rest takes a call: across
//! an atomic store LLVM moves nothing in memory, so a box's content would be made on the stack and
//! copied.

extern crate std;

use crate::{asan, engine, pool::thread};
use core::{alloc::Layout, cell::Cell, ptr, ptr::NonNull};
use std::{alloc::handle_alloc_error, boxed::Box, thread_local};

/// Largest block that is kept, in bytes.
const MAX_BYTES: usize = 1024;
const PLACES: usize = MAX_BYTES / 8 + 1;
/// In place of a block: the thread has not said that it wants to be asked at its end, or is past it.
const OFF: *mut u8 = ptr::without_provenance_mut(1);

thread_local! {
    static HOT: [Cell<*mut u8>; PLACES] = const { [const { Cell::new(OFF) }; PLACES] };
}

/// What a box of `layout` asks the allocator for.
const fn rounded(layout: Layout) -> Layout {
    if layout.size() > MAX_BYTES || layout.align() > 8 {
        return layout;
    }
    match Layout::from_size_align(layout.size().next_multiple_of(8), 8) {
        Ok(layout) => layout,
        Err(_) => layout,
    }
}

const fn is_kept(layout: Layout) -> bool {
    layout.size() <= MAX_BYTES && layout.align() <= 8
}

/// A block of `layout`, whose size is not 0.
#[inline(always)]
pub(super) fn allocate<T>() -> NonNull<u8> {
    let layout = const { rounded(Layout::new::<T>()) };
    if const { is_kept(Layout::new::<T>()) } {
        let hot = HOT.with(|hot| {
            let place = &hot[layout.size() / 8];
            let block = place.get();
            if block > OFF {
                place.set(ptr::null_mut());
            }
            block
        });
        if hot > OFF
            && let Some(block) = NonNull::new(hot)
        {
            asan::unpoison(hot, layout.size());
            return block;
        }
    }
    allocate_far(layout)
}

/// A block from the allocator.
///
/// * `layout`: not of size 0.
#[inline(never)]
fn allocate_far(layout: Layout) -> NonNull<u8> {
    // SAFETY: callers have no type of size 0.
    match NonNull::new(unsafe { engine::alloc(layout) }) {
        Some(block) => block,
        None => handle_alloc_error(layout),
    }
}

/// Gives a block back.
///
/// # Safety
///
/// It came from `allocate` of the same type, and is not used again.
#[inline(always)]
pub(super) unsafe fn free<T>(block: NonNull<u8>) {
    let layout = const { rounded(Layout::new::<T>()) };
    if const { is_kept(Layout::new::<T>()) } {
        let place = |hot: &[Cell<*mut u8>; PLACES]| {
            let place = &hot[layout.size() / 8];
            let is_free = place.get().is_null();
            if is_free {
                place.set(block.as_ptr());
            }
            is_free
        };
        if HOT.with(place) {
            return asan::poison(block.as_ptr(), layout.size());
        }
    }
    // SAFETY: the caller's promise.
    unsafe { free_far(block, layout) };
}

/// Gives a block back to the allocator.
///
/// # Safety
///
/// It came from `allocate` with this layout, and is not used again.
#[inline(never)]
unsafe fn free_far(block: NonNull<u8>, layout: Layout) {
    if HOT.with(|hot| hot[0].get()) == OFF && is_kept(layout) {
        begin();
    }
    // SAFETY: the caller's promise.
    unsafe { engine::dealloc(block.as_ptr(), layout) };
}

/// From now on the calling thread keeps blocks.
#[cold]
#[inline(never)]
fn begin() {
    if thread::enter().is_some() {
        thread::at_end(Box::new(AtEnd));
        HOT.with(|hot| hot.iter().for_each(|place| place.set(ptr::null_mut())));
    }
}

/// Gives the thread's blocks back.
struct AtEnd;

impl thread::Member for AtEnd {
    fn thread_ends(&self, _: usize) {
        for (place, size) in (0..PLACES).zip((0..).step_by(8)) {
            let block = HOT.with(|hot| hot[place].replace(OFF));
            if let Ok(layout) = Layout::from_size_align(size, 8)
                && block > OFF
            {
                asan::unpoison(block, size);
                // SAFETY: it came from `allocate` with this layout.
                unsafe { engine::dealloc(block, layout) };
            }
        }
    }

    fn is_done(&self) -> bool {
        false
    }
}
