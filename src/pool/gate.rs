//! Who gets which slot, and who waits: permits, idle objects and waiters, as one protocol.
//!
//! A gate knows slots by their index. A slot is *idle* (an object in it, nobody's), *vacant* (no
//! object in it) or *held*. Idle slots are a stack in one atomic [`Word`]; everything that is rare
//! (vacant slots, waiters, a change of the capacity) is under a lock, and the flags of the word
//! send whom it concerns there. So whoever looks at the word sees the whole truth: while somebody
//! waits no slot is idle, and none becomes idle.
//!
//! # Protocol
//!
//! | step | who                 | operation                                 | ordering          |
//! |------|---------------------|-------------------------------------------|-------------------|
//! | T1   | taker               | load word, again after each T2 that fails | Acquire           |
//! | T2   | taker               | CAS: slot on top -> the one below         | Relaxed           |
//! | R1   | releaser, not held up | link of the slot = slot on top          | Relaxed           |
//! | R2   | releaser, not held up | CAS: its slot on top                    | Release           |
//! | W1   | waiter, locked      | as T1, T2; then CAS: set `held up`        | Relaxed           |
//! | W2   | waiter, locked      | into the queue                            | lock              |
//! | H1   | releaser, held up, locked | first waiter := its slot            | lock              |
//! | F1   | locked              | set, clear flags as the state says        | Relaxed           |
//! | C1   | closer, locked      | set `closed`, `held up`                   | Relaxed           |
//!
//! # Invariants
//!
//! * **G1** A slot is held by one thread at a time, from T2, H1 or a vacant take to R2, H1 or
//!   [`release_vacant`](Gate::release_vacant); who takes an idle one sees all that was done to it.
//!   T2 may be Relaxed: it is an RMW, so the word stays in the release sequence of every R2 before
//!   it, and T1 has acquired that.
//! * **G2** While a waiter is in the queue `held up` is set, no slot is idle and no permit is
//!   vacant: W1 and R2 are CASes of one word, so either W1 sees the slot, or R2 sees the flag.
//! * **G3** Slots held + idle + vacant permits = capacity. `spare` is negative while more are held
//!   than a lowered capacity allows.
//! * **G4** Flags change under the lock only.
//! * **G5** No caller's code runs under the lock: wakers are cloned before, called and dropped
//!   after.

use super::{
    error::{Closed, TryGetError},
    queue::{Fate, Queue, Waiter},
    word::{MAX_SLOTS, NONE, Word},
};
use crate::sync::{AtomicU32, AtomicU64, Lock, Ordering};
use core::{mem, task::Waker};
use crossbeam_utils::CachePadded;

/// A slot that its taker holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Taken<P> {
    /// There is an object in it.
    Idle(P),
    /// There is none: a permit to make one.
    Vacant(P),
}

impl<P> Taken<P> {
    /// The same, with another name for the slot.
    #[inline]
    pub(crate) fn map<Q>(self, name: impl FnOnce(P) -> Q) -> Taken<Q> {
        match self {
            Self::Idle(slot) => Taken::Idle(name(slot)),
            Self::Vacant(slot) => Taken::Vacant(name(slot)),
        }
    }
}

/// Where the links of a gate's slots are.
pub(crate) trait Links {
    /// The link of a slot that was taken before: the same place each time.
    fn link(&self, index: u32) -> &AtomicU32;
}

/// What became of a slot that was released.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub(crate) enum Released {
    /// It is idle, or a waiter's.
    Kept,
    /// The pool is closed or has too many objects: the caller, who still holds the slot, drops the
    /// object and calls [`Gate::release_vacant`].
    Refused,
}

/// What there is of a pool at some moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Counts {
    /// Most objects at a time.
    pub(crate) capacity: usize,
    /// Objects that nobody uses.
    pub(crate) idle: usize,
    /// Objects, in use or idle.
    pub(crate) live: usize,
    /// Callers who wait.
    pub(crate) waiting: usize,
}

/// The gate of one pool.
#[derive(Debug)]
pub(crate) struct Gate {
    /// On a line of its own: slots may lie next to the gate.
    word: CachePadded<AtomicU64>,
    state: Lock<State>,
}

/// What is under the lock.
#[derive(Debug)]
struct State {
    waiters: Queue,
    /// The slot that became vacant last; its link leads to the one before.
    vacant: u32,
    /// Slots that were ever taken: the next one has this index.
    made: u32,
    /// Permits whose slots hold no object. Negative: so many objects too many.
    spare: i32,
    capacity: u32,
    /// Vacant slots are offered to who wants an object: there is a way to make one.
    offers: bool,
}

impl Gate {
    /// A gate with `capacity` vacant slots.
    ///
    /// * `capacity`: at most [`MAX_SLOTS`].
    /// * `offers`: a taker gets a vacant slot where none is idle; else these are for
    ///   [`take_vacant`](Self::take_vacant) only.
    #[cfg(not(loom))]
    pub(crate) const fn vacant(capacity: u32, offers: bool) -> Self {
        Self {
            word: CachePadded::new(AtomicU64::new(Word::vacant(capacity, offers).0)),
            state: Lock::new(State::new(0, capacity, offers)),
        }
    }

    /// A gate with `capacity` idle slots, whose links are [`first_link`](Self::first_link).
    ///
    /// * `capacity`, `offers`: as above.
    #[cfg(not(loom))]
    pub(crate) const fn idle(capacity: u32, offers: bool) -> Self {
        Self {
            word: CachePadded::new(AtomicU64::new(
                Word::new(if capacity > 0 { 0 } else { NONE }).0,
            )),
            state: Lock::new(State::new(capacity, capacity, offers)),
        }
    }

    /// The same as `vacant` (loom's atomics have no `const` constructor).
    #[cfg(loom)]
    pub(crate) fn vacant(capacity: u32, offers: bool) -> Self {
        Self {
            word: CachePadded::new(AtomicU64::new(Word::vacant(capacity, offers).0)),
            state: Lock::new(State::new(0, capacity, offers)),
        }
    }

    /// What slot `index` of a gate of `capacity` idle slots links to at first.
    pub(crate) const fn first_link(index: u32, capacity: u32) -> u32 {
        if index + 1 < capacity { index + 1 } else { NONE }
    }

    /// Takes an idle slot; a vacant one if none is idle.
    #[inline]
    pub(crate) fn take(&self, links: &(impl Links + ?Sized)) -> Result<Taken<u32>, TryGetError> {
        // T1. Acquire: the links, and what was done to the slots (G1). Pairs with: Release in
        // `release`.
        let mut word = Word(self.word.load(Ordering::Acquire));
        loop {
            if word.has(Word::CLOSED) {
                return Err(TryGetError::Closed);
            }
            let Some(top) = word.top() else {
                if !word.has(Word::VACANT) {
                    return Err(TryGetError::Empty);
                }
                match self.take_vacant(links) {
                    Some(index) => return Ok(Taken::Vacant(index)),
                    // T1, again: others were first, or have closed the pool.
                    None => word = Word(self.word.load(Ordering::Acquire)),
                }
                continue;
            };
            match self.pop(links, word, top) {
                Ok(()) => return Ok(Taken::Idle(top)),
                Err(now) => word = now,
            }
        }
    }

    /// Takes an idle slot, though the pool may be closed.
    pub(crate) fn take_idle(&self, links: &(impl Links + ?Sized)) -> Option<u32> {
        // T1. Acquire: as in `take`.
        let mut word = Word(self.word.load(Ordering::Acquire));
        loop {
            let top = word.top()?;
            match self.pop(links, word, top) {
                Ok(()) => return Some(top),
                Err(now) => word = now,
            }
        }
    }

    /// T2: takes `top`, which `word` has; else returns the word as it is now.
    #[inline]
    fn pop(&self, links: &(impl Links + ?Sized), word: Word, top: u32) -> Result<(), Word> {
        // Relaxed: T1 acquired the R2 that pushed it. If the slot was taken and pushed again in
        // between, this is another slot's link, and the tag makes T2 fail.
        let below = links.link(top).load(Ordering::Relaxed);
        // T2. Relaxed: see G1. Failure is T1.
        let order = (Ordering::Relaxed, Ordering::Acquire);
        let popped = word.popped(below).0;
        match self.word.compare_exchange_weak(word.0, popped, order.0, order.1) {
            Ok(_) => Ok(()),
            Err(now) => Err(Word(now)),
        }
    }

    /// Takes a vacant slot: a permit for one more object. `None`: there is none, or the pool is
    /// closed.
    #[cold]
    pub(crate) fn take_vacant(&self, links: &(impl Links + ?Sized)) -> Option<u32> {
        let mut state = self.state.lock();
        // Relaxed: flags change under the lock (G4).
        if Word(self.word.load(Ordering::Relaxed)).has(Word::CLOSED) {
            return None;
        }
        let taken = state.take_vacant(links);
        self.show(&state);
        taken
    }

    /// Gives back a slot with its object: to the first waiter, or it becomes idle.
    ///
    /// May call a waker.
    #[inline]
    pub(crate) fn release(&self, links: &(impl Links + ?Sized), index: u32) -> Released {
        // Relaxed: the value is only stored and compared.
        let mut word = Word(self.word.load(Ordering::Relaxed));
        let link = links.link(index);
        loop {
            if word.has(Word::HELD_UP) {
                match self.release_held_up(index) {
                    Some(released) => return released,
                    // Nobody waits any more.
                    None => word = Word(self.word.load(Ordering::Relaxed)),
                }
                continue;
            }
            // R1. Relaxed: R2 publishes it.
            link.store(word.link(), Ordering::Relaxed);
            // R2. Release: what this thread did to the slot, and R1. Pairs with: Acquire in `take`.
            // Failure is Relaxed, as above.
            let order = (Ordering::Release, Ordering::Relaxed);
            let pushed = word.pushed(index).0;
            match self.word.compare_exchange_weak(word.0, pushed, order.0, order.1) {
                Ok(_) => return Released::Kept,
                Err(now) => word = Word(now),
            }
        }
    }

    /// H1. `None`: the releaser is held up no more.
    #[cold]
    fn release_held_up(&self, index: u32) -> Option<Released> {
        let mut state = self.state.lock();
        // Relaxed: flags change under the lock (G4).
        if Word(self.word.load(Ordering::Relaxed)).has(Word::CLOSED) || state.spare < 0 {
            return Some(Released::Refused);
        }
        // SAFETY: the lock is held.
        let waker = unsafe { state.waiters.pop(Fate::Given(Taken::Idle(index))) }?;
        self.show(&state);
        drop(state);
        waker.wake();
        Some(Released::Kept)
    }

    /// Gives back a slot that has no object in it; the permit is the first waiter's.
    ///
    /// May call a waker.
    pub(crate) fn release_vacant(&self, links: &(impl Links + ?Sized), index: u32) {
        let link = links.link(index);
        let mut state = self.state.lock();
        // Relaxed: written and read under the lock.
        link.store(state.vacant, Ordering::Relaxed);
        state.vacant = index;
        state.spare += 1;
        let waker = state.give_vacant(links);
        self.show(&state);
        drop(state);
        if let Some(waker) = waker {
            waker.wake();
        }
    }

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
        // W1 begins as T1. Acquire: as in `take`.
        let mut word = Word(self.word.load(Ordering::Acquire));
        loop {
            if word.has(Word::CLOSED) {
                return Some(Err(Closed));
            }
            if let Some(top) = word.top() {
                match self.pop(links, word, top) {
                    Ok(()) => return Some(Ok(Taken::Idle(top))),
                    Err(now) => word = now,
                }
                continue;
            }
            if let Some(index) = state.take_offered(links) {
                self.show(&state);
                return Some(Ok(Taken::Vacant(index)));
            }
            // W1. Relaxed: whoever sees the flag takes the lock. Failure is T1: a slot has become
            // idle.
            let order = (Ordering::Relaxed, Ordering::Acquire);
            let held_up = word.with(Word::HELD_UP).0;
            match self.word.compare_exchange_weak(word.0, held_up, order.0, order.1) {
                // SAFETY: the lock is held; the rest is the caller's promise.
                Ok(_) => unsafe { state.waiters.push(waiter, waker) },
                Err(now) => {
                    word = Word(now);
                    continue;
                }
            }
            return None;
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

    /// Closes the pool: who waits is woken, and nobody is given a slot any more. Idle slots are
    /// for [`take_idle`](Self::take_idle).
    pub(crate) fn close(&self) {
        let state = self.state.lock();
        // C1. Relaxed: whoever sees a flag takes the lock, or reads nothing.
        self.word.fetch_or(Word::CLOSED | Word::HELD_UP, Ordering::Relaxed);
        self.show(&state);
        drop(state);
        self.wake_all(|state| {
            // SAFETY: the lock is held.
            unsafe { state.waiters.pop(Fate::Closed) }
        });
    }

    /// True if the pool was closed.
    pub(crate) fn is_closed(&self) -> bool {
        // Relaxed: nothing is read through it.
        Word(self.word.load(Ordering::Relaxed)).has(Word::CLOSED)
    }

    /// Changes the capacity. Where there are too many objects then, idle ones are for
    /// [`excess`](Self::excess), and held ones are refused when they are released.
    ///
    /// * `capacity`: at most [`MAX_SLOTS`].
    pub(crate) fn set_capacity(&self, links: &(impl Links + ?Sized), capacity: u32) {
        let mut state = self.state.lock();
        debug_assert!(capacity <= MAX_SLOTS);
        // Both are below 2^24.
        state.spare += capacity.cast_signed() - state.capacity.cast_signed();
        state.capacity = capacity;
        self.show(&state);
        drop(state);
        self.wake_all(|state| state.give_vacant(links));
    }

    /// Takes an idle slot whose object is one too many.
    pub(crate) fn excess(&self, links: &(impl Links + ?Sized)) -> Option<u32> {
        let too_many = self.state.lock().spare < 0;
        if too_many { self.take_idle(links) } else { None }
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
            (below != NONE).then_some(below)
        })
    }

    /// Wakes waiters one by one, each as `next` says under the lock; if a waker panics, the others
    /// are woken all the same.
    fn wake_all(&self, next: impl FnMut(&mut State) -> Option<Waker>) {
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

    /// F1: the flags as the state says. Called under the lock, after each change.
    fn show(&self, state: &State) {
        // Relaxed: flags change under the lock (G4), and whoever sees one takes it.
        let word = Word(self.word.load(Ordering::Relaxed));
        let closed = word.has(Word::CLOSED);
        for (flag, is) in [
            (Word::VACANT, state.spare > 0 && state.offers && !closed),
            (Word::HELD_UP, state.spare < 0 || !state.waiters.is_empty() || closed),
        ] {
            // Relaxed: as above.
            match (word.has(flag), is) {
                (false, true) => drop(self.word.fetch_or(flag, Ordering::Relaxed)),
                (true, false) => drop(self.word.fetch_and(!flag, Ordering::Relaxed)),
                _ => {}
            }
        }
    }
}

impl State {
    /// Of `capacity` slots `made` are idle, the others vacant.
    const fn new(made: u32, capacity: u32, offers: bool) -> Self {
        let spare = (capacity - made).cast_signed();
        Self { waiters: Queue::new(), vacant: NONE, made, spare, capacity, offers }
    }

    /// Takes a vacant slot.
    fn take_vacant(&mut self, links: &(impl Links + ?Sized)) -> Option<u32> {
        if self.spare <= 0 {
            return None;
        }
        self.spare -= 1;
        let index = if self.vacant == NONE {
            self.made += 1;
            self.made - 1
        } else {
            let index = self.vacant;
            // Relaxed: written and read under the lock.
            self.vacant = links.link(index).load(Ordering::Relaxed);
            index
        };
        Some(index)
    }

    /// Takes a vacant slot for who wants an object.
    fn take_offered(&mut self, links: &(impl Links + ?Sized)) -> Option<u32> {
        if self.offers { self.take_vacant(links) } else { None }
    }

    /// Gives the first waiter a vacant slot; returns its waker.
    fn give_vacant(&mut self, links: &(impl Links + ?Sized)) -> Option<Waker> {
        if self.waiters.is_empty() {
            return None;
        }
        let index = self.take_offered(links)?;
        // SAFETY: called under the lock.
        unsafe { self.waiters.pop(Fate::Given(Taken::Vacant(index))) }
    }
}

#[cfg(test)]
mod tests;
