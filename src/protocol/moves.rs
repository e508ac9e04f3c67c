//! Moves: free blocks on their way from one place to another, without the program having asked for it.
//!
//! Who counts blocks, place by place, may find one in neither of two places, or in both, if it moves
//! meanwhile. Counting takes no lock and stops nobody; but it learns whether anything moved, and so
//! whether to count again.
//!
//! | step | who                       | operation             | ordering |
//! |------|---------------------------|-----------------------|----------|
//! | B1   | mover, before it moves    | `begun.fetch_add(1)`  | Relaxed  |
//! | B2   | mover, after B1           | fence                 | Release  |
//! | E1   | mover, after it moved     | `ended.fetch_add(1)`  | Release  |
//! | L1   | counter, before it counts | load `ended`          | Acquire  |
//! | L2   | counter, after it counted | fence                 | Acquire  |
//! | L3   | counter, after L2         | load `begun`          | Relaxed  |
//!
//! # Invariants
//!
//! * **V1** If L3 reads the number that L1 read, the counter saw each move whole or not at all. Say it
//!   saw a part of one. Had this one ended by L1, it would have been seen whole: E1s are read-modify-writes
//!   of one word, which hand the Release on to L1. So L1 read a number of others, all of which began
//!   before L1, and this one's B1 comes to these: what was seen of it was written after B2, so L2 makes L3
//!   see its B1. L3 reads one more than L1, or yet more.
//! * **V2** With no move under way and none to come, a count is settled: as many ended as began.
//!
//! The numbers wrap around together; a count would have to take as long as 2^32 moves.

use crate::sync::{AtomicU32, Ordering, fence};

/// How many moves began, and how many ended.
#[derive(Debug)]
pub(crate) struct Moves {
    begun: AtomicU32,
    ended: AtomicU32,
}

impl Moves {
    /// Nothing moved yet.
    #[cfg(not(loom))]
    pub(crate) const fn new() -> Self {
        Self { begun: AtomicU32::new(0), ended: AtomicU32::new(0) }
    }

    /// The same (loom's atomics have no `const` constructor).
    #[cfg(loom)]
    fn new() -> Self {
        Self { begun: AtomicU32::new(0), ended: AtomicU32::new(0) }
    }

    /// Runs `f`, which moves blocks.
    pub(crate) fn make<T>(&self, f: impl FnOnce() -> T) -> T {
        // B1. Relaxed: nothing is read; what follows is kept behind it by B2.
        self.begun.fetch_add(1, Ordering::Relaxed);
        // B2. Release: that the move began. Pairs with: the fence L2.
        fence(Ordering::Release);
        let result = f();
        // E1. Release: what was moved. Pairs with: Acquire in L1.
        self.ended.fetch_add(1, Ordering::Release);
        result
    }

    /// What `f` counts. `None`: something moved meanwhile, or was about to.
    pub(crate) fn count<T>(&self, f: impl FnOnce() -> T) -> Option<T> {
        // L1. Acquire: what was moved. Pairs with: Release in E1.
        let ended = self.ended.load(Ordering::Acquire);
        // Relaxed: a look, which saves counting in vain; L3 decides.
        if self.begun.load(Ordering::Relaxed) != ended {
            return None;
        }
        let counted = f();
        // L2. Acquire: that a move began of which something was seen. Pairs with: the fence B2.
        fence(Ordering::Acquire);
        // L3. Relaxed: L2 stands before it.
        (self.begun.load(Ordering::Relaxed) == ended).then_some(counted)
    }

    /// In the child of a fork, where nobody ends what vanished threads began.
    #[cfg(not(loom))]
    pub(crate) fn recover(&self) {
        // Relaxed: there is one thread.
        self.ended.store(self.begun.load(Ordering::Relaxed), Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests;
