//! What is done to a gate now and then: it is closed, or its slots are counted.

use super::{Counts, Gate, Links, state::State};
use crate::{
    pool::{
        queue::Fate,
        word::{NONE, Word},
    },
    sync::Ordering,
};
use core::{mem, task::Waker};

impl Gate {
    /// Closes the pool: who waits is woken, and nobody is given a slot any more. Idle slots are
    /// for [`take_idle`](Self::take_idle).
    pub(crate) fn close(&self) {
        let mut state = self.state.lock();
        // Not to those either who are still in the queue.
        state.offers = false;
        // C1. Relaxed: whoever sees the flag reads nothing. What becomes idle before F1 is found by
        // `take_idle` then.
        self.word.fetch_or(Word::CLOSED, Ordering::Relaxed);
        self.show(&state);
        drop(state);
        self.wake_all(|state| {
            // SAFETY: the lock is held.
            unsafe { state.waiters.pop(Fate::Closed) }
        });
    }

    /// Counts. Exact if nothing changes meanwhile; takes time in proportion to the idle slots.
    pub(crate) fn counts(&self, links: &(impl Links + ?Sized)) -> Counts {
        let state = self.state.lock();
        let capacity = state.capacity as usize;
        let in_use = (state.capacity.cast_signed() - state.spare).max(0);
        let (made, waiting) = (state.made, state.waiters.len());
        drop(state);
        let live = in_use.cast_unsigned() as usize;
        Counts { capacity, idle: self.count_idle(links, made).min(live), live, waiting }
    }

    /// Counts the idle slots. If the word changed meanwhile the links may have led astray, so it
    /// tries a few times.
    fn count_idle(&self, links: &(impl Links + ?Sized), most: u32) -> usize {
        let mut idle = 0;
        for _attempt in 0..4 {
            let before = self.word.load(Ordering::Relaxed);
            idle = self.idle_slots(links).take(most as usize).count();
            if self.word.load(Ordering::Relaxed) == before {
                break;
            }
        }
        idle
    }

    /// The idle slots, if nobody takes or releases one meanwhile.
    pub(crate) fn idle_slots(&self, links: &(impl Links + ?Sized)) -> impl Iterator<Item = u32> {
        // T1. Acquire: the links.
        let top = Word(self.word.load(Ordering::Acquire)).top();
        core::iter::successors(top, |index| {
            // Relaxed: as in `pop`.
            let below = links.link(*index).load(Ordering::Relaxed);
            // A slot that was taken meanwhile may have any link.
            (below < NONE).then_some(below)
        })
    }

    /// Wakes waiters one by one, each as `next` says under the lock; if a waker panics, the others
    /// are woken all the same.
    pub(super) fn wake_all(&self, next: impl FnMut(&mut State) -> Option<Waker>) {
        struct Rest<'a, F: FnMut(&mut State) -> Option<Waker>>(&'a Gate, F);
        impl<F: FnMut(&mut State) -> Option<Waker>> Rest<'_, F> {
            fn wake(&mut self) {
                loop {
                    let mut state = self.0.state.lock();
                    let waker = (self.1)(&mut state);
                    self.0.show(&state);
                    drop(state);
                    match waker {
                        Some(waker) => waker.wake(),
                        None => return,
                    }
                }
            }
        }
        impl<F: FnMut(&mut State) -> Option<Waker>> Drop for Rest<'_, F> {
            fn drop(&mut self) {
                self.wake();
            }
        }
        let mut rest = Rest(self, next);
        rest.wake();
        mem::forget(rest);
    }
}
