//! The statistics are exact while the program does nothing, though the scavenger moves free blocks
//! meanwhile. The program's own allocator is the system's, so that every block is the test's.

mod common;

use common::{block::Block, child::alone, rss::rss_bytes};
use poolalloc::PoolAlloc;
use std::{
    alloc::Layout,
    mem,
    sync::{Arc, Barrier},
    thread,
    time::{Duration, Instant},
};

/// The scavenger looks often, and long after the last block was freed.
static POOL: PoolAlloc = PoolAlloc::new().purge_after(50);

const BLOCK_BYTES: usize = 96;

fn blocks(bytes: usize, count: usize) -> Vec<Block<PoolAlloc>> {
    let layout = Layout::from_size_align(bytes, 8).unwrap();
    (0..count).map(|tag| Block::alloc(&POOL, layout, tag as u64)).collect()
}

/// Does `work` again and again; after each, takes snapshots for `while_`. Fails if one counts other than
/// `live` blocks.
///
/// * `kept`: what gets less as the scavenger moves something, in any unit. The test fails if it never does
///   while snapshots are taken.
fn stays_exact(live: usize, while_: Duration, mut work: impl FnMut(), kept: impl Fn() -> usize) {
    let start = Instant::now();
    let mut rounds_with_a_move = 0;
    while start.elapsed() < Duration::from_secs(3) || rounds_with_a_move == 0 {
        assert!(start.elapsed() < Duration::from_secs(60), "nothing was moved: this shows nothing");
        work();
        let before = kept();
        let until = Instant::now() + while_;
        while Instant::now() < until {
            let allocated = PoolAlloc::stats().allocated_bytes;
            assert_eq!(allocated, live * BLOCK_BYTES, "{live} blocks are live");
        }
        rounds_with_a_move += u32::from(kept() < before);
    }
    println!("moved in {rounds_with_a_move} rounds");
}

#[test]
fn what_ended_threads_left_is_not_counted_as_allocated_on_its_way_home() {
    const THREADS: usize = 4;
    alone("what_ended_threads_left_is_not_counted_as_allocated_on_its_way_home", || {
        let all_have_a_heap = Arc::new(Barrier::new(THREADS));
        let little = || {
            // Something to give back, so that there is a scavenger.
            blocks(8 << 20, 1).into_iter().for_each(Block::free);
            let workers = (0..THREADS).map(|_| {
                let all_have_a_heap = Arc::clone(&all_have_a_heap);
                thread::spawn(move || {
                    let mine = blocks(BLOCK_BYTES, 600);
                    all_have_a_heap.wait();
                    mine.into_iter().for_each(Block::free);
                })
            });
            for worker in workers.collect::<Vec<_>>() {
                worker.join().unwrap();
            }
        };
        stays_exact(0, Duration::from_millis(75), little, || PoolAlloc::stats().magazine_bytes);
    });
}

#[test]
fn free_blocks_are_not_counted_as_allocated_while_pages_around_them_go_back() {
    // Of some 2000 slabs, with some live blocks in each: the scavenger has much to do with no pause between.
    const COUNT: usize = 1_500_000;
    const LIVE: usize = 6000;
    alone("free_blocks_are_not_counted_as_allocated_while_pages_around_them_go_back", || {
        let mut live = Vec::new();
        let scatter = || {
            let last = mem::take(&mut live);
            let work = || {
                last.into_iter().for_each(Block::free);
                let mut all = blocks(BLOCK_BYTES, COUNT);
                let some = (0..LIVE).rev().map(|n| all.swap_remove(n * COUNT / LIVE)).collect();
                all.into_iter().for_each(Block::free);
                some
            };
            // A thread that ends with too much to leave it to the next one.
            live = thread::spawn(work).join().unwrap();
        };
        stays_exact(LIVE, Duration::from_secs(1), scatter, || rss_bytes() / (64 << 10));
    });
}
