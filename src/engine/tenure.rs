//! Which heap leased a slab last, and when: who has it first when blocks came back to it.
//!
//! A slab that is let go with most of its blocks in use gets these back from the thread that had it.
//! Were another one to claim it meanwhile, for the few blocks that are free, all the others would be
//! strangers' where they are in use, and their cache lines would go to and fro between two
//! processors. So a slab is its last lessee's for some time; after that it is anybody's. What is kept from
//! others that way is bounded, see [`CLAIM_BYTES`](crate::config::CLAIM_BYTES).

use crate::{
    config::TENURE_MS,
    engine::owner::Code,
    sync::{AtomicU64, Ordering},
};

/// The last lease of one slab: the code of the heap, and the time, in milliseconds. A hint: one that is
/// read late or of the slab before makes a slab change hands early, or late.
///
/// Zeroed memory is a slab that was never leased.
#[derive(Debug)]
#[repr(transparent)]
pub(crate) struct Tenure(AtomicU64);

impl Tenure {
    /// Notes a lease.
    pub(crate) fn begin(&self, code: Code, now_ms: u64) {
        // Relaxed here and below: a hint. Who has the slab is up to its token.
        self.0.store(u64::from(code.bits()) << 32 | u64::from(low(now_ms)), Ordering::Relaxed);
    }

    /// Whose the slab is, for the heap of this code: [`OWN`], [`FREE`], or more the longer it will be
    /// another heap's.
    pub(crate) fn rank(&self, code: Code, now_ms: u64) -> u32 {
        let last = self.0.load(Ordering::Relaxed);
        if last >> 32 == u64::from(code.bits()) {
            return OWN;
        }
        FREE + TENURE_MS.saturating_sub(low(now_ms).wrapping_sub(low(last)))
    }
}

/// The heap had the slab last itself.
pub(crate) const OWN: u32 = 0;
/// Anybody may have it.
pub(crate) const FREE: u32 = 1;

/// A time as it is noted: once in 50 days, one of long ago seems recent.
fn low(ms: u64) -> u32 {
    #[expect(clippy::cast_possible_truncation, reason = "the difference of two times wraps")]
    {
        ms as u32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slab_is_its_last_lessees_until_the_time_is_over_also_when_the_clock_wraps() {
        let (heap, other) = (Code::fresh(), Code::fresh());
        for now in [7, u64::from(u32::MAX) - 1, u64::from(u32::MAX) + 1] {
            let tenure = Tenure(AtomicU64::new(0));
            tenure.begin(heap, now);
            let after = |ms: u32| tenure.rank(other, now + u64::from(ms));
            assert_eq!(tenure.rank(heap, now + 1000), OWN, "taken for another heap's");
            assert!(after(0) > after(1), "the one that was leased last comes first");
            assert!(after(TENURE_MS - 1) > FREE, "over too early");
            assert_eq!((after(TENURE_MS), after(u32::MAX / 2)), (FREE, FREE), "not over");
        }
    }
}
