//! Threads that sleep for ever hold no memory hostage: what they allocated and others freed serves
//! anybody.

mod common;

use common::POOLED;
use common::child::{self, Child};
use common::rss::rss_bytes;
use poolalloc::PoolAlloc;
use std::mem;
use std::sync::mpsc::{Sender, channel};
use std::thread;

#[global_allocator]
static GLOBAL: PoolAlloc = PoolAlloc::new();

/// Threads that allocate and then sleep.
const SLEEPERS: usize = 64;

/// Bytes that each of them allocates.
const BYTES_EACH: usize = 8 << 20;

/// Bytes that are allocated afterwards.
const BYTES_AFTER: usize = 400 << 20;

/// What a sleeping thread may keep: some slabs, half used.
const HOSTAGE_BYTES: usize = 256 << 10;

/// What the process may have grown by beside that.
const SLACK_BYTES: usize = 8 << 20;

/// Sizes of the sleepers' blocks: from 24 bytes to 4 KiB.
const SIZES: [usize; 12] = [24, 40, 64, 100, 128, 200, 256, 400, 512, 1024, 2048, 4096];

/// Sizes that no sleeper's class serves.
const OTHER_SIZES: [usize; 8] = [16, 32, 80, 320, 768, 6000, 12_000, 30_000];

/// Boxes of the sizes in `sizes`, in random order, `bytes` in all, every byte written.
fn boxes(seed: u64, sizes: &[usize], bytes: usize) -> Vec<Box<[u8]>> {
    let mut rng = fastrand::Rng::with_seed(seed);
    let mut boxes = Vec::new();
    let mut total = 0;
    while total < bytes {
        // Each size gets the same share of the bytes, so small ones come more often.
        let size = sizes[rng.usize(..sizes.len())];
        let count = (4096 / size).max(1);
        boxes.extend((0..count).map(|_| vec![1; size].into_boxed_slice()));
        total += count * size;
    }
    boxes
}

fn sleep_for_ever() -> ! {
    loop {
        thread::park();
    }
}

/// Resident bytes with all blocks of the sleepers alive, and after others were allocated in their
/// place.
fn sleepers(leaks: bool) -> (usize, usize) {
    let (to_consumer, from_producers) = channel::<Vec<Box<[u8]>>>();
    let (all_here, when_all_here) = channel::<()>();
    let (free_now, when_to_free) = channel::<()>();
    let (all_freed, when_all_freed) = channel::<()>();
    for seed in 0..SLEEPERS {
        let to_consumer: Sender<_> = to_consumer.clone();
        thread::spawn(move || {
            to_consumer.send(boxes(seed as u64, &SIZES, BYTES_EACH)).expect("the consumer lives");
            sleep_for_ever();
        });
    }
    thread::spawn(move || {
        let received: Vec<_> = from_producers.iter().take(SLEEPERS).collect();
        all_here.send(()).expect("the main thread waits");
        when_to_free.recv().expect("the main thread says so");
        if leaks {
            mem::forget(received);
        } else {
            drop(received);
        }
        all_freed.send(()).expect("the main thread waits");
        sleep_for_ever();
    });
    when_all_here.recv().expect("the consumer says so");
    let peak = rss_bytes();
    free_now.send(()).expect("the consumer waits");
    when_all_freed.recv().expect("the consumer says so");
    let allocate = || {
        let same = boxes(1000, &SIZES, BYTES_AFTER / 2);
        let other = boxes(1001, &OTHER_SIZES, BYTES_AFTER / 2);
        let now = rss_bytes();
        drop((same, other));
        now
    };
    (peak, thread::spawn(allocate).join().expect("the allocating thread succeeds"))
}

/// True if the memory that was freed served again.
fn is_reused(leaks: bool) -> bool {
    let (peak, after) = sleepers(leaks);
    let limit = peak + SLEEPERS * HOSTAGE_BYTES + SLACK_BYTES;
    let is_reused = after <= limit;
    println!(
        "sleepers: peak {} KiB, after {} KiB, limit {} KiB",
        peak / 1024,
        after / 1024,
        limit / 1024
    );
    assert!(
        peak >= SLEEPERS * BYTES_EACH,
        "the sleepers' blocks are not resident, so the peak says nothing"
    );
    is_reused
}

#[test]
fn sleeping_producers_hold_no_memory_hostage() {
    // The system's allocator does not keep this promise.
    if !POOLED {
        return;
    }
    let child = Child::of("sleeping_producers_hold_no_memory_hostage");
    child
        .run(|| assert!(is_reused(false), "freed memory of sleeping threads did not serve others"))
        .assert_success();
}

#[test]
fn a_consumer_that_leaks_is_noticed() {
    let child = Child::of("a_consumer_that_leaks_is_noticed").control();
    child
        .run(|| assert!(!is_reused(child::is_control()), "the leak was not noticed"))
        .assert_success();
}
