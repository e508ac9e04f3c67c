//! The value of a slab's atomic word: one `u64` that always tells the whole truth.
//!
//! ```text
//!  63 62 61          48 47          32 31          16 15           0
//! +-----+--------------+--------------+--------------+--------------+
//! |state|     gen      |     lent     |    count     |     head     |
//! +-----+--------------+--------------+--------------+--------------+
//! ```
//!
//! * `head`: where the newest node of the remote list lies, in units of 8 bytes from the first
//!   block. Means nothing when `count` is 0: the list has no terminator, it ends after `count`.
//! * `count`: blocks on the remote list.
//! * `lent`: blocks that are not in line 0, that is neither on the private list nor uncarved:
//!   held by the program, in magazines and open batches, or on the remote list. Written by
//!   detach; 0 while LEASED, where line 0 knows better.
//! * `gen`: how often the slab was detached. 0 while LEASED.
//!
//! LEASED is state 0, so the word of a leased slab with no remote block is 0: drain is
//! `swap(0)`, and "anything for me?" is one load.

/// `fetch_and` with this turns PARTIAL into LEASED and leaves the remote list where it is.
pub(crate) const CLAIM_MASK: u64 = 0xFFFF_FFFF;
/// LEASED with an empty remote list.
pub(crate) const LEASED_IDLE: u64 = 0;

const GENERATION_MASK: u16 = (1 << 14) - 1;

/// Who may touch line 0 of the slab.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// The lessee.
    Leased = 0,
    /// Nobody. In no index.
    Detached = 1,
    /// Nobody, until its token is taken out of the class index.
    Partial = 2,
    /// Whoever moved the word here: the slices are its own.
    Empty = 3,
}

/// One value of the word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Word {
    pub(crate) state: State,
    pub(crate) generation: u16,
    pub(crate) lent: u16,
    pub(crate) count: u16,
    pub(crate) head: u16,
}

impl Word {
    pub(crate) const EMPTY: Self =
        Self { state: State::Empty, generation: 0, lent: 0, count: 0, head: 0 };
    /// [`LEASED_IDLE`], unpacked.
    pub(crate) const IDLE: Self = Self::unpack(LEASED_IDLE);

    pub(crate) const fn pack(self) -> u64 {
        (self.state as u64) << 62
            | ((self.generation & GENERATION_MASK) as u64) << 48
            | (self.lent as u64) << 32
            | (self.count as u64) << 16
            | self.head as u64
    }

    #[expect(clippy::cast_possible_truncation, reason = "each cast cuts out one 16-bit field")]
    pub(crate) const fn unpack(raw: u64) -> Self {
        let state = match raw >> 62 {
            0 => State::Leased,
            1 => State::Detached,
            2 => State::Partial,
            _ => State::Empty,
        };
        Self {
            state,
            generation: (raw >> 48) as u16 & GENERATION_MASK,
            lent: (raw >> 32) as u16,
            count: (raw >> 16) as u16,
            head: raw as u16,
        }
    }

    /// This word after `count` blocks, the newest of them at `head`, were put on its list.
    pub(crate) const fn with_pushed(mut self, head: u16, count: u16) -> Self {
        if count > 0 {
            self.head = head;
            self.count += count;
        }
        self
    }

    /// This word in another state.
    pub(crate) const fn with_state(mut self, state: State) -> Self {
        self.state = state;
        self
    }

    /// True if every block that left line 0 is on the remote list once `more` are.
    pub(crate) const fn is_whole_with(self, more: u16) -> bool {
        !matches!(self.state, State::Leased) && self.count + more == self.lent
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn every_field_survives_packing_at_its_limits() {
        for state in [State::Leased, State::Detached, State::Partial, State::Empty] {
            let max = u16::MAX;
            for (generation, lent, count, head) in
                [(GENERATION_MASK, 0, max, 0), (0, max, 0, max), (1, 2, 3, 4)]
            {
                let word = Word { state, generation, lent, count, head };
                assert_eq!(Word::unpack(word.pack()), word);
            }
        }
    }

    #[test]
    fn the_claim_mask_leases_a_partial_slab_and_keeps_its_list() {
        let word = Word { state: State::Partial, generation: 9, lent: 7, count: 5, head: 3 };
        let leased = Word { state: State::Leased, generation: 0, lent: 0, count: 5, head: 3 };
        assert_eq!(Word::unpack(word.pack() & CLAIM_MASK), leased);
    }

    #[test]
    fn a_leased_slab_with_no_remote_block_is_the_zero_word() {
        assert_eq!(Word::IDLE.state, State::Leased);
        assert_eq!(Word::IDLE.pack(), 0);
    }
}
