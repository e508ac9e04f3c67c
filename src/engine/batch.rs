//! Open batches: free blocks that belong to slabs of others, collected by slab.
//!
//! A set-associative cache: eight sets by the slab's address, two ways. A batch leaves with one
//! compare-and-swap when it is large enough, when another slab needs its place, on slow paths
//! that look for memory, at thread exit and on `collect`.

use crate::{
    config::{BATCH_BLOCKS, BATCH_BYTES, BATCH_SETS},
    engine::home::Segments,
    protocol::{
        block::{Block, Chain},
        slab::Slab,
    },
};

/// The batches of one heap.
#[derive(Debug)]
pub(crate) struct Batches {
    sets: [[Option<Batch>; 2]; BATCH_SETS],
}

#[derive(Debug)]
struct Batch {
    slab: &'static Slab,
    chain: Chain,
}

/// A batch that left: its number of blocks, and its class.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sent {
    pub(crate) class: u8,
    pub(crate) blocks: u16,
}

impl Batches {
    pub(crate) const fn new() -> Self {
        const EMPTY: [Option<Batch>; 2] = [None, None];
        Self { sets: [EMPTY; BATCH_SETS] }
    }

    /// Adds a block to the batch of its slab. Returns a batch that had to leave, or did.
    ///
    /// # Safety
    ///
    /// The caller holds `block`, which is of `slab`.
    pub(crate) unsafe fn add(&mut self, slab: &'static Slab, block: Block) -> Option<Sent> {
        let hash = core::ptr::from_ref(slab).addr() / size_of::<Slab>();
        let [first, second] = self.sets.get_mut((hash ^ hash >> 15) % BATCH_SETS)?;
        let is_here =
            |way: &Option<Batch>| way.as_ref().is_some_and(|open| core::ptr::eq(open.slab, slab));
        let mut sent = None;
        if !is_here(first) {
            // The way used last is the first one.
            core::mem::swap(first, second);
            if !is_here(first) {
                sent = first.replace(Batch { slab, chain: Chain::one(block) }).map(Batch::send);
                return sent;
            }
        }
        if let Some(open) = first {
            // SAFETY: the caller holds the block, which is of the batch's slab.
            unsafe { open.chain.add(block) };
            let bytes = usize::from(open.chain.len) * slab.shape().block_bytes as usize;
            if open.chain.len >= BATCH_BLOCKS || bytes >= BATCH_BYTES {
                sent = first.take().map(Batch::send);
            }
        }
        sent
    }

    /// Sends all batches off; each is reported to `sent`.
    pub(crate) fn send_all(&mut self, mut sent: impl FnMut(Sent)) {
        for way in self.sets.iter_mut().flatten() {
            if let Some(batch) = way.take() {
                sent(batch.send());
            }
        }
    }
}

impl Batch {
    fn send(self) -> Sent {
        let sent = Sent { class: self.slab.shape().class, blocks: self.chain.len };
        // SAFETY: the batch holds its blocks, which are of this slab.
        unsafe { self.slab.push(&Segments, self.chain) };
        sent
    }
}
