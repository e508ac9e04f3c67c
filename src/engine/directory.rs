//! Which slab lies in each slice: for frees by address, in a few instructions.
//!
//! The segment map and the segment's header say the same, in more loads. Entries are found by bits 16
//! to 34 of an address: slices that lie a multiple of 16 GiB apart share one, and the one that was
//! leased last has it. Who finds another slab there looks it up in the header.
//!
//! Why an entry is right is told in [`protocol::entry`](crate::protocol::entry). It is written when
//! its slab is leased, and taken back when the slices are noted as unused, before they are free.

use crate::{
    config::{GRANULE_BYTES, SLICE_BYTES},
    protocol::entry::{DISTANCES, Entry},
    size_class::{CLASS_COUNT, SizeClass},
    sync::{AtomicUsize, Ordering},
};
use core::ptr::NonNull;

/// Slices of 16 GiB.
const ENTRIES: usize = 1 << 18;
const R: Ordering = Ordering::Relaxed;

#[derive(Debug)]
struct Directory {
    entries: [Entry; ENTRIES],
    /// [`INVERSES`] of the classes that were signed, each rewritten whenever one of its slabs is: so
    /// that all of this is zero at first, and found by one address.
    inverses: [AtomicUsize; CLASS_COUNT],
}

static DIRECTORY: Directory = Directory {
    entries: [const { Entry::new() }; ENTRIES],
    inverses: [const { AtomicUsize::new(0) }; CLASS_COUNT],
};

/// Per class of `d` granules, `2^32 / d` rounded up: a distance of `n` granules is a multiple of
/// `d` if and only if the low half of `n * inverse` is less than the inverse.
///
/// With `inverse * d = 2^32 + e` and `n = q * d + r` the low half is `r * inverse + q * e`: it
/// neither wraps nor does `q * e` reach the inverse, as `q * e < n < 2^16` and
/// `inverse >= 2^32 / 4096`.
///
/// 0 for blocks of one granule, of which nothing is a multiple then: C gets none.
static INVERSES: [usize; CLASS_COUNT] = {
    let mut inverses = [0; CLASS_COUNT];
    let mut index = 1;
    while let Some(class) = SizeClass::from_index(index) {
        inverses[index] = (1_usize << 32).div_ceil(class.block_bytes() / GRANULE_BYTES);
        index += 1;
    }
    inverses
};

/// The class of the block at `address`. `None`: no block begins there, or it has to be looked up. Any
/// address: nothing is read there.
#[inline(always)]
pub(crate) fn class_of(address: usize) -> Option<SizeClass> {
    find(address).map(|(class, _)| class)
}

/// As [`class_of`], also `None` if another heap than `heap` leased the slab last.
#[inline(always)]
pub(crate) fn at_home(address: usize, heap: usize) -> Option<SizeClass> {
    find(address).filter(|(_, entry)| entry.is_of(heap)).map(|(class, _)| class)
}

#[inline(always)]
fn find(address: usize) -> Option<(SizeClass, &'static Entry)> {
    let entry = entry(address);
    let (offset, granules) = entry.find(address);
    if granules >= DISTANCES {
        return None;
    }
    // SAFETY: entries hold offsets of classes only, as `sign` writes them.
    let class = unsafe { SizeClass::from_offset(offset) };
    let inverse = inverse(class).load(R);
    #[expect(clippy::cast_possible_truncation, reason = "the low half is what is wanted")]
    let low = (granules as u32).wrapping_mul(inverse as u32);
    #[expect(clippy::cast_possible_truncation, reason = "below 2^32")]
    (low < inverse as u32).then_some((class, entry))
}

/// Enters the slab that starts at `start` for each of its slices, as leased by `heap`.
pub(crate) fn sign(start: usize, class: SizeClass, heap: usize) {
    // SAFETY: by the invariant of SizeClass the index is below the length.
    inverse(class).store(unsafe { *INVERSES.get_unchecked(class.index()) }, R);
    for slice in 0..class.slices() {
        entry(start + slice * SLICE_BYTES).sign(start, class.offset(), heap);
    }
}

/// Takes the slab out that the slice at `slice` was a part of.
pub(crate) fn forget(slice: NonNull<u8>) {
    let address = slice.addr().get();
    entry(address).forget(address);
}

#[inline(always)]
fn entry(address: usize) -> &'static Entry {
    // `(address / SLICE_BYTES) % ENTRIES * BYTES`, with one shift instead of two.
    const BYTES: usize = size_of::<Entry>();
    let offset = (address / (SLICE_BYTES / BYTES)) & ((ENTRIES - 1) * BYTES);
    // SAFETY: the offset of an entry of the table.
    let entry = unsafe { DIRECTORY.entries.as_ptr().byte_add(offset) };
    // SAFETY: as above.
    unsafe { &*entry }
}

#[inline(always)]
fn inverse(class: SizeClass) -> &'static AtomicUsize {
    // SAFETY: by the invariant of SizeClass the offset is that of an entry.
    let inverse = unsafe { DIRECTORY.inverses.as_ptr().byte_add(class.offset()) };
    // SAFETY: as above.
    unsafe { &*inverse }
}

#[cfg(test)]
mod tests {
    use super::*;
    use core::ptr;

    #[test]
    fn a_distance_is_taken_for_a_block_if_it_is_a_multiple_of_its_size() {
        for class in SizeClass::all().skip(1) {
            let (granules, inverse) =
                (class.block_bytes() / GRANULE_BYTES, INVERSES[class.index()]);
            for distance in 0..DISTANCES {
                let low = (distance * inverse) & ((1 << 32) - 1);
                assert_eq!(low < inverse, distance % granules == 0, "{class:?}, {distance}");
            }
        }
    }

    #[test]
    fn blocks_are_found_at_their_starts_and_nothing_is_anywhere_else() {
        // Addresses that the system gives to nobody.
        let (base, heap) = (0x5a5a_0000_0000_0000, 4096);
        let class = SizeClass::from_index(11).unwrap();
        assert_eq!(class.block_bytes(), 96);
        sign(base, class, heap);
        for offset in 0..class.slices() * SLICE_BYTES {
            let found = (offset % 96 == 0).then_some(class);
            assert_eq!(at_home(base + offset, heap), found, "offset {offset}");
        }
        assert_eq!(at_home(base, heap + 128), None, "another heap has it");
        for elsewhere in [0, 1, 8, 1 << 63, usize::MAX, base - 96, base ^ 1 << 34, base ^ 1 << 63] {
            assert_eq!(at_home(elsewhere, heap), None, "{elsewhere:#x}");
        }
        let slice = |number| NonNull::new(ptr::without_provenance_mut(base + number * SLICE_BYTES));
        forget(NonNull::new(ptr::without_provenance_mut(base ^ 1 << 34)).unwrap());
        assert_eq!(at_home(base, heap), Some(class), "another slice of that word was forgotten");
        (0..class.slices()).for_each(|number| forget(slice(number).unwrap()));
        assert_eq!(at_home(base, heap), None, "the slab was taken out");
    }
}
