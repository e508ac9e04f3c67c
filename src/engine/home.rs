//! Where slabs live, and where leases come from: segments, which are parts of arenas.

use crate::{
    engine::{
        arena, limit,
        owner::Code,
        segment::{Slice, place_of},
        tenure::{self, Tenure},
    },
    protocol::{
        block::Block,
        slab::{Home, Lease, Shape, Slab},
    },
    size_class::SizeClass,
};

/// Where the slabs of segments live.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Segments;

/// The class of a slab in use.
fn class_of(slab: &Slab) -> SizeClass {
    let class = SizeClass::from_index(slab.shape().class.into());
    debug_assert!(class.is_some(), "a slab of no class");
    class.unwrap_or_else(SizeClass::smallest)
}

impl Segments {
    /// Address of the first block of a slab.
    pub(crate) fn start_of(self, slab: &Slab) -> usize {
        self.base(slab).addr().get()
    }
}

impl Home for Segments {
    fn base(&self, slab: &Slab) -> Block {
        let (segment, at) = place_of(slab);
        segment.slice_start(at).cast()
    }

    fn publish(&self, slab: &Slab) {
        let ((segment, at), class) = (place_of(slab), class_of(slab));
        if let Some(arena) = arena::of(segment) {
            arena.publish(segment, at, class);
        }
    }

    fn take_token(&self, slab: &Slab) -> bool {
        let (segment, at) = place_of(slab);
        segment.partial(class_of(slab)).take(1 << at) != 0
    }

    fn release(&self, slab: &Slab) {
        let (segment, at) = place_of(slab);
        if let Some(arena) = arena::of(segment) {
            arena.give_slices(segment, at, class_of(slab).slices());
        }
    }
}

/// Notes that the heap of this code leases `slab`.
pub(crate) fn begin_tenure(slab: &Slab, code: Code, now_ms: u64) {
    let (segment, at) = place_of(slab);
    if let Some(tenure) = segment.tenure(at) {
        tenure.begin(code, now_ms);
    }
}

/// Leases a slab that blocks came back to. If the class is tied, one that the heap of this code had last,
/// else one that anybody may have, see [`Tenure`], else the one leased longest ago, if there are many; of
/// another class the lowest.
pub(crate) fn claim(class: SizeClass, code: Code, now_ms: u64) -> Option<Lease<'static>> {
    // Under a limit, what is free in slabs of others may be all that there is, and no other class has it.
    let good = if limit::is_set() { u32::MAX } else { tenure::FREE };
    claim_of(class, code, now_ms, good)
}

/// As [`claim`], but of any tenure: where there is no memory for a fresh slab.
pub(crate) fn claim_any(class: SizeClass, code: Code, now_ms: u64) -> Option<Lease<'static>> {
    claim_of(class, code, now_ms, u32::MAX)
}

fn claim_of(class: SizeClass, code: Code, now_ms: u64, good: u32) -> Option<Lease<'static>> {
    let tied = |tenure: &Tenure| tenure.rank(code, now_ms);
    let rank = |tenure: &Tenure| if class.is_tied() { tied(tenure) } else { tenure::OWN };
    let (segment, at) = arena::take_token(class, rank, good)?;
    // SAFETY: C1: the token was just taken.
    segment.slab(at).map(|slab| unsafe { slab.claim() })
}

/// Leases a fresh slab.
pub(crate) fn open(class: SizeClass) -> Option<Lease<'static>> {
    let slices = arena::take_slices(class.slices())?;
    let (segment, at) = (slices.segment, slices.at);
    #[expect(clippy::cast_possible_truncation, reason = "at most 32 KiB")]
    let shape = Shape::new(class.byte(), class.blocks(), class.block_bytes() as u32);
    let slab = segment.slab(at)?;
    // SAFETY: the slices were just taken, and are as many as the class needs.
    let lease = unsafe { slab.open(shape, slices.zeroed) };
    // N1: when it is open, and not before.
    segment.note(Slice::Slab(at), at, class.slices());
    Some(lease)
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use crate::{
        config::{CLAIM_BYTES, SLICE_BYTES, SLICES, TENURE_MS},
        protocol::block::Chain,
        sync::crash,
    };
    use std::vec::Vec;

    /// A slab that the heap of this code leased, and let go with no free block, before some came back.
    fn let_go(class: SizeClass, code: Code, now_ms: u64) -> *const Slab {
        let mut lease = open(class).unwrap();
        let (slab, shape) = (lease.slab(), lease.slab().shape());
        begin_tenure(slab, code, now_ms);
        let mut chain: Option<Chain> = None;
        let taken = lease.take(&Segments, shape.blocks.into(), |number, block| match &mut chain {
            // SAFETY: the block was just taken.
            None => chain = Some(unsafe { Chain::one(block) }),
            // SAFETY: as above, and it is of the same slab. Without room the blocks are nodes.
            Some(chain) if number < shape.publish_at.into() => unsafe { chain.add(block, 0) },
            Some(_) => {}
        });
        assert_eq!(taken, usize::from(shape.blocks), "W1: a fresh slab has all its blocks");
        lease.detach_exhausted().unwrap();
        // SAFETY: the blocks were taken above.
        unsafe { slab.push(&Segments, chain.unwrap()) };
        slab
    }

    #[test]
    fn a_heap_gets_its_own_slabs_back_first_and_those_of_others_once_their_tenure_is_over() {
        // Tied, and no other test needs it.
        let class = SizeClass::from_index(14).unwrap();
        let (heap, other) = (Code::fresh(), Code::fresh());
        let claimed =
            |now_ms| claim(class, heap, now_ms).map(|lease| core::ptr::from_ref(lease.slab()));
        let theirs = let_go(class, other, 1000);
        let own = let_go(class, heap, 1000);
        let over = 1000 + u64::from(TENURE_MS);
        assert_eq!(claimed(over), Some(own), "its own slab comes first");
        assert_eq!(
            claimed(over - 1),
            None,
            "another one's slab was claimed while that may come back"
        );
        assert_eq!(claimed(over), Some(theirs), "what nobody came back to is kept for ever");
        let theirs = let_go(class, other, over);
        assert_eq!(claimed(over), None, "as above");
        let any = claim_any(class, heap, over).map(|lease| core::ptr::from_ref(lease.slab()));
        assert_eq!(any, Some(theirs), "out of memory with a free block left");
    }

    #[test]
    fn young_slabs_of_others_are_claimed_once_there_is_enough_of_them_the_oldest_first() {
        let class = SizeClass::from_index(12).unwrap();
        let (heap, other) = (Code::fresh(), Code::fresh());
        let enough = CLAIM_BYTES / SLICE_BYTES;
        let slabs: Vec<_> = (0..enough).map(|_| let_go(class, other, 1001)).collect();
        let oldest = slabs[enough / 2];
        // SAFETY: descriptors are never unmapped.
        begin_tenure(unsafe { &*oldest }, other, 1000);
        let claimed = || claim(class, heap, 1001).map(|lease| core::ptr::from_ref(lease.slab()));
        let own = let_go(class, heap, 1001);
        assert_eq!(claimed(), Some(own), "its own slab comes first, also behind many of others");
        assert_eq!(claimed(), Some(oldest), "without a bound, each lease opens a fresh slab");
        assert_eq!(claimed(), None, "another one's slab was claimed while that may come back");
    }

    /// What the child of a fork relies on, whose parent's thread stopped in `open`: it looks at the
    /// slabs that are noted.
    #[test]
    fn a_slab_is_open_before_any_of_its_slices_says_so() {
        let class = SizeClass::all().max_by_key(|class| class.slices()).unwrap();
        assert!(
            open(class).is_some(),
            "the first one makes the arena, whose maker others wait for"
        );
        for writes in 0.. {
            let done = crash::vanish_after(writes, || open(class)).is_some();
            for segment in arena::all().flat_map(arena::Arena::segments) {
                for at in (1..SLICES).filter(|at| segment.slice(*at) == Slice::Slab(*at)) {
                    let shape = segment.slab(at).unwrap().shape();
                    let of = SizeClass::from_index(shape.class.into()).unwrap();
                    assert_eq!(shape.blocks, of.blocks(), "N: noted before it was open");
                    assert_eq!(shape.block_bytes as usize, of.block_bytes(), "N");
                }
            }
            if done {
                return;
            }
        }
    }
}
