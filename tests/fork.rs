//! A child forked while eight other threads allocate is a whole process: it allocates, frees blocks
//! of threads that it does not have, stays flat, forks again, and exits.

mod common;

use common::block::Block;
use common::child;
use common::pattern;
use common::rss::{RssLog, rss_bytes};
use poolalloc::PoolAlloc;
use std::alloc::Layout;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicUsize, Ordering::AcqRel, Ordering::Relaxed};
use std::time::Duration;
use std::{ptr, thread};

#[global_allocator]
static GLOBAL: PoolAlloc = PoolAlloc::new();

static POOL: PoolAlloc = PoolAlloc::new();

/// Threads that allocate while the process forks.
const WORKERS: usize = 8;

/// Forks in all.
const FORKS: usize = 200;

/// One in so many children allocates the whole GiB; the others allocate a 256th of it.
const WHOLE_EVERY: usize = 40;

/// Bytes that a child allocates in all.
const CHILD_BYTES: usize = 1 << 30;

/// Rounds in which it does so, freeing all after each.
const CHILD_ROUNDS: usize = 64;

/// Rounds of the workers from one fork to the next: the process forks in the midst of them.
const WORK_BETWEEN_FORKS: usize = 2000;

/// Boxes that the workers exchange; a child takes them from its copy without a lock.
static SHARED: [AtomicPtr<Vec<u64>>; 512] = [const { AtomicPtr::new(ptr::null_mut()) }; 512];

/// Rounds of all workers.
static WORK: AtomicUsize = AtomicUsize::new(0);

/// Puts `new` in place of what is at `index`, and frees that: mostly a block of another thread.
#[expect(clippy::box_collection, reason = "the pointer to the vector is what the threads share")]
fn exchange(index: usize, new: Option<Box<Vec<u64>>>) {
    let new = new.map_or(ptr::null_mut(), Box::into_raw);
    let old = SHARED[index].swap(new, AcqRel);
    if !old.is_null() {
        // SAFETY: `exchange` alone stores in SHARED, each pointer comes from `Box::into_raw`, and
        // the swap gives it to one thread of a process.
        let old = unsafe { Box::from_raw(old) };
        assert!(pattern::is_all(&old, &(old.len() as u64)), "a shared block changed");
    }
}

/// True while a child lives: the workers leave it the processors.
static RESTING: AtomicBool = AtomicBool::new(false);

/// Allocates, shares and frees until `stop`.
fn work(seed: u64, stop: &AtomicBool) {
    let mut rng = fastrand::Rng::with_seed(seed);
    while !stop.load(Relaxed) {
        while RESTING.load(Relaxed) {
            thread::sleep(Duration::from_millis(1));
        }
        let length = 1 << rng.u32(0..12);
        exchange(rng.usize(..SHARED.len()), Some(Box::new(vec![length as u64; length])));
        // Medium and large blocks now and then.
        if rng.u32(..500) == 0 {
            drop(vec![1_u8; 1 << rng.u32(16..22)]);
        }
        WORK.fetch_add(1, Relaxed);
    }
}

/// Allocates `bytes` in rounds and frees them, every page touched; resident memory is to stay flat.
fn rounds_stay_flat(bytes: usize) {
    let mut rng = fastrand::Rng::with_seed(1);
    let mut log = RssLog::with_capacity(CHILD_ROUNDS);
    for round in 0..CHILD_ROUNDS {
        let mut blocks = Vec::with_capacity(1000);
        let mut total = 0;
        while total < bytes / CHILD_ROUNDS {
            // Few but large enough to make up a GiB in short time; each writes all its bytes.
            let bits = rng.u32(10..18);
            let size = rng.usize(1..1 << bits);
            let layout = Layout::from_size_align(size, 8).expect("a layout");
            blocks.push(Block::alloc(&POOL, layout, round as u64));
            total += size;
        }
        log.push(rss_bytes());
        for block in blocks {
            block.check(round as u64);
            block.free();
        }
    }
    let verdict = log.verdict();
    assert!(verdict.is_flat(), "a forked child does not reuse its memory: {verdict}");
}

/// What a child does; a panic is its failure.
fn live_as_child(fork: usize, is_grandchild: bool) {
    let fresh: Vec<Box<usize>> = (0..1000).map(Box::new).collect();
    // Blocks of threads that this process does not have.
    for index in 0..SHARED.len() {
        if index % 2 == usize::from(is_grandchild) {
            exchange(index, None);
        } else {
            exchange(index, Some(Box::new(vec![3; 3])));
        }
    }
    let is_whole = fork.is_multiple_of(WHOLE_EVERY) && !is_grandchild;
    rounds_stay_flat(if is_whole { CHILD_BYTES } else { CHILD_BYTES / 256 });
    // A thread of its own works, too.
    thread::spawn(|| drop(vec![vec![1_u8; 100]; 100])).join().expect("a thread in a child");
    assert!(
        fresh.iter().enumerate().all(|(index, value)| **value == index),
        "a block of the child changed"
    );
    PoolAlloc::collect();
    if !is_grandchild {
        fork_and_wait(fork, true);
    }
}

/// Forks; fails unless the child lives its life and exits with code 0.
fn fork_and_wait(fork: usize, is_grandchild: bool) {
    // SAFETY: the child uses what the allocator, which is under test, must keep usable, and `std`
    // calls that take no lock that another thread may hold.
    let pid = unsafe { libc::fork() };
    assert_ne!(pid, -1, "the system forks");
    if pid == 0 {
        // SAFETY: no precondition: a deadlock ends the child, and with it the test.
        unsafe { libc::alarm(60) };
        let outcome = catch_unwind(AssertUnwindSafe(|| live_as_child(fork, is_grandchild)));
        child::leave(i32::from(outcome.is_err()));
    }
    RESTING.store(true, Relaxed);
    let mut status = 0;
    // SAFETY: `status` is writable, and the child was not waited for.
    let waited = unsafe { libc::waitpid(pid, &raw mut status, 0) };
    RESTING.store(false, Relaxed);
    assert_eq!(waited, pid, "the child is waited for");
    assert_eq!(
        status, 0,
        "fork {fork}: the child (grandchild: {is_grandchild}) ended with status {status:#x}"
    );
}

#[test]
fn children_forked_among_eight_busy_threads_live_on() {
    let stop = Arc::new(AtomicBool::new(false));
    let spawn = |seed| {
        let stop = Arc::clone(&stop);
        thread::spawn(move || work(seed, &stop))
    };
    let workers: Vec<_> = (0..WORKERS as u64).map(spawn).collect();
    let outcome = catch_unwind(|| {
        for fork in 0..FORKS {
            let goal = WORK.load(Relaxed) + WORK_BETWEEN_FORKS;
            while WORK.load(Relaxed) < goal {
                thread::yield_now();
            }
            fork_and_wait(fork, false);
        }
    });
    RESTING.store(false, Relaxed);
    stop.store(true, Relaxed);
    for worker in workers {
        worker.join().expect("a worker of the parent goes on undisturbed");
    }
    outcome.unwrap_or_else(|panic| std::panic::resume_unwind(panic));
}
