//! Requests that no machine can serve give null, and nothing else changes.

use super::{POOL, layout};
use crate::common::block::Block;
use std::{alloc::GlobalAlloc, hint::black_box};

/// Sizes near the largest that a layout may have, with alignment `align`.
fn sizes(align: usize) -> impl Iterator<Item = usize> {
    let largest = isize::MAX.unsigned_abs() + 1 - align;
    [0, 1, 7, 4095, 4096, 65_535, 4 << 20, largest / 2, largest - (1 << 47)]
        .into_iter()
        .map(move |less| largest - less)
}

#[test]
fn requests_beyond_the_address_space_give_null() {
    for align in [1, 8, 4096, 1 << 16, 4 << 20, 8 << 20, 1 << 40] {
        for size in sizes(align) {
            let layout = layout(size, align);
            // SAFETY: the size is not zero.
            let block = unsafe { POOL.alloc(layout) };
            assert!(block.is_null(), "{layout:?} was served");
            // SAFETY: the size is not zero.
            let block = unsafe { POOL.alloc_zeroed(layout) };
            assert!(block.is_null(), "{layout:?} was served zeroed");
        }
    }
}

#[test]
fn small_requests_with_alignments_beyond_the_address_space_give_null() {
    for bit in 48..=62 {
        let layout = layout(1, 1 << bit);
        // SAFETY: the size is not zero.
        let block = unsafe { POOL.alloc(layout) };
        assert!(block.is_null(), "{layout:?} was served");
    }
}

#[test]
fn a_resize_beyond_the_address_space_leaves_the_block_as_it_was() {
    for old in [1, 1000, 40_000, 1 << 20, 5 << 20] {
        for align in [1, 8, 4096] {
            let block = Block::alloc(&POOL, layout(old, align), 7);
            for size in sizes(align) {
                // With the size known to it, LLVM 22.1 crashes in release builds.
                let size = black_box(size);
                // SAFETY: the block is live with its layout; `size` is not zero and fits the
                // alignment.
                let moved = unsafe { POOL.realloc(block.address().as_ptr(), block.layout(), size) };
                assert!(moved.is_null(), "{old} bytes were grown to {size}");
            }
            block.check(7);
            block.free();
        }
    }
}
