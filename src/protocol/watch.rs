//! When the scavenger is needed: one word, which counts what was freed since it looked last.
//!
//! The scavenger is a thread that lives as long as there is something to give back. It looks,
//! sleeps, looks again; when it finds nothing that will be due, it ends. Whoever frees so much
//! that it pays to look wants a new one, and any thread that holds nothing then starts it.
//!
//! ```text
//!          N1 fills the count, N2            S1
//!  ABSENT --------------------> WANTED --------------> RUNNING        REFUSED, for ever:
//!    ^                                                    |           switched off, or the
//!    +----------------------------------------------------+           system does not grant it
//!                   E1: nothing to do, count not full
//! ```
//!
//! | step | who                           | operation                                | ordering |
//! |------|-------------------------------|------------------------------------------|----------|
//! | N1   | who freed                     | `fetch_add`: more freed                  | Release  |
//! | N2   | N1 that fills the count       | CAS: ABSENT -> WANTED, count stays       | Relaxed  |
//! | S1   | any that holds nothing        | CAS: WANTED -> RUNNING, count stays      | Relaxed  |
//! | L1   | scavenger, before it looks    | `fetch_and`: count 0                     | Acquire  |
//! | E1   | scavenger, found nothing      | CAS: RUNNING, not full -> ABSENT         | Relaxed  |
//!
//! The thread of S1 is the scavenger until it has started one: if it finds that none is needed, it
//! takes E1 itself.
//!
//! # Invariants
//!
//! * **Q1** There is at most one scavenger: S1 makes one out of WANTED, and only E1 makes ABSENT
//!   out of RUNNING.
//! * **Q2** What is told is looked at, but for less than a full count: with no operation in
//!   flight, ABSENT means that the count is not full. Every step is a read-modify-write of one
//!   word, so a count that fills does so in one N1, which sees the state at that moment: ABSENT,
//!   then N2 follows; RUNNING, then L1 or E1 comes later, and E1 does not take a full count.
//! * **Q3** Who looks sees what was freed before it was told. What lies between N1 and L1 are
//!   read-modify-writes, which hand the Release on.

use crate::sync::{AtomicU32, Ordering};

const STATE_BITS: u32 = 2;
const STATE_MASK: u32 = (1 << STATE_BITS) - 1;
const ABSENT: u32 = 0;
const WANTED: u32 = 1;
const RUNNING: u32 = 2;
const REFUSED: u32 = 3;

/// The word. Zeroed memory: ABSENT, nothing freed.
#[derive(Debug)]
pub(crate) struct Watch(AtomicU32);

fn count_of(word: u32) -> u32 {
    word >> STATE_BITS
}

fn state_of(word: u32) -> u32 {
    word & STATE_MASK
}

impl Watch {
    /// Nothing was freed.
    #[cfg(not(loom))]
    pub(crate) const fn new() -> Self {
        Self(AtomicU32::new(ABSENT))
    }

    /// The same (loom's atomics have no `const` constructor).
    #[cfg(loom)]
    fn new() -> Self {
        Self(AtomicU32::new(ABSENT))
    }

    fn state(&self) -> u32 {
        // Relaxed: a hint; what follows from it is decided by a compare-and-swap.
        state_of(self.0.load(Ordering::Relaxed))
    }

    /// N1, N2: so much was freed, in any unit.
    ///
    /// * `full`: from so much on it pays to look; at least 1, and the same in every call.
    pub(crate) fn tell(&self, freed: u32, full: u32) {
        if self.state() == REFUSED {
            return;
        }
        // N1. Release: what was freed. Pairs with: Acquire in L1. A count that overflows
        // falls out of the word.
        let was = self.0.fetch_add(freed << STATE_BITS, Ordering::Release);
        let fills = count_of(was) < full && count_of(was).saturating_add(freed) >= full;
        if !fills || state_of(was) != ABSENT {
            return;
        }
        let mut seen = self.0.load(Ordering::Relaxed);
        while state_of(seen) == ABSENT {
            // N2. Relaxed: nothing is read, and what N1 handed on goes on.
            match self.swap_if(seen, seen | WANTED, Ordering::Relaxed) {
                Ok(()) => return,
                Err(now) => seen = now,
            }
        }
    }

    /// True if somebody should start a scavenger.
    #[inline]
    pub(crate) fn is_wanted(&self) -> bool {
        self.state() == WANTED
    }

    /// True if there is a scavenger.
    pub(crate) fn is_running(&self) -> bool {
        self.state() == RUNNING
    }

    /// S1: true if the calling thread is the scavenger from now on, or is to start it.
    pub(crate) fn begin(&self) -> bool {
        let mut seen = self.0.load(Ordering::Relaxed);
        while state_of(seen) == WANTED {
            // Relaxed: nothing is read before L1.
            match self.swap_if(seen, seen & !STATE_MASK | RUNNING, Ordering::Relaxed) {
                Ok(()) => return true,
                Err(now) => seen = now,
            }
        }
        false
    }

    /// There is no scavenger, and will be none.
    #[cfg(not(loom))]
    pub(crate) fn refuse(&self) {
        // Relaxed: a state that nobody leaves; nothing is read through it.
        self.0.store(REFUSED, Ordering::Relaxed);
    }

    /// L1: what is freed from now on counts for the next look.
    pub(crate) fn begin_look(&self) {
        // Acquire: what was freed. Pairs with: Release in N1.
        self.0.fetch_and(STATE_MASK, Ordering::Acquire);
    }

    /// E1: true if the scavenger, which found nothing, may end; false if it should look again.
    pub(crate) fn end(&self, full: u32) -> bool {
        let mut seen = self.0.load(Ordering::Relaxed);
        while count_of(seen) < full {
            // Relaxed: nothing is read; the scavenger leaves nothing but atomics behind.
            match self.swap_if(seen, seen & !STATE_MASK | ABSENT, Ordering::Relaxed) {
                Ok(()) => return true,
                Err(now) => seen = now,
            }
        }
        false
    }

    /// In the child of a fork, which has no scavenger.
    #[cfg(not(loom))]
    pub(crate) fn recover(&self) {
        if self.state() != REFUSED {
            self.0.store(ABSENT, Ordering::Relaxed);
        }
    }

    fn swap_if(&self, seen: u32, next: u32, order: Ordering) -> Result<(), u32> {
        self.0.compare_exchange(seen, next, order, Ordering::Relaxed).map(|_| ())
    }
}

#[cfg(test)]
mod tests;
