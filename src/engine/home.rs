//! Where slabs live, and where leases come from: segments, which are parts of arenas.

use crate::{
    engine::{
        arena,
        segment::{Slice, place_of},
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

/// Leases a slab that others gave blocks back to.
pub(crate) fn claim(class: SizeClass) -> Option<Lease<'static>> {
    let (segment, at) = arena::find_partial(class)?;
    // SAFETY: C1: the token was taken by `find_partial`.
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
    use super::*;
    use crate::{config::SLICES, sync::crash};

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
