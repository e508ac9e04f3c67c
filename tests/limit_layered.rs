//! `PoolAlloc::limit` under `with_large`: what the other allocator maps is not ours to count.

mod common;

use common::{
    child::alone,
    hoard::{Hoard, layout},
};
use poolalloc::PoolAlloc;
use std::alloc::{GlobalAlloc, System};

const MIB: usize = 1 << 20;
const LIMIT_BYTES: usize = 16 * MIB;

#[global_allocator]
static GLOBAL: PoolAlloc<System> = PoolAlloc::new().limit(LIMIT_BYTES).with_large(System);

/// The same engine, without the layer.
static POOL: PoolAlloc = PoolAlloc::new();

#[test]
fn the_other_allocator_goes_beyond_the_limit_and_the_engine_does_not() {
    alone("the_other_allocator_goes_beyond_the_limit_and_the_engine_does_not", || {
        let before = PoolAlloc::stats().committed_bytes;
        let large = vec![1_u8; 4 * LIMIT_BYTES];
        assert_eq!(PoolAlloc::stats().committed_bytes, before, "the other's memory was counted");
        let mut small: Vec<Vec<u8>> = Vec::with_capacity(MIB);
        let mut refused = Vec::new();
        while refused.try_reserve_exact(10_000).is_ok() {
            small.push(std::mem::take(&mut refused));
        }
        let taken = small.len() * 10_000;
        drop(small);
        assert!(taken > LIMIT_BYTES / 2 && taken <= LIMIT_BYTES, "{taken} bytes");
        assert!(large.iter().all(|byte| *byte == 1), "the other's block changed");
    });
}

#[test]
fn a_block_that_cannot_come_in_from_the_other_allocator_stays_there() {
    alone("a_block_that_cannot_come_in_from_the_other_allocator_stays_there", || {
        // SAFETY: the size is not 0.
        let block = unsafe { GLOBAL.alloc_zeroed(layout(2 * MIB)) };
        assert!(!block.is_null());
        let hoard = Hoard::of_all(&POOL);
        // SAFETY: live, with this layout.
        let moved = unsafe { GLOBAL.realloc(block, layout(2 * MIB), 500_000) };
        // SAFETY: it did not move, if nothing else is wrong.
        let zero = unsafe { std::slice::from_raw_parts(block, 2 * MIB) }.iter().all(|b| *b == 0);
        hoard.free();
        assert!(moved.is_null() && zero, "moved where there was no room, or changed");
        // SAFETY: as above; now there is room.
        let moved = unsafe { GLOBAL.realloc(block, layout(2 * MIB), 500_000) };
        assert!(!moved.is_null(), "there is room again");
        // SAFETY: live, with this layout.
        unsafe { GLOBAL.dealloc(moved, layout(500_000)) };
    });
}
