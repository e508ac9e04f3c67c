//! The commit charge: bytes of memory that are spoken for, held against a limit.
//!
//! | step | who                             | operation                            | ordering |
//! |------|---------------------------------|--------------------------------------|----------|
//! | T1   | any, before it commits memory   | CAS: charge -> charge + bytes        | Acquire  |
//! | R1   | any, after it gave memory back  | `fetch_sub(bytes)`                   | Release  |
//!
//! # Invariants
//!
//! * **C1** The charge is never less than what is committed: T1 comes before, R1 after. A thread that
//!   vanishes in between leaves it too high.
//! * **C2** No T1 takes the charge above the limit it was given: the sum that was judged is the one
//!   that is written.
//! * **C3** What T1 gets was given back before: it reads from R1, or from read-modify-writes that
//!   follow R1 and hand its Release on. So the sum of what is backed by memory keeps to the limit,
//!   and not only the number.

use crate::sync::{AtomicUsize, Ordering};

/// A number of bytes.
#[derive(Debug)]
pub(crate) struct Charge(AtomicUsize);

impl Charge {
    /// Nothing is charged.
    #[cfg(not(loom))]
    pub(crate) const fn new() -> Self {
        Self(AtomicUsize::new(0))
    }

    /// The same (loom's atomics have no `const` constructor).
    #[cfg(loom)]
    fn new() -> Self {
        Self(AtomicUsize::new(0))
    }

    /// T1: charges `bytes`; false, and nothing is charged, if that would be more than `limit`.
    pub(crate) fn take(&self, bytes: usize, limit: usize) -> bool {
        let mut seen = self.bytes();
        loop {
            let Some(next) = seen.checked_add(bytes).filter(|next| *next <= limit) else {
                return false;
            };
            // Acquire: memory that is given back. Pairs with: Release in R1. Failure is Relaxed: a
            // number, judged anew.
            let order = (Ordering::Acquire, Ordering::Relaxed);
            match self.0.compare_exchange(seen, next, order.0, order.1) {
                Ok(_) => return true,
                Err(now) => seen = now,
            }
        }
    }

    /// R1: `bytes` that were charged have gone back.
    pub(crate) fn give_back(&self, bytes: usize) {
        // Release: the memory is given back. Pairs with: Acquire in T1.
        let before = self.0.fetch_sub(bytes, Ordering::Release);
        debug_assert!(before >= bytes, "C1: more was given back than was charged");
    }

    /// What is charged: a snapshot.
    pub(crate) fn bytes(&self) -> usize {
        // Relaxed: a number.
        self.0.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests;
