//! A pool without a capacity: shards, returns from afar, the reserve.

use crate::Counted;
use poolalloc::{Pool, Pooled, recycled};
use std::{
    sync::{
        Arc, Barrier,
        atomic::{AtomicBool, AtomicUsize, Ordering},
        mpsc,
    },
    thread,
};

fn counted_pool() -> (Arc<AtomicUsize>, Pool<Counted>) {
    let alive = Arc::new(AtomicUsize::new(0));
    let of = alive.clone();
    (alive, Pool::new(move || Counted::new(&of)))
}

#[test]
fn an_object_that_was_released_is_got_again() {
    let pool = Pool::builder(Vec::<u8>::new).reset(Vec::clear).build();
    let mut first = pool.get();
    first.reserve(100);
    let at = first.as_ptr();
    drop(first);
    assert_eq!(pool.get().as_ptr(), at);
    assert_eq!(pool.stats().created, 1);
}

#[test]
fn an_object_released_by_another_thread_comes_home() {
    let pool = Pool::new(|| 0);
    let object = pool.get();
    thread::spawn(move || drop(object)).join().unwrap();
    assert_eq!(pool.stats().idle, 1);
    drop(pool.get());
    assert_eq!(pool.stats().created, 1, "the one that came back was not found");
}

#[test]
fn objects_go_home_whichever_pool_was_taken_from_last() {
    // Pools that go make room for others, which may lie where they lay.
    for _ in 0..20 {
        let pools = [0, 1, 2].map(|number| Pool::new(move || number));
        for (first, second) in [(0, 1), (1, 2), (2, 0), (1, 1)] {
            let (one, other) = (pools[first].get(), pools[second].get());
            assert_eq!((*one, *other), (first, second));
            drop(one);
            assert_eq!(*pools[second].get(), second, "an object went to another pool");
            drop(other);
        }
        let outlives = pools[0].get();
        drop(pools);
        assert_eq!(*outlives, 0);
    }
}

#[test]
fn prefill_on_main_serves_workers() {
    const WORKERS: usize = 4;
    let pool = Pool::new(|| 0);
    assert_eq!(pool.prefill(WORKERS), WORKERS);
    let all_have_one = Barrier::new(WORKERS);
    thread::scope(|scope| {
        for _ in 0..WORKERS {
            scope.spawn(|| {
                let object = pool.get();
                all_have_one.wait();
                drop(object);
            });
        }
    });
    assert_eq!(pool.stats().created, WORKERS, "a worker made one though there was one for it");
}

#[test]
fn what_a_dying_thread_leaves_is_found_by_the_others() {
    let (alive, pool) = counted_pool();
    let of_pool = pool.clone();
    thread::spawn(move || drop([of_pool.get(), of_pool.get()])).join().unwrap();
    let two = [pool.get(), pool.get()];
    assert_eq!(pool.stats().created, 2, "objects of a thread that ended are lost");
    drop(two);
    drop(pool);
    assert_eq!(alive.load(Ordering::Relaxed), 0);
}

#[test]
fn an_object_released_after_its_thread_ended_is_found() {
    let pool = Pool::new(|| 0);
    let of_pool = pool.clone();
    let object = thread::spawn(move || of_pool.get()).join().unwrap();
    drop(object);
    drop(pool.get());
    assert_eq!(pool.stats().created, 1);
}

#[test]
fn objects_of_a_pool_that_is_gone_are_dropped_in_place_once() {
    let (alive, pool) = counted_pool();
    let (sender, receiver) = mpsc::channel::<Pooled<Counted>>();
    let held = pool.get();
    let idle = pool.get();
    drop(idle);
    let of_pool = pool.clone();
    let other = thread::spawn(move || {
        let own = of_pool.get();
        drop(of_pool.get());
        drop(of_pool);
        sender.send(own).unwrap();
        // Still alive, with a shard, when the pool goes.
        thread::park();
    });
    let theirs = receiver.recv().unwrap();
    assert_eq!(alive.load(Ordering::Relaxed), 4);
    drop(pool);
    assert_eq!(
        alive.load(Ordering::Relaxed),
        2,
        "idle objects go with the pool, whose shard it be"
    );
    drop(theirs);
    drop(held);
    assert_eq!(alive.load(Ordering::Relaxed), 0, "an object outlived its guard and its pool");
    other.thread().unpark();
    other.join().unwrap();
}

#[test]
fn retain_and_shrink_reach_the_shards_of_living_threads() {
    let pool = Pool::builder(|| 0).build();
    let (ready, done) = (Barrier::new(2), Barrier::new(2));
    thread::scope(|scope| {
        scope.spawn(|| {
            let mut three = [pool.get(), pool.get(), pool.get()];
            (1..).zip(&mut three).for_each(|(number, object)| **object = number);
            drop(three);
            ready.wait();
            done.wait();
        });
        ready.wait();
        assert_eq!(pool.stats().idle, 3);
        pool.retain(|number| *number != 2);
        assert_eq!(pool.stats().idle, 2);
        pool.shrink_to(1);
        assert_eq!((pool.stats().idle, pool.stats().live), (1, 1));
        pool.shrink_to(0);
        assert_eq!(pool.stats().live, 0);
        done.wait();
    });
}

#[test]
fn recycled_goes_to_the_thread_that_drops_it_and_keeps_its_memory() {
    let mut buffer: Pooled<Vec<u32>> = recycled();
    buffer.extend(0..1000);
    let at = buffer.as_ptr().addr();
    thread::spawn(move || {
        drop(buffer);
        let again: Pooled<Vec<u32>> = recycled();
        assert_eq!((again.as_ptr().addr(), again.len()), (at, 0));
    })
    .join()
    .unwrap();
}

/// The real barrier, which no model has: an owner that gets and releases, and a visitor.
#[test]
fn an_owner_and_a_visitor_never_have_the_same_object() {
    const VISITS: usize = 2000;
    struct Exclusive {
        is_used: AtomicBool,
        _counted: Counted,
    }
    impl Exclusive {
        fn enter(&self) {
            assert!(!self.is_used.swap(true, Ordering::Relaxed), "two have one object");
        }
        fn leave(&self) {
            self.is_used.store(false, Ordering::Relaxed);
        }
    }
    let alive = Arc::new(AtomicUsize::new(0));
    let of = alive.clone();
    let new = move || Exclusive { is_used: AtomicBool::new(false), _counted: Counted::new(&of) };
    let pool = Pool::new(new);
    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            while !is_over.load(Ordering::Relaxed) {
                let first = pool.get();
                first.enter();
                let second = pool.get();
                second.enter();
                second.leave();
                drop(second);
                first.leave();
            }
        });
        for visit in 0..VISITS {
            match visit % 4 {
                0 => pool.shrink_to(0),
                1 => pool.retain(|object| {
                    object.enter();
                    object.leave();
                    visit % 8 == 1
                }),
                2 => pool.shrink_to(1),
                _ => assert!(pool.stats().idle <= 4, "an object is counted twice"),
            }
        }
        pool.close();
        is_over.store(true, Ordering::Relaxed);
    });
    assert_eq!(alive.load(Ordering::Relaxed), 0, "an object is lost, or kept in a closed pool");
}

/// A pool that is closed, whose threads have forgotten it, and whose objects come back then.
#[test]
fn what_comes_back_to_a_closed_pool_that_its_thread_forgot_is_dropped() {
    let (alive, pool) = counted_pool();
    let held = [pool.get(), pool.get()];
    drop(pool.get());
    pool.close();
    drop(pool);
    // Each makes the thread look through what it has to do at its end.
    for _ in 0..100 {
        let (_, other) = counted_pool();
        drop(other.get());
    }
    assert_eq!(alive.load(Ordering::Relaxed), 2);
    drop(held);
    assert_eq!(alive.load(Ordering::Relaxed), 0, "kept by nobody");
}
