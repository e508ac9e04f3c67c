//! `usable_size` and `good_size`: what a block really holds.

use super::{MEDIUM_MAX_BYTES, POOL, SMALL_MAX_BYTES, aligns_to, layout};
use crate::common::block::Block;
use poolalloc::PoolAlloc;

#[test]
fn all_usable_bytes_of_live_blocks_are_apart() {
    for size in (1..2000).step_by(7).chain([
        5000,
        SMALL_MAX_BYTES - 100,
        40_000,
        300_000,
        MEDIUM_MAX_BYTES + 1,
    ]) {
        // `alloc` fills every usable byte, so an overlap changes a neighbour's.
        let blocks: Vec<_> =
            (0..20).map(|tag| (tag, Block::alloc(&POOL, layout(size, 8), tag))).collect();
        for (tag, block) in blocks {
            block.check(tag);
            block.free();
        }
    }
}

#[test]
fn good_size_is_enough_and_is_what_a_block_has() {
    for size in (1..=40_000).chain([100_000, 262_144, 262_145, MEDIUM_MAX_BYTES]) {
        let good = PoolAlloc::good_size(layout(size, 8));
        assert!(good >= size, "good_size({size}) is only {good}");
        let block = Block::alloc(&POOL, layout(size, 8), 1);
        assert_eq!(block.usable_bytes(), good, "good_size and usable_size differ for {size} bytes");
        block.free();
    }
}

#[test]
fn good_size_is_its_own_good_size_and_grows_with_the_request() {
    let mut last = 0;
    for size in 1..=42_000 {
        let good = PoolAlloc::good_size(layout(size, 8));
        assert!(good >= last, "a larger request, {size}, gets a smaller block");
        assert_eq!(
            PoolAlloc::good_size(layout(good, 8)),
            good,
            "a request of a whole block gets another block"
        );
        last = good;
    }
}

#[test]
fn good_size_wastes_little() {
    // DESIGN.md: 8-byte steps to 128 bytes, 8 a doubling to 1 KiB, 4 a doubling to 32 KiB.
    for size in 1..=SMALL_MAX_BYTES {
        let waste = PoolAlloc::good_size(layout(size, 8)) - size;
        let most = if size <= 128 {
            7
        } else if size <= 1024 {
            size / 8
        } else {
            size / 4
        };
        assert!(waste <= most, "a block for {size} bytes wastes {waste}");
    }
}

#[test]
fn good_size_serves_every_alignment() {
    for align in aligns_to(4096) {
        for size in (1..20_000).step_by(37) {
            let good = PoolAlloc::good_size(layout(size, align));
            assert!(good >= size, "good_size of {size} bytes aligned to {align} is only {good}");
        }
    }
}
