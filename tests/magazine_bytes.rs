//! `PoolAlloc::magazine_bytes`: what a thread keeps, in child processes that differ in the option.

mod common;

use common::{block::Block, child::alone};
use poolalloc::PoolAlloc;
use std::{alloc::Layout, thread};

/// Sizes of blocks that are used in turn.
const SIZES: [usize; 8] = [16, 48, 64, 200, 512, 1000, 4000, 20_000];

/// What a magazine of each of these sizes may hold whatever the option says: 2 KiB or a block, and one
/// block in front.
const LEAST_BYTES: usize = 2 * (2048 * 6 + 4096 + 20_480);

/// Allocates and frees many blocks of each size, several times; the most that was in magazines, which
/// are the calling thread's, as no other one uses the allocator.
fn kept(pool: &'static PoolAlloc) -> usize {
    let mut most = 0;
    for round in 0..16 {
        for size in SIZES {
            let layout = Layout::from_size_align(size, 8).expect("a layout");
            let count = (2 << 20) / size.max(512) as u64;
            let blocks: Vec<_> =
                (0..count).map(|tag| Block::alloc(pool, layout, tag + round)).collect();
            for (number, block) in blocks.into_iter().enumerate() {
                block.free();
                if number % 64 == 0 {
                    most = most.max(PoolAlloc::stats().magazine_bytes);
                }
            }
            most = most.max(PoolAlloc::stats().magazine_bytes);
        }
    }
    most
}

#[test]
fn magazines_that_may_not_grow_hold_their_first_bounds() {
    static POOL: PoolAlloc = PoolAlloc::new().magazine_bytes(0);
    alone("magazines_that_may_not_grow_hold_their_first_bounds", || {
        let most = kept(&POOL);
        assert!(most > 2048 && most <= LEAST_BYTES, "{most} bytes");
    });
}

#[test]
fn magazines_hold_no_more_than_was_asked_for() {
    static POOL: PoolAlloc = PoolAlloc::new().magazine_bytes(64 << 10);
    alone("magazines_hold_no_more_than_was_asked_for", || {
        let most = kept(&POOL);
        assert!(most <= LEAST_BYTES + (64 << 10), "{most} bytes");
        assert!(most > 64 << 10, "{most} bytes: there was no need for more");
    });
}

#[test]
fn by_default_magazines_hold_more_than_that() {
    static POOL: PoolAlloc = PoolAlloc::new();
    alone("by_default_magazines_hold_more_than_that", || {
        let most = kept(&POOL);
        assert!(most <= LEAST_BYTES + (512 << 10), "{most} bytes");
        assert!(most > LEAST_BYTES + (64 << 10), "{most} bytes: the other tests say nothing");
    });
}

#[test]
fn with_more_room_than_the_default_magazines_hold_more() {
    static POOL: PoolAlloc = PoolAlloc::new().magazine_bytes(4 << 20);
    alone("with_more_room_than_the_default_magazines_hold_more", || {
        let most = kept(&POOL);
        assert!(most > LEAST_BYTES + (512 << 10), "{most} bytes");
    });
}

#[test]
fn the_option_holds_for_each_thread() {
    static POOL: PoolAlloc = PoolAlloc::new().magazine_bytes(0);
    alone("the_option_holds_for_each_thread", || {
        for _ in 0..3 {
            let most = thread::spawn(|| kept(&POOL)).join().expect("no block changed");
            assert!(most <= LEAST_BYTES, "{most} bytes");
        }
    });
}
