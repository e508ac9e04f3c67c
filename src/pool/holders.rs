//! How many hold an object together: a count that lies with it.
//!
//! | step | who             | operation                     | ordering |
//! |------|-----------------|-------------------------------|----------|
//! | H1   | a holder        | add 1, for another            | Relaxed  |
//! | L1   | a holder        | subtract 1: it lets go        | Release  |
//! | L2   | the last of all | a fence, after L1 returned 1  | Acquire  |
//! | O1   | a holder        | load 1: it is the only one    | Acquire  |

use crate::sync::{self, AtomicU32, Ordering};

/// The count of holders of one object.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Holders<'a>(&'a AtomicU32);

/// Most holders; so far below what the count can take that no number of threads, each about to find
/// out that there are too many, gets there.
const MOST: u32 = u32::MAX / 2;

impl<'a> Holders<'a> {
    pub(crate) fn new(count: &'a AtomicU32) -> Self {
        Self(count)
    }

    /// There is one, who makes this.
    pub(crate) fn begin(self) {
        // Relaxed: nobody else knows of it yet.
        self.0.store(1, Ordering::Relaxed);
    }

    /// How many there are: a snapshot.
    pub(crate) fn count(self) -> u32 {
        self.0.load(Ordering::Relaxed)
    }

    /// One more, made by a holder.
    ///
    /// # Panics
    ///
    /// There are more than [`MOST`]: most of them were forgotten.
    pub(crate) fn hold(self) {
        // H1. Relaxed: made from one that is there.
        let before = self.0.fetch_add(1, Ordering::Relaxed);
        if before >= MOST {
            self.0.fetch_sub(1, Ordering::Relaxed);
        }
        assert!(before < MOST, "an object has too many holders");
    }

    /// A holder lets go, and does not use the object again; true: it was the last, and the object is
    /// its own.
    #[must_use]
    pub(crate) fn let_go(self) -> bool {
        // L1. Release: what this holder did. Pairs with: Acquire in L2 and O1.
        let was_last = self.0.fetch_sub(1, Ordering::Release) == 1;
        if was_last {
            // L2. Acquire: what the others did. Pairs with: Release in L1.
            sync::acquire(|order| self.0.load(order));
        }
        was_last
    }

    /// True if the caller, a holder, is the only one.
    pub(crate) fn is_only(self) -> bool {
        // O1. Acquire: what those did who let go. Pairs with: Release in L1.
        self.0.load(Ordering::Acquire) == 1
    }
}

#[cfg(all(test, loom))]
mod tests;
