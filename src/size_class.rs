//! Size classes: which block size serves which request.
//!
//! Classes lie 8 bytes apart up to 128 bytes, 8 per doubling up to 1 KiB, 4 per doubling up to
//! 32 KiB. Alignment needs no path of its own: a class that is a multiple of `2^k` has its
//! blocks at multiples of `2^k`, because slabs start at a multiple of 64 KiB, and a size rounded
//! up to a multiple of its alignment always falls into such a class.
#![cfg_attr(
    any(
        not(all(target_os = "linux", target_pointer_width = "64")),
        loom,
        miri,
        feature = "passthrough"
    ),
    allow(dead_code, reason = "most of it is for the engine, which is left out")
)]
#![deny(clippy::arithmetic_side_effects)]
#![allow(clippy::indexing_slicing)] // const tables; every index is below its length by type

use crate::config::{GRANULE_BYTES, LINE_BYTES, SLAB_SLICES_MAX, SLICE_BYTES, SMALL_MAX};
use core::alloc::Layout;

/// Number of size classes.
pub const CLASS_COUNT: usize = 60;

/// The index of a block size: `0..CLASS_COUNT`, smallest first.
///
/// Stored times 8, as the offset of the class in a table of pointers.
///
/// Invariant: [`index`](Self::index) is below `CLASS_COUNT`, so a table of that length needs no
/// bounds check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(transparent)]
pub(crate) struct SizeClass(usize);

/// Bytes in an entry of such a table.
const ENTRY_BYTES: usize = 8;

/// Sizes up to this are 8 bytes apart.
const TINY_MAX: usize = 128;
/// Sizes up to this are looked up in a table of their own.
const TABLE_MAX: usize = 1024;
/// Alignments up to this, in bytes, say nothing that the size does not: every class has them.
pub(crate) const TABLE_ALIGN: usize = GRANULE_BYTES;

impl SizeClass {
    /// The smallest class whose blocks satisfy `layout`; `None` if a slab does not serve it.
    ///
    /// * `layout.size()`: bytes, at least 1.
    /// * `layout.align()`: bytes, any.
    ///
    /// Cost: one byte of a table.
    #[inline]
    pub(crate) const fn of(layout: Layout) -> Option<Self> {
        let last = last_byte(layout);
        #[expect(clippy::arithmetic_side_effects, reason = "not above isize::MAX")]
        let size = if last < SMALL_MAX { last + 1 } else { return None };
        match Self::in_table(size) {
            Some(class) => Some(class),
            None => Self::beyond_table(size),
        }
    }

    /// The class of a size in bytes at an alignment up to [`TABLE_ALIGN`]: a byte of a table.
    /// `None` above 1 KiB.
    #[inline(always)]
    pub(crate) const fn in_table(size: usize) -> Option<Self> {
        #[expect(clippy::arithmetic_side_effects, reason = "entries are bytes")]
        if size <= TABLE_MAX { Some(Self(TABLE[size] as usize * UNIT)) } else { None }
    }

    /// The class of a size in bytes above 1 KiB at an alignment up to [`TABLE_ALIGN`]: a byte of another
    /// table. `None` if a slab does not serve it.
    #[inline(always)]
    pub(crate) const fn beyond_table(size: usize) -> Option<Self> {
        debug_assert!(size > TABLE_MAX, "the other table knows");
        let last = size.wrapping_sub(1);
        #[expect(clippy::arithmetic_side_effects, reason = "entries are bytes")]
        if last < SMALL_MAX {
            Some(Self(WIDE_TABLE[last / WIDE_BYTES] as usize * UNIT))
        } else {
            None
        }
    }

    /// The class for up to 1 KiB that C asks for: blocks are multiples of 16 bytes, at least one.
    /// `None` above 1 KiB.
    #[cfg(feature = "c-api")]
    #[inline(always)]
    pub(crate) const fn of_c(size: usize) -> Option<Self> {
        #[expect(clippy::arithmetic_side_effects, reason = "entries are bytes")]
        if size <= TABLE_MAX { Some(Self(C_TABLE[size] as usize * UNIT)) } else { None }
    }

    /// The class with this [`offset`](Self::offset).
    ///
    /// # Safety
    ///
    /// It is the offset of a class.
    #[cfg(feature = "c-api")]
    #[inline(always)]
    pub(crate) const unsafe fn from_offset(offset: usize) -> Self {
        Self(offset)
    }

    /// Bytes from the offset of one class to that of the next.
    pub(crate) const STRIDE: usize = ENTRY_BYTES;

    /// The class of the smallest blocks.
    pub(crate) const fn smallest() -> Self {
        Self(0)
    }

    /// The class with this index.
    #[inline]
    pub(crate) const fn from_index(index: usize) -> Option<Self> {
        #[expect(clippy::arithmetic_side_effects, reason = "below CLASS_COUNT")]
        if index < CLASS_COUNT { Some(Self(index * ENTRY_BYTES)) } else { None }
    }

    /// All classes, smallest first.
    pub(crate) fn all() -> impl Iterator<Item = Self> {
        (0..CLASS_COUNT).filter_map(Self::from_index)
    }

    /// Index of the class, `0..CLASS_COUNT`.
    #[inline]
    pub(crate) const fn index(self) -> usize {
        self.0 / ENTRY_BYTES
    }

    /// Offset of the class in a table of `CLASS_COUNT` pointers, in bytes.
    #[inline(always)]
    pub(crate) const fn offset(self) -> usize {
        self.0
    }

    /// Index of the class as it is stored in a slab.
    #[inline]
    pub(crate) const fn byte(self) -> u8 {
        #[expect(clippy::cast_possible_truncation, reason = "below CLASS_COUNT")]
        {
            self.index() as u8
        }
    }

    /// Bytes in one block.
    #[inline]
    pub(crate) const fn block_bytes(self) -> usize {
        self.shape().block_bytes as usize
    }

    /// Slices in a slab.
    pub(crate) const fn slices(self) -> usize {
        self.shape().slices as usize
    }

    /// Blocks in a slab.
    pub(crate) const fn blocks(self) -> u16 {
        self.shape().blocks
    }

    const fn shape(self) -> &'static Shape {
        let shapes: *const Shape = SHAPES.as_ptr();
        // SAFETY: the index is below the length of the table, by the invariant of the type.
        let shape = unsafe { shapes.add(self.index()) };
        // SAFETY: as above.
        unsafe { &*shape }
    }

    /// True if the blocks stay with the heap that leased their slab last: those that share cache lines
    /// with their neighbours. One that settled in the magazine of whoever freed it would make two
    /// threads write one line for long. Blocks of 64 and of 128 bytes fill their lines. From 144
    /// bytes on at most every second line is shared. (Not measured: whether it would pay there.)
    pub(crate) const fn is_tied(self) -> bool {
        self.block_bytes() < TINY_MAX && !self.is_line()
    }

    /// True for blocks of one cache line.
    #[inline(always)]
    pub(crate) const fn is_line(self) -> bool {
        self.0 == LINE_BYTES - GRANULE_BYTES
    }
}

/// The size rounded up to a multiple of the alignment, minus one.
#[inline]
pub(crate) const fn last_byte(layout: Layout) -> usize {
    layout.size().wrapping_sub(1) | layout.align().wrapping_sub(1)
}

/// The index of the class of sizes above 128 bytes: the top bits below the leading one count the steps,
/// eight in each doubling up to 1 KiB, then four.
const fn spaced(last: usize) -> usize {
    let exponent = last.ilog2();
    #[expect(clippy::arithmetic_side_effects, reason = "exponent is 7..=14 by contract")]
    if exponent < 10 {
        16 + (exponent - 7) as usize * 8 + ((last >> (exponent - 3)) & 7)
    } else {
        40 + (exponent - 10) as usize * 4 + ((last >> (exponent - 2)) & 3)
    }
}

/// Class by size. One entry per byte, not per 8: that saves a shift, and a program uses a few of its
/// 16 cache lines. A constant, so that each crate that looks a size up has its own copy, at a
/// distance known to its code: the address of another crate's static is loaded first.
const TABLE: &[u8; TABLE_MAX + 1] = &table_of(1);
/// Class by size for blocks that are multiples of 16 bytes.
#[cfg(feature = "c-api")]
const C_TABLE: &[u8; TABLE_MAX + 1] = &table_of(16);

/// The same for sizes above 1 KiB, by their last byte: one entry per 256 bytes, as that is the least step.
const WIDE_TABLE: &[u8; SMALL_MAX / WIDE_BYTES] = &wide_table();
/// Bytes of an entry of it.
const WIDE_BYTES: usize = 256;

/// What an entry of the tables counts, in bytes of an offset: 60 classes fit in a byte, and an offset in
/// a table of 32 bytes each is 8 times the entry, which an address can be on x86.
const UNIT: usize = 2;

/// The class of each size rounded up to a multiple of `unit`, a power of two; of 0 as of 1.
const fn table_of(unit: usize) -> [u8; TABLE_MAX + 1] {
    let mut table = [0; TABLE_MAX + 1];
    let mut size = 0;
    #[expect(clippy::cast_possible_truncation, reason = "below 16")]
    #[expect(clippy::arithmetic_side_effects, reason = "up to TABLE_MAX")]
    while size <= TABLE_MAX {
        let last = (if size == 0 { 0 } else { size - 1 }) | (unit - 1);
        let index = if last < TINY_MAX { last / GRANULE_BYTES } else { spaced(last) };
        table[size] = (index * (SizeClass::STRIDE / UNIT)) as u8;
        size += 1;
    }
    table
}

/// The class of each 256 bytes; those of up to 1 KiB mean nothing.
const fn wide_table() -> [u8; SMALL_MAX / WIDE_BYTES] {
    let mut table = [0; SMALL_MAX / WIDE_BYTES];
    let mut entry = TABLE_MAX / WIDE_BYTES;
    #[expect(clippy::cast_possible_truncation, reason = "at most 59 times 4")]
    #[expect(clippy::arithmetic_side_effects, reason = "up to SMALL_MAX")]
    while entry < table.len() {
        table[entry] = (spaced(entry * WIDE_BYTES) * (SizeClass::STRIDE / UNIT)) as u8;
        entry += 1;
    }
    table
}

/// What a slab of a class looks like.
#[derive(Clone, Copy)]
struct Shape {
    block_bytes: u32,
    blocks: u16,
    slices: u8,
}

/// Fewest blocks in a slab: below this a slab costs more than the run that each block would be.
const BLOCKS_MIN: usize = 8;

static SHAPES: [Shape; CLASS_COUNT] = {
    let mut shapes = [Shape { block_bytes: 0, blocks: 0, slices: 0 }; CLASS_COUNT];
    let mut index = 0;
    #[expect(clippy::cast_possible_truncation, reason = "32 KiB, 8192 blocks, 8 slices at most")]
    while index < CLASS_COUNT {
        let block_bytes = if index < 16 {
            (index + 1) * 8
        } else if index < 40 {
            let (doubling, step) = ((index - 16) / 8, (index - 16) % 8);
            (128 << doubling) + ((step + 1) << (4 + doubling))
        } else {
            let (doubling, step) = ((index - 40) / 4, (index - 40) % 4);
            (1024 << doubling) + ((step + 1) << (8 + doubling))
        };
        let mut slices = 1;
        while slices < SLAB_SLICES_MAX {
            let bytes = slices * SLICE_BYTES;
            // At most 3 % of a slab is left over behind its last block.
            if bytes / block_bytes >= BLOCKS_MIN && bytes % block_bytes * 100 <= bytes * 3 {
                break;
            }
            slices += 1;
        }
        shapes[index] = Shape {
            block_bytes: block_bytes as u32,
            blocks: (slices * SLICE_BYTES / block_bytes) as u16,
            slices: slices as u8,
        };
        index += 1;
    }
    shapes
};

#[cfg(all(test, not(loom)))]
mod tests {
    extern crate std;
    use super::*;

    #[test]
    fn every_size_and_alignment_gets_the_smallest_class_that_serves_it() {
        for size in 1..=SMALL_MAX {
            for align in (0..=16).map(|shift| 1_usize << shift) {
                let layout = Layout::from_size_align(size, align).unwrap();
                let rounded = size.next_multiple_of(align);
                let Some(class) = SizeClass::of(layout) else {
                    assert!(rounded > SMALL_MAX, "{layout:?} has no class");
                    continue;
                };
                let bytes = class.block_bytes();
                assert!(bytes >= rounded, "{layout:?}: a block of {bytes} is too small");
                assert!(bytes.is_multiple_of(align), "{layout:?}: blocks of {bytes} lie askew");
                if let Some(below) = class.index().checked_sub(1).and_then(SizeClass::from_index) {
                    assert!(
                        below.block_bytes() < rounded,
                        "{layout:?}: {bytes} is not the smallest"
                    );
                }
                if align <= TABLE_ALIGN {
                    let quick = SizeClass::in_table(size).or_else(|| SizeClass::beyond_table(size));
                    assert_eq!(quick, Some(class), "{layout:?}");
                }
            }
        }
    }

    #[cfg(feature = "c-api")]
    #[test]
    fn every_size_that_c_asks_for_gets_the_smallest_class_of_multiples_of_16() {
        for size in 0..=TABLE_MAX {
            let layout = Layout::from_size_align(size.max(1), 16).unwrap();
            assert_eq!(SizeClass::of_c(size), SizeClass::of(layout), "{size} bytes");
        }
        assert_eq!(SizeClass::of_c(TABLE_MAX + 1), None);
    }

    #[test]
    fn every_slab_has_8_blocks_and_wastes_at_most_3_percent() {
        for class in SizeClass::all() {
            let (bytes, used) =
                (class.slices() * SLICE_BYTES, usize::from(class.blocks()) * class.block_bytes());
            assert!(class.blocks() >= 8, "{class:?}");
            assert!(
                used <= bytes && (bytes - used) * 100 <= bytes * 3,
                "{class:?}: {used}/{bytes}"
            );
        }
    }

    #[test]
    fn classes_grow_and_end_at_the_largest_small_request() {
        let sizes: std::vec::Vec<_> = SizeClass::all().map(SizeClass::block_bytes).collect();
        assert!(sizes.is_sorted_by(|a, b| a < b), "{sizes:?}");
        assert_eq!((sizes[0], sizes[CLASS_COUNT - 1]), (8, SMALL_MAX));
    }
}
