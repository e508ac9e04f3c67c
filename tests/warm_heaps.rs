//! What a thread that did little leaves for the next one, and that it is not kept for ever. The program's
//! own allocator is the system's, so that every block is the test's.

mod common;

use common::{block::Block, child};
use poolalloc::PoolAlloc;
use std::{
    alloc::Layout,
    panic::catch_unwind,
    sync::{Arc, Barrier},
    thread,
    time::{Duration, Instant},
};

static POOL: PoolAlloc = PoolAlloc::new();
static QUIET: PoolAlloc = PoolAlloc::new().scavenger(false);

/// Takes `count` blocks of `bytes`, looks that each is whole, and frees them.
fn work(count: usize, bytes: usize) {
    let layout = Layout::from_size_align(bytes, 8).unwrap();
    let blocks: Vec<_> = (0..count).map(|tag| Block::alloc(&POOL, layout, tag as u64)).collect();
    blocks.into_iter().for_each(Block::free);
}

/// Runs `count` threads that work at the same time, to their end, thread-locals and all: a scope waits for
/// less than that.
fn threads(count: usize, blocks: usize) {
    let all_have_a_heap = Arc::new(Barrier::new(count));
    let workers = (0..count).map(|_| {
        let all_have_a_heap = Arc::clone(&all_have_a_heap);
        thread::spawn(move || {
            work(1, 96);
            all_have_a_heap.wait();
            work(blocks, 96);
        })
    });
    for worker in workers.collect::<Vec<_>>() {
        worker.join().unwrap();
    }
}

fn kept_blocks() -> usize {
    let stats = PoolAlloc::stats();
    stats.classes.iter().map(|class| class.magazine_blocks).sum()
}

fn slabs() -> usize {
    PoolAlloc::stats().classes.iter().map(|class| class.slabs).sum()
}

#[test]
fn a_thread_that_did_little_leaves_its_blocks_to_the_next_one() {
    child::alone("a_thread_that_did_little_leaves_its_blocks_to_the_next_one", || {
        threads(1, 8);
        let kept = kept_blocks();
        assert!(kept >= 8, "{kept} blocks were left");
        let before = PoolAlloc::stats();
        for _ in 0..100 {
            threads(1, 8);
        }
        let after = PoolAlloc::stats();
        assert_eq!(kept_blocks(), kept, "each thread leaves more");
        let sent = after.remote_batches - before.remote_batches;
        assert_eq!(sent, 0, "batches went home, and came out again");
    });
}

#[test]
fn a_thread_that_had_much_leaves_nothing() {
    child::alone("a_thread_that_had_much_leaves_nothing", || {
        let much = || {
            for _ in 0..20 {
                [64, 128, 256, 512, 1024, 2048].into_iter().for_each(|bytes| work(2000, bytes));
            }
            kept_blocks()
        };
        let kept = thread::spawn(much).join().unwrap();
        assert!(kept > 1000, "the thread kept {kept} blocks: the rest of the test means nothing");
        assert_eq!(kept_blocks(), 0, "blocks that no thread has wait for the next one");
    });
}

#[test]
fn only_a_few_of_many_threads_leave_anything() {
    child::alone("only_a_few_of_many_threads_leave_anything", || {
        threads(1, 8);
        let of_one = kept_blocks();
        threads(40, 8);
        let of_many = kept_blocks();
        assert!(of_many > of_one, "no more than one thread's: {of_many} blocks");
        for _ in 0..10 {
            threads(40, 8);
        }
        // Up to 8 KiB of a size a magazine grows whenever it runs empty, and is filled by half.
        let of_many = kept_blocks();
        assert!(of_many * 96 <= 4 * (8 << 10), "{of_many} blocks wait for the next threads");
    });
}

#[test]
fn collect_takes_what_ended_threads_left() {
    child::alone("collect_takes_what_ended_threads_left", || {
        threads(4, 8);
        assert!(kept_blocks() > 0, "nothing was left: the rest of the test means nothing");
        PoolAlloc::collect();
        assert_eq!(kept_blocks(), 0, "blocks that no thread has wait for the next one");
        assert_eq!(slabs(), 0, "a slab without a live block is not free");
    });
}

/// In the child the slabs that vanished threads leased are recovered, and their leases are over: a heap that
/// came with one would take blocks that others have, too. But these threads ended before.
#[test]
fn what_ended_threads_left_in_the_parent_serves_in_the_child() {
    child::alone("what_ended_threads_left_in_the_parent_serves_in_the_child", || {
        threads(4, 8);
        assert!(kept_blocks() > 0, "nothing was left: the rest of the test means nothing");
        // SAFETY: the child only calls what a child of a process with one thread may.
        let child = unsafe { libc::fork() };
        assert!(child >= 0, "no fork");
        if child == 0 {
            let body = || {
                threads(4, 20_000);
                PoolAlloc::collect();
                assert_eq!(slabs(), 0, "what the parent's threads left is lost");
            };
            // A panic would end the only thread of the child, and the process with code 0.
            child::leave(catch_unwind(body).is_err().into());
        }
        let mut status = 0;
        // SAFETY: a child of ours, and a place to write to.
        assert_eq!(unsafe { libc::waitpid(child, &raw mut status, 0) }, child);
        assert_eq!(status, 0, "the child did not end well");
    });
}

/// Blocks that come back to the slabs of a heap without a thread are in no count of what is free.
fn come_back_to_what_ended_threads_left(pool: &'static PoolAlloc) {
    const THREADS: usize = 4;
    let classes = PoolAlloc::stats().classes;
    let fill = move || {
        let of_size = |bytes: usize| {
            let layout = Layout::from_size_align(bytes, 8).unwrap();
            (0..(60_000 / bytes).max(1)).map(move |tag| Block::alloc(pool, layout, tag as u64))
        };
        classes.iter().flat_map(|class| of_size(class.block_bytes)).collect::<Vec<_>>()
    };
    let workers: Vec<_> = (0..THREADS).map(|_| thread::spawn(fill)).collect();
    let blocks: Vec<_> = workers.into_iter().flat_map(|worker| worker.join().unwrap()).collect();
    // By a thread that ends with too much for a warm heap: what is left is what the others left.
    thread::spawn(|| blocks.into_iter().for_each(Block::free)).join().unwrap();
}

#[test]
fn what_ended_threads_left_goes_back_though_nobody_asks() {
    child::alone("what_ended_threads_left_goes_back_though_nobody_asks", || {
        come_back_to_what_ended_threads_left(&POOL);
        let deadline = Instant::now() + Duration::from_secs(30);
        while slabs() > 0 {
            assert!(Instant::now() < deadline, "{} slabs stay for ever", slabs());
            thread::sleep(Duration::from_millis(20));
        }
    });
}

#[test]
fn without_a_scavenger_slow_paths_take_what_ended_threads_left() {
    child::alone("without_a_scavenger_slow_paths_take_what_ended_threads_left", || {
        come_back_to_what_ended_threads_left(&QUIET);
        let deadline = Instant::now() + Duration::from_secs(30);
        // This thread took one of the heaps that waited, and has its slabs.
        let own = PoolAlloc::stats().classes.len();
        while slabs() > own {
            assert!(Instant::now() < deadline, "{} slabs stay for ever", slabs());
            let layout = Layout::from_size_align(1 << 20, 8).unwrap();
            Block::alloc(&QUIET, layout, 0).free();
            thread::sleep(Duration::from_millis(20));
        }
    });
}
