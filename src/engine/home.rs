//! Where slabs live: in segments, which are parts of arenas.

use crate::{
    engine::{arena, segment::place_of},
    protocol::{
        block::Block,
        slab::{Home, Slab},
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
