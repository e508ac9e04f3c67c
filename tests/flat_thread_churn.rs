//! 10,000 short threads that allocate and hand blocks over leave memory *flat*.

mod common;

use common::child::{self, Child};
use common::rss::RssLog;
use poolalloc::PoolAlloc;
use std::collections::VecDeque;
use std::sync::Mutex;
use std::{mem, thread};

#[global_allocator]
static GLOBAL: PoolAlloc = PoolAlloc::new();

/// Threads that are watched.
const THREADS: usize = 10_000;

/// Threads before the first sample: pools fill up to their bounds as slowly as chance has it.
const WARM_UP: usize = 3000;

/// Threads that live at a time.
const CONCURRENT: usize = 4;

/// Rounds of threads from one sample of resident memory to the next.
const ROUNDS_PER_SAMPLE: usize = 10;

/// Boxes that each thread allocates.
const BOXES: usize = 200;

/// Batches of boxes on their way from thread to thread.
const POSTED: usize = 16;

/// What threads leave for those that come later.
static POST: Mutex<VecDeque<Vec<Box<[u8]>>>> = Mutex::new(VecDeque::new());

/// A short thread: allocates, frees a third at home, posts the rest, and frees what earlier threads
/// posted.
fn live(seed: u64, leaks: bool) {
    let mut rng = fastrand::Rng::with_seed(seed);
    let mut boxes: Vec<Box<[u8]>> = Vec::with_capacity(BOXES);
    for _ in 0..BOXES {
        let bits = rng.u32(3..13);
        boxes.push(vec![1; rng.usize(1 << bits..2 << bits)].into_boxed_slice());
    }
    if leaks {
        mem::forget(boxes.pop());
    }
    boxes.truncate(BOXES * 2 / 3);
    let mut post = POST.lock().expect("no thread fails");
    post.push_back(boxes);
    let oldest = if post.len() > POSTED { post.pop_front() } else { None };
    drop(post);
    // Freed here, on a thread that did not allocate it; the one that did has ended.
    drop(oldest);
}

/// Runs all threads and says whether memory stayed flat.
fn churn(leaks: bool) -> bool {
    let (warm_up, rounds) = (WARM_UP / CONCURRENT, THREADS / CONCURRENT);
    let mut log = RssLog::with_capacity(rounds / ROUNDS_PER_SAMPLE);
    for round in 0..warm_up + rounds {
        let spawn = |lane| thread::spawn(move || live((round * CONCURRENT + lane) as u64, leaks));
        let threads: Vec<_> = (0..CONCURRENT).map(spawn).collect();
        threads.into_iter().for_each(|thread| thread.join().expect("a short thread succeeds"));
        if round >= warm_up && round % ROUNDS_PER_SAMPLE == 0 {
            log.sample();
        }
    }
    let verdict = log.verdict();
    println!("10,000 threads: {verdict}");
    verdict.is_flat()
}

#[test]
fn ten_thousand_short_threads_leave_memory_flat() {
    let child = Child::of("ten_thousand_short_threads_leave_memory_flat");
    child.run(|| assert!(churn(false), "memory grows from thread to thread")).assert_success();
}

#[test]
fn one_leaked_box_a_thread_is_not_flat() {
    let child = Child::of("one_leaked_box_a_thread_is_not_flat").control();
    child.run(|| assert!(!churn(child::is_control()), "the leak was not noticed")).assert_success();
}
