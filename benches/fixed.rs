//! `poolalloc::fixed` beside lock_pool, crossbeam's `ArrayQueue` and MiMalloc's `Box`: ratios of CPU
//! time, each with its limit.
//!
//! `cargo bench --features mimalloc --bench fixed`; with `-- --test` every row runs once, with
//! `-- --gate` a row above its limit is a failure.
//!
//! In a round both sides do the same work once, the one first and then the other, in turn; a row's
//! figure is the median over the rounds of the two times' ratio, with a 95 % bootstrap interval. The
//! clock counts what the threads run, not what they wait for a core.

#[path = "common/run.rs"]
mod run;

use clap::Parser;
use core::{
    future::Future,
    hint::black_box,
    pin::pin,
    task::{Context, Poll, Waker},
};
use crossbeam_queue::ArrayQueue;
use lock_pool::LockPool;
use mimalloc::MiMalloc;
use paired::median;
use poolalloc::fixed::Pool;
use run::Run;
use rustix::time::{ClockId, clock_gettime};
use std::{
    alloc::{GlobalAlloc, Layout},
    process::ExitCode,
    sync::Barrier,
    thread,
};

/// Times of `fixed::Pool` beside others, and their ratios.
#[derive(Debug, Parser)]
struct Options {
    #[command(flatten)]
    run: Run,
}

/// What is pooled: as large as a cache line.
type Object = [u64; 8];

/// Does an operation so many times; returns the CPU time of all threads in ns.
type Work = Box<dyn FnMut(u32) -> f64>;

/// Our work, theirs, and what ours may take at most when theirs takes 1.
struct Row {
    name: &'static str,
    ours: Work,
    theirs: Work,
    limit: f64,
}

/// Rounds of a row.
const ROUNDS: usize = 61;
/// ns that one side takes in a round, about.
const SLICE: f64 = 3e6;

fn main() -> ExitCode {
    let Options { run } = Options::parse();
    let mut status = ExitCode::SUCCESS;
    for mut row in rows() {
        if run.is_test() {
            (row.ours)(3);
            (row.theirs)(3);
            continue;
        }
        let ops = operations(&mut row.theirs).min(operations(&mut row.ours));
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        for round in 0..ROUNDS {
            if round % 2 == 0 {
                ours.push((row.ours)(ops));
                theirs.push((row.theirs)(ops));
            } else {
                theirs.push((row.theirs)(ops));
                ours.push((row.ours)(ops));
            }
        }
        let ratio = paired::compare(&ours, &theirs);
        let kept = ratio.low <= row.limit;
        println!(
            "{:58} {:7.2} ns {:8.2} ns  {:6.3} [{:6.3}, {:6.3}] <= {:5.2}  {}",
            row.name,
            median(&mut ours) / f64::from(ops),
            median(&mut theirs) / f64::from(ops),
            ratio.value,
            ratio.low,
            ratio.high,
            row.limit,
            if kept { "ok" } else { "ABOVE" }
        );
        if run.gate && !kept {
            status = ExitCode::FAILURE;
        }
    }
    status
}

/// How often the work is done in a [`SLICE`].
fn operations(work: &mut Work) -> u32 {
    let mut ops = 64;
    loop {
        let ns = work(ops);
        if ns > SLICE / 4.0 {
            // Positive and small.
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
            return (SLICE / ns * f64::from(ops)) as u32;
        }
        ops *= 2;
    }
}

fn rows() -> Vec<Row> {
    let row = |name, ours, theirs, limit| Row { name, ours, theirs, limit };
    vec![
        row("fixed / lock_pool, 16 objects, all free", fixed::<16>(0), locks::<16>(0), 0.9),
        row("fixed / lock_pool, 256 objects, 255 held", fixed::<256>(255), locks::<256>(255), 0.05),
        row("fixed, 128 / 0 of 256 held", fixed::<256>(128), fixed::<256>(0), 1.15),
        row("fixed, 255 / 0 of 256 held", fixed::<256>(255), fixed::<256>(0), 1.15),
        row("fixed, 4096 / 16 objects", fixed::<4096>(4095), fixed::<16>(0), 1.15),
        row("none free of 16 / MiMalloc's 64 B pair", exhausted::<16>(), boxes(), 1.2),
        row("none free of 4096 / MiMalloc's 64 B pair", exhausted::<4096>(), boxes(), 1.2),
        row("get_async / try_get, free", fixed_async(), fixed::<16>(0), 1.3),
        row("two threads: fixed / ArrayQueue, 16 objects", two_fixed(), two_queue(), 1.0),
        row("fixed / ArrayQueue, 16 objects", fixed::<16>(0), queue(), 1.0),
    ]
}

/// CPU time of this thread, in ns.
fn clock() -> f64 {
    let now = clock_gettime(ClockId::ThreadCPUTime);
    // Far below 2^53.
    #[allow(clippy::cast_precision_loss)]
    return now.tv_sec as f64 * 1e9 + now.tv_nsec as f64;
}

#[inline(always)]
fn touch(object: &mut Object) {
    object[0] += 1;
    black_box(object);
}

/// Does `op` so many times.
#[inline(always)]
fn timed(ops: u32, mut op: impl FnMut()) -> f64 {
    let start = clock();
    for _ in 0..ops {
        op();
    }
    clock() - start
}

fn fixed_pool<const N: usize>() -> &'static Pool<Object, N> {
    Box::leak(Box::new(Pool::from_fn(|_| Object::default())))
}

fn fixed<const N: usize>(held: usize) -> Work {
    let pool = fixed_pool::<N>();
    let held: Vec<_> = (0..held).map(|_| pool.try_get()).collect();
    Box::new(move |ops| {
        black_box(&held);
        timed(ops, || touch(&mut pool.try_get().unwrap()))
    })
}

fn locks<const N: usize>(held: usize) -> Work {
    let pool: &'static LockPool<Object, N, 8> =
        Box::leak(Box::new(LockPool::from_fn(|_| Object::default())));
    let held: Vec<_> = (0..held).map(|_| pool.try_get()).collect();
    Box::new(move |ops| {
        black_box(&held);
        timed(ops, || touch(&mut pool.try_get().unwrap()))
    })
}

fn exhausted<const N: usize>() -> Work {
    let pool = fixed_pool::<N>();
    let held: Vec<_> = (0..N).map(|_| pool.try_get()).collect();
    Box::new(move |ops| {
        black_box(&held);
        timed(ops, || assert!(black_box(pool).try_get().is_err()))
    })
}

fn boxes() -> Work {
    let layout = Layout::new::<Object>();
    Box::new(move |ops| {
        timed(ops, || {
            // SAFETY: the layout is not empty.
            let block = unsafe { MiMalloc.alloc(layout) }.cast::<Object>();
            // SAFETY: it is fresh memory for an object.
            unsafe { block.write(Object::default()) };
            // SAFETY: it was written.
            touch(unsafe { &mut *block });
            // SAFETY: it came from there with this layout.
            unsafe { MiMalloc.dealloc(block.cast(), layout) };
        })
    })
}

fn fixed_async() -> Work {
    let pool = fixed_pool::<16>();
    Box::new(move |ops| {
        timed(ops, || {
            let mut context = Context::from_waker(Waker::noop());
            match pin!(pool.get_async()).poll(&mut context) {
                Poll::Ready(Ok(mut object)) => touch(&mut object),
                _ => unreachable!("an object is free"),
            }
        })
    })
}

fn object_queue() -> ArrayQueue<Box<Object>> {
    let queue = ArrayQueue::new(16);
    for _ in 0..16 {
        queue.push(Box::default()).unwrap();
    }
    queue
}

fn pop_and_push(queue: &ArrayQueue<Box<Object>>) {
    let mut object = queue.pop().unwrap();
    touch(&mut object);
    queue.push(object).unwrap();
}

fn queue() -> Work {
    let queue = object_queue();
    Box::new(move |ops| timed(ops, || pop_and_push(&queue)))
}

/// The same on two threads at once; CPU time of an operation.
fn two(ops: u32, op: impl Fn() + Sync) -> f64 {
    let start = Barrier::new(2);
    thread::scope(|scope| {
        let threads = [(); 2].map(|()| {
            scope.spawn(|| {
                start.wait();
                timed(ops, &op)
            })
        });
        threads.map(|thread| thread.join().unwrap()).iter().sum::<f64>() / 2.0
    })
}

fn two_fixed() -> Work {
    let pool = fixed_pool::<16>();
    Box::new(move |ops| two(ops, || touch(&mut pool.try_get().unwrap())))
}

fn two_queue() -> Work {
    let queue = object_queue();
    Box::new(move |ops| two(ops, || pop_and_push(&queue)))
}
