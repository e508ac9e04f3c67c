//! Segments: 4 MiB, aligned, with a header in front that any block finds by a mask.
//!
//! ```text
//!  slice 0          slice 1          slice 2                         slice 63
//! +----------------+----------------+-------------------------------+- - - - +--------+
//! | header         | slab           | run, or slab of many slices   |        | free   |
//! +----------------+----------------+-------------------------------+- - - - +--------+
//!   arena, index    their numbers
//!   notes[64]       per slice: where its slab or run begins
//!   partial[60]     per class: the tokens of this segment's slabs
//!   tenures[64]     per slab: who leased it last, and when
//!   slabs[64]       descriptor of the slab that begins at each slice
//!   looked[64]      per slab: its word when holes were looked for, see `holes`
//! ```
//!
//! Headers are never decommitted: finders read the tokens of segments to which they have no
//! other right.

use crate::{
    config::{SEGMENT_BYTES, SLICE_BYTES, SLICES},
    engine::{live::Live, tenure::Tenure},
    protocol::{bits::Bits, block::Block, notes::Notes, slab::Slab},
    size_class::{CLASS_COUNT, SizeClass},
    sync::AtomicU64,
};
use core::ptr::NonNull;

pub(crate) use crate::protocol::notes::Slice;

#[cfg(feature = "c-api")]
use crate::engine::directory;

/// The header. Zeroed memory is a segment whose slices are all free.
#[derive(Debug)]
#[repr(C)]
pub(crate) struct Segment {
    /// Number of its arena. Like `index`, written before any of the slices is handed out.
    arena: u32,
    /// Number of this segment in its arena.
    index: u32,
    /// Debug builds: where live blocks begin.
    live: Live,
    notes: Notes<SLICES>,
    partial: [Bits; CLASS_COUNT],
    tenures: [Tenure; SLICES],
    slabs: [Slab; SLICES],
    /// Last: a process that does little never looks.
    looked: [AtomicU64; SLICES],
}

const _: () = assert!(size_of::<Segment>() <= SLICE_BYTES, "the header fits in slice 0");

impl Segment {
    /// Writes the header of a fresh segment.
    ///
    /// # Safety
    ///
    /// `start` is a committed, zeroed segment that nobody else knows.
    pub(crate) unsafe fn found(start: NonNull<u8>, arena: u32, index: u32) -> &'static Self {
        let mut segment = start.cast::<Self>();
        // SAFETY: zeroed memory is a valid header, and nobody else knows it yet.
        let header = unsafe { segment.as_mut() };
        header.arena = arena;
        header.index = index;
        header.live = Live::default();
        // SAFETY: as above; segments stay mapped for the life of the process.
        unsafe { segment.as_ref() }
    }

    /// The segment that `address` lies in.
    ///
    /// # Safety
    ///
    /// `address` lies in a segment.
    pub(crate) unsafe fn of(address: usize) -> &'static Self {
        let start = core::ptr::with_exposed_provenance::<Self>(address & !(SEGMENT_BYTES - 1));
        // SAFETY: a segment begins there, by the caller's promise, and stays for ever.
        unsafe { &*start }
    }

    /// Number of the arena that it is a part of.
    pub(crate) fn arena(&self) -> u32 {
        self.arena
    }

    pub(crate) fn index(&self) -> u32 {
        self.index
    }

    /// Debug builds: where live blocks begin.
    #[cfg(debug_assertions)]
    pub(crate) fn live(&self) -> Live {
        self.live
    }

    /// First byte of the segment.
    pub(crate) fn start(&self) -> NonNull<u8> {
        NonNull::from(self).cast()
    }

    /// First byte of a slice.
    pub(crate) fn slice_start(&self, slice: usize) -> NonNull<u8> {
        let start = self.start().addr().get() + slice * SLICE_BYTES;
        // The header's reference covers the header only; the segment was exposed when mapped.
        let start = core::ptr::with_exposed_provenance_mut(start);
        // SAFETY: inside of the segment, so not null.
        unsafe { NonNull::new_unchecked(start) }
    }

    /// What the slice of `address` is used for.
    pub(crate) fn slice_of(&self, address: usize) -> Slice {
        self.slice((address / SLICE_BYTES) % SLICES)
    }

    /// What slice `index` is used for.
    pub(crate) fn slice(&self, index: usize) -> Slice {
        self.notes.get(index)
    }

    /// Notes the use of `len` slices from the one of `use_`.
    pub(crate) fn note(&self, use_: Slice, from: usize, len: usize) {
        self.notes.note(use_, from, len);
        #[cfg(feature = "c-api")]
        if use_ == Slice::Unused {
            (from..from + len).for_each(|slice| directory::forget(self.slice_start(slice)));
        }
    }

    /// The descriptor of the slab that begins at slice `at`.
    pub(crate) fn slab(&self, at: usize) -> Option<&Slab> {
        self.slabs.get(at)
    }

    /// What `holes` noted of the slab that begins at slice `at`.
    pub(crate) fn looked(&self, at: usize) -> Option<&AtomicU64> {
        self.looked.get(at)
    }

    /// Who leased the slab that begins at slice `at` last.
    pub(crate) fn tenure(&self, at: usize) -> Option<&Tenure> {
        self.tenures.get(at)
    }

    /// The slab of `block`; `None` if no slab lies there.
    ///
    /// # Safety
    ///
    /// `block` lies in a segment.
    pub(crate) unsafe fn slab_of(block: Block) -> Option<&'static Slab> {
        let address = block.addr().get();
        // SAFETY: the caller's promise.
        let segment = unsafe { Self::of(address) };
        match segment.slice_of(address) {
            Slice::Slab(at) => segment.slab(at),
            _ => None,
        }
    }

    /// The tokens of a class.
    pub(crate) fn partial(&self, class: SizeClass) -> &Bits {
        // SAFETY: `index` is below CLASS_COUNT, by the invariant of SizeClass.
        unsafe { self.partial.get_unchecked(class.index()) }
    }
}

/// The segment of a descriptor, and the slice where its slab begins.
pub(crate) fn place_of(slab: &Slab) -> (&'static Segment, usize) {
    // SAFETY: descriptors lie in segment headers only.
    let segment = unsafe { Segment::of(core::ptr::from_ref(slab).addr()) };
    let offset = core::ptr::from_ref(slab).addr() - segment.slabs.as_ptr().addr();
    (segment, offset / size_of::<Slab>())
}
