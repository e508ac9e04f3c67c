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
    sync::{Ordering, compiler_fence},
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
    // The note after the shape, in the child of a fork too: what it sees of this thread is what
    // the thread had written up to some moment.
    compiler_fence(Ordering::Release);
    segment.note(Slice::Slab(at), at, class.slices());
    Some(lease)
}
