//! What the child of a fork does with a slab it inherits.
//!
//! The child has one thread. The others may have been anywhere between two steps of the
//! protocol, but each word is one atomic, so it is whole, and it says what is in hand:
//!
//! | inherited                     | means                        | the child              |
//! |-------------------------------|------------------------------|------------------------|
//! | LEASED by a heap that is gone | line 0 may be half written   | DETACHED, line 0 lost  |
//! | PARTIAL, not in the index     | token in a hand              | puts the token back    |
//! | PARTIAL or DETACHED, whole    | a push or claim stopped half | EMPTY, frees the slices|
//! | DETACHED, enough back         | stopped between D2 and V1    | PARTIAL                |
//! | EMPTY, slices not free        | stopped at E3 or in `open`   | frees the slices       |
//! | blocks in a hand              | counted in `lent`            | lost                   |

use super::{Home, Lease, Ordering, Slab, State, Word};

impl Slab {
    /// Repairs the slab in the child of a fork. `leased`: by the heap of the only thread left.
    /// Returns true if the slab is in use, false if its slices are free.
    ///
    /// # Safety
    ///
    /// No other thread exists, this one is in no operation, and the slab was opened before.
    pub(crate) unsafe fn recover(&self, home: &impl Home, leased: bool) -> bool {
        let mut word = self.load();
        home.take_token(self);
        if word.state == State::Leased {
            if leased {
                return true;
            }
            // The free blocks of line 0 are lost. They count as lent and never come back, so
            // the slab is of use again, and EMPTY only if none was lost.
            let blocks = self.shape().blocks;
            let generation = Lease(self).line_0(|private| private.generation);
            self.listed.store(0, Ordering::Relaxed);
            self.carved.store(blocks, Ordering::Relaxed);
            word = Word { state: State::Detached, generation, lent: blocks, ..word };
        }
        let shape = self.shape();
        if word.is_whole_with(0) {
            word = Word::EMPTY;
        }
        if word.state != State::Empty {
            let free = shape.blocks - word.lent + word.count;
            let enough = free >= shape.publish_at;
            word = word.with_state(if enough { State::Partial } else { State::Detached });
        }
        self.shared.word.store(word.pack(), Ordering::Relaxed);
        if word.state == State::Partial {
            home.publish(self);
        }
        word.state != State::Empty
    }
}
