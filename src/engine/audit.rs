//! What debug builds check on every call: that the block is ours, of this size class, and live.
//!
//! In release builds all of this is empty: there a wrong class is caught when the block's batch
//! is made up, and foreign large blocks always.

#[cfg(debug_assertions)]
pub(crate) use on::{freed, handed_out};

#[cfg(not(debug_assertions))]
pub(crate) use off::{freed, handed_out};

#[cfg(debug_assertions)]
mod on {
    use crate::{
        config::{SEGMENT_BYTES, SLICE_BYTES},
        engine::{
            map::{self, Place},
            misuse::{self, Fault},
            segment::{Segment, Slice},
        },
        size_class::SizeClass,
    };
    use core::ptr::NonNull;

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
            Place::Large(_) if map::owns(address) => misuse::abort(Fault::WrongLayout, address),
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

    /// Notes what the block at an address is now; false if it is that already.
    fn set(address: usize, live: bool) -> bool {
        // SAFETY: the address is a block's, or was looked up, so a segment is there.
        let segment = unsafe { Segment::of(address) };
        segment.live().set(address % SEGMENT_BYTES, live)
    }
}

#[cfg(not(debug_assertions))]
mod off {
    use crate::size_class::SizeClass;
    use core::ptr::NonNull;

    #[inline(always)]
    pub(crate) fn handed_out(_: NonNull<u8>) {}

    #[inline(always)]
    pub(crate) fn freed(_: NonNull<u8>, _: Option<SizeClass>) {}
}
