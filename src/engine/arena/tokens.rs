//! The tokens of slabs that blocks came back to: a leaf in each segment, a summary in its arena.

use super::{Arena, all};
use crate::{
    config::{CLAIM_BYTES, CLAIM_LOOKS, SLICE_BYTES},
    engine::{segment::Segment, tenure::Tenure},
    protocol::bits,
    size_class::SizeClass,
};
use core::ops::ControlFlow;

/// C1: takes the token of a slab of `class`: of the [`CLAIM_LOOKS`] lowest the one of the least rank. One that
/// ranks above `good` is taken only if there are [`CLAIM_BYTES`] of slabs, so that a fresh one would be one
/// too many.
///
/// * `rank`: 0 is taken without a look at the others.
pub(crate) fn take_token(
    class: SizeClass,
    rank: impl Fn(&Tenure) -> u32,
    good: u32,
) -> Option<(&'static Segment, usize)> {
    let enough = CLAIM_BYTES / (class.slices() * SLICE_BYTES);
    loop {
        let mut looks = 0;
        let mut best: Option<(u32, &'static Segment, usize)> = None;
        // Breaks off when it need not look further.
        let _ = all().try_for_each(|arena| {
            arena.each_token(class, |segment, at| {
                let rank = segment.tenure(at).map_or(u32::MAX, &rank);
                if best.is_none_or(|(least, ..)| rank < least) {
                    best = Some((rank, segment, at));
                }
                looks += 1;
                if rank == 0 || looks == CLAIM_LOOKS {
                    ControlFlow::Break(())
                } else {
                    ControlFlow::Continue(())
                }
            })
        });
        let (rank, segment, at) = best?;
        if rank > good && looks < enough {
            return None;
        }
        // If it is not there any more, another thread has it.
        if segment.partial(class).take(1 << at) != 0 {
            return Some((segment, at));
        }
    }
}

impl Arena {
    /// V2: makes the slab at slice `at` findable.
    pub(crate) fn publish(&self, segment: &Segment, at: usize, class: SizeClass) {
        let (word, leaf) = (segment.index() as usize / 64, segment.index() % 64);
        // SAFETY: `index` is below CLASS_COUNT, by the invariant of SizeClass.
        let summary = unsafe { self.summary.get_unchecked(class.index()) };
        if let Some(summary) = summary.get(word) {
            #[expect(clippy::cast_possible_truncation, reason = "below 64")]
            bits::publish(segment.partial(class), at as u32, summary, leaf);
        }
    }

    /// Shows `visit` where the slabs of `class` are that have a token, lowest first, until it breaks off.
    fn each_token(
        &self,
        class: SizeClass,
        mut visit: impl FnMut(&'static Segment, usize) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        // SAFETY: `index` is below CLASS_COUNT, by the invariant of SizeClass.
        let summary = unsafe { self.summary.get_unchecked(class.index()) };
        summary.iter().enumerate().try_for_each(|(word, summary)| {
            let segment = |leaf: u32| {
                // SAFETY: only segments in use are entered in a summary.
                unsafe { self.segment(word * 64 + leaf as usize) }
            };
            let leaf_of = |leaf| segment(leaf).partial(class);
            bits::walk(summary, leaf_of, |leaf, at| visit(segment(leaf), at as usize))
        })
    }
}
