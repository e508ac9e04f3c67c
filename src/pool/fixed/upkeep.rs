//! What is done to a `fixed::Pool` now and then: counts, trimming, closing.

use super::{
    super::{gate::Links, stats::Stats, wait::GiveBack, word::NONE},
    inner::{Discard, Inner},
    store::Pool,
};
use crate::sync::Ordering;
use core::mem;

impl<T, const N: usize> Pool<T, N> {
    /// Most objects: `N`.
    #[must_use]
    pub const fn capacity(&self) -> usize {
        N
    }

    /// Objects that nobody uses, at some moment during the call. Cost: in proportion to it.
    #[must_use]
    pub fn idle(&self) -> usize {
        self.inner().gate.counts(self.inner()).idle
    }

    /// Objects, in use or idle.
    #[must_use]
    pub fn live(&self) -> usize {
        self.inner().gate.counts(self.inner()).live
    }

    /// Callers who wait for an object.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.inner().gate.counts(self.inner()).waiting
    }

    /// What there is, and what was: `created` by the pool itself, so not what [`new`](Self::new) or
    /// [`put`](Self::put) was given. Cost: in proportion to the idle objects.
    #[must_use]
    pub fn stats(&self) -> Stats {
        let (inner, tally) = (self.inner(), &self.inner().tally);
        let counts = inner.gate.counts(inner);
        Stats {
            idle: counts.idle,
            live: counts.live,
            waiting: counts.waiting,
            created: tally.created.load(Ordering::Relaxed),
            discarded: tally.discarded.load(Ordering::Relaxed),
        }
    }

    /// Closes the pool: who gets or waits is told [`Closed`](crate::Closed). Idle objects are
    /// dropped now, those in use when they are released.
    pub fn close(&self) {
        let inner = self.inner();
        inner.gate.close();
        while let Some(index) = inner.gate.take_idle(inner) {
            // SAFETY: it was idle, so there is an object in it.
            unsafe { inner.discard(index) };
        }
    }

    /// True if the pool was closed.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.inner().gate.is_closed()
    }

    /// Makes up to `count` objects, as far as there is room; returns how many. 0 in a pool that makes
    /// none: without [`lazy`](Self::lazy) or [`init_in_place`](Self::init_in_place).
    pub fn prefill(&self, count: usize) -> usize {
        let inner = self.inner();
        for made in 0..count {
            let Some(index) = inner.gate.take_vacant(inner) else { return made };
            // SAFETY: the slot was taken, and is vacant.
            let Some(index) = (unsafe { inner.create(index) }) else { return made };
            // SAFETY: the slot is held, and now there is an object in it.
            unsafe { inner.release(index) };
        }
        count
    }

    /// Drops idle objects for which `keep` is false. Those in use are not looked at; while it runs
    /// the idle ones are not to be had.
    ///
    /// If `keep` panics, the object that it was looking at is dropped.
    pub fn retain(&self, mut keep: impl FnMut(&mut T) -> bool) {
        let inner = self.inner();
        for index in Idle::take_all(inner) {
            let unwinding = Discard(inner, index);
            // SAFETY: the slot is held, and there is an object in it.
            let keeps = keep(unsafe { &mut *inner.object(index) });
            mem::forget(unwinding);
            if keeps {
                // SAFETY: as above.
                unsafe { inner.release(index) };
            } else {
                // SAFETY: as above.
                unsafe { inner.discard(index) };
            }
        }
    }

    /// Drops idle objects until at most `idle` are left.
    pub fn shrink_to(&self, idle: usize) {
        let inner = self.inner();
        for _ in idle..self.idle() {
            let Some(index) = inner.gate.take_idle(inner) else { break };
            // SAFETY: it was idle, so there is an object in it.
            unsafe { inner.discard(index) };
        }
    }

    /// The objects, all of which are idle; not those whose guard was forgotten.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = &mut T> {
        let inner = self.inner();
        // SAFETY: each idle slot has an object; nobody else has the pool, and each comes once.
        inner.gate.idle_slots(inner).map(|index| unsafe { &mut *inner.object(index) })
    }
}

/// Slots that were idle and are held together: their links lead from one to the next. What is
/// not iterated over is given back.
struct Idle<'a, T> {
    inner: &'a Inner<T>,
    first: u32,
}

impl<'a, T> Idle<'a, T> {
    /// Takes all that are idle now.
    fn take_all(inner: &'a Inner<T>) -> Self {
        let mut all = Self { inner, first: NONE };
        // Not for ever, though others release at the same time.
        for _ in 0..inner.slots.len() {
            let Some(index) = inner.gate.take_idle(inner) else { break };
            // Relaxed: the slot is held, so nobody follows its link (who was about to fails).
            inner.link(index).store(all.first, Ordering::Relaxed);
            all.first = index;
        }
        all
    }
}

impl<T> Iterator for Idle<'_, T> {
    type Item = u32;

    fn next(&mut self) -> Option<u32> {
        if self.first == NONE {
            return None;
        }
        let next = self.inner.link(self.first).load(Ordering::Relaxed);
        Some(mem::replace(&mut self.first, next))
    }
}

impl<T> Drop for Idle<'_, T> {
    fn drop(&mut self) {
        while let Some(index) = self.next() {
            // SAFETY: it is held, and there is an object in it.
            unsafe { self.inner.release(index) };
        }
    }
}
