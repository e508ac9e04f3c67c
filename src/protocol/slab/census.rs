//! Counting the blocks of a slab, for stats and for the audits of debug builds and tests.

use super::{Ordering, Slab, State};

/// Where the blocks of one slab are, in blocks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Census {
    /// Handed out: to the program, to magazines or to open batches.
    pub(crate) out: usize,
    /// In the slab: never used, on its private or on its remote list.
    pub(crate) free: usize,
}

impl Slab {
    /// A snapshot; off by what happens during the call. Reads only atomics (W6), so the caller
    /// needs no right; but the slab must be in use, or have been.
    pub(crate) fn census(&self) -> Census {
        let (word, shape) = (self.load(), self.shape());
        let in_line_0 = match word.state {
            State::Empty => return Census::default(),
            State::Leased => {
                let carved = self.carved.load(Ordering::Relaxed);
                carved.saturating_sub(self.listed.load(Ordering::Relaxed))
            }
            State::Detached | State::Partial => word.lent,
        };
        let out = usize::from(in_line_0.saturating_sub(word.count).min(shape.blocks));
        Census { out, free: usize::from(shape.blocks) - out }
    }
}
