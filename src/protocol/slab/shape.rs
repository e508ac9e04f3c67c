//! What a slab is made of, and where its blocks lie.

use crate::protocol::block::Block;

/// The size, number and class of a slab's blocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Shape {
    /// Index of the size class.
    pub(crate) class: u8,
    /// Free blocks from which on a detached slab is worth finding, `2..=255`.
    pub(crate) publish_at: u16,
    /// Blocks in the slab, at most 8192.
    pub(crate) blocks: u16,
    /// Bytes in a block, a multiple of [`UNIT_BYTES`](crate::protocol::block::UNIT_BYTES).
    pub(crate) block_bytes: u32,
}

impl Shape {
    /// The shape of a slab of `blocks` blocks.
    ///
    /// An eighth of a slab back is worth a claim, and a few dozen blocks are in any slab: the
    /// handful of atomics of a round are then shared by enough blocks. Never 1: a claimer would
    /// come away with nothing while the ticket is still out.
    pub(crate) fn new(class: u8, blocks: u16, block_bytes: u32) -> Self {
        Self { class, publish_at: (blocks / 8).clamp(2, 32), blocks, block_bytes }
    }

    pub(super) const fn pack(self) -> u64 {
        (self.class as u64) << 56
            | (self.publish_at as u64 & 0xFF) << 48
            | (self.blocks as u64) << 32
            | self.block_bytes as u64
    }

    #[expect(clippy::cast_possible_truncation, reason = "each cast cuts out one field")]
    pub(super) const fn unpack(raw: u64) -> Self {
        Self {
            class: (raw >> 56) as u8,
            publish_at: (raw >> 48) as u16 & 0xFF,
            blocks: (raw >> 32) as u16,
            block_bytes: raw as u32,
        }
    }

    /// The block with this number, `0..blocks`.
    pub(super) fn block(self, base: Block, number: usize) -> Block {
        let offset = number * self.block_bytes as usize;
        // SAFETY: `number < blocks`, so the offset stays inside of the slab.
        unsafe { base.cast::<u8>().add(offset).cast() }
    }
}
