//! The statistics are exact when no other thread allocates, and the memory they count is really
//! taken and given back.

mod common;

use common::block::Block;
use common::rss::rss_bytes;
use common::{POOLED, child::Child};
use poolalloc::{PoolAlloc, Stats};
use std::alloc::Layout;
use std::sync::{Mutex, MutexGuard, PoisonError};

static POOL: PoolAlloc = PoolAlloc::new();

/// The statistics belong to the process: one test at a time.
fn turn() -> MutexGuard<'static, ()> {
    static GATE: Mutex<()> = Mutex::new(());
    GATE.lock().unwrap_or_else(PoisonError::into_inner)
}

fn layout(size: usize) -> Layout {
    Layout::from_size_align(size, 8).expect("a layout")
}

fn blocks_of(stats: &Stats, block_bytes: usize) -> usize {
    stats
        .classes
        .iter()
        .filter(|class| class.block_bytes == block_bytes)
        .map(|class| class.allocated_blocks)
        .sum()
}

#[test]
fn every_class_counts_its_live_blocks() {
    let _turn = turn();
    if !POOLED {
        return;
    }
    for class in PoolAlloc::stats().classes {
        let size = class.block_bytes;
        let before = PoolAlloc::stats();
        let blocks: Vec<_> = (0..100).map(|tag| Block::alloc(&POOL, layout(size), tag)).collect();
        let during = PoolAlloc::stats();
        assert_eq!(
            blocks_of(&during, size),
            blocks_of(&before, size) + 100,
            "live blocks of {size} bytes"
        );
        assert_eq!(
            during.allocated_bytes,
            before.allocated_bytes + 100 * size,
            "bytes of blocks of {size} bytes"
        );
        blocks.into_iter().for_each(Block::free);
        let after = PoolAlloc::stats();
        assert_eq!(
            after.allocated_bytes, before.allocated_bytes,
            "bytes when blocks of {size} bytes are freed"
        );
        assert_eq!(
            blocks_of(&after, size),
            blocks_of(&before, size),
            "blocks when those of {size} bytes are freed"
        );
    }
}

#[test]
fn blocks_freed_by_another_thread_are_not_counted_as_live() {
    let _turn = turn();
    let before = PoolAlloc::stats();
    for size in [24, 64, 200, 3000, 20_000, 100_000, 700_000] {
        let blocks: Vec<_> = (0..50).map(|tag| Block::alloc(&POOL, layout(size), tag)).collect();
        let free = move || blocks.into_iter().for_each(Block::free);
        std::thread::spawn(free).join().expect("the other thread frees the blocks");
    }
    let after = PoolAlloc::stats();
    assert_eq!(
        after.allocated_bytes, before.allocated_bytes,
        "all is freed, by another thread that ended"
    );
}

#[test]
fn remote_frees_are_counted_and_come_home_in_batches() {
    let _turn = turn();
    if !POOLED {
        return;
    }
    let before = PoolAlloc::stats();
    let blocks: Vec<_> = (0..10_000).map(|tag| Block::alloc(&POOL, layout(64), tag)).collect();
    std::thread::spawn(move || blocks.into_iter().for_each(Block::free))
        .join()
        .expect("the blocks are freed");
    let after = PoolAlloc::stats();
    let blocks = after.remote_blocks - before.remote_blocks;
    let batches = after.remote_batches - before.remote_batches;
    assert!(blocks > 0, "10,000 blocks were freed remotely, and none is counted");
    assert!(
        blocks >= 4 * batches,
        "{blocks} blocks came home in {batches} batches: that is no batching"
    );
}

#[test]
fn medium_and_large_blocks_are_counted() {
    let _turn = turn();
    if !POOLED {
        return;
    }
    for size in [40_000, 300_000, 1 << 20, (1 << 20) + 1, 10 << 20] {
        let before = PoolAlloc::stats();
        let block = Block::alloc(&POOL, layout(size), 1);
        let during = PoolAlloc::stats();
        let grown = during.allocated_bytes - before.allocated_bytes;
        assert!(grown >= size, "a live block of {size} bytes counts as {grown}");
        let is_large = usize::from(size > 1 << 20);
        assert_eq!(
            during.large_mappings,
            before.large_mappings + is_large,
            "large mappings at {size} bytes"
        );
        assert!(
            during.large_bytes >= before.large_bytes + is_large * size,
            "large bytes at {size} bytes"
        );
        assert!(during.committed_bytes <= during.reserved_bytes, "more is committed than reserved");
        assert!(
            during.allocated_bytes <= during.committed_bytes,
            "more is allocated than committed"
        );
        block.free();
        let after = PoolAlloc::stats();
        assert_eq!(
            after.allocated_bytes, before.allocated_bytes,
            "a block of {size} bytes is freed"
        );
        assert_eq!(
            after.large_mappings, before.large_mappings,
            "a mapping of {size} bytes is freed"
        );
        assert_eq!(after.large_bytes, before.large_bytes, "a mapping of {size} bytes is freed");
    }
}

#[test]
fn free_blocks_are_counted_where_they_wait() {
    let _turn = turn();
    if !POOLED {
        return;
    }
    let blocks: Vec<_> = (0..1000).map(|tag| Block::alloc(&POOL, layout(256), tag)).collect();
    blocks.into_iter().for_each(Block::free);
    let stats = PoolAlloc::stats();
    assert!(stats.magazine_bytes > 0, "1000 blocks were freed here, and the magazines count none");
    PoolAlloc::collect();
    let stats = PoolAlloc::stats();
    let in_magazines: usize =
        stats.classes.iter().map(|class| class.magazine_blocks * class.block_bytes).sum();
    assert_eq!(
        stats.magazine_bytes, in_magazines,
        "the classes' magazines do not add up to the whole"
    );
    let free_and_live =
        stats.allocated_bytes + stats.magazine_bytes + stats.batch_bytes + stats.partial_bytes;
    assert!(
        free_and_live <= stats.committed_bytes,
        "{free_and_live} bytes in blocks, more than is committed: {stats}"
    );
}

#[test]
fn collect_gives_memory_back() {
    const TEST: &str = "collect_gives_memory_back";
    const BYTES: usize = 256 << 20;
    if !POOLED {
        return;
    }
    // In a process of its own: resident memory is everybody's.
    let child = Child::of(TEST).run(|| {
        let start = rss_bytes();
        for size in [48, 1000, 20_000, 200_000, 1 << 20, 8 << 20] {
            let blocks: Vec<_> = (0..)
                .take(BYTES / size)
                .map(|tag| Block::alloc(&POOL, layout(size), tag))
                .collect();
            let peak = rss_bytes();
            assert!(peak >= start + BYTES / 2, "the blocks of {size} bytes are not resident");
            blocks.into_iter().for_each(Block::free);
            PoolAlloc::collect();
            let end = rss_bytes();
            // The program's own vector of blocks is System's: up to 5.6 million of 40 bytes, given
            // back too.
            assert!(
                end <= start + (32 << 20),
                "{} KiB stay resident after blocks of {size} bytes",
                (end - start) / 1024
            );
        }
    });
    child.assert_success();
}
