//! A pipeline in which every block is freed by another thread than allocated it leaves memory
//! *flat*.
//!
//! It runs for 30 seconds, or for `POOLALLOC_SOAK_SECONDS`.

mod common;

use common::child::{self, Child};
use common::rss::RssLog;
use poolalloc::PoolAlloc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::Duration;
use std::{env, mem, thread};

#[global_allocator]
static GLOBAL: PoolAlloc = PoolAlloc::new();

/// Samples of resident memory, whatever the duration.
const SAMPLES: u32 = 300;

/// Boxes that travel together.
const BOXES: usize = 100;

/// Messages that wait in a channel.
const QUEUED: usize = 32;

type Message = Vec<Box<[u8]>>;

/// How long the pipeline runs.
fn soak() -> Duration {
    let seconds = env::var("POOLALLOC_SOAK_SECONDS").ok();
    let seconds =
        seconds.map(|text| text.parse().expect("POOLALLOC_SOAK_SECONDS is a number of seconds"));
    Duration::from_secs(seconds.unwrap_or(30))
}

/// Allocates messages until `stop`.
fn produce(seed: u64, stop: &AtomicBool, out: &SyncSender<Message>) {
    let mut rng = fastrand::Rng::with_seed(seed);
    while !stop.load(Relaxed) {
        let message = (0..BOXES).map(|_| {
            let bits = rng.u32(3..12);
            vec![1; rng.usize(1 << bits..2 << bits)].into_boxed_slice()
        });
        // The next stage has ended: so does this.
        if out.send(message.collect()).is_err() {
            break;
        }
    }
}

/// Exchanges half of each message for boxes of its own, so that it allocates and frees remotely
/// both.
fn transform(seed: u64, from: &Receiver<Message>, out: &SyncSender<Message>) {
    let mut rng = fastrand::Rng::with_seed(seed);
    for mut message in from {
        for place in message.iter_mut().step_by(2) {
            *place = vec![2; rng.usize(1..600)].into_boxed_slice();
        }
        if out.send(message).is_err() {
            break;
        }
    }
}

/// Frees all that comes; returns how many boxes came. With `leaks`, every 50th box stays.
fn consume(from: &Receiver<Message>, freed: &AtomicU64, leaks: bool) {
    for mut message in from {
        freed.fetch_add(message.len() as u64, Relaxed);
        if leaks {
            message.drain(..2).for_each(mem::forget);
        }
    }
}

/// Runs two pipelines side by side and says whether memory stayed flat.
fn pipeline(duration: Duration, leaks: bool) -> bool {
    let stop = Arc::new(AtomicBool::new(false));
    let freed = Arc::new(AtomicU64::new(0));
    let mut threads = Vec::new();
    for lane in 0..2 {
        let (first_out, first_in) = sync_channel(QUEUED);
        let (second_out, second_in) = sync_channel(QUEUED);
        let (stop, freed) = (Arc::clone(&stop), Arc::clone(&freed));
        threads.push(thread::spawn(move || produce(lane, &stop, &first_out)));
        threads.push(thread::spawn(move || transform(lane + 100, &first_in, &second_out)));
        threads.push(thread::spawn(move || consume(&second_in, &freed, leaks)));
    }
    let mut log = RssLog::with_capacity(SAMPLES as usize);
    for _ in 0..SAMPLES {
        thread::sleep(duration / SAMPLES);
        log.sample();
    }
    stop.store(true, Relaxed);
    threads.into_iter().for_each(|thread| thread.join().expect("a stage succeeds"));
    let verdict = log.verdict();
    println!("pipeline, {} s, {} remote frees: {verdict}", duration.as_secs(), freed.load(Relaxed));
    verdict.is_flat()
}

#[test]
fn a_pipeline_with_all_frees_remote_leaves_memory_flat() {
    let child = Child::of("a_pipeline_with_all_frees_remote_leaves_memory_flat");
    child
        .run(|| assert!(pipeline(soak(), false), "memory grows from message to message"))
        .assert_success();
}

#[test]
fn two_leaked_boxes_a_message_are_not_flat() {
    let child = Child::of("two_leaked_boxes_a_message_are_not_flat").control();
    let leaks = || pipeline(soak().min(Duration::from_secs(5)), child::is_control());
    child.run(|| assert!(!leaks(), "the leak was not noticed")).assert_success();
}
