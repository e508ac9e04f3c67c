//! A place for one record that is made once and stays: an arena, a leaf of the segment map.
//!
//! # Protocol
//!
//! | step | who                  | operation                           | ordering |
//! |------|----------------------|-------------------------------------|----------|
//! | G1   | any                  | load place                          | Acquire  |
//! | F1   | who has made one     | CAS: nothing -> record              | Release  |
//! | M1   | who wants one        | CAS: nothing -> IN_MAKING           | Relaxed  |
//! | M2   | the thread of M1     | store record, or nothing: refused   | Release  |
//! | M3   | others, M1 saw IN_MAKING | load until it is something else | Relaxed  |
//!
//! # Invariants
//!
//! * **O1** A place that holds a record holds it for ever: F1 and M1 start from nothing, and
//!   between M1 and M2 nobody else writes.
//! * **O2** G1 shows what was written to the record before F1 or M2.

use crate::sync::{AtomicPtr, Ordering};
use core::ptr;

/// The place. Zeroed memory: nothing in it yet.
#[derive(Debug)]
pub(crate) struct Once<T: 'static>(AtomicPtr<T>);

/// The mark of a record that is being made: a waiting thread need not make another.
fn in_making<T>() -> *mut T {
    ptr::without_provenance_mut(1)
}

impl<T: Sync> Once<T> {
    /// A place with nothing in it.
    #[cfg(not(loom))]
    pub(crate) const fn new() -> Self {
        Self(AtomicPtr::new(ptr::null_mut()))
    }

    /// The same (loom's atomics have no `const` constructor).
    #[cfg(loom)]
    fn new() -> Self {
        Self(AtomicPtr::new(ptr::null_mut()))
    }

    /// The record, if there is one.
    #[inline]
    pub(crate) fn get(&self) -> Option<&'static T> {
        // G1. Acquire: the record (O2). Pairs with: Release in `fill` and `make`.
        let record = self.0.load(Ordering::Acquire);
        // SAFETY: pointers but null and the mark come from references that live for ever.
        (!record.is_null() && record != in_making()).then(|| unsafe { &*record })
    }

    /// Returns the record; if there is none, the one that `new` makes. Where two threads make
    /// one at once, the second is dropped. `None`: none could be made.
    ///
    /// Not for a place where [`make`](Self::make) is used.
    pub(crate) fn fill(&self, new: impl FnOnce() -> Option<&'static T>) -> Option<&'static T> {
        self.get().or_else(|| {
            let record = ptr::from_ref(new()?).cast_mut();
            // F1. Release: the record. Pairs with: Acquire in `get`, which reads again after a
            // failure, so that is Relaxed.
            let order = (Ordering::Release, Ordering::Relaxed);
            let _ = self.0.compare_exchange(ptr::null_mut(), record, order.0, order.1);
            self.get()
        })
    }

    /// Makes the record with `new`, or calls `wait` until the thread has done that does. True if
    /// there is a record then, false if none could be made.
    pub(crate) fn make(&self, new: impl FnOnce() -> Option<&'static T>, wait: impl Fn()) -> bool {
        // M1. Relaxed: nothing is read through the value; `get` does, with Acquire.
        let order = (Ordering::Relaxed, Ordering::Relaxed);
        match self.0.compare_exchange(ptr::null_mut(), in_making(), order.0, order.1) {
            Ok(_) => {
                let made = new();
                let record = made.map_or(ptr::null_mut(), |made| ptr::from_ref(made).cast_mut());
                // M2. Release: the record. Pairs with: Acquire in `get`.
                self.0.store(record, Ordering::Release);
                made.is_some()
            }
            Err(_) => loop {
                // M3. Relaxed, as above.
                let seen = self.0.load(Ordering::Relaxed);
                if seen != in_making() {
                    break !seen.is_null();
                }
                wait();
            },
        }
    }

    /// In the child of a fork: a record that a vanished thread was making is not made.
    #[cfg(not(loom))]
    pub(crate) fn recover(&self) {
        if self.0.load(Ordering::Relaxed) == in_making() {
            self.0.store(ptr::null_mut(), Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests;
