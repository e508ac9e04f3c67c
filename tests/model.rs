//! Random programs on four threads: no two live blocks overlap, each is aligned, keeps its bytes
//! until it is freed, and is zero where zero was asked for; and when all is freed, nothing is
//! counted as allocated.
//!
//! `POOLALLOC_SEED=<number>` runs one seed again, in every test here.

mod common;

use common::block::Subject;
use common::ops::{self, Step};
use common::program::{run_in_lock_step, run_set_free};
use poolalloc::PoolAlloc;
use std::alloc::System;
use std::sync::{Mutex, PoisonError};

static POOL: PoolAlloc = PoolAlloc::new();
static LAYERED: PoolAlloc<System> = PoolAlloc::new().with_large(System);

/// Bytes that a program is decoded from: some 2500 steps.
const PROGRAM_BYTES: usize = if cfg!(miri) { 400 } else { 20_000 };

/// The engine and its statistics belong to the process: one test at a time.
static GATE: Mutex<()> = Mutex::new(());

/// Runs a program for each seed and looks, after each, that the statistics returned to where they
/// were.
fn run_seeds<A: Subject>(
    name: &str,
    count: u64,
    allocator: &'static A,
    run: fn(&'static A, &[Step]),
) {
    let _turn = GATE.lock().unwrap_or_else(PoisonError::into_inner);
    let replay = std::env::var("POOLALLOC_SEED")
        .ok()
        .map(|seed| seed.parse().expect("POOLALLOC_SEED is a number"));
    let start: u64 = replay.unwrap_or_else(|| fastrand::u64(..));
    let count = if replay.is_some() || cfg!(miri) { 1 } else { count };
    for seed in (0..count).map(|step| start.wrapping_add(step)) {
        println!("{name}: POOLALLOC_SEED={seed}");
        let before = PoolAlloc::stats();
        run(allocator, &ops::from_seed(seed, PROGRAM_BYTES));
        let after = PoolAlloc::stats();
        assert_eq!(
            after.allocated_bytes, before.allocated_bytes,
            "all is freed, but not by the count of bytes"
        );
        assert_eq!(
            after.large_mappings, before.large_mappings,
            "all is freed, but a large mapping is counted"
        );
        let blocks = |stats: &poolalloc::Stats| stats.classes.map(|class| class.allocated_blocks);
        assert_eq!(blocks(&after), blocks(&before), "all is freed, but a class counts blocks");
    }
    // What this thread keeps would go home at its end, while the next test takes its snapshots.
    PoolAlloc::collect();
}

#[test]
fn programs_in_lock_step_keep_blocks_apart() {
    run_seeds("lock step", 40, &POOL, run_in_lock_step);
}

#[test]
fn programs_set_free_keep_bytes() {
    run_seeds("set free", 150, &POOL, run_set_free);
}

#[test]
fn programs_over_another_large_allocator_keep_blocks_apart() {
    run_seeds("layered, lock step", 20, &LAYERED, run_in_lock_step);
}

#[test]
fn programs_set_free_over_another_large_allocator_keep_bytes() {
    run_seeds("layered, set free", 50, &LAYERED, run_set_free);
}

/// The model must be able to fail: here an allocator hands out the same memory twice.
#[test]
#[should_panic(expected = "failed, or is stuck")]
fn an_allocator_that_gives_a_block_twice_is_found() {
    use std::alloc::{GlobalAlloc, Layout};
    use std::ptr::NonNull;

    /// Memory of the system that is never taken back, the first blocks 16 bytes apart whatever
    /// their size.
    struct Careless;

    static MEMORY: Mutex<[u64; 1 << 16]> = Mutex::new([0; 1 << 16]);

    // SAFETY: none: the test shows that the model notices.
    unsafe impl GlobalAlloc for Careless {
        unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
            if layout.size() > 4096 || layout.align() > 8 {
                // SAFETY: the caller's promise.
                return unsafe { System.alloc(layout) };
            }
            let mut memory = MEMORY.lock().unwrap_or_else(PoisonError::into_inner);
            memory[0] += 1;
            let index = usize::try_from(1 + memory[0] % 128 * 2).expect("a small number");
            (&raw mut memory[index]).cast()
        }

        unsafe fn dealloc(&self, _block: *mut u8, _layout: Layout) {}
    }

    impl Subject for Careless {
        unsafe fn usable(&self, _block: NonNull<u8>, layout: Layout) -> usize {
            layout.size()
        }
    }

    // It calls `collect`, which moves what others count.
    let _turn = GATE.lock().unwrap_or_else(PoisonError::into_inner);
    run_in_lock_step(&Careless, &ops::from_seed(1, PROGRAM_BYTES));
}
