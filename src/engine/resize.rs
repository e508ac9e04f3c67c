//! Blocks that grow or shrink: where they stand if they can, else by a copy.

use crate::{
    asan,
    engine::{
        collect,
        front::{Near, Route, alloc, dealloc},
        large, limit, run, thread,
    },
};
use core::{
    alloc::Layout,
    ptr::{self, NonNull},
};

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
    let (Near::Small(old), Near::Small(new)) = (Near::of(layout), Near::of(new_layout)) else {
        // SAFETY: the caller's promise.
        return unsafe { realloc_far(block, layout, new_layout) };
    };
    if old == new {
        asan::unpoison(block, new_size);
        return block;
    }
    // SAFETY: the caller's promise.
    unsafe { realloc_by_copy(block, layout, new_layout) }
}

/// As [`realloc`], of what is aligned to more than 8 bytes, or above 1 KiB before or after.
#[inline(never)]
unsafe fn realloc_far(block: *mut u8, layout: Layout, new_layout: Layout) -> *mut u8 {
    let new_size = new_layout.size();
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
    make_room(layout.size(), new_size);
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

/// Gives back what is cached if the limit has no room for a block to grow: where it stands it takes
/// less than a copy does.
pub(super) fn make_room(old_size: usize, new_size: usize) {
    if limit::refuses(new_size.saturating_sub(old_size)) {
        collect::for_address_space(thread::heap());
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
