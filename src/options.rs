//! What a [`PoolAlloc`](crate::PoolAlloc) was built with, in a word that a slow path takes along.
#![cfg_attr(
    any(
        not(all(target_os = "linux", target_pointer_width = "64")),
        loom,
        miri,
        feature = "passthrough"
    ),
    allow(dead_code, reason = "most of it is for the engine, which is left out")
)]

use crate::config::{PURGE_AFTER_MS, PURGE_AFTER_MS_MIN};

/// Milliseconds in the low bits, and two flags. One word, so that it takes one register.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(transparent)]
pub(crate) struct Options(u32);

const TOLD: u32 = 1 << 31;
const SCAVENGER: u32 = 1 << 30;
const MS_MASK: u32 = SCAVENGER - 1;

impl Options {
    /// Those of a request that came by no [`PoolAlloc`](crate::PoolAlloc).
    pub(crate) const UNTOLD: Self = Self(0);

    pub(crate) const fn new() -> Self {
        Self(TOLD | SCAVENGER | PURGE_AFTER_MS)
    }

    pub(crate) const fn with_scavenger(self, on: bool) -> Self {
        Self(if on { self.0 | SCAVENGER } else { self.0 & !SCAVENGER })
    }

    /// * `ms`: what does not fit is the most that does, 12 days.
    pub(crate) const fn with_purge_after(self, ms: u32) -> Self {
        let ms = if ms > MS_MASK { MS_MASK } else { ms };
        Self(self.0 & !MS_MASK | ms)
    }

    /// The word, not 0 but for [`UNTOLD`](Self::UNTOLD).
    pub(crate) const fn pack(self) -> u32 {
        self.0
    }

    pub(crate) const fn unpack(word: u32) -> Self {
        Self(word)
    }

    pub(crate) const fn are_told(self) -> bool {
        self.0 & TOLD != 0
    }

    /// True if there may be a scavenger. Nobody who told nothing gets one.
    pub(crate) const fn scavenger(self) -> bool {
        self.0 & (TOLD | SCAVENGER) == TOLD | SCAVENGER
    }

    /// Milliseconds that memory stays unused before it goes back.
    pub(crate) const fn purge_after_ms(self) -> u32 {
        let ms = if self.are_told() { self.0 & MS_MASK } else { PURGE_AFTER_MS };
        if ms < PURGE_AFTER_MS_MIN { PURGE_AFTER_MS_MIN } else { ms }
    }
}

impl Default for Options {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn each_option_is_what_it_was_set_to_and_leaves_the_others() {
        let options = Options::new();
        assert!(options.scavenger() && options.purge_after_ms() == PURGE_AFTER_MS);
        let options = options.with_scavenger(false).with_purge_after(u32::MAX);
        assert_eq!((options.scavenger(), options.purge_after_ms()), (false, MS_MASK));
        let options = options.with_purge_after(0).with_scavenger(true);
        assert_eq!((options.scavenger(), options.purge_after_ms()), (true, PURGE_AFTER_MS_MIN));
        assert_eq!(Options::unpack(options.pack()), options);
    }

    #[test]
    fn who_told_nothing_has_the_default_and_no_scavenger() {
        let options = Options::UNTOLD;
        assert!(!options.are_told() && !options.scavenger());
        assert_eq!(options.purge_after_ms(), PURGE_AFTER_MS);
    }
}
