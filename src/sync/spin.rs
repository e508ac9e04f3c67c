//! A lock that spins, for programs without an operating system.
//!
//! | step | who    | operation                 | ordering |
//! |------|--------|---------------------------|----------|
//! | S1   | locker | CAS: false -> true        | Acquire  |
//! | S2   | holder | store false               | Release  |

use super::{AtomicBool, Ordering, UnsafeCell};
use core::ops::{Deref, DerefMut};

/// A value that one thread at a time uses.
#[derive(Debug)]
pub(crate) struct Lock<T> {
    held: AtomicBool,
    value: UnsafeCell<T>,
}

// SAFETY: the value is used by one thread at a time, and all that one did is visible to the next
// (S2, S1); so it moves from thread to thread.
unsafe impl<T: Send> Sync for Lock<T> {}

/// The right to use the value.
#[derive(Debug)]
struct Held<'a, T>(&'a Lock<T>);

impl<T> Lock<T> {
    #[cfg(not(loom))]
    pub(crate) const fn new(value: T) -> Self {
        Self { held: AtomicBool::new(false), value: UnsafeCell::new(value) }
    }

    /// The same (loom's atomics have no `const` constructor).
    #[cfg(loom)]
    pub(crate) fn new(value: T) -> Self {
        Self { held: AtomicBool::new(false), value: UnsafeCell::new(value) }
    }

    /// Spins until no other thread uses the value.
    pub(crate) fn lock(&self) -> impl DerefMut<Target = T> {
        loop {
            // S1. Acquire: what the last holder did to the value. Pairs with: Release in `drop`.
            // Failure is Relaxed: nothing is read.
            let order = (Ordering::Acquire, Ordering::Relaxed);
            if self.held.compare_exchange_weak(false, true, order.0, order.1).is_ok() {
                return Held(self);
            }
            // Relaxed: a look, S1 decides.
            while self.held.load(Ordering::Relaxed) {
                super::spin_loop();
            }
        }
    }
}

impl<T> Deref for Held<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        // SAFETY: this thread holds the lock while it has `self`.
        self.0.value.with(|value| unsafe { &*value })
    }
}

impl<T> DerefMut for Held<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: this thread holds the lock while it has `self`, which is borrowed mutably.
        self.0.value.with_mut(|value| unsafe { &mut *value })
    }
}

impl<T> Drop for Held<'_, T> {
    fn drop(&mut self) {
        // S2. Release: what this thread did to the value. Pairs with: Acquire in `lock`.
        self.0.held.store(false, Ordering::Release);
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use std::vec::Vec;

    #[cfg(loom)]
    #[test]
    fn a_spin_lock_is_held_by_one_thread_at_a_time_with_all_that_the_last_one_did() {
        use loom::{sync::Arc, thread};
        loom::model(|| {
            let lock = Arc::new(Lock::new(0));
            let others: Vec<_> = (0..2)
                .map(|_| {
                    let lock = lock.clone();
                    thread::spawn(move || *lock.lock() += 1)
                })
                .collect();
            others.into_iter().for_each(|other| other.join().unwrap());
            assert_eq!(*lock.lock(), 2, "two threads held the lock at once");
        });
    }

    #[cfg(not(loom))]
    #[test]
    fn a_spin_lock_is_held_by_one_thread_at_a_time() {
        static LOCK: Lock<u64> = Lock::new(0);
        let work = || (0..10_000).for_each(|_| *LOCK.lock() += 1);
        let others: Vec<_> = (0..4).map(|_| std::thread::spawn(work)).collect();
        others.into_iter().for_each(|other| other.join().unwrap());
        assert_eq!(*LOCK.lock(), 40_000, "two threads held the lock at once");
    }
}
