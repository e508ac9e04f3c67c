//! The pairs that are counted. They stand in a crate of their own, as a user's dependencies do:
//! without LTO they reach the allocator through the symbols that `std::alloc` calls. And what counts them,
//! and holds the figures to those that are committed.

pub mod committed;
pub mod count;
pub mod scale;

use std::{
    alloc::{Layout, alloc, dealloc},
    hint::black_box,
};

/// Allocates and frees `count` blocks of `size` bytes, one at a time; the size is not a constant.
#[inline(never)]
pub fn sized_pairs(size: usize, count: usize) {
    let layout = Layout::from_size_align(black_box(size), 8).expect("a layout");
    for _ in 0..count {
        // SAFETY: the size is not 0.
        let block = black_box(unsafe { alloc(black_box(layout)) });
        // SAFETY: allocated above with this layout, and not used again.
        unsafe { dealloc(block, black_box(layout)) };
    }
}

/// Allocates and frees `count` blocks of a `T`, one at a time.
#[inline(never)]
pub fn constant_pairs<T>(count: usize) {
    let layout = const { Layout::new::<T>() };
    for _ in 0..count {
        // SAFETY: the types that are counted have a size.
        let block = black_box(unsafe { alloc(layout) });
        // SAFETY: allocated above with this layout, and not used again.
        unsafe { dealloc(black_box(block), layout) };
    }
}

/// The loop of [`constant_pairs`] with nothing in it but what keeps the optimiser out.
#[inline(never)]
pub fn no_pairs(block: *mut u8, count: usize) {
    for _ in 0..count {
        let block = black_box(block);
        black_box(block);
    }
}
