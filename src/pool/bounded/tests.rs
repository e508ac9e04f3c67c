//! A store whose objects are numbers.

extern crate std;
use super::*;
use crate::sync::UnsafeCell;

struct Number {
    seat: Seat,
    home: *const (),
    object: UnsafeCell<u32>,
}

// SAFETY: `seat` returns the field that was given to `vacant`.
unsafe impl Slot for Number {
    unsafe fn vacant(slot: NonNull<Self>, seat: Seat, home: *const ()) {
        // SAFETY: the caller's promise.
        unsafe { slot.write(Self { seat, home, object: UnsafeCell::new(0) }) };
    }

    fn seat(&self) -> &Seat {
        &self.seat
    }

    unsafe fn drop_object(slot: NonNull<Self>) {
        // SAFETY: slots are valid while the store lives.
        let number = unsafe { slot.as_ref() };
        // SAFETY: the slot is held.
        number.object.with_mut(|object| unsafe { *object = u32::MAX });
    }
}

// SAFETY: `home` is only compared.
unsafe impl Send for Number {}

/// Adds to the number; returns the slot.
fn fill(taken: Taken<NonNull<Number>>) -> NonNull<Number> {
    let (Taken::Idle(slot) | Taken::Vacant(slot)) = taken;
    // SAFETY: slots are valid while the store lives.
    let number = unsafe { slot.as_ref() };
    // SAFETY: the slot is held.
    number.object.with_mut(|object| unsafe { *object += 1 });
    slot
}

#[cfg(loom)]
mod models {
    use super::*;
    use loom::{sync::Arc, thread};

    #[test]
    fn a_bounded_slot_has_one_place_whoever_takes_one_first() {
        loom::model(|| {
            let store = Arc::new(Bounded::<Number>::new(2));
            let work = |store: &Bounded<Number>| {
                let slot = fill(store.try_take().unwrap());
                // SAFETY: held, with an object.
                unsafe { store.release(slot) };
            };
            let other = {
                let store = store.clone();
                thread::spawn(move || work(&store))
            };
            work(&store);
            other.join().unwrap();
            let mut sum = 0;
            while let Some(slot) = store.take_idle() {
                // SAFETY: slots are valid while the store lives.
                let number = unsafe { slot.as_ref() };
                // SAFETY: the slot is held.
                sum += number.object.with(|object| unsafe { *object });
            }
            assert_eq!(sum, 2, "P1: two threads have different places for one slot");
        });
    }

    #[test]
    fn a_bounded_slot_is_seen_as_it_was_made() {
        loom::model(|| {
            let store = Arc::new(Bounded::<Number>::new(1));
            let other = {
                let store = store.clone();
                // No step of the gate is between the two: only the table's.
                thread::spawn(move || {
                    store.slot(0);
                })
            };
            fill(Taken::Vacant(store.slot(1)));
            // SAFETY: slots are valid while the store lives.
            assert_eq!(unsafe { store.slot(1).as_ref() }.seat.index(), 1, "P1: not as made");
            other.join().unwrap();
        });
    }
}

#[cfg(not(loom))]
mod sequential {
    use super::*;
    use crate::pool::blocking::{block_for, block_on};
    use core::time::Duration;
    use std::{collections::BTreeSet, thread, vec::Vec};

    #[test]
    fn slots_are_apart_know_their_home_and_stay_where_they_are() {
        let store = Bounded::<Number>::new(100);
        let home = core::ptr::from_ref(&store).cast();
        store.set_home(home);
        let first: Vec<_> = (0..100).map(|_| fill(store.try_take().unwrap())).collect();
        assert_eq!(store.try_take().unwrap_err(), TryGetError::Empty);
        assert_eq!(first.iter().collect::<BTreeSet<_>>().len(), 100, "two slots in one place");
        // SAFETY: slots are valid while the store lives.
        assert!(first.iter().all(|slot| unsafe { slot.as_ref() }.home == home));
        // SAFETY: all are held, with objects.
        first.iter().for_each(|slot| unsafe { store.release(*slot) });
        let again: BTreeSet<_> = (0..100).map(|_| fill(store.try_take().unwrap())).collect();
        assert_eq!(again, first.into_iter().collect(), "a slot has moved");
    }

    #[test]
    fn a_capacity_may_change_while_objects_are_in_use() {
        let store = Bounded::<Number>::new(3);
        let held: Vec<_> = (0..3).map(|_| fill(store.try_take().unwrap())).collect();
        // SAFETY: it is held, with an object.
        unsafe { store.release(held[0]) };
        store.set_capacity(1);
        let counts = store.counts();
        assert_eq!((counts.capacity, counts.live, counts.idle), (1, 2, 0));
        // SAFETY: as above.
        unsafe { store.release(held[1]) };
        assert_eq!(store.counts().live, 1, "an object too many was kept");
        assert_eq!(block_for(store.wait(), Duration::ZERO), None);
        thread::scope(|scope| {
            let waits = scope.spawn(|| matches!(block_on(store.wait()), Ok(Taken::Vacant(_))));
            while store.counts().waiting == 0 {
                thread::yield_now();
            }
            store.set_capacity(2);
            assert!(waits.join().unwrap(), "the new permit is nobody's");
        });
    }

    #[test]
    fn close_drops_idle_objects_and_take_idle_finds_none() {
        let store = Bounded::<Number>::new(2);
        let held: Vec<_> = (0..2).map(|_| fill(store.try_take().unwrap())).collect();
        // SAFETY: it is held, with an object.
        unsafe { store.release(held[0]) };
        store.close();
        assert!(store.is_closed() && store.take_idle().is_none() && store.take_vacant().is_none());
        assert_eq!(store.try_take().unwrap_err(), TryGetError::Closed);
        // SAFETY: as above.
        unsafe { store.release(held[1]) };
        assert_eq!(store.counts().live, 0, "a closed pool keeps an object");
        // SAFETY: slots are valid while the store lives, and nobody uses it.
        let dropped = unsafe { held[1].as_ref() }.object.with(|object| unsafe { *object });
        assert_eq!(dropped, u32::MAX, "an object was not dropped");
    }

    #[test]
    fn a_refused_slot_that_comes_back_without_its_object_counts_once() {
        let store = Bounded::<Number>::new(2);
        let held: Vec<_> = (0..2).map(|_| fill(store.try_take().unwrap())).collect();
        store.set_capacity(1);
        // SAFETY: it is held, with an object.
        assert!(!unsafe { store.try_release(held[0]) }, "an object too many was kept");
        // SAFETY: the number needs no drop, so there is no object in it now.
        unsafe { store.release_vacant(held[0]) };
        assert_eq!((store.counts().live, store.try_take()), (1, Err(TryGetError::Empty)));
        // SAFETY: it is held, with an object.
        assert!(unsafe { store.try_release(held[1]) }, "the only object was refused");
        assert_eq!(store.try_take(), Ok(Taken::Idle(held[1])));
        // SAFETY: as above.
        unsafe { store.release_vacant(held[1]) };
        assert_eq!((store.counts().live, store.try_take()), (0, Ok(Taken::Vacant(held[1]))));
    }

    #[test]
    fn vacant_slots_are_given_out_again() {
        let store = Bounded::<Number>::new(2);
        let one = store.take_vacant().unwrap();
        // SAFETY: it is held, with no object.
        unsafe { store.release_vacant(one) };
        assert_eq!(store.try_take(), Ok(Taken::Vacant(one)), "a slot is used up");
        assert!(store.take_vacant().is_some() && store.take_vacant().is_none());
    }
}
