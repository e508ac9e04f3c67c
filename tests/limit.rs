//! `PoolAlloc::limit`: child processes whose allocator may commit 64 MiB.

mod common;

use common::{
    block::Block,
    child::alone,
    hoard::{Hoard, SIZES, layout},
    rss::{peak_rss_bytes, rss_bytes},
};
use poolalloc::PoolAlloc;
use std::{
    alloc::GlobalAlloc,
    hint::black_box,
    sync::atomic::{
        AtomicBool, AtomicUsize,
        Ordering::{Acquire, Relaxed, Release},
    },
    thread,
};

const MIB: usize = 1 << 20;
const LIMIT_BYTES: usize = 64 * MIB;

#[global_allocator]
static GLOBAL: PoolAlloc = PoolAlloc::new().limit(LIMIT_BYTES);

/// The same engine, for calls that may fail. What it says comes too late.
static POOL: PoolAlloc = PoolAlloc::new().limit(1 << 40).purge_after(10);

/// What is resident and not counted: the table of owners, stacks, tables of the C library.
const BESIDE_BYTES: usize = MIB;

/// The two sides of the limit: what the engine counts now, and the most that the system did, with
/// `before` at the start.
fn assert_within(before: usize) {
    let committed = PoolAlloc::stats().committed_bytes;
    assert!(committed <= LIMIT_BYTES, "{committed} bytes are committed");
    let more = peak_rss_bytes().saturating_sub(before);
    assert!(more <= LIMIT_BYTES + BESIDE_BYTES, "{more} more bytes were resident");
}

fn assert_nothing_left() {
    for size in SIZES {
        // SAFETY: the size is not zero.
        let block = unsafe { POOL.alloc(layout(size)) };
        assert!(block.is_null(), "{size} bytes beyond the limit");
        // SAFETY: the size is not zero.
        let block = unsafe { POOL.alloc_zeroed(layout(size)) };
        assert!(block.is_null(), "{size} zeroed bytes beyond the limit");
    }
    assert!(Vec::<u8>::new().try_reserve(MIB).is_err(), "a vector got a MiB beyond the limit");
}

#[test]
fn one_thread_gets_all_below_the_limit_and_nothing_beyond_it() {
    alone("one_thread_gets_all_below_the_limit_and_nothing_beyond_it", || {
        let before = rss_bytes();
        let hoard = Hoard::of_all(&POOL);
        assert_within(before);
        assert_nothing_left();
        assert_within(before);
        hoard.check();
        // The hoard's own table takes some of the rest.
        assert!(hoard.bytes() > LIMIT_BYTES * 8 / 10, "only {} bytes", hoard.bytes());
    });
}

/// Takes blocks of all sizes; half of them go back whenever there are no more. Counts these times.
fn work(seed: u64, refused: &AtomicUsize) {
    let mut random = fastrand::Rng::with_seed(seed);
    let mut hoard = Hoard::with_capacity(&POOL, 10_000);
    for _ in 0..800 {
        let bits = random.u32(4..24);
        let size = random.usize(1..1 << bits);
        if !hoard.take(size) {
            refused.fetch_add(1, Relaxed);
            hoard.check();
            hoard.halve();
        }
    }
    hoard.check();
    hoard.free();
}

#[test]
fn what_is_counted_is_the_same_each_time_that_everything_was_freed() {
    alone("what_is_counted_is_the_same_each_time_that_everything_was_freed", || {
        let mut counts = [0; 5];
        for (round, count) in counts.iter_mut().enumerate() {
            let refused = &AtomicUsize::new(0);
            thread::scope(|scope| {
                let threads =
                    [0, 1].map(|seed| scope.spawn(move || work(2 * round as u64 + seed, refused)));
                // To the very end of the thread: the scope would go on before.
                for thread in threads {
                    thread.join().expect("no block changed");
                }
            });
            PoolAlloc::collect();
            *count = PoolAlloc::stats().committed_bytes;
        }
        // Records come by 256 KiB, and are kept; a slab more or less holds a block of the test's.
        assert!(counts.iter().all(|count| count.abs_diff(counts[4]) <= MIB / 2), "{counts:?}");
    });
}

#[test]
fn four_threads_stay_below_the_limit_while_they_allocate_and_free() {
    const THREADS: u64 = 4;
    alone("four_threads_stay_below_the_limit_while_they_allocate_and_free", || {
        let before = rss_bytes();
        let (done, refused) = (AtomicBool::new(false), AtomicUsize::new(0));
        thread::scope(|scope| {
            let watcher = scope.spawn(|| {
                while !done.load(Relaxed) {
                    assert_within(before);
                }
            });
            let refused = &refused;
            let workers: Vec<_> =
                (0..THREADS).map(|seed| scope.spawn(move || work(seed, refused))).collect();
            let ends: Vec<_> = workers.into_iter().map(|worker| worker.join()).collect();
            done.store(true, Relaxed);
            assert!(ends.iter().all(Result::is_ok), "a block changed, or none was to be had");
            watcher.join().expect("within the limit at all times");
        });
        assert!(refused.load(Relaxed) > 50, "the limit was hardly reached: the test says nothing");
        let hoard = Hoard::of_all(&POOL);
        assert!(hoard.bytes() > LIMIT_BYTES * 8 / 10, "what the threads freed is not to be had");
    });
}

#[test]
fn a_resize_beyond_the_limit_leaves_the_block() {
    alone("a_resize_beyond_the_limit_leaves_the_block", || {
        let hoard = Hoard::of_all(&POOL);
        for (tag, block) in &hoard.blocks {
            let (address, old) = (block.address().as_ptr(), block.layout());
            for more in [100 << 10, 2 * MIB, LIMIT_BYTES] {
                // SAFETY: the block is live with its layout; the new size is not zero and far below
                // the largest.
                let moved = unsafe { POOL.realloc(address, old, old.size() + more) };
                assert!(moved.is_null(), "{old:?} grew by {more} bytes beyond the limit");
            }
            block.check(*tag);
        }
    });
}

#[test]
fn a_large_block_grows_to_what_the_limit_leaves_though_a_copy_would_not_fit() {
    alone("a_large_block_grows_to_what_the_limit_leaves_though_a_copy_would_not_fit", || {
        // In the cache, until the growth needs the room.
        let cached: Vec<_> = (0..3).map(|tag| Block::alloc(&POOL, layout(8 * MIB), tag)).collect();
        let block = Block::alloc(&POOL, layout(30 * MIB), 7);
        cached.into_iter().for_each(Block::free);
        block.resize(60 * MIB, 7, 8).free();
    });
}

#[test]
fn what_is_free_anywhere_at_hand_makes_room_for_any_other_size() {
    alone("what_is_free_anywhere_at_hand_makes_room_for_any_other_size", || {
        for round in 0..3 {
            for size in SIZES {
                let mut hoard = Hoard::with_capacity(&POOL, 150_000);
                let enough = LIMIT_BYTES * 7 / 10 / PoolAlloc::good_size(layout(size));
                let enough = enough.min(149_000);
                let taken = (0..enough).take_while(|_| hoard.take(size)).count();
                hoard.check();
                hoard.free();
                assert_eq!(taken, enough, "round {round}, blocks of {size} bytes");
            }
        }
    });
}

#[test]
fn after_some_is_freed_the_process_allocates_again() {
    alone("after_some_is_freed_the_process_allocates_again", || {
        let before = rss_bytes();
        for round in 0..5 {
            let mut hoard = Hoard::of_all(&POOL);
            let all = hoard.bytes();
            hoard.halve();
            let half = hoard.bytes();
            for size in SIZES {
                hoard.take_all(size);
            }
            let again = hoard.bytes();
            hoard.check();
            assert_within(before);
            hoard.free();
            // Where no memory is left there is none for a message.
            assert!(all > LIMIT_BYTES * 8 / 10, "round {round}: {all} bytes");
            assert!(again - half > LIMIT_BYTES / 4, "round {round}: {all}, {half}, {again} bytes");
        }
    });
}

#[test]
fn what_another_thread_frees_at_the_limit_is_to_be_had_again() {
    alone("what_another_thread_frees_at_the_limit_is_to_be_had_again", || {
        let (send, receive) = std::sync::mpsc::sync_channel::<Hoard>(1);
        let other = thread::spawn(move || receive.recv().expect("a hoard comes").free());
        send.send(Hoard::of_all(&POOL)).expect("somebody waits for it");
        other.join().expect("it was freed");
        let again = Hoard::of_all(&POOL);
        assert!(again.bytes() > LIMIT_BYTES * 8 / 10, "what a stranger freed is not to be had");
    });
}

#[test]
fn the_child_of_a_fork_has_what_the_limit_leaves() {
    alone("the_child_of_a_fork_has_what_the_limit_leaves", || {
        let kept = Block::alloc(&POOL, layout(20 * MIB), 3);
        // SAFETY: this process has one thread that allocates.
        let pid = unsafe { libc::fork() };
        if pid == 0 {
            let hoard = Hoard::of_all(&POOL);
            let committed = PoolAlloc::stats().committed_bytes;
            let right = committed <= LIMIT_BYTES
                && hoard.bytes() > 30 * MIB
                && hoard.bytes() < LIMIT_BYTES - 20 * MIB;
            hoard.check();
            kept.check(3);
            common::child::leave(i32::from(!right));
        }
        let mut status = 0;
        // SAFETY: waits for the child, and `status` is a place to write to.
        assert_eq!(unsafe { libc::waitpid(pid, &raw mut status, 0) }, pid);
        assert_eq!(status, 0, "the limit is another one in the child of a fork");
        kept.check(3);
    });
}

#[test]
fn a_vector_that_is_refused_keeps_its_elements() {
    alone("a_vector_that_is_refused_keeps_its_elements", || {
        let mut words: Vec<u64> = Vec::new();
        let mut count = 0;
        while words.try_reserve(1).is_ok() {
            words.extend((words.len()..words.capacity()).map(|word| word as u64));
            count += 1;
            assert!(count < 100, "a vector grows without end");
        }
        assert!(words.iter().copied().eq(0..words.len() as u64), "an element changed");
        assert!(words.len() * 8 >= LIMIT_BYTES / 2, "refused at {} elements", words.len());
        words.truncate(MIB);
        words.shrink_to_fit();
        assert!(black_box(&mut words).try_reserve(MIB).is_ok(), "what was cut off is to be had");
    });
}

#[test]
fn threads_that_take_turns_leave_room_for_blocks_of_other_sizes() {
    alone("threads_that_take_turns_leave_room_for_blocks_of_other_sizes", || {
        const THREADS: usize = 30;
        const TURNS: usize = 20 * THREADS;
        static TURN: AtomicUsize = AtomicUsize::new(0);
        // 34,000 blocks in a turn, of which 60 live until the thread's fourth turn after it: at most 8 MiB.
        let turns = |thread: usize| {
            let mut rng = fastrand::Rng::with_seed(thread as u64);
            let mut kept = std::collections::VecDeque::new();
            for turn in (thread..TURNS).step_by(THREADS) {
                while TURN.load(Acquire) != turn {
                    thread::yield_now();
                }
                let mut blocks: Vec<_> = (0..34_000).map(|_| Box::new([1_u8; 120])).collect();
                rng.shuffle(&mut blocks);
                kept.push_back(blocks.drain(..60).collect::<Vec<_>>());
                drop(blocks);
                kept.drain(..kept.len().saturating_sub(4));
                if Vec::<u8>::new().try_reserve_exact(MIB).is_err() {
                    // The others wait for this thread's turn to end.
                    eprintln!("slabs took all, turn {turn}");
                    std::process::abort();
                }
                TURN.store(turn + 1, Release);
            }
        };
        thread::scope(|scope| {
            for thread in 0..THREADS {
                scope.spawn(move || turns(thread));
            }
        });
    });
}
