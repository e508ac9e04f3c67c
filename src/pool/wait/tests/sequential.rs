//! What one thread sees, step by step.
#![cfg(not(loom))]

use super::*;
use crate::sync::AtomicUsize;
use core::{
    panic::AssertUnwindSafe,
    pin::{Pin, pin},
    task::{Context, Poll, Waker},
};
use std::{
    panic::catch_unwind,
    sync::{Arc, Mutex},
    task::Wake,
    vec,
};

/// Counts how often it is woken.
struct Count(AtomicUsize);

impl Count {
    fn new() -> Arc<Self> {
        Arc::new(Self(AtomicUsize::new(0)))
    }
}

impl Wake for Count {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

fn poll<const N: usize>(
    wait: Pin<&mut Wait<'_, Shelf<N>>>,
    waker: &Waker,
) -> Poll<Result<Taken<u32>, Closed>> {
    wait.poll(&mut Context::from_waker(waker))
}

#[test]
fn waiters_are_served_in_order_and_nobody_barges_in() {
    let shelf = Shelf::<1>::idle();
    let held = shelf.take().unwrap();
    let (mut first, mut second) = (pin!(shelf.wait()), pin!(shelf.wait()));
    assert!(poll(first.as_mut(), Waker::noop()).is_pending());
    assert!(poll(second.as_mut(), Waker::noop()).is_pending());
    shelf.put(held);
    assert_eq!(shelf.take(), Err(TryGetError::Empty), "try_get took a waiter's object");
    assert!(poll(second.as_mut(), Waker::noop()).is_pending(), "the second was served first");
    assert_eq!(poll(first, Waker::noop()), Poll::Ready(Ok(Taken::Idle(0))));
    shelf.put(0);
    assert_eq!(poll(second, Waker::noop()), Poll::Ready(Ok(Taken::Idle(0))));
    shelf.put(0);
    assert_eq!(shelf.take(), Ok(0), "the object is lost");
}

#[test]
fn each_poll_replaces_the_waker_and_a_waiter_is_woken_once() {
    let shelf = Shelf::<1>::idle();
    let held = shelf.take().unwrap();
    let mut wait = pin!(shelf.wait());
    let counts = [Count::new(), Count::new()];
    for count in &counts {
        assert!(poll(wait.as_mut(), &Waker::from(count.clone())).is_pending());
    }
    shelf.put(held);
    let woken = counts.each_ref().map(|count| count.0.load(Ordering::Relaxed));
    assert_eq!(woken, [0, 1], "the waker of the last poll is called, once");
    assert!(poll(wait, Waker::noop()).is_ready());
    assert!(counts.iter().all(|count| Arc::strong_count(count) == 1), "a waker is kept");
}

#[test]
fn a_wait_in_the_middle_of_the_queue_leaves_it_in_order() {
    let shelf = Shelf::<1>::idle();
    let held = shelf.take().unwrap();
    for leaves in 0..4 {
        let mut waits: Vec<_> = (0..4).map(|_| std::boxed::Box::pin(shelf.wait())).collect();
        for wait in &mut waits {
            assert!(poll(wait.as_mut(), Waker::noop()).is_pending());
        }
        assert_eq!(shelf.gate.counts(&shelf).waiting, 4);
        drop(waits.remove(leaves));
        assert_eq!(shelf.gate.counts(&shelf).waiting, 3, "who left is still in the queue");
        shelf.put(held);
        for mut wait in waits {
            assert_eq!(poll(wait.as_mut(), Waker::noop()), Poll::Ready(Ok(Taken::Idle(0))));
            shelf.put(0);
        }
        assert_eq!(shelf.take(), Ok(held));
    }
}

#[test]
fn a_wait_that_was_handed_an_object_and_is_dropped_hands_it_on() {
    let shelf = Shelf::<1>::idle();
    let held = shelf.take().unwrap();
    let mut first = std::boxed::Box::pin(shelf.wait());
    let mut second = pin!(shelf.wait());
    assert!(poll(first.as_mut(), Waker::noop()).is_pending());
    let count = Count::new();
    assert!(poll(second.as_mut(), &Waker::from(count.clone())).is_pending());
    shelf.put(held);
    drop(first);
    assert_eq!(count.0.load(Ordering::Relaxed), 1, "the next waiter sleeps beside a free object");
    assert_eq!(poll(second, Waker::noop()), Poll::Ready(Ok(Taken::Idle(0))));
}

#[test]
fn idle_slots_are_taken_before_vacant_ones_and_vacant_ones_by_waiters() {
    let shelf = Shelf::<2>::vacant();
    assert_eq!(shelf.gate.take(&shelf), Ok(Taken::Vacant(0)));
    shelf.put(0);
    assert_eq!(shelf.gate.take(&shelf), Ok(Taken::Idle(0)), "a second object is made too soon");
    assert_eq!(shelf.gate.take(&shelf), Ok(Taken::Vacant(1)));
    let mut wait = pin!(shelf.wait());
    assert!(poll(wait.as_mut(), Waker::noop()).is_pending());
    shelf.gate.release_vacant(&shelf, 0);
    assert_eq!(shelf.take(), Err(TryGetError::Empty), "a waiter's permit was taken");
    assert_eq!(poll(wait, Waker::noop()), Poll::Ready(Ok(Taken::Vacant(0))));
}

#[test]
fn a_gate_that_does_not_offer_vacant_slots_keeps_them_for_put() {
    let shelf = Shelf::<1>::with(Gate::vacant(1, false));
    assert_eq!(shelf.take(), Err(TryGetError::Empty));
    let mut wait = pin!(shelf.wait());
    assert!(poll(wait.as_mut(), Waker::noop()).is_pending());
    let index = shelf.gate.take_vacant(&shelf).unwrap();
    shelf.put(index);
    assert_eq!(poll(wait, Waker::noop()), Poll::Ready(Ok(Taken::Idle(index))));
}

#[test]
fn close_tells_all_waiters_and_later_callers_and_refuses_what_comes_back() {
    let shelf = Shelf::<2>::idle();
    let held = [shelf.take().unwrap(), shelf.take().unwrap()];
    let mut waits: Vec<_> = (0..3).map(|_| std::boxed::Box::pin(shelf.wait())).collect();
    for wait in &mut waits {
        assert!(poll(wait.as_mut(), Waker::noop()).is_pending());
    }
    shelf.put(held[0]);
    shelf.gate.close();
    let answers: Vec<_> = waits.iter_mut().map(|wait| poll(wait.as_mut(), Waker::noop())).collect();
    let closed = Poll::Ready(Err(Closed));
    assert_eq!(answers, vec![Poll::Ready(Ok(Taken::Idle(held[0]))), closed, closed]);
    assert_eq!(shelf.take(), Err(TryGetError::Closed));
    assert_eq!(poll(pin!(shelf.wait()), Waker::noop()), closed);
    held.into_iter().for_each(|index| shelf.put(index));
    assert_eq!(shelf.drops(), 2, "a closed pool keeps an object");
    assert_eq!(shelf.gate.counts(&shelf).live, 0);
    assert_eq!(shelf.gate.take_vacant(&shelf), None, "a closed pool gives a permit");
}

#[test]
fn a_waker_that_panics_keeps_no_other_waiter_from_hearing_that_the_pool_is_closed() {
    struct Panics;
    impl Wake for Panics {
        fn wake(self: Arc<Self>) {
            panic!("a waker");
        }
    }
    let shelf = Shelf::<1>::idle();
    shelf.take().unwrap();
    let (mut first, mut second) = (pin!(shelf.wait()), pin!(shelf.wait()));
    assert!(poll(first.as_mut(), &Waker::from(Arc::new(Panics))).is_pending());
    let count = Count::new();
    assert!(poll(second.as_mut(), &Waker::from(count.clone())).is_pending());
    assert!(catch_unwind(AssertUnwindSafe(|| shelf.gate.close())).is_err());
    assert_eq!(count.0.load(Ordering::Relaxed), 1, "a waiter was not woken");
    assert!(shelf.gate.is_closed());
}

#[test]
fn a_lower_capacity_refuses_objects_and_a_higher_one_serves_waiters() {
    let shelf = Shelf::<3>::idle();
    let held = [shelf.take().unwrap(), shelf.take().unwrap()];
    shelf.gate.set_capacity(&shelf, 1);
    assert_eq!(shelf.gate.excess(&shelf), Some(2), "one more is idle than the capacity allows");
    shelf.gate.retire(&shelf, 2);
    assert_eq!(shelf.gate.excess(&shelf), None);
    let mut wait = pin!(shelf.wait());
    assert!(poll(wait.as_mut(), Waker::noop()).is_pending());
    shelf.put(held[0]);
    assert_eq!(shelf.drops(), 1, "an object too many was kept");
    assert!(poll(wait.as_mut(), Waker::noop()).is_pending(), "the capacity is exceeded");
    let counts = shelf.gate.counts(&shelf);
    assert_eq!((counts.capacity, counts.live, counts.idle, counts.waiting), (1, 1, 0, 1));
    shelf.gate.set_capacity(&shelf, 2);
    assert!(matches!(poll(wait, Waker::noop()), Poll::Ready(Ok(Taken::Vacant(_)))));
    assert_eq!(shelf.take(), Err(TryGetError::Empty));
    shelf.gate.set_capacity(&shelf, 3);
    assert!(shelf.take().is_ok());
}

/// What the executor does in its waker must be able to use the pool.
#[test]
fn no_waker_runs_while_the_gate_is_locked() {
    /// Uses the lock of the gate whenever its code runs.
    struct Uses(Mutex<Vec<&'static str>>, &'static Shelf<1>);
    impl Uses {
        fn note(&self, what: &'static str) {
            assert_eq!(self.1.gate.take_vacant(self.1), None);
            self.0.lock().unwrap().push(what);
        }
    }
    impl Wake for Uses {
        fn wake(self: Arc<Self>) {
            self.note("woken");
        }
    }
    impl Drop for Uses {
        fn drop(&mut self) {
            self.note("dropped");
        }
    }
    let shelf: &'static Shelf<1> = std::boxed::Box::leak(std::boxed::Box::new(Shelf::idle()));
    let held = shelf.take().unwrap();
    let new = || Waker::from(Arc::new(Uses(Mutex::default(), shelf)));
    let mut wait = std::boxed::Box::pin(shelf.wait());
    for _ in 0..3 {
        // The last poll's waker is dropped by the next.
        assert!(poll(wait.as_mut(), &new()).is_pending());
    }
    drop(wait);
    let mut wait = std::boxed::Box::pin(shelf.wait());
    assert!(poll(wait.as_mut(), &new()).is_pending());
    shelf.put(held);
    assert!(poll(wait.as_mut(), &new()).is_ready());
    let mut waits = [std::boxed::Box::pin(shelf.wait()), std::boxed::Box::pin(shelf.wait())];
    for wait in &mut waits {
        assert!(poll(wait.as_mut(), &new()).is_pending());
    }
    shelf.gate.close();
}
