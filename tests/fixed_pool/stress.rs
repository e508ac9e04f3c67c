//! Many threads on one pool.

use poolalloc::fixed::Pool;
use std::{
    future::Future,
    pin::pin,
    sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed},
    task::{Context, Waker},
    thread,
    time::Duration,
};

/// An object that notices when two use it at once.
struct Exclusive {
    in_use: AtomicBool,
    uses: u64,
}

impl Exclusive {
    const fn new() -> Self {
        Self { in_use: AtomicBool::new(false), uses: 0 }
    }

    fn use_it(&mut self) {
        assert!(!self.in_use.swap(true, Relaxed), "an object has two holders");
        self.uses += 1;
        self.in_use.store(false, Relaxed);
    }
}

/// Sum of the uses of all objects, all of which must be idle.
fn uses<const N: usize>(pool: &mut Pool<Exclusive, N>) -> (usize, u64) {
    let uses: Vec<_> = pool.iter_mut().map(|object| object.uses).collect();
    (uses.len(), uses.iter().sum())
}

#[test]
fn an_object_has_one_holder_at_a_time() {
    let mut pool = Pool::new([const { Exclusive::new() }; 4]);
    let gets = AtomicUsize::new(0);
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..20_000 {
                    let mut held = [pool.try_get(), pool.try_get()];
                    for object in held.iter_mut().flatten() {
                        object.use_it();
                        gets.fetch_add(1, Relaxed);
                    }
                    let [first, second] = held;
                    drop(first);
                    drop(pool.try_get());
                    drop(second);
                }
            });
        }
    });
    assert_eq!(uses(&mut pool), (4, gets.into_inner() as u64));
}

#[test]
fn no_waiter_sleeps_while_an_object_is_idle() {
    const ROUNDS: usize = 5_000;
    let mut pool = Pool::new([const { Exclusive::new() }; 2]);
    let gets = AtomicUsize::new(0);
    // Waiters, some of which give up, beside threads that do not wait. All come to an end: that is
    // the claim.
    thread::scope(|scope| {
        for kind in 0..5 {
            let (pool, gets) = (&pool, &gets);
            scope.spawn(move || {
                for round in 0..ROUNDS {
                    let got = match kind {
                        0..=2 => pool.get_blocking().ok(),
                        3 => pool.get_timeout(Duration::from_micros(round as u64 % 50)).ok(),
                        _ => {
                            let mut cancelled = pin!(pool.get_async());
                            let mut noop = Context::from_waker(Waker::noop());
                            drop(cancelled.as_mut().poll(&mut noop));
                            pool.try_get().ok()
                        }
                    };
                    if let Some(mut object) = got {
                        object.use_it();
                        gets.fetch_add(1, Relaxed);
                    }
                }
            });
        }
    });
    assert_eq!(pool.waiting(), 0);
    assert_eq!(uses(&mut pool), (2, gets.into_inner() as u64), "an object is lost");
}

#[test]
fn a_bounded_pool_shared_by_10_000_short_threads_loses_no_permit() {
    const THREADS: usize = 10_000;
    static POOL: Pool<Exclusive, 3> = Pool::lazy(Exclusive::new).keep_if(|it| it.uses % 7 != 0);
    let done = AtomicUsize::new(0);
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                while done.fetch_add(1, Relaxed) < THREADS {
                    let work = || POOL.get_blocking().unwrap().use_it();
                    thread::Builder::new()
                        .stack_size(64 << 10)
                        .spawn(work)
                        .unwrap()
                        .join()
                        .unwrap();
                }
            });
        }
    });
    let all: Vec<_> = (0..3).map(|_| POOL.try_get()).collect();
    assert!(all.iter().all(Result::is_ok), "a permit is lost");
    assert!(POOL.try_get().is_err(), "a permit too many");
}
