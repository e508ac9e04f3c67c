//! Models of holders that let go.

extern crate std;

use super::*;
use crate::sync::UnsafeCell;
use loom::{sync::Arc, thread};

/// An object and the count of its holders.
struct Held {
    count: AtomicU32,
    object: UnsafeCell<u32>,
}

// SAFETY: holders read the object, and one that has it to itself writes it; loom checks that.
unsafe impl Sync for Held {}

impl Held {
    /// By two.
    fn new() -> Arc<Self> {
        let held = Self { count: AtomicU32::new(0), object: UnsafeCell::new(7) };
        held.holders().begin();
        held.holders().hold();
        Arc::new(held)
    }

    fn holders(&self) -> Holders<'_> {
        Holders::new(&self.count)
    }

    fn read(&self) -> u32 {
        // SAFETY: the caller holds it.
        self.object.with(|object| unsafe { *object })
    }

    fn write(&self, value: u32) {
        // SAFETY: the caller has it to itself.
        self.object.with_mut(|object| unsafe { *object = value });
    }

    /// Reads it and lets go; the last one writes it. True if that was this one.
    fn let_go(&self) -> bool {
        assert!(self.read() == 7, "an object changed while it was held");
        let was_last = self.holders().let_go();
        if was_last {
            self.write(8);
        }
        was_last
    }
}

#[test]
fn of_two_holders_that_let_go_one_is_the_last_and_has_the_object_to_itself() {
    loom::model(|| {
        let held = Held::new();
        let there = Arc::clone(&held);
        let other = thread::spawn(move || there.let_go());
        let was_last = held.let_go();
        assert_ne!(was_last, other.join().unwrap(), "exactly one holder is the last");
    });
}

#[test]
fn a_holder_that_is_made_while_another_lets_go_is_counted() {
    loom::model(|| {
        let held = Held::new();
        let there = Arc::clone(&held);
        let other = thread::spawn(move || {
            there.holders().hold();
            [there.let_go(), there.let_go()]
        });
        let was_last = held.let_go();
        let [first, second] = other.join().unwrap();
        assert!(!first, "another holder was still there");
        assert_ne!(was_last, second, "exactly one holder is the last");
    });
}

#[test]
fn a_holder_that_is_the_only_one_has_the_object_to_itself() {
    loom::model(|| {
        let held = Held::new();
        let there = Arc::clone(&held);
        let other = thread::spawn(move || {
            assert!(there.read() == 7, "an object changed while it was held");
            assert!(!there.holders().let_go(), "the other one is still there");
        });
        if held.holders().is_only() {
            held.write(8);
        }
        other.join().unwrap();
    });
}
