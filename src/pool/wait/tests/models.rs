//! The gate under loom: every order in which two or three threads can meet.

use super::*;
use core::{
    pin::pin,
    task::{Context, Waker},
};
use loom::{future::block_on, sync::Arc, thread};

fn shared<const N: usize>(shelf: Shelf<N>) -> Arc<Shelf<N>> {
    Arc::new(shelf)
}

fn spawn<const N: usize, R: 'static>(
    shelf: &Arc<Shelf<N>>,
    work: impl FnOnce(&Shelf<N>) -> R + 'static,
) -> thread::JoinHandle<R> {
    let shelf = shelf.clone();
    thread::spawn(move || work(&shelf))
}

/// Waits for a slot as a task does; returns it with an object in it.
fn wait_for<const N: usize>(shelf: &Shelf<N>) -> Result<u32, Closed> {
    block_on(shelf.wait()).map(|taken| shelf.use_object(taken))
}

/// All slots can be taken, each once.
fn assert_none_is_lost<const N: usize>(shelf: &Shelf<N>) {
    let taken: std::collections::BTreeSet<_> = (0..N).map(|_| shelf.take().ok()).collect();
    assert!(!taken.contains(&None) && taken.len() == N, "G3: a permit is lost: {taken:?}");
    assert_eq!(shelf.take(), Err(TryGetError::Empty), "G3: a permit too many");
}

#[test]
fn a_gate_slot_is_held_by_one_thread_at_a_time_with_all_that_was_done_to_it() {
    loom::model(|| {
        let shelf = shared(Shelf::<2>::idle());
        let work = |shelf: &Shelf<2>| {
            if let Ok(index) = shelf.take() {
                shelf.put(index);
            }
            shelf.take().map(|index| shelf.put(index)).is_ok()
        };
        let other = spawn(&shelf, work);
        let mine = work(&shelf);
        assert!(other.join().unwrap() && mine, "two slots are enough for two");
        assert_none_is_lost(&shelf);
    });
}

#[test]
fn a_gate_slot_that_comes_back_while_a_taker_sleeps_does_not_fool_it() {
    loom::model(|| {
        let shelf = shared(Shelf::<3>::idle());
        let other = spawn(&shelf, |shelf| {
            // 0 is on top again, above 2: not above 1, which stays held.
            let (first, second) = (shelf.take().unwrap(), shelf.take().unwrap());
            shelf.put(first);
            second
        });
        let mine = [shelf.take().unwrap(), other.join().unwrap()];
        assert_ne!(mine[0], mine[1], "G1: a slot is held by two");
        let last = shelf.take().unwrap();
        assert!(!mine.contains(&last), "G1: a slot is held by two");
        assert_eq!(shelf.take(), Err(TryGetError::Empty));
    });
}

#[test]
fn no_waiter_sleeps_while_an_object_is_idle() {
    // Where one sleeps for ever loom finds a deadlock.
    loom::model(|| {
        let shelf = shared(Shelf::<1>::idle());
        let held = shelf.take().unwrap();
        let waiter = spawn(&shelf, |shelf| shelf.put(wait_for(shelf).unwrap()));
        shelf.put(held);
        shelf.put(wait_for(&shelf).unwrap());
        waiter.join().unwrap();
        assert_none_is_lost(&shelf);
    });
}

#[test]
fn two_gate_waiters_are_both_served() {
    loom::model(|| {
        let shelf = shared(Shelf::<1>::idle());
        let held = shelf.take().unwrap();
        let waiters: Vec<_> =
            (0..2).map(|_| spawn(&shelf, |shelf| shelf.put(wait_for(shelf).unwrap()))).collect();
        shelf.put(held);
        waiters.into_iter().for_each(|waiter| waiter.join().unwrap());
        assert_none_is_lost(&shelf);
    });
}

#[test]
fn a_cancelled_gate_wait_loses_no_object() {
    loom::model(|| {
        let shelf = shared(Shelf::<1>::idle());
        let held = shelf.take().unwrap();
        let canceller = spawn(&shelf, |shelf| {
            let mut wait = pin!(shelf.wait());
            match wait.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
                core::task::Poll::Ready(taken) => shelf.put(shelf.use_object(taken.unwrap())),
                core::task::Poll::Pending => {}
            }
        });
        shelf.put(held);
        shelf.put(wait_for(&shelf).unwrap());
        canceller.join().unwrap();
        assert_none_is_lost(&shelf);
    });
}

#[test]
fn a_cancelled_gate_wait_hands_its_object_to_the_next() {
    loom::model(|| {
        let shelf = shared(Shelf::<1>::idle());
        let held = shelf.take().unwrap();
        let mut first = std::boxed::Box::pin(shelf.wait());
        assert!(first.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
        let second = spawn(&shelf, |shelf| shelf.put(wait_for(shelf).unwrap()));
        shelf.put(held);
        drop(first);
        second.join().unwrap();
        assert_none_is_lost(&shelf);
    });
}

#[test]
fn a_gate_that_closes_wakes_its_waiter_and_keeps_no_object() {
    loom::model(|| {
        let shelf = shared(Shelf::<1>::idle());
        let held = shelf.take().unwrap();
        let waiter = spawn(&shelf, |shelf| match wait_for(shelf) {
            Ok(index) => {
                shelf.put(index);
                true
            }
            Err(Closed) => false,
        });
        let closer = spawn(&shelf, |shelf| {
            shelf.gate.close();
            while let Some(index) = shelf.gate.take_idle(shelf) {
                // SAFETY: it was idle.
                unsafe { shelf.discard(index) };
            }
        });
        shelf.put(held);
        waiter.join().unwrap();
        closer.join().unwrap();
        assert_eq!(shelf.take(), Err(TryGetError::Closed));
        assert_eq!(shelf.drops(), 1, "the object of a closed pool is kept, or dropped twice");
        assert_eq!(shelf.gate.counts(&*shelf).live, 0, "G3: a permit is lost");
    });
}

#[test]
fn a_vacant_permit_goes_to_a_gate_waiter() {
    loom::model(|| {
        let shelf = shared(Shelf::<1>::vacant());
        let held = shelf.take().unwrap();
        let waiter = spawn(&shelf, |shelf| shelf.put(wait_for(shelf).unwrap()));
        // SAFETY: held, with an object.
        unsafe { shelf.discard(held) };
        waiter.join().unwrap();
        assert_none_is_lost(&shelf);
        assert_eq!(shelf.drops(), 1);
    });
}

#[test]
fn vacant_and_idle_slots_together_are_the_gates_capacity() {
    loom::model(|| {
        let shelf = shared(Shelf::<2>::vacant());
        let other = spawn(&shelf, |shelf| {
            let held = shelf.take().unwrap();
            shelf.put(held);
        });
        let held = shelf.take().unwrap();
        // SAFETY: held, with an object.
        unsafe { shelf.discard(held) };
        other.join().unwrap();
        assert_none_is_lost(&shelf);
    });
}

#[test]
fn a_lower_gate_capacity_is_kept_by_whoever_releases() {
    loom::model(|| {
        let shelf = shared(Shelf::<2>::idle());
        let held = shelf.take().unwrap();
        let other = spawn(&shelf, |shelf| {
            shelf.gate.set_capacity(shelf, 1);
            while let Some(index) = shelf.gate.excess(shelf) {
                // SAFETY: it was idle.
                unsafe { shelf.drop_refused(index) };
            }
        });
        shelf.put(held);
        other.join().unwrap();
        let counts = shelf.gate.counts(&*shelf);
        assert_eq!((counts.live, counts.idle), (1, 1), "G3: more objects than the capacity");
        assert_eq!(shelf.drops(), 1);
    });
}

#[test]
fn a_gate_wait_that_moves_to_another_task_is_woken_there() {
    loom::model(|| {
        let shelf = shared(Shelf::<1>::idle());
        let held = shelf.take().unwrap();
        let mut wait = std::boxed::Box::pin(shelf.wait());
        assert!(wait.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
        let other = spawn(&shelf, move |shelf| shelf.put(held));
        let taken = block_on(wait.as_mut()).unwrap();
        shelf.put(shelf.use_object(taken));
        other.join().unwrap();
    });
}

#[test]
fn a_gate_that_closes_gives_no_permit_to_who_is_still_in_the_queue() {
    /// When it is woken, a permit comes back.
    struct GivesBack(Arc<Shelf<1>>);
    impl std::task::Wake for GivesBack {
        fn wake(self: std::sync::Arc<Self>) {
            self.0.gate.release_vacant(&*self.0, 0);
        }
    }
    loom::model(|| {
        let shelf = shared(Shelf::<1>::vacant());
        shelf.take().unwrap();
        let mut first = std::boxed::Box::pin(shelf.wait());
        let mut second = std::boxed::Box::pin(shelf.wait());
        let waker = Waker::from(std::sync::Arc::new(GivesBack(shelf.clone())));
        assert!(first.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
        drop(waker);
        let mut noop = Context::from_waker(Waker::noop());
        assert!(second.as_mut().poll(&mut noop).is_pending());
        shelf.gate.close();
        for wait in [first.as_mut(), second.as_mut()] {
            let closed = core::task::Poll::Ready(Err(Closed));
            assert_eq!(wait.poll(&mut noop), closed, "a closed pool gives a permit");
        }
    });
}

#[test]
fn a_gate_slot_that_became_idle_while_a_taker_looked_for_a_vacant_one_is_seen_whole() {
    loom::model(|| {
        let shelf = shared(Shelf::<1>::vacant());
        let work = |shelf: &Shelf<1>| {
            if let Ok(index) = shelf.take() {
                shelf.put(index);
            }
        };
        let other = spawn(&shelf, work);
        work(&shelf);
        other.join().unwrap();
        assert_none_is_lost(&shelf);
    });
}
