//! Blocks of all kinds, taken until there is no more memory.

use super::block::Block;
use poolalloc::PoolAlloc;
use std::alloc::Layout;

/// Sizes with which memory is used up, so that in the end not even the least is left.
pub(crate) const SIZES: [usize; 7] = [8 << 20, 2 << 20, 300_000, 40_000, 5000, 200, 24];

/// Room for the blocks of a process that has no memory; taken while there is some.
const MOST_BLOCKS: usize = 150_000;

/// A layout of `size` bytes.
pub(crate) fn layout(size: usize) -> Layout {
    Layout::from_size_align(size, 8).expect("a layout")
}

/// Blocks that are live, each filled with the pattern of its tag.
pub(crate) struct Hoard {
    pool: &'static PoolAlloc,
    pub(crate) blocks: Vec<(u64, Block<PoolAlloc>)>,
}

impl Hoard {
    /// No blocks, and room for `most`.
    pub(crate) fn with_capacity(pool: &'static PoolAlloc, most: usize) -> Self {
        Self { pool, blocks: Vec::with_capacity(most) }
    }

    /// Blocks of all sizes, until there are no more.
    pub(crate) fn of_all(pool: &'static PoolAlloc) -> Self {
        let mut hoard = Self::with_capacity(pool, MOST_BLOCKS);
        for size in SIZES {
            hoard.take_all(size);
        }
        hoard
    }

    /// Takes a block of `size` bytes, if one is to be had.
    pub(crate) fn take(&mut self, size: usize) -> bool {
        assert!(
            self.blocks.len() < self.blocks.capacity(),
            "the hoard itself is full: blocks of {size} bytes never end"
        );
        let tag = self.blocks.len() as u64;
        let block = Block::try_alloc(self.pool, layout(size), tag);
        let taken = block.is_some();
        self.blocks.extend(block.map(|block| (tag, block)));
        taken
    }

    /// Takes blocks of `size` bytes until there are no more; how many they were.
    pub(crate) fn take_all(&mut self, size: usize) -> usize {
        let before = self.blocks.len();
        while self.take(size) {}
        self.blocks.len() - before
    }

    /// Bytes that were asked for.
    pub(crate) fn bytes(&self) -> usize {
        self.blocks.iter().map(|(_, block)| block.layout().size()).sum()
    }

    /// Fails the test unless each block has its pattern.
    pub(crate) fn check(&self) {
        self.blocks.iter().for_each(|(tag, block)| block.check(*tag));
    }

    /// Frees every second block.
    pub(crate) fn halve(&mut self) {
        let mut index = 0;
        while index < self.blocks.len() {
            self.blocks.swap_remove(index).1.free();
            index += 1;
        }
    }

    /// Frees all blocks.
    pub(crate) fn free(self) {
        self.blocks.into_iter().for_each(|(_, block)| block.free());
    }
}
