//! Two threads on one pool, and from thread to thread.

use crate::{
    Row, limit,
    objects::{Small, buffer, push, touch},
    paired::{Measure, cpu_time},
    plain,
};
use crossbeam_queue::ArrayQueue;
use poolalloc::Pool;
use std::{sync::Barrier, thread, time::Instant};

const PAIRS: u64 = 100_000;

/// CPU nanoseconds of one call, of two threads that call at the same time.
fn two_threads<'a>(pair: impl Fn(usize, u64) + Sync + 'a) -> Measure<'a> {
    Box::new(move || {
        let start = Barrier::new(2);
        let work = |thread: usize| {
            (0..PAIRS / 10).for_each(|n| pair(thread, n));
            start.wait();
            let before = cpu_time();
            (0..PAIRS).for_each(|n| pair(thread, n));
            (cpu_time() - before).as_nanos() as f64 / PAIRS as f64
        };
        thread::scope(|scope| {
            let both = [0, 1].map(|thread| scope.spawn(move || work(thread)));
            both.map(|thread| thread.join().unwrap()).iter().sum::<f64>() / 2.0
        })
    })
}

fn one_pool() -> Measure<'static> {
    let pool = Pool::builder(buffer).reset(Vec::clear).build();
    two_threads(move |_, n| push(&mut pool.get(), n))
}

fn private_pools() -> Measure<'static> {
    let pools = [(); 2].map(|()| Pool::builder(buffer).reset(Vec::clear).build());
    two_threads(move |thread, n| push(&mut pools[thread].get(), n))
}

fn one_bounded() -> Measure<'static> {
    let pool = Pool::builder(Small::default).capacity(64).prefill(64).build();
    two_threads(move |_, n| touch(&mut pool.try_get().unwrap(), n))
}

fn array_queue() -> Measure<'static> {
    let queue = ArrayQueue::<Box<Small>>::new(64);
    (0..64).for_each(|_| drop(queue.push(Box::default())));
    two_threads(move |_, n| {
        let mut object = queue.pop().unwrap_or_default();
        touch(&mut object, n);
        drop(queue.push(object));
    })
}

fn poolshark_global() -> Measure<'static> {
    let pool: poolshark::global::Pool<Vec<u8>> = poolshark::global::Pool::new(1024, 1 << 16);
    two_threads(move |_, n| push(&mut pool.take(), n))
}

/// Wall-clock nanoseconds per object that one thread gets and another releases, by way of a ring of
/// 256 for one sender and one receiver, which takes little of the time.
fn handed_over<T: Send + 'static>(get: impl Fn(u64) -> T + 'static) -> Measure<'static> {
    const OBJECTS: u64 = 200_000;
    Box::new(move || {
        let (mut sender, mut receiver) = rtrb::RingBuffer::<T>::new(256);
        let start = Barrier::new(2);
        thread::scope(|scope| {
            let releases = scope.spawn(|| {
                start.wait();
                for _ in 0..OBJECTS {
                    drop(wait_for(|| receiver.pop().ok()));
                }
                Instant::now()
            });
            start.wait();
            let before = Instant::now();
            for n in 0..OBJECTS {
                let mut object = Some(get(n));
                wait_for(|| match sender.push(object.take()?) {
                    Ok(()) => Some(()),
                    Err(rtrb::PushError::Full(back)) => {
                        object = Some(back);
                        None
                    }
                });
            }
            let end = releases.join().unwrap();
            (end - before).as_nanos() as f64 / OBJECTS as f64
        })
    })
}

fn wait_for<T>(mut ready: impl FnMut() -> Option<T>) -> T {
    let mut tries = 0_u32;
    loop {
        if let Some(ready) = ready() {
            return ready;
        }
        tries += 1;
        if tries.is_multiple_of(64) {
            thread::yield_now();
        } else {
            std::hint::spin_loop();
        }
    }
}

fn ours_handed_over() -> Measure<'static> {
    let pool = Pool::builder(buffer).reset(Vec::clear).build();
    handed_over(move |n| {
        let mut object = pool.get();
        push(&mut object, n);
        object
    })
}

fn global_handed_over() -> Measure<'static> {
    let pool: poolshark::global::Pool<Vec<u8>> = poolshark::global::Pool::new(1024, 1 << 16);
    handed_over(move |n| {
        let mut object = pool.take();
        push(&mut object, n);
        object
    })
}

fn vec_handed_over() -> Measure<'static> {
    handed_over(|n| {
        let mut object = buffer();
        push(&mut object, n);
        object
    })
}

pub(crate) fn rows() -> Vec<Row> {
    vec![
        limit("threads/one Pool : two private", 1.1, one_pool, private_pools),
        limit("threads/one Pool capacity : ArrayQueue", 1.0, one_bounded, array_queue),
        plain("threads/one Pool : poolshark global", one_pool, poolshark_global),
        limit("hand over/Pool : poolshark global", 0.6, ours_handed_over, global_handed_over),
        plain("hand over/Pool : Vec under System", ours_handed_over, vec_handed_over),
    ]
}
