//! Every size and every alignment is served: aligned, apart from what is live, and with room for
//! all its bytes.

use super::{MEDIUM_MAX_BYTES, POOL, SMALL_MAX_BYTES, aligns_to, layout};
use crate::common::block::Block;
use poolalloc::PoolAlloc;
use std::collections::VecDeque;

/// Serves the requests of `layouts` with up to `live` blocks at a time; each keeps its bytes until
/// it is freed.
fn serve(layouts: impl Iterator<Item = std::alloc::Layout>, live: usize) {
    let mut blocks: VecDeque<(u64, Block<PoolAlloc>)> = VecDeque::new();
    for (tag, layout) in (0..).zip(layouts) {
        let block = if tag % 3 == 0 {
            Block::zeroed(&POOL, layout, tag)
        } else {
            Block::alloc(&POOL, layout, tag)
        };
        blocks.push_back((tag, block));
        if blocks.len() > live {
            // Neither the oldest nor the newest always: holes appear between live blocks.
            let victim = usize::try_from(tag * 7919).expect("usize has 64 bits") % blocks.len();
            let (tag, block) = blocks.swap_remove_back(victim).expect("an index below the length");
            block.check(tag);
            block.free();
        }
    }
    for (tag, block) in blocks {
        block.check(tag);
        block.free();
    }
}

#[test]
fn every_size_to_40000_is_served() {
    let step = if cfg!(miri) { 997 } else { 1 };
    serve((1..=40_000).step_by(step).map(|size| layout(size, 8)), 64);
    serve((1..=40_000).rev().step_by(step).map(|size| layout(size, 1)), 64);
}

#[test]
fn every_small_size_is_served_at_every_small_alignment() {
    let step = if cfg!(miri) { 97 } else { 1 };
    let sizes = (1..=1024).step_by(step).chain((1025..=SMALL_MAX_BYTES + 4096).step_by(61 * step));
    serve(sizes.flat_map(|size| aligns_to(4096).map(move |align| layout(size, align))), 100);
}

#[test]
fn every_alignment_to_8_mib_is_served_at_sizes_around_it() {
    let max = if cfg!(miri) { 1 << 16 } else { 8 << 20 };
    let around =
        |align: usize| [1, align / 2, align - 1, align, align + 1, align + align / 2, 2 * align];
    let sizes =
        aligns_to(max).flat_map(move |align| around(align).map(|size| layout(size.max(1), align)));
    serve(sizes, 9);
}

#[test]
fn every_alignment_to_8_mib_is_served_at_every_order_of_size() {
    let max = if cfg!(miri) { 1 << 16 } else { 8 << 20 };
    let sizes = (0..24).map(|bit| 1_usize << bit).filter(move |size| *size <= max);
    serve(sizes.flat_map(move |size| aligns_to(max).map(move |align| layout(size, align))), 7);
}

#[test]
fn sizes_around_the_borders_are_served() {
    let around = |border: usize| {
        (border - 17..border + 17).flat_map(|size| [8, 64, 4096].map(|align| layout(size, align)))
    };
    serve(
        [SMALL_MAX_BYTES, 64 << 10, 256 << 10, MEDIUM_MAX_BYTES, 4 << 20]
            .into_iter()
            .flat_map(around),
        12,
    );
}

#[test]
fn zeroed_memory_is_zero_where_it_was_used_before() {
    for size in
        [1, 24, 64, 1000, 5000, SMALL_MAX_BYTES, 100_000, 400_000, MEDIUM_MAX_BYTES, 3 << 20]
    {
        for round in 0..20 {
            let dirty: Vec<_> =
                (0..10).map(|tag| Block::alloc(&POOL, layout(size, 8), tag)).collect();
            dirty.into_iter().for_each(Block::free);
            // `zeroed` looks at every byte.
            let zeroed: Vec<_> =
                (0..10).map(|tag| Block::zeroed(&POOL, layout(size, 8), tag)).collect();
            zeroed.into_iter().for_each(Block::free);
            if round == 10 {
                PoolAlloc::collect();
            }
        }
    }
}
