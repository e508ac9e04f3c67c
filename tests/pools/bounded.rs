//! A pool with a capacity.

use crate::Counted;
use poolalloc::{Closed, GetTimeoutError, Pool, Pooled, TryGetError};
use std::{
    sync::{Arc, atomic::AtomicUsize, atomic::Ordering},
    thread,
    time::Duration,
};

#[test]
fn objects_idle_in_another_thread_are_found_before_try_get_says_empty() {
    const OBJECTS: usize = 8;
    let pool = Pool::builder(|| 0).capacity(OBJECTS).build();
    // Made, used and released there; that thread lives on.
    thread::scope(|scope| {
        let (of_pool, main) = (pool.clone(), thread::current());
        let other = scope.spawn(move || {
            let all: Vec<_> = (0..OBJECTS).map(|_| of_pool.try_get().unwrap()).collect();
            drop(all);
            main.unpark();
            thread::park();
        });
        while pool.stats().idle < OBJECTS {
            thread::park_timeout(Duration::from_millis(1));
        }
        let found: Vec<_> = (0..OBJECTS).map(|_| pool.try_get().expect("one is idle")).collect();
        assert_eq!(pool.try_get().unwrap_err(), TryGetError::Empty);
        assert_eq!(pool.stats().created, OBJECTS, "made one though one was idle");
        drop(found);
        other.thread().unpark();
    });
}

#[test]
fn a_bounded_pool_shared_by_10_000_short_threads_loses_no_permit() {
    const THREADS: usize = 10_000;
    const AT_A_TIME: usize = 8;
    const CAPACITY: usize = 3;
    let pool = Pool::builder(|| 0_usize).capacity(CAPACITY).build();
    for round in 0..THREADS / AT_A_TIME {
        thread::scope(|scope| {
            for _ in 0..AT_A_TIME {
                scope.spawn(|| match round % 4 {
                    0 => *pool.get_blocking().unwrap() += 1,
                    1 => drop(pool.try_get()),
                    2 => drop(pool.get_timeout(Duration::from_micros(50))),
                    _ => drop(pool.get()),
                });
            }
        });
    }
    let all: Vec<_> = (0..CAPACITY).map(|_| pool.try_get().expect("a permit is lost")).collect();
    assert_eq!(pool.try_get().unwrap_err(), TryGetError::Empty, "a permit too many");
    drop(all);
    assert_eq!(pool.stats().idle, CAPACITY);
}

#[test]
fn get_goes_beyond_the_capacity_and_try_get_does_not() {
    let pool = Pool::builder(|| 0).capacity(1).build();
    let first = pool.try_get().unwrap();
    assert_eq!(pool.try_get().unwrap_err(), TryGetError::Empty);
    let beyond = pool.get();
    drop(beyond);
    assert_eq!(pool.stats().live, 1, "what is beyond the capacity is dropped on release");
    drop(first);
    assert_eq!((pool.stats().idle, pool.stats().live), (1, 1));
}

#[test]
fn close_wakes_who_waits_and_drops_what_is_idle() {
    let alive = Arc::new(AtomicUsize::new(0));
    let of = alive.clone();
    let pool = Pool::builder(move || Counted::new(&of)).capacity(1).build();
    let held = pool.try_get().unwrap();
    thread::scope(|scope| {
        let waiting = scope.spawn(|| pool.get_blocking().map(drop));
        while pool.stats().waiting == 0 {
            thread::yield_now();
        }
        pool.close();
        assert_eq!(waiting.join().unwrap(), Err(Closed));
    });
    assert_eq!(pool.try_get().err(), Some(TryGetError::Closed));
    assert_eq!(pool.get_timeout(Duration::ZERO).err(), Some(GetTimeoutError::Closed));
    drop(held);
    drop(pool.get());
    assert_eq!(alive.load(Ordering::Relaxed), 0, "a closed pool keeps nothing");
}

#[test]
fn guards_outlive_the_pool_and_are_dropped_in_place_once() {
    let alive = Arc::new(AtomicUsize::new(0));
    let of = alive.clone();
    let pool = Pool::builder(move || Counted::new(&of)).capacity(4).prefill(3).build();
    let (held, beyond) = (pool.try_get().unwrap(), pool.adopt(Counted::new(&alive)));
    drop(pool);
    assert_eq!(alive.load(Ordering::Relaxed), 2);
    thread::spawn(move || drop(held)).join().unwrap();
    drop(beyond);
    assert_eq!(alive.load(Ordering::Relaxed), 0);
}

#[test]
fn the_last_guard_of_a_dropped_pool_may_race_with_another() {
    for _ in 0..if cfg!(miri) { 10 } else { 500 } {
        let alive = Arc::new(AtomicUsize::new(0));
        let of = alive.clone();
        let pool = Pool::builder(move || Counted::new(&of)).capacity(4).build();
        thread::scope(|scope| {
            for guard in [pool.get(), pool.get()] {
                scope.spawn(move || drop(guard));
            }
            scope.spawn(move || drop(pool));
        });
        assert_eq!(alive.load(Ordering::Relaxed), 0, "an object outlived its guard and its pool");
    }
}

#[test]
fn the_capacity_can_grow_and_shrink() {
    let pool = Pool::builder(|| 0).capacity(1).build();
    let first = pool.try_get().unwrap();
    thread::scope(|scope| {
        let waiting = scope.spawn(|| pool.get_blocking().map(|object| *object));
        while pool.stats().waiting == 0 {
            thread::yield_now();
        }
        assert!(pool.set_capacity(2));
        assert_eq!(waiting.join().unwrap(), Ok(0));
    });
    let second = pool.try_get().unwrap();
    assert!(pool.set_capacity(1));
    drop((first, second));
    assert_eq!(pool.stats().live, 1);
    assert!(!Pool::new(|| 0).set_capacity(1), "a pool without a capacity gets none");
}

#[test]
fn an_object_that_fails_its_check_is_replaced_and_its_permit_stays() {
    let pool = Pool::builder(|| 0).check_on_get(|n| *n < 1).capacity(1).build();
    *pool.try_get().unwrap() = 1;
    assert_eq!(*pool.try_get().unwrap(), 0);
    assert_eq!((pool.stats().created, pool.stats().discarded, pool.stats().live), (2, 1, 1));
}

#[test]
fn a_seat_keeps_objects_again_after_one_in_it_was_pinned() {
    let pool = Pool::builder(|| 0).capacity(1).build();
    drop(Pooled::into_pin(pool.try_get().unwrap()));
    drop(pool.try_get().unwrap());
    assert_eq!((pool.stats().created, pool.stats().idle), (2, 1), "it was dropped on release");
}

#[test]
fn what_a_pool_is_given_counts_as_live_and_not_as_created() {
    for pool in [Pool::new(|| 0), Pool::builder(|| 0).capacity(4).build()] {
        pool.put(1).unwrap();
        drop(pool.adopt(2));
        let stats = pool.stats();
        assert_eq!((stats.idle, stats.live, stats.created, stats.discarded), (2, 2, 0, 0));
        assert_eq!((pool.prefill(1), pool.stats().created), (1, 1));
    }
}
