//! The tokens of slabs that blocks came back to: a leaf in each segment, a summary in its arena.

use super::{Arena, all};
use crate::{
    config::CLAIM_LOOKS,
    engine::{segment::Segment, tenure::Tenure},
    protocol::bits::{self, Bits},
    size_class::SizeClass,
};

/// C1: takes the token of a slab of `class`, the lowest there is.
pub(crate) fn find_partial(class: SizeClass) -> Option<(&'static Segment, usize)> {
    all().find_map(|arena| arena.find_partial(class))
}

/// C1: takes the token of a slab of `class` of a tenure that is `wanted`, if one of the lowest
/// [`CLAIM_LOOKS`] is such a one.
pub(crate) fn find_wanted(
    class: SizeClass,
    wanted: impl Fn(&Tenure) -> bool,
) -> Option<(&'static Segment, usize)> {
    let mut looks = CLAIM_LOOKS;
    all().find_map(|arena| arena.find_wanted(class, &wanted, &mut looks))
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

    fn find_partial(&self, class: SizeClass) -> Option<(&'static Segment, usize)> {
        self.find_slab(class, |summary, segment| {
            bits::find(summary, |leaf| segment(leaf).partial(class))
        })
    }

    fn find_wanted(
        &self,
        class: SizeClass,
        wanted: impl Fn(&Tenure) -> bool,
        looks: &mut usize,
    ) -> Option<(&'static Segment, usize)> {
        self.find_slab(class, |summary, segment| {
            let wanted = |leaf, at| segment(leaf).tenure(at as usize).is_some_and(&wanted);
            bits::find_wanted(summary, |leaf| segment(leaf).partial(class), wanted, looks)
        })
    }

    /// What `find` finds in the first summary of the class where it finds anything, by way of the
    /// segments of its bits.
    fn find_slab(
        &self,
        class: SizeClass,
        mut find: impl FnMut(&Bits, &dyn Fn(u32) -> &'static Segment) -> Option<(u32, u32)>,
    ) -> Option<(&'static Segment, usize)> {
        // SAFETY: `index` is below CLASS_COUNT, by the invariant of SizeClass.
        let summary = unsafe { self.summary.get_unchecked(class.index()) };
        for (word, summary) in summary.iter().enumerate() {
            let segment = |leaf: u32| {
                let start = self.segment_start(word * 64 + leaf as usize);
                // SAFETY: only segments in use are entered in a summary.
                unsafe { Segment::of(start.addr().get()) }
            };
            if let Some((leaf, at)) = find(summary, &segment) {
                return Some((segment(leaf), at as usize));
            }
        }
        None
    }
}
