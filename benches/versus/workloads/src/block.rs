//! A block of the global allocator with marks in it: what every workload takes, reads and frees.
//!
//! A mark is a word that holds the block's tag. There is one at the begin, one every
//! [`STRIDE_BYTES`] and one at the end, so no OS page of a block stays untouched, and a block that
//! overlaps another or loses its bytes changes the sum that the workload returns. Marks are few:
//! the time of a row is left to the allocator.

use std::{
    alloc::{Layout, alloc, alloc_zeroed, dealloc, handle_alloc_error, realloc},
    hint::black_box,
    ptr::NonNull,
};

/// Bytes from one mark to the next. Less than any OS page.
pub(crate) const STRIDE_BYTES: usize = 512;

/// Bytes of a mark.
pub(crate) const MARK_BYTES: usize = size_of::<u64>();

/// A live block of at least [`MARK_BYTES`], freed on drop.
///
/// Invariant: `start` came from the global allocator with `layout`, whose alignment is at least
/// that of a `u64`; the words at [`marks`] are written.
#[derive(Debug)]
pub(crate) struct Block {
    start: NonNull<u8>,
    layout: Layout,
}

// SAFETY: a block is owned by nobody else, as a `Box<[u64]>` is; the global allocator lets any
// thread free it.
unsafe impl Send for Block {}
// SAFETY: a shared block can only be read.
unsafe impl Sync for Block {}

/// The offsets of the marks of a block of `bytes` that lie at or after `from`: the multiples of the
/// stride that have room for a mark, then the last word. `bytes` are whole words.
fn marks(from: usize, bytes: usize) -> impl Iterator<Item = usize> {
    let last = bytes - MARK_BYTES;
    (from.next_multiple_of(STRIDE_BYTES)..last).step_by(STRIDE_BYTES).chain([last])
}

impl Block {
    /// A block of `bytes` aligned to a word, with `tag` in its marks.
    #[inline]
    pub(crate) fn new(bytes: usize, tag: u64) -> Self {
        Self::aligned(bytes, align_of::<u64>(), tag)
    }

    /// A block of `bytes` aligned to `align` bytes, with `tag` in its marks.
    #[inline]
    pub(crate) fn aligned(bytes: usize, align: usize, tag: u64) -> Self {
        let layout = Self::layout(bytes, align);
        // SAFETY: `layout` checked that the size is not zero.
        let start = unsafe { alloc(layout) };
        Self::tagged(start, layout, tag)
    }

    /// A block of `bytes` that was zero, aligned to a word, with `tag` in its marks.
    ///
    /// # Panics
    ///
    /// If a word that becomes a mark is not zero.
    #[inline]
    pub(crate) fn zeroed(bytes: usize, tag: u64) -> Self {
        let layout = Self::layout(bytes, align_of::<u64>());
        // SAFETY: `layout` checked that the size is not zero.
        let start = black_box(unsafe { alloc_zeroed(layout) });
        let Some(start) = NonNull::new(start) else { handle_alloc_error(layout) };
        // A zeroed word is a written word.
        let mut block = Self { start, layout };
        assert_eq!(block.sum(), 0, "a block of zeros must be zero");
        block.mark(0, tag);
        block
    }

    /// Rounded up to whole words: what has the alignment of a word has such a size in Rust.
    fn layout(bytes: usize, align: usize) -> Layout {
        assert!(bytes >= MARK_BYTES, "a block must have room for a mark");
        assert!(align >= align_of::<u64>(), "a mark must be aligned");
        let words_bytes = bytes.next_multiple_of(MARK_BYTES);
        Layout::from_size_align(words_bytes, align).expect("an alignment is a power of two")
    }

    /// `start` may be null. The compiler does not see where it came from: a pair of calls must not
    /// be merged away.
    #[inline]
    fn tagged(start: *mut u8, layout: Layout, tag: u64) -> Self {
        let Some(start) = NonNull::new(black_box(start)) else { handle_alloc_error(layout) };
        let mut block = Self { start, layout };
        block.mark(0, tag);
        block
    }

    /// Bytes asked for: whole words.
    pub(crate) fn bytes(&self) -> usize {
        self.layout.size()
    }

    /// Writes the marks from the offset `from` on.
    #[inline]
    fn mark(&mut self, from: usize, tag: u64) {
        for offset in marks(from, self.bytes()) {
            // SAFETY: a mark lies in the block.
            let word = unsafe { self.start.add(offset) }.cast::<u64>();
            // SAFETY: as above; its offset is a multiple of a word, and so is the block's address.
            unsafe { word.write(tag) };
        }
    }

    /// Asks the allocator for a block of `bytes` with this block's first bytes; the marks that are
    /// new get this block's tag.
    pub(crate) fn resize(&mut self, bytes: usize) {
        let (layout, old) = (Self::layout(bytes, self.layout.align()), self.bytes());
        let tag = self.tag();
        // SAFETY: the invariant, and `layout` checked the new size.
        let start = black_box(unsafe { realloc(self.start.as_ptr(), self.layout, layout.size()) });
        let Some(start) = NonNull::new(start) else { handle_alloc_error(layout) };
        (self.start, self.layout) = (start, layout);
        // From the old end on, and always the last one.
        self.mark(old.min(layout.size()), tag);
    }

    /// The word at the block's begin.
    fn tag(&self) -> u64 {
        // SAFETY: the invariant: the first word is a mark.
        unsafe { self.start.cast::<u64>().read() }
    }

    /// The sum of the marks, wrapping: the tag times their number.
    #[inline]
    pub(crate) fn sum(&self) -> u64 {
        marks(0, self.bytes()).fold(0, |sum, offset| {
            // SAFETY: a mark lies in the block.
            let word = unsafe { self.start.add(offset) }.cast::<u64>();
            // SAFETY: the invariant: marks are written; aligned as in `mark`.
            sum.wrapping_add(unsafe { word.read() })
        })
    }

    /// Frees the block; returns [`Self::sum`].
    #[inline]
    pub(crate) fn free(self) -> u64 {
        self.sum()
    }
}

impl Drop for Block {
    #[inline]
    fn drop(&mut self) {
        // SAFETY: the invariant; nothing uses the block after drop.
        unsafe { dealloc(self.start.as_ptr(), self.layout) };
    }
}

/// Frees the blocks, the first one first; returns the sum of their marks.
pub(crate) fn free_all(blocks: impl IntoIterator<Item = Block>) -> u64 {
    blocks.into_iter().fold(0, |sum, block| sum.wrapping_add(block.free()))
}

#[cfg(test)]
mod tests {
    use super::{Block, MARK_BYTES, STRIDE_BYTES, marks};

    #[test]
    fn every_stride_and_the_last_word_is_marked() {
        assert_eq!(marks(0, MARK_BYTES).collect::<Vec<_>>(), [0]);
        assert_eq!(marks(0, 3 * MARK_BYTES).collect::<Vec<_>>(), [0, 16]);
        assert_eq!(marks(0, 2 * STRIDE_BYTES).collect::<Vec<_>>(), [0, 512, 1016]);
        assert_eq!(marks(600, 2000).collect::<Vec<_>>(), [1024, 1536, 1992]);
    }

    #[test]
    fn a_resized_block_sums_up_to_its_tag_times_its_marks() {
        let mut block = Block::new(100, 7);
        for bytes in [5000, 511, 512, 513, 100_000, 8] {
            block.resize(bytes);
            let marks = marks(0, block.bytes()).count();
            assert_eq!(block.sum(), 7 * marks as u64, "at {bytes} bytes");
        }
    }
}
