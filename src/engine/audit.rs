//! What debug builds check on every call: that the block is ours, of this size class, and live.
//!
//! One bit per 8 bytes of a segment says where live blocks begin; it lies beside the segment, in
//! memory of its own. In release builds all of this is empty: there a wrong class is caught
//! when the block's batch is made up, and foreign large blocks always.

#[cfg(debug_assertions)]
pub(crate) use on::{Live, bits, freed, handed_out};

#[cfg(not(debug_assertions))]
pub(crate) use off::{Live, bits, freed, handed_out};

#[cfg(debug_assertions)]
mod on {
    use crate::{
        config::{GRANULE_BYTES, SEGMENT_BYTES, SLICE_BYTES},
        engine::{
            map::{self, Place},
            meta,
            misuse::{self, Fault},
            segment::{Segment, Slice},
        },
        size_class::SizeClass,
        sync::{AtomicU64, Ordering},
    };
    use core::ptr::NonNull;

    /// The starts of live blocks in one segment.
    pub(crate) type Live = Option<&'static [AtomicU64; SEGMENT_BYTES / GRANULE_BYTES / 64]>;

    /// Bits for a fresh segment. `None`: out of memory, then nothing is checked there.
    pub(crate) fn bits() -> Live {
        let bits = meta::alloc(SEGMENT_BYTES / GRANULE_BYTES / 8)?;
        // SAFETY: zeroed memory of this size, for ever.
        Some(unsafe { bits.cast().as_ref() })
    }

    /// Notes a small or medium block that the program gets.
    pub(crate) fn handed_out(block: NonNull<u8>) {
        if !set(block.addr().get(), true) {
            misuse::abort(Fault::DoubleUse, block.addr().get());
        }
    }

    /// Checks and notes a block that the program frees, by the class of its layout; `None` is a
    /// medium block.
    pub(crate) fn freed(block: NonNull<u8>, class: Option<SizeClass>) {
        let address = block.addr().get();
        match map::look_up(address) {
            Place::Segment => {}
            Place::Large(_) => misuse::abort(Fault::WrongLayout, address),
            _ => misuse::abort(Fault::NotOurs, address),
        }
        // SAFETY: the map says that a segment is there.
        let segment = unsafe { Segment::of(address) };
        let offset = address % SEGMENT_BYTES;
        match (segment.slice_of(address), class) {
            (Slice::Slab(at), Some(class)) => {
                let found = segment.slab(at).map(|slab| slab.shape());
                if found.is_none_or(|shape| shape.class != class.byte()) {
                    misuse::abort(Fault::WrongLayout, address);
                }
                if !(offset - at * SLICE_BYTES).is_multiple_of(class.block_bytes()) {
                    misuse::abort(Fault::NotOurs, address);
                }
            }
            (Slice::Run(at), None) if offset == at * SLICE_BYTES => {}
            (Slice::Run(_), None) => misuse::abort(Fault::NotOurs, address),
            (Slice::Unused, _) => misuse::abort(Fault::DoubleFree, address),
            _ => misuse::abort(Fault::WrongLayout, address),
        }
        if !set(address, false) {
            misuse::abort(Fault::DoubleFree, address);
        }
    }

    /// Sets the bit of an address; false if it has that value already.
    fn set(address: usize, live: bool) -> bool {
        // SAFETY: the address is a block's, or was looked up, so a segment is there.
        let Some(bits) = unsafe { Segment::of(address) }.live() else { return true };
        let granule = address % SEGMENT_BYTES / GRANULE_BYTES;
        let (Some(word), bit) = (bits.get(granule / 64), 1 << (granule % 64)) else { return true };
        // Relaxed: each bit is its block's, which is handed over with orderings of its own.
        let before = if live {
            word.fetch_or(bit, Ordering::Relaxed)
        } else {
            word.fetch_and(!bit, Ordering::Relaxed)
        };
        (before & bit != 0) != live
    }
}

#[cfg(not(debug_assertions))]
mod off {
    use crate::size_class::SizeClass;
    use core::ptr::NonNull;

    /// Nothing is kept.
    pub(crate) type Live = ();

    pub(crate) fn bits() -> Live {}

    #[inline(always)]
    pub(crate) fn handed_out(_: NonNull<u8>) {}

    #[inline(always)]
    pub(crate) fn freed(_: NonNull<u8>, _: Option<SizeClass>) {}
}
