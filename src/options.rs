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

use crate::config::{
    LIMIT_BYTES_MIN, LIMIT_STEP_BYTES, MAGAZINE_BUDGET_BYTES_MAX, MAGAZINE_BUDGET_BYTES_MIN,
    PURGE_AFTER_MS, PURGE_AFTER_MS_MIN,
};

/// Numbers in fields of bits, and two flags. One word, so that it takes one register, and is set at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(transparent)]
pub(crate) struct Options(u64);

const MS: Field = Field { shift: 0, bits: 30 };
const SCAVENGER: u64 = 1 << 30;
const TOLD: u64 = 1 << 31;
/// In steps; 0 is none.
const LIMIT: Field = Field { shift: 32, bits: 24 };
/// 0 is the default, 1 is none, and from there on powers of two from the least on.
const MAGAZINES: Field = Field { shift: 56, bits: 4 };
/// A [`HugePages`] as a number; 0 is the default.
const HUGE: Field = Field { shift: 62, bits: 2 };

/// What the most is in [`MAGAZINES`].
const MAGAZINES_MOST: u32 = 2 + (MAGAZINE_BUDGET_BYTES_MAX / MAGAZINE_BUDGET_BYTES_MIN).ilog2();

const _: () = assert!(MAGAZINES_MOST as u64 <= MAGAZINES.most());

/// Which memory gets huge pages (2 MiB on most systems): for
/// [`PoolAlloc::huge_pages`](crate::PoolAlloc::huge_pages).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum HugePages {
    /// None, not even where the system is set to use them everywhere.
    Never,
    /// What a heap of 64 MiB or more gets while the program uses nearly all of it.
    #[default]
    Dense,
    /// All memory for blocks of up to 1 MiB, from the first block on.
    Always,
}

/// Some bits of the word.
#[derive(Clone, Copy, Debug)]
struct Field {
    shift: u32,
    bits: u32,
}

impl Field {
    /// The largest value that fits.
    const fn most(self) -> u64 {
        (1 << self.bits) - 1
    }

    const fn get(self, word: u64) -> u64 {
        word >> self.shift & self.most()
    }

    /// * `value`: what does not fit is the most that does.
    const fn set(self, word: u64, value: u64) -> u64 {
        let value = if value > self.most() { self.most() } else { value };
        word & !(self.most() << self.shift) | value << self.shift
    }
}

impl Options {
    /// Those of a request that came by no [`PoolAlloc`](crate::PoolAlloc).
    pub(crate) const UNTOLD: Self = Self(0);

    pub(crate) const fn new() -> Self {
        Self(TOLD | SCAVENGER).with_purge_after(PURGE_AFTER_MS)
    }

    pub(crate) const fn with_scavenger(self, on: bool) -> Self {
        Self(if on { self.0 | SCAVENGER } else { self.0 & !SCAVENGER })
    }

    /// * `ms`: what does not fit is the most that does, 12 days.
    pub(crate) const fn with_purge_after(self, ms: u32) -> Self {
        Self(MS.set(self.0, ms as u64))
    }

    /// * `bytes`: in steps, and not less than the least; what does not fit is the most that does, 4 TiB.
    pub(crate) const fn with_limit(self, bytes: usize) -> Self {
        let bytes = if bytes < LIMIT_BYTES_MIN { LIMIT_BYTES_MIN } else { bytes };
        Self(LIMIT.set(self.0, (bytes / LIMIT_STEP_BYTES) as u64))
    }

    /// * `bytes`: rounded down to a power of two; below the least it is none, above the most it is that.
    pub(crate) const fn with_magazine_bytes(self, bytes: usize) -> Self {
        let code = if bytes < MAGAZINE_BUDGET_BYTES_MIN {
            1
        } else if bytes < MAGAZINE_BUDGET_BYTES_MAX {
            2 + (bytes / MAGAZINE_BUDGET_BYTES_MIN).ilog2()
        } else {
            MAGAZINES_MOST
        };
        Self(MAGAZINES.set(self.0, code as u64))
    }

    pub(crate) const fn with_huge_pages(self, pages: HugePages) -> Self {
        let number = match pages {
            HugePages::Dense => 0,
            HugePages::Never => 1,
            HugePages::Always => 2,
        };
        Self(HUGE.set(self.0, number))
    }

    /// The word, not 0 but for [`UNTOLD`](Self::UNTOLD).
    pub(crate) const fn pack(self) -> u64 {
        self.0
    }

    pub(crate) const fn unpack(word: u64) -> Self {
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
        #[expect(clippy::cast_possible_truncation, reason = "30 bits")]
        let ms = if self.are_told() { MS.get(self.0) as u32 } else { PURGE_AFTER_MS };
        if ms < PURGE_AFTER_MS_MIN { PURGE_AFTER_MS_MIN } else { ms }
    }

    /// Which memory gets huge pages.
    pub(crate) const fn huge_pages(self) -> HugePages {
        match HUGE.get(self.0) {
            1 => HugePages::Never,
            2 => HugePages::Always,
            _ => HugePages::Dense,
        }
    }

    /// Bytes that may be committed; `usize::MAX` if there is no limit.
    pub(crate) const fn limit_bytes(self) -> usize {
        #[expect(clippy::cast_possible_truncation, reason = "42 bits; the engine has 64")]
        match LIMIT.get(self.0) {
            0 => usize::MAX,
            steps => steps as usize * LIMIT_STEP_BYTES,
        }
    }

    /// Bytes by which the magazines of a thread may grow beyond their first bounds, if that was said.
    pub(crate) const fn magazine_bytes(self) -> Option<usize> {
        match MAGAZINES.get(self.0) {
            0 => None,
            1 => Some(0),
            code => Some(MAGAZINE_BUDGET_BYTES_MIN << (code - 2)),
        }
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
        assert_eq!((options.scavenger(), options.purge_after_ms()), (false, (1 << 30) - 1));
        let options = options.with_purge_after(0).with_scavenger(true);
        assert_eq!((options.scavenger(), options.purge_after_ms()), (true, PURGE_AFTER_MS_MIN));
        assert_eq!(Options::unpack(options.pack()), options);
    }

    #[test]
    fn a_limit_is_whole_steps_between_the_least_and_the_most() {
        assert_eq!(Options::new().limit_bytes(), usize::MAX, "none is the default");
        let limit = |bytes| Options::new().with_limit(bytes).limit_bytes();
        assert_eq!(limit(64 << 20), 64 << 20);
        assert_eq!(limit((64 << 20) + LIMIT_STEP_BYTES - 1), 64 << 20, "rounded down");
        assert_eq!((limit(0), limit(LIMIT_BYTES_MIN - 1)), (LIMIT_BYTES_MIN, LIMIT_BYTES_MIN));
        assert_eq!(limit(usize::MAX), (4 << 40) - LIMIT_STEP_BYTES);
        let options = Options::new().with_limit(64 << 20).with_purge_after(7000);
        assert_eq!((options.limit_bytes(), options.purge_after_ms()), (64 << 20, 7000));
        assert_eq!(options.with_limit(2 << 20).limit_bytes(), 2 << 20, "the last one holds");
        assert!(options.scavenger() && options.are_told());
    }

    #[test]
    fn magazines_hold_a_power_of_two_of_bytes_or_none() {
        let held = |bytes| {
            Options::new().with_magazine_bytes(bytes).magazine_bytes().unwrap_or(usize::MAX)
        };
        assert_eq!(Options::new().magazine_bytes(), None);
        assert_eq!((held(0), held(4095), held(4096), held(8191)), (0, 0, 4096, 4096));
        for power in 12..=24 {
            assert_eq!((held(1 << power), held((2 << power) - 1)), (1 << power, 1 << power));
        }
        assert_eq!((held(32 << 20), held(usize::MAX)), (16 << 20, 16 << 20), "the most");
        let options = Options::new().with_limit(usize::MAX).with_magazine_bytes(1 << 20);
        assert_eq!(options.limit_bytes(), (4 << 40) - LIMIT_STEP_BYTES);
        assert_eq!(options.with_magazine_bytes(8 << 10).magazine_bytes(), Some(8 << 10));
        assert_eq!(options.with_limit(2 << 20).magazine_bytes(), Some(1 << 20));
    }

    #[test]
    fn huge_pages_are_as_set_and_leave_the_others() {
        assert_eq!(Options::new().huge_pages(), HugePages::default());
        for pages in [HugePages::Never, HugePages::Always, HugePages::Dense] {
            let options = Options::new().with_limit(usize::MAX).with_huge_pages(pages);
            assert_eq!(options.huge_pages(), pages);
            assert_eq!(options.limit_bytes(), (4 << 40) - LIMIT_STEP_BYTES);
            assert!(options.scavenger() && options.purge_after_ms() == PURGE_AFTER_MS);
        }
    }

    #[test]
    fn who_told_nothing_has_the_default_and_no_scavenger() {
        let options = Options::UNTOLD;
        assert!(!options.are_told() && !options.scavenger());
        assert_eq!(options.purge_after_ms(), PURGE_AFTER_MS);
        assert_eq!(options.limit_bytes(), usize::MAX);
        assert_eq!(options.magazine_bytes(), None);
        assert_eq!(options.huge_pages(), HugePages::Dense);
    }
}
