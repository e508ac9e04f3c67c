//! Sizes drawn before the clock starts: the same in every run.

use std::ops::RangeInclusive;

/// Sizes in memory, in bytes, to be read one after the other for ever.
#[derive(Debug)]
pub(crate) struct Sizes(Box<[u32; Sizes::COUNT]>);

impl Sizes {
    /// A power of two; 8 KiB of table leaves most of a first-level cache to the blocks.
    const COUNT: usize = 2048;

    /// Drawn evenly from `range`.
    pub(crate) fn even(range: RangeInclusive<u32>, seed: u64) -> Self {
        let mut rng = fastrand::Rng::with_seed(seed);
        Self(Box::new(std::array::from_fn(|_| rng.u32(range.clone()))))
    }

    /// Drawn so that each doubling from `least` to `most` is as likely as the next: most are small,
    /// as in programs.
    pub(crate) fn mostly_small(least: u32, most: u32, seed: u64) -> Self {
        let mut rng = fastrand::Rng::with_seed(seed);
        Self(Box::new(std::array::from_fn(|_| mostly_small(&mut rng, least, most))))
    }

    /// The size number `index`, counted round the table, in bytes.
    #[inline]
    pub(crate) fn at(&self, index: usize) -> usize {
        self.0[index % Self::COUNT] as usize
    }
}

/// One size from `least..=most`; each doubling is as likely as the next.
pub(crate) fn mostly_small(rng: &mut fastrand::Rng, least: u32, most: u32) -> u32 {
    assert!(0 < least && least <= most, "a range of sizes must not be empty");
    let doublings = (most / least).ilog2();
    let low = least << rng.u32(0..=doublings);
    rng.u32(low..=low.saturating_mul(2).min(most))
}
