//! Who gets which slot, and who waits: permits, idle objects and waiters, as one protocol.
//!
//! A gate knows slots by their index. A slot is *idle* (an object in it, nobody's), *vacant* (no
//! object in it) or *held*. Idle slots are a stack in one atomic [`Word`]; everything that is rare
//! (vacant slots, waiters, a change of the capacity) is under a lock, and the flags of the word
//! send whom it concerns there. So whoever looks at the word sees the whole truth: while somebody
//! waits no slot is idle, and none becomes idle.
//!
//! Who loses a CAS of the word waits before it looks again, longer each time: meanwhile the winner
//! takes and releases with the word's cache line to itself.
//!
//! A stack of indices costs two read-modify-writes for a take and a release. A bitmap of two levels
//! takes three, was 5 % slower (256 slots, one thread, 0 and 255 held), and has no word for the flags.
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
//! | C1   | closer, locked      | set `closed`, then F1                     | Relaxed           |
//!
//! # Invariants
//!
//! * **G1** A slot is held by one thread at a time, from T2, H1 or a vacant take to R2, H1 or
//!   [`release_vacant`](Gate::release_vacant); who takes an idle one sees all that was done to it.
//!   T2 may be Relaxed: it is an RMW, so the word stays in the release sequence of every R2 before
//!   it, and T1 has acquired that.
//! * **G2** While a waiter is in the queue `held up` is set, no slot is idle and no permit is
//!   vacant: W1 and R2 are CASes of one word, so either W1 sees the slot, or R2 sees the flag.
//! * **G3** Slots held + idle + vacant permits = capacity. `spare` is negative while there are
//!   more objects than a lowered capacity allows; each refusal makes that one less.
//! * **G4** Flags change under the lock only.
//! * **G5** No caller's code runs under the lock: wakers are cloned before, called and dropped
//!   after.

#[cfg(any(test, feature = "std"))]
mod capacity;
mod state;
mod upkeep;
mod waiting;

pub(crate) use super::queue::Taken;
use super::{
    error::TryGetError,
    queue::Fate,
    word::{NONE, Word},
};
use crate::sync::{AtomicU32, AtomicU64, Backoff, Lock, Ordering};
use crossbeam_utils::CachePadded;
use state::State;

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
    /// The pool is closed or has too many objects. The permit is given back; the caller, who still
    /// holds the slot, drops the object and calls [`Gate::retire`].
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

/// How often who lost a compare-and-swap spins before it tries again, each time twice as long: 63 pauses,
/// half a microsecond or up to three, by the processor; some 50 pairs of the winner's. To have the line
/// back at once costs both sides more: it goes to and fro with each step.
const SPINS_AFTER_LOSS: u32 = 6;

/// Leaves the line to who was first.
fn after_loss() -> Backoff {
    let backoff = Backoff::new();
    (0..SPINS_AFTER_LOSS).for_each(|_| backoff.spin());
    backoff
}

/// The gate of one pool.
#[derive(Debug)]
pub(crate) struct Gate {
    /// On a line of its own: slots may lie next to the gate.
    word: CachePadded<AtomicU64>,
    state: Lock<State>,
}

impl Gate {
    /// A gate with `capacity` vacant slots.
    ///
    /// * `capacity`: at most [`MAX_SLOTS`](super::word::MAX_SLOTS).
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
    #[inline(always)]
    pub(crate) fn take(&self, links: &(impl Links + ?Sized)) -> Result<Taken<u32>, TryGetError> {
        // T1. Acquire: the links, and what was done to the slots (G1). Pairs with: Release in
        // `release`.
        let word = Word(self.word.load(Ordering::Acquire));
        match word.top() {
            Some(top) if !word.has(Word::CLOSED) => {
                if self.pop(links, word, top) {
                    Ok(Taken::Idle(top))
                } else {
                    self.take_again(links, true)
                }
            }
            None if !word.has(Word::CLOSED) && !word.has(Word::VACANT) => Err(TryGetError::Empty),
            _ => self.take_again(links, false),
        }
    }

    /// * `lost`: another was first.
    #[inline(never)]
    fn take_again(
        &self,
        links: &(impl Links + ?Sized),
        lost: bool,
    ) -> Result<Taken<u32>, TryGetError> {
        let backoff = if lost { after_loss() } else { Backoff::new() };
        loop {
            // T1, again. Acquire: as in `take`.
            let word = Word(self.word.load(Ordering::Acquire));
            if word.has(Word::CLOSED) {
                return Err(TryGetError::Closed);
            }
            if let Some(top) = word.top() {
                if self.pop(links, word, top) {
                    return Ok(Taken::Idle(top));
                }
                backoff.spin();
            } else if !word.has(Word::VACANT) {
                return Err(TryGetError::Empty);
            } else if let Some(index) = self.take_vacant(links) {
                return Ok(Taken::Vacant(index));
            }
            // Others were first, or have closed the pool.
        }
    }

    /// Takes an idle slot, though the pool may be closed.
    pub(crate) fn take_idle(&self, links: &(impl Links + ?Sized)) -> Option<u32> {
        loop {
            // T1. Acquire: as in `take`.
            let word = Word(self.word.load(Ordering::Acquire));
            let top = word.top()?;
            if self.pop(links, word, top) {
                return Some(top);
            }
        }
    }

    /// T2: takes `top`, which `word` has; false: the word has changed.
    #[inline]
    fn pop(&self, links: &(impl Links + ?Sized), word: Word, top: u32) -> bool {
        // Relaxed: T1 acquired the R2 that pushed it. If the slot was taken and pushed again in
        // between, this is another slot's link, and the tag makes T2 fail.
        let below = links.link(top).load(Ordering::Relaxed);
        // T2. Relaxed: see G1. Failure is Relaxed: T1 comes next.
        let order = (Ordering::Relaxed, Ordering::Relaxed);
        let popped = word.popped(below).0;
        self.word.compare_exchange_weak(word.0, popped, order.0, order.1).is_ok()
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
    /// * `link`: the slot's.
    ///
    /// May call a waker.
    #[inline(always)]
    pub(crate) fn release(&self, link: &AtomicU32, index: u32) -> Released {
        // Relaxed: the value is only stored and compared.
        let word = Word(self.word.load(Ordering::Relaxed));
        if word.has(Word::HELD_UP) {
            return self.release_again(link, index, false);
        }
        if self.push(word, link, index) {
            return Released::Kept;
        }
        self.release_again(link, index, true)
    }

    /// R1, R2: puts a slot on top of what `word` has; false: it has changed.
    #[inline(always)]
    fn push(&self, word: Word, link: &AtomicU32, index: u32) -> bool {
        // R1. Relaxed: R2 publishes it.
        link.store(word.link(), Ordering::Relaxed);
        // R2. Release: what this thread did to the slot, and R1. Pairs with: Acquire in `take`.
        // Failure is Relaxed: nothing is read.
        let order = (Ordering::Release, Ordering::Relaxed);
        let pushed = word.pushed(index).0;
        self.word.compare_exchange_weak(word.0, pushed, order.0, order.1).is_ok()
    }

    /// * `lost`: another was first.
    #[inline(never)]
    fn release_again(&self, link: &AtomicU32, index: u32, lost: bool) -> Released {
        let backoff = if lost { after_loss() } else { Backoff::new() };
        loop {
            // Relaxed: as in `release`.
            let word = Word(self.word.load(Ordering::Relaxed));
            if !word.has(Word::HELD_UP) {
                if self.push(word, link, index) {
                    return Released::Kept;
                }
                backoff.spin();
            } else if let Some(released) = self.release_held_up(index) {
                return released;
            }
            // Others were first, or nobody waits any more.
        }
    }

    /// H1. `None`: the releaser is held up no more.
    #[cold]
    fn release_held_up(&self, index: u32) -> Option<Released> {
        let mut state = self.state.lock();
        // Relaxed: flags change under the lock (G4).
        if Word(self.word.load(Ordering::Relaxed)).has(Word::CLOSED) || state.spare < 0 {
            // At once, so that no other object is refused for the same reason.
            state.spare += 1;
            self.show(&state);
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
        state.put_vacant(link, index);
        state.spare += 1;
        let waker = state.give_vacant(links);
        self.show(&state);
        drop(state);
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// Gives back a slot that was refused, without its object.
    pub(crate) fn retire(&self, links: &(impl Links + ?Sized), index: u32) {
        let link = links.link(index);
        self.state.lock().put_vacant(link, index);
    }

    /// True if the pool was closed.
    pub(crate) fn is_closed(&self) -> bool {
        // Relaxed: nothing is read through it.
        Word(self.word.load(Ordering::Relaxed)).has(Word::CLOSED)
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
