//! The value of a gate's atomic word.
//!
//! ```text
//!  63            27 26     25      24     23            0
//! +----------------+------+-------+------+---------------+
//! |      tag       |closed|held up|vacant|     index     |
//! +----------------+------+-------+------+---------------+
//! ```
//!
//! * `index`: the slot that was released last and is idle; each idle slot links to the one below
//!   it. [`NONE`]: no slot is idle.
//! * `vacant`: there are permits whose slots hold no object. They are found under the lock.
//! * `held up`: who releases a slot goes under the lock: somebody waits for it, there are more
//!   objects than the capacity allows, or the pool is closed.
//! * `closed`: nobody gets an object any more.
//! * `tag`: how many slots were taken. A thread that was stopped between its look at the word and
//!   its compare-and-swap fails, though the same slot is on top again with another one below; to
//!   be fooled it would have to sleep through exactly 2^37 takes or a multiple.

/// The index that is no slot's.
pub(crate) const NONE: u32 = (1 << 24) - 1;
/// Most slots of one gate.
pub(crate) const MAX_SLOTS: u32 = NONE;

const INDEX: u64 = NONE as u64;
const TAKEN_ONCE: u64 = 1 << 27;

/// One value of the word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(transparent)]
pub(crate) struct Word(pub(crate) u64);

impl Word {
    pub(crate) const VACANT: u64 = 1 << 24;
    pub(crate) const HELD_UP: u64 = 1 << 25;
    pub(crate) const CLOSED: u64 = 1 << 26;

    /// A word with this slot on top and nothing else set.
    pub(crate) const fn new(top: u32) -> Self {
        Self(top as u64)
    }

    /// The first word of a gate whose slots are all vacant.
    pub(crate) const fn vacant(capacity: u32, offers: bool) -> Self {
        Self::new(NONE).with(if capacity > 0 && offers { Self::VACANT } else { 0 })
    }

    /// The slot on top.
    #[inline]
    pub(crate) const fn top(self) -> Option<u32> {
        #[allow(clippy::cast_possible_truncation, reason = "24 bits")]
        let index = (self.0 & INDEX) as u32;
        if index == NONE { None } else { Some(index) }
    }

    /// What a slot that is pushed now links to: the slot on top, or [`NONE`].
    #[inline]
    pub(crate) const fn link(self) -> u32 {
        match self.top() {
            Some(index) => index,
            None => NONE,
        }
    }

    /// The word after `index` was pushed.
    #[inline]
    pub(crate) const fn pushed(self, index: u32) -> Self {
        Self(self.0 & !INDEX | index as u64)
    }

    /// The word after the slot on top, which links to `below`, was taken.
    #[inline]
    pub(crate) const fn popped(self, below: u32) -> Self {
        Self((self.0 & !INDEX | below as u64).wrapping_add(TAKEN_ONCE))
    }

    /// True if `flag` is set.
    #[inline]
    pub(crate) const fn has(self, flag: u64) -> bool {
        self.0 & flag != 0
    }

    /// The word with `flag` set.
    pub(crate) const fn with(self, flag: u64) -> Self {
        Self(self.0 | flag)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_push_and_a_pop_leave_the_flags_and_change_the_tag() {
        let flags = Word::VACANT | Word::HELD_UP | Word::CLOSED;
        for start in [Word::new(NONE), Word::new(3).with(flags), Word(u64::MAX)] {
            let below = start.link();
            let end = start.pushed(7).popped(below);
            assert_eq!(end.link(), below);
            assert_eq!(end.0 & flags, start.0 & flags, "a flag changed");
            assert_ne!(end, start, "two looks at the same slot can't be told apart");
        }
    }

    #[test]
    fn the_last_index_is_none() {
        assert_eq!(Word::new(NONE).top(), None);
        assert_eq!(Word::new(NONE - 1).top(), Some(NONE - 1));
    }
}
