//! Unit tests and loom models of the place for one record.

extern crate std;
use super::*;

#[cfg(not(loom))]
mod sequential {
    use super::*;

    #[test]
    fn the_first_record_stays() {
        let place = Once::new();
        assert_eq!(place.fill(|| None::<&u32>), None, "a record that nobody made");
        assert_eq!(place.fill(|| Some(&1)), Some(&1));
        assert_eq!(place.fill(|| Some(&2)), Some(&1), "O1: the record changed");
    }

    #[test]
    fn a_refused_record_can_be_made_later_and_one_that_was_made_is_not_made_again() {
        let place = Once::new();
        assert!(!place.make(|| None, || unreachable!("nobody else makes one")));
        assert_eq!(place.get(), None, "a record that nobody made");
        assert!(place.make(|| Some(&1), || unreachable!("nobody else makes one")));
        assert!(place.make(|| unreachable!("O1: made again"), || unreachable!("it is made")));
        assert_eq!(place.get(), Some(&1));
    }

    #[test]
    fn the_child_of_a_fork_makes_what_a_vanished_thread_was_making() {
        let place = Once(AtomicPtr::new(in_making()));
        assert_eq!(place.get(), None, "a record that is not made yet");
        place.recover();
        assert!(place.make(|| Some(&1), || unreachable!("the maker is gone")));
        place.recover();
        assert_eq!(place.get(), Some(&1), "O1: the record was lost");
    }
}

#[cfg(loom)]
mod models {
    use super::*;
    use crate::sync::{AtomicUsize, UnsafeCell};
    use loom::thread;
    use std::boxed::Box;

    /// Two records that can be made, and how many were.
    struct World {
        place: Once<Record>,
        records: [Record; 2],
        made: AtomicUsize,
    }

    struct Record(UnsafeCell<u32>);

    // SAFETY: O2: a record is written by who makes it, and read by others after that.
    unsafe impl Sync for Record {}

    impl World {
        /// Makes a record, in plain memory.
        fn new_record(&'static self) -> Option<&'static Record> {
            let record = &self.records[self.made.fetch_add(1, Ordering::Relaxed)];
            // SAFETY: the count gives each record to one thread.
            record.0.with_mut(|value| unsafe { *value = 5 });
            Some(record)
        }

        /// Reads the record that `found` is, which must be the only one that ever is.
        fn look(&self, found: Option<&'static Record>) {
            let found = found.expect("a record was made");
            // SAFETY: O2.
            found.0.with(|value| assert_eq!(unsafe { *value }, 5, "O2: found half made"));
            assert!(self.place.get().is_some_and(|now| ptr::eq(now, found)), "O1: it changed");
        }
    }

    /// Runs `f` in a fresh world in every order of its threads, all of which `f` joins.
    fn model(f: fn(&'static World)) {
        loom::model(move || {
            let records = core::array::from_fn(|_| Record(UnsafeCell::new(0)));
            let (place, made) = (Once::new(), AtomicUsize::new(0));
            let world = Box::into_raw(Box::new(World { place, records, made }));
            // SAFETY: allocated just now, and freed only after `f`.
            f(unsafe { &*world });
            // SAFETY: came from a box; `f` joined its threads and returned, so nobody uses it.
            drop(unsafe { Box::from_raw(world) });
        });
    }

    #[test]
    fn two_that_fill_a_place_find_the_same_record() {
        model(|w| {
            let fill = || w.look(w.place.fill(|| w.new_record()));
            let other = thread::spawn(fill);
            fill();
            other.join().unwrap();
        });
    }

    #[test]
    fn one_of_two_makes_the_record_while_the_other_waits() {
        model(|w| {
            let make = || {
                assert!(w.place.make(|| w.new_record(), thread::yield_now), "nobody refused");
                w.look(w.place.get());
            };
            let other = thread::spawn(make);
            make();
            other.join().unwrap();
            assert_eq!(w.made.load(Ordering::Relaxed), 1, "O1: made twice");
        });
    }

    #[test]
    fn who_waits_for_a_record_that_is_refused_is_told_or_makes_one() {
        model(|w| {
            let refused = thread::spawn(move || w.place.make(|| None, thread::yield_now));
            let made = w.place.make(|| w.new_record(), thread::yield_now);
            let other = refused.join().unwrap();
            assert_eq!(w.place.get().is_some(), made, "who can make one was told wrong");
            assert!(made || !other, "who was refused was told wrong");
        });
    }
}
