//! Objects that one thread gets and another releases: by way of the mailbox of the getter's shard.

use crate::Counted;
use crossbeam_channel::{Receiver, Sender, bounded};
use poolalloc::{Pool, Pooled};
use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

/// Objects on their way from thread to thread.
const ON_THEIR_WAY: usize = 8;

/// More than a mailbox has room for, many times.
const MANY: usize = 20_000;

struct Numbered {
    number: usize,
    _counted: Counted,
}

fn pool() -> (Arc<AtomicUsize>, Pool<Numbered>) {
    let alive = Arc::new(AtomicUsize::new(0));
    let of = alive.clone();
    (alive, Pool::new(move || Numbered { number: 0, _counted: Counted::new(&of) }))
}

/// Gets, numbers and sends so many objects. Nobody else writes to them on their way.
fn send(pool: &Pool<Numbered>, to: &Sender<Pooled<Numbered>>, numbers: std::ops::Range<usize>) {
    for number in numbers {
        let mut object = pool.get();
        object.number = number;
        assert!(to.send(object).is_ok(), "the receiver is gone");
    }
}

/// Releases what comes, which is to be these numbers.
fn release(from: &Receiver<Pooled<Numbered>>, numbers: std::ops::Range<usize>) {
    for number in numbers {
        let object = from.recv().unwrap();
        assert_eq!(object.number, number, "two threads had the object");
    }
}

#[test]
fn what_another_thread_releases_serves_the_thread_that_gets() {
    let (alive, pool) = pool();
    let (sender, receiver) = bounded(ON_THEIR_WAY);
    thread::scope(|scope| {
        scope.spawn(|| release(&receiver, 0..MANY));
        send(&pool, &sender, 0..MANY);
    });
    // On their way, in both hands; none is released that is not taken before one is made.
    let at_most = ON_THEIR_WAY + 2;
    assert!(pool.stats().created <= at_most, "{:?}: objects did not come home", pool.stats());
    let all = pool.stats().created;
    assert_eq!(pool.stats().idle, all, "objects on their way home are not counted");
    let held: Vec<_> = (0..all).map(|_| pool.get()).collect();
    assert_eq!(pool.stats().created, all, "objects on their way home are not found");
    drop((held, pool));
    assert_eq!(alive.load(Ordering::Relaxed), 0);
}

#[test]
fn one_releaser_follows_another_and_one_getter_another() {
    let (alive, pool) = pool();
    let (sender, receiver) = bounded(ON_THEIR_WAY);
    thread::scope(|scope| {
        scope.spawn(|| {
            // Each of these has ended, also its thread-locals, before the next one begins.
            for part in 0..10 {
                let numbers = part * MANY / 10..(part + 1) * MANY / 10;
                thread::scope(|scope| scope.spawn(|| release(&receiver, numbers)).join().unwrap());
            }
        });
        scope.spawn(|| {
            // These in other places.
            for part in 0..8 {
                let numbers = part * MANY / 8..(part + 1) * MANY / 8;
                thread::scope(|scope| {
                    scope.spawn(|| send(&pool, &sender, numbers)).join().unwrap()
                });
            }
        });
    });
    // What a getter left at its end waits in the reserve; what came later, too.
    let at_most = ON_THEIR_WAY + 2;
    assert!(pool.stats().created <= at_most, "{:?}: objects did not come home", pool.stats());
    assert_eq!(pool.stats().idle, pool.stats().live, "an object is neither held nor idle");
    drop(pool);
    assert_eq!(alive.load(Ordering::Relaxed), 0);
}

#[test]
fn a_pool_that_goes_takes_all_that_is_on_its_way_home_with_it() {
    for round in 0..200 {
        let (alive, pool) = pool();
        let (sender, receiver) = bounded(ON_THEIR_WAY);
        thread::scope(|scope| {
            scope.spawn(|| {
                release(&receiver, 0..100);
                // The pool closes, and goes, in the middle of this.
                receiver.iter().for_each(drop);
            });
            send(&pool, &sender, 0..100 + round);
            drop(pool);
            drop(sender);
        });
        assert_eq!(alive.load(Ordering::Relaxed), 0, "an object outlived its pool and its guard");
    }
}

#[test]
fn closing_finds_what_a_thread_sends_home_meanwhile() {
    for _ in 0..200 {
        let (alive, pool) = pool();
        let (sender, receiver) = bounded(ON_THEIR_WAY);
        thread::scope(|scope| {
            scope.spawn(|| receiver.iter().for_each(drop));
            send(&pool, &sender, 0..100);
            pool.close();
            assert_eq!(pool.stats().idle, 0, "something was kept in a pool that is closed");
            drop(sender);
        });
        assert_eq!(alive.load(Ordering::Relaxed), 0, "an object is left in a pool that is closed");
        drop(pool);
    }
}

#[test]
fn a_thread_that_only_releases_keeps_no_pool_alive() {
    let (sender, receiver) = bounded(ON_THEIR_WAY);
    let (done, is_done) = bounded::<()>(0);
    thread::scope(|scope| {
        scope.spawn(move || {
            release(&receiver, 0..MANY);
            // Lives on, and would take another.
            is_done.recv().unwrap();
        });
        let alive = Arc::new(AtomicUsize::new(0));
        let (of, hook) = (alive.clone(), Counted::new(&alive));
        // A thread that gets has a shard of the pool to its end.
        let gets = scope.spawn(move || {
            let pool = Pool::new(move || {
                let _ = &hook;
                Numbered { number: 0, _counted: Counted::new(&of) }
            });
            send(&pool, &sender, 0..MANY);
        });
        gets.join().unwrap();
        // The last objects may be on their way still; then who releases them drops the rest.
        while alive.load(Ordering::Acquire) > 0 {
            thread::yield_now();
        }
        done.send(()).unwrap();
    });
}

thread_local! {
    static KEPT: std::cell::RefCell<Vec<Pooled<Numbered>>> = const { std::cell::RefCell::new(Vec::new()) };
}

#[test]
fn what_a_thread_keeps_to_its_end_comes_home_from_there() {
    let (alive, pool) = pool();
    for round in 1..=3 {
        let objects: Vec<_> = (0..ON_THEIR_WAY).map(|_| pool.get()).collect();
        thread::spawn(move || KEPT.set(objects)).join().unwrap();
        assert_eq!(pool.stats().idle, ON_THEIR_WAY, "round {round}: objects are lost");
    }
    assert_eq!(pool.stats().created, ON_THEIR_WAY, "objects that came home are not found");
    drop(pool);
    assert_eq!(alive.load(Ordering::Relaxed), 0);
}
