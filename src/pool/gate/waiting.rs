//! Waiters come, ask and leave.

use super::{Gate, Links, Taken};
use crate::{
    pool::{
        error::Closed,
        queue::{Fate, Waiter},
        word::Word,
    },
    sync::Ordering,
};
use core::{mem, task::Waker};

impl Gate {
    /// W1, W2: takes a slot, or puts the waiter into the queue (`None`), to be woken by `waker`.
    ///
    /// # Safety
    ///
    /// The waiter is in no queue and is pinned. Before it is let go, [`leave`](Self::leave) is
    /// called, unless [`ask`](Self::ask) returned something.
    pub(crate) unsafe fn enter(
        &self,
        links: &(impl Links + ?Sized),
        waiter: &Waiter,
        waker: Waker,
    ) -> Option<Result<Taken<u32>, Closed>> {
        let mut state = self.state.lock();
        loop {
            // W1 begins as T1. Acquire: as in `take`.
            let word = Word(self.word.load(Ordering::Acquire));
            if word.has(Word::CLOSED) {
                return Some(Err(Closed));
            }
            if let Some(top) = word.top() {
                if self.pop(links, word, top) {
                    return Some(Ok(Taken::Idle(top)));
                }
                continue;
            }
            if let Some(index) = state.take_offered(links) {
                self.show(&state);
                return Some(Ok(Taken::Vacant(index)));
            }
            // W1. Relaxed: whoever sees the flag takes the lock. Failure is Relaxed: a slot has become
            // idle, T1 comes next.
            let order = (Ordering::Relaxed, Ordering::Relaxed);
            let held_up = word.with(Word::HELD_UP).0;
            if self.word.compare_exchange_weak(word.0, held_up, order.0, order.1).is_ok() {
                // SAFETY: the lock is held; the rest is the caller's promise.
                unsafe { state.waiters.push(waiter, waker) };
                return None;
            }
        }
    }

    /// What the waiter was given; `None`: it still waits, and will be woken by `waker`.
    ///
    /// # Safety
    ///
    /// The waiter was put into the queue of this gate by [`enter`](Self::enter), and has been
    /// asked or made to leave only with the answer `None` since.
    pub(crate) unsafe fn ask(
        &self,
        waiter: &Waiter,
        waker: Waker,
    ) -> Option<Result<Taken<u32>, Closed>> {
        let state = self.state.lock();
        let ask = |fate: &mut Fate| match fate {
            Fate::Waits(old) => (None, mem::replace(old, waker)),
            Fate::Given(taken) => (Some(Ok(*taken)), waker),
            Fate::Out | Fate::Closed => (Some(Err(Closed)), waker),
        };
        // SAFETY: the lock is held.
        let (answer, unused) = unsafe { waiter.with_fate(ask) };
        // G5: a waker is dropped after the lock.
        drop(state);
        drop(unused);
        answer
    }

    /// Takes the waiter out of the queue; what it was given meanwhile is the caller's.
    ///
    /// # Safety
    ///
    /// As [`ask`](Self::ask).
    pub(crate) unsafe fn leave(&self, waiter: &Waiter) -> Option<Taken<u32>> {
        let mut state = self.state.lock();
        // SAFETY: the lock is held.
        match unsafe { waiter.with_fate(|fate| mem::replace(fate, Fate::Out)) } {
            Fate::Waits(waker) => {
                // SAFETY: the lock is held; it waited, so it is in the queue.
                unsafe { state.waiters.remove(waiter) };
                self.show(&state);
                drop(state);
                drop(waker);
                None
            }
            Fate::Given(taken) => Some(taken),
            Fate::Out | Fate::Closed => None,
        }
    }
}
