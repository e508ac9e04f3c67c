//! A few addresses that any thread leaves and any thread takes: the cache of large mappings.
//!
//! | step | who | operation               | ordering |
//! |------|-----|-------------------------|----------|
//! | L1   | any | CAS slot: 0 -> address  | Release  |
//! | T1   | any | load slot, judge        | Relaxed  |
//! | T2   | any | CAS slot: address -> 0  | Acquire  |
//!
//! **S1** An address in a slot belongs to nobody; T2 gives it to one thread. What is judged in
//! T1 may be old by T2 (taken, used and left again in between): who takes looks again.

use crate::sync::{AtomicUsize, Ordering};

/// `N` slots. Zeroed memory: all empty.
#[derive(Debug)]
pub(crate) struct Slots<const N: usize>([AtomicUsize; N]);

impl<const N: usize> Slots<N> {
    /// Empty slots.
    #[cfg(not(loom))]
    pub(crate) const fn new() -> Self {
        Self([const { AtomicUsize::new(0) }; N])
    }

    /// Empty slots (loom's atomics have no `const` constructor).
    #[cfg(loom)]
    pub(crate) fn new() -> Self {
        Self(core::array::from_fn(|_| AtomicUsize::new(0)))
    }

    /// The addresses in the slots: a snapshot.
    #[cfg(not(loom))]
    pub(crate) fn iter(&self) -> impl Iterator<Item = usize> {
        self.0.iter().map(|slot| slot.load(Ordering::Relaxed)).filter(|address| *address != 0)
    }

    /// Leaves an address, not 0; returns the slot, or `None` if all are in use.
    pub(crate) fn leave(&self, address: usize) -> Option<usize> {
        self.0.iter().position(|slot| {
            // Release: what this thread did to the memory. Pairs with: Acquire in `take`.
            // Failure is Relaxed: another address, not looked at.
            let order = (Ordering::Release, Ordering::Relaxed);
            slot.load(Ordering::Relaxed) == 0
                && slot.compare_exchange(0, address, order.0, order.1).is_ok()
        })
    }

    /// Takes the first address that `judge` accepts, given its slot.
    pub(crate) fn take(&self, judge: impl Fn(usize, usize) -> bool) -> Option<usize> {
        self.0.iter().enumerate().find_map(|(index, slot)| {
            let address = slot.load(Ordering::Relaxed);
            if address == 0 || !judge(index, address) {
                return None;
            }
            // Acquire: what was done to the memory. Pairs with: Release in `leave`.
            let order = (Ordering::Acquire, Ordering::Relaxed);
            slot.compare_exchange(address, 0, order.0, order.1).ok()
        })
    }
}

#[cfg(all(test, loom))]
mod tests {
    extern crate std;
    use super::*;
    use loom::{cell::UnsafeCell, sync::Arc, thread};

    #[test]
    fn an_address_goes_to_one_taker_with_all_that_was_done_to_it() {
        loom::model(|| {
            let shared = Arc::new((Slots::<2>::new(), UnsafeCell::new(0)));
            shared.0.leave(1);
            let work = |shared: &(Slots<2>, UnsafeCell<i32>)| {
                let taken = shared.0.take(|_, address| address == 1);
                if taken.is_some() {
                    // SAFETY: S1: the address is this thread's, and stands for the cell.
                    shared.1.with_mut(|value| unsafe { *value += 1 });
                    assert!(shared.0.leave(1).is_some(), "S1: no slot is free");
                }
                taken.is_some()
            };
            let other = {
                let shared = shared.clone();
                thread::spawn(move || work(&shared))
            };
            let mine = work(&shared);
            let theirs = other.join().unwrap();
            assert!(mine || theirs, "S1: an address is lost");
            assert_eq!(shared.0.take(|_, _| true), Some(1), "S1: an address is lost");
            assert_eq!(shared.0.take(|_, _| true), None, "S1: an address was left twice");
        });
    }
    #[test]
    fn addresses_left_at_once_get_a_slot_each() {
        loom::model(|| {
            let slots = Arc::new(Slots::<2>::new());
            let other = {
                let slots = slots.clone();
                thread::spawn(move || slots.leave(1))
            };
            let mine = slots.leave(2);
            let theirs = other.join().unwrap();
            assert!(mine.is_some() && theirs.is_some() && mine != theirs, "S1: two in one slot");
            let taken = [slots.take(|_, _| true), slots.take(|_, _| true)];
            assert_eq!(taken.into_iter().flatten().sum::<usize>(), 3, "S1: an address is lost");
        });
    }
}
