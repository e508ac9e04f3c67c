//! What is done to a store as a whole: filled, looked through, emptied, closed.

extern crate std;

use super::{DiscardOnDrop, Store, discard, typed};
use crate::{
    pool::{
        gate::Taken,
        header::Header,
        slot::{self, Held},
        stats::Stats,
    },
    sync::{AtomicUsize, Ordering},
};
use core::{
    mem::{self, MaybeUninit},
    ptr::NonNull,
};
use std::vec::Vec;

impl<T> Store<T> {
    /// Makes up to `count` objects and keeps them where every thread finds them. Returns how many.
    pub(crate) fn prefill<E>(
        &self,
        count: usize,
        mut create: impl FnMut(&mut MaybeUninit<T>) -> Result<(), E>,
    ) -> Result<usize, E> {
        for done in 0..count {
            if self.core.is_closed() {
                return Ok(done);
            }
            let slot = match &self.seats {
                None => self.create_at(self.nowhere(), &mut create)?,
                Some(seats) => match seats.bounded.take_vacant() {
                    None => return Ok(done),
                    Some(seat) => self.occupy(seats, Taken::Vacant(seat), &mut create)?,
                },
            };
            slot::hide(slot);
            self.measure(slot);
            // SAFETY: made just now.
            if !unsafe { self.keep(slot) } {
                // SAFETY: it was not kept, so it is still here.
                unsafe { discard(slot) };
                return Ok(done);
            }
        }
        Ok(count)
    }

    /// Drops the idle objects that `keep` refuses. They are nobody's while it runs.
    pub(crate) fn retain(&self, mut keep: impl FnMut(&mut T) -> bool) {
        // What a panic leaves is dropped, too.
        let mut rest = DiscardAll::<T>::new(self.take_all());
        while let Some(slot) = rest.0.pop() {
            slot::show(slot);
            let on_panic = DiscardOnDrop(slot);
            // SAFETY: taken off the lists, so this thread holds it.
            if keep(unsafe { slot::value(slot).as_mut() }) {
                mem::forget(on_panic);
                slot::hide(slot);
                // SAFETY: as above.
                unsafe { self.return_idle(slot) };
            }
        }
    }

    /// Keeps an idle object again.
    unsafe fn return_idle(&self, slot: Held<T>) {
        self.measure(slot);
        // SAFETY: the caller's promise.
        if !unsafe { self.keep(slot) } {
            // SAFETY: it was not kept, so it is still here.
            unsafe { discard(slot) };
        }
    }

    fn take_all(&self) -> Vec<NonNull<Header>> {
        match &self.seats {
            None => self.core.take_all(),
            Some(seats) => self.take_all_seated(seats),
        }
    }

    /// Drops idle objects until at most `idle` are left.
    pub(crate) fn shrink_to(&self, idle: usize) {
        let mut all = DiscardAll::<T>::new(self.take_all());
        let kept = all.0.len().min(idle);
        for slot in all.0.drain(..kept) {
            // SAFETY: taken off the lists, so this thread holds it.
            unsafe { self.return_idle(slot) };
        }
    }

    /// Changes the capacity; false: there is none.
    pub(crate) fn set_capacity(&self, capacity: usize) -> bool {
        if let Some(seats) = &self.seats {
            seats.bounded.set_capacity(u32::try_from(capacity).unwrap_or(u32::MAX));
        }
        self.seats.is_some()
    }

    pub(crate) fn stats(&self) -> Stats {
        let (idle, waiting) = match &self.seats {
            None => (self.core.count_idle(), 0),
            Some(seats) => {
                let counts = seats.bounded.counts();
                (counts.idle, counts.waiting)
            }
        };
        let count = |counter: &AtomicUsize| counter.load(Ordering::Relaxed);
        Stats {
            idle,
            live: count(&self.core.objects),
            waiting,
            created: count(&self.core.created),
            discarded: count(&self.core.discarded),
        }
    }

    /// From now on nothing is kept; drops what is idle.
    pub(crate) fn close(&self) {
        drop(DiscardAll::<T>::new(self.core.close()));
        if let Some(seats) = &self.seats {
            seats.bounded.close();
        }
    }
}

/// Objects that are dropped, all of them, also if one panics.
pub(super) struct DiscardAll<T>(Vec<Held<T>>);

impl<T> DiscardAll<T> {
    pub(super) fn new(slots: Vec<NonNull<Header>>) -> Self {
        Self(slots.into_iter().map(typed).collect())
    }
}

impl<T> Drop for DiscardAll<T> {
    fn drop(&mut self) {
        /// Goes on where a panic stopped; a second one aborts.
        struct Rest<'a, T>(&'a mut Vec<Held<T>>);
        impl<T> Rest<'_, T> {
            fn discard(&mut self) {
                while let Some(slot) = self.0.pop() {
                    // SAFETY: taken off the lists, so this thread holds it.
                    unsafe { discard(slot) };
                }
            }
        }
        impl<T> Drop for Rest<'_, T> {
            fn drop(&mut self) {
                self.discard();
            }
        }
        Rest(&mut self.0).discard();
    }
}
