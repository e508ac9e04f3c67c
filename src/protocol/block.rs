//! Lists of free blocks, kept in the blocks themselves: the only code that reads or writes free
//! memory.
//!
//! Most free blocks are not touched at all. A list is made of *nodes*: one free block that names
//! up to 30 others by where they lie. So to free a block, and to allocate it again, costs a
//! share of a cache line, even if the block itself has long left the cache.
//!
//! ```text
//!   node (a free block)                         its others (not touched)
//!  +------+-----+---------+---------+- - -+    +-------+  +-------+
//!  | next | len | other 0 | other 1 |     |    |       |  |       |  ...
//!  +------+-----+---------+---------+- - -+    +-------+  +-------+
//!   u16 each; `next` and the others are distances from the node, in units of 8 bytes, wrapping
//! ```
//!
//! A slab has at most 2^16 such units, so a distance that wraps names one place in it.

use crate::{asan, sync::UnsafeCell};
use core::{mem::MaybeUninit, ptr::NonNull};

/// Words of 16 bits that every block has room for.
const WORDS: usize = 4;
/// Places of `next` and `len`.
const NEXT: usize = 0;
const LEN: usize = 1;
const OTHERS: usize = 2;
/// Most others of a node: with them it fills a cache line.
const ROOM_MAX: usize = 30;

/// The first words of a free block.
///
/// Any bytes are a valid value, so memory that a program gave back is one without being written.
#[derive(Debug)]
#[repr(C, align(8))]
pub(crate) struct FreeBlock {
    words: UnsafeCell<[MaybeUninit<u16>; WORDS]>,
}

/// A free block, by its address.
pub(crate) type Block = NonNull<FreeBlock>;

/// Unit of distances, in bytes. (Larger under loom, whose cells keep records.)
pub(crate) const UNIT_BYTES: usize = size_of::<FreeBlock>();

/// The others that a node of a block of this size can name.
pub(crate) const fn room_of(block_bytes: usize) -> usize {
    let room = if cfg!(loom) { WORDS } else { block_bytes / 2 } - OTHERS;
    if room < ROOM_MAX { room } else { ROOM_MAX }
}

/// Bytes at the start of a block that a node with so many others takes.
pub(crate) const fn node_bytes(room: usize) -> usize {
    if cfg!(loom) { UNIT_BYTES } else { (OTHERS + room) * 2 }
}

impl FreeBlock {
    /// A block outside of any segment, for tests.
    #[cfg(test)]
    pub(crate) fn new() -> Self {
        Self { words: UnsafeCell::new([MaybeUninit::uninit(); WORDS]) }
    }

    /// Writes a word of a node.
    ///
    /// # Safety
    ///
    /// The calling thread holds `node` (W1), and it has room for the word.
    pub(super) unsafe fn set(node: Block, place: usize, value: u16) {
        Self::with_words(node, |words| {
            // SAFETY: the block has room for the word, by the caller's promise.
            let word = unsafe { words.add(place) };
            // SAFETY: nobody else reads or writes the block, by the caller's promise.
            asan::within(word, || unsafe { word.write(MaybeUninit::new(value)) });
        });
    }

    /// Reads a word of a node.
    ///
    /// # Safety
    ///
    /// The calling thread holds `node` (W1), and the word was written since it became free.
    pub(super) unsafe fn get(node: Block, place: usize) -> u16 {
        let word = Self::with_words(node, |words| {
            // SAFETY: the word was written, so the block has room for it.
            let word = unsafe { words.add(place) };
            // SAFETY: nobody writes the block, by the caller's promise.
            asan::within(word, || unsafe { word.read() })
        });
        // SAFETY: the word was written, by the caller's promise.
        unsafe { word.assume_init() }
    }

    /// Gives the words of a node to `f`: those of the whole block, of which [`WORDS`] are in the
    /// type, so no reference is made on the way.
    #[cfg(not(loom))]
    #[inline(always)]
    fn with_words<R>(node: Block, f: impl FnOnce(*mut MaybeUninit<u16>) -> R) -> R {
        f(node.as_ptr().cast())
    }

    /// As above, under the eyes of loom: every access counts as a write, of the one holder.
    #[cfg(loom)]
    fn with_words<R>(node: Block, f: impl FnOnce(*mut MaybeUninit<u16>) -> R) -> R {
        // SAFETY: models make whole blocks, and keep them.
        let words = unsafe { &node.as_ref().words };
        words.with_mut(|words| f(words.cast()))
    }
}

/// How far `to` lies from `from`, wrapping.
pub(crate) fn distance(from: Block, to: Block) -> u16 {
    let bytes = to.addr().get().wrapping_sub(from.addr().get()).cast_signed();
    // A shift where it will do: a division would round towards zero first.
    let units = match UNIT_BYTES.is_power_of_two() {
        true => bytes >> UNIT_BYTES.trailing_zeros(),
        false => bytes / UNIT_BYTES.cast_signed(),
    };
    #[expect(clippy::cast_possible_truncation, reason = "distances wrap, by design")]
    {
        units as u16
    }
}

/// Free blocks of one slab in nodes that are linked: a batch, or part of a private list.
///
/// The holder of a chain holds its blocks (W1).
#[derive(Clone, Copy, Debug)]
#[must_use = "dropping a chain loses its blocks"]
pub(crate) struct Chain {
    /// The newest node.
    pub(crate) head: Block,
    /// The oldest node, whose `next` means nothing yet.
    tail: Block,
    /// Blocks in all nodes. (A u32 each: halves of one word that are written apart and read
    /// together would stall.)
    pub(crate) len: u32,
    /// Others of the newest node.
    others: u32,
}

impl Chain {
    /// Starts a chain with a block.
    ///
    /// # Safety
    ///
    /// The calling thread holds `block`.
    pub(crate) unsafe fn one(block: Block) -> Self {
        // SAFETY: the caller's promise; every block has room for these words.
        unsafe { FreeBlock::set(block, NEXT, 0) };
        // SAFETY: as above.
        unsafe { FreeBlock::set(block, LEN, 0) };
        Self { head: block, tail: block, len: 1, others: 0 }
    }

    /// Adds a block.
    ///
    /// * `room`: [`room_of`] the blocks of this slab.
    ///
    /// # Safety
    ///
    /// The calling thread holds `block`, which is of the same slab as the others.
    #[inline]
    pub(crate) unsafe fn add(&mut self, block: Block, room: usize) {
        self.len += 1;
        let others = self.others as usize;
        if others < room {
            self.others += 1;
            // SAFETY: the holder of the chain holds its nodes, and the node has room.
            unsafe { FreeBlock::set(self.head, OTHERS + others, distance(self.head, block)) };
            // SAFETY: as above.
            unsafe { Self::end_node(self.head, others + 1) };
        } else {
            // SAFETY: the caller holds the block; every block has room for these words.
            unsafe { FreeBlock::set(block, NEXT, distance(block, self.head)) };
            // SAFETY: as above.
            unsafe { Self::end_node(block, 0) };
            (self.head, self.others) = (block, 0);
        }
    }

    /// Adds blocks, up to the first one that lies outside of `slab`, and until the chain has `most`.
    /// Returns how many.
    ///
    /// * `slab`: address and bytes of the slab that the others are of.
    /// * `room`: [`room_of`] its blocks.
    ///
    /// # Safety
    ///
    /// The calling thread holds the blocks, and `slab` and `room` are those of the chain's.
    #[cfg(not(loom))]
    #[inline(never)]
    pub(crate) unsafe fn add_run(
        &mut self,
        blocks: &[Block],
        slab: (usize, usize),
        room: usize,
        most: u32,
    ) -> usize {
        let most = most.saturating_sub(self.len) as usize;
        let (mut head, mut others, mut added) = (self.head, self.others as usize, 0);
        for &block in blocks.iter().take(most) {
            if block.addr().get().wrapping_sub(slab.0) >= slab.1 {
                break;
            }
            added += 1;
            if others < room {
                // SAFETY: the holder of the chain holds its nodes, and the node has room.
                unsafe { FreeBlock::set(head, OTHERS + others, distance(head, block)) };
                others += 1;
                continue;
            }
            // SAFETY: as above.
            unsafe { Self::end_node(head, others) };
            // SAFETY: the caller holds the block; every block has room for this word.
            unsafe { FreeBlock::set(block, NEXT, distance(block, head)) };
            (head, others) = (block, 0);
        }
        // SAFETY: the holder of the chain holds its nodes.
        unsafe { Self::end_node(head, others) };
        #[expect(
            clippy::cast_possible_truncation,
            reason = "at most ROOM_MAX, and a slab's blocks"
        )]
        {
            (self.head, self.others) = (head, others as u32);
            self.len += added as u32;
        }
        added
    }

    /// Writes down how many others a node has.
    ///
    /// # Safety
    ///
    /// The calling thread holds `node`.
    #[inline(always)]
    unsafe fn end_node(node: Block, others: usize) {
        #[expect(clippy::cast_possible_truncation, reason = "at most ROOM_MAX")]
        // SAFETY: the caller's promise; every block has room for this word.
        unsafe {
            FreeBlock::set(node, LEN, others as u16);
        }
    }

    /// Blocks in the chain, as the slab's word counts them.
    pub(crate) fn count(&self) -> u16 {
        #[expect(clippy::cast_possible_truncation, reason = "a slab has at most 8192 blocks")]
        {
            self.len as u16
        }
    }

    /// Links the chain to an older node, by its distance from the slab's first block.
    ///
    /// # Safety
    ///
    /// The calling thread holds the chain, which is of the slab at `base`.
    pub(crate) unsafe fn link_to(&self, base: Block, older: u16) {
        let next = older.wrapping_sub(distance(base, self.tail));
        // SAFETY: the holder of the chain holds its nodes; every block has room for `next`.
        unsafe { FreeBlock::set(self.tail, NEXT, next) };
    }

    /// Takes a block off a chain of at least two. The chain keeps one at least.
    ///
    /// # Safety
    ///
    /// The calling thread holds the chain, which is of the slab at `base`.
    pub(crate) unsafe fn take(&mut self, base: Block) -> Block {
        debug_assert!(self.len > 1);
        self.len -= 1;
        let mut block = self.head;
        // SAFETY: the holder of the chain holds its nodes, which name as many blocks.
        let head = unsafe { take_list(base, self.head, 1, |_, taken| block = taken) };
        if block == self.head {
            self.head = head;
            // SAFETY: as above; the chain has another node, as it has another block.
            self.others = unsafe { FreeBlock::get(head, LEN) }.into();
        } else {
            self.others -= 1;
        }
        block
    }
}

/// Takes `count` blocks out of the list that begins at `node`: of each node first the others,
/// newest first, then the node itself. Each goes to `sink` with its number, from 0. Returns the
/// node where the list begins now; that means nothing if no block is left.
///
/// # Safety
///
/// The calling thread holds the list, which is of the slab at `base` and has `count` blocks.
#[inline]
pub(crate) unsafe fn take_list(
    base: Block,
    mut node: Block,
    count: usize,
    mut sink: impl FnMut(usize, Block),
) -> Block {
    let mut taken = 0;
    while taken < count {
        // SAFETY: the caller holds the list; `len` is set in every node.
        let len = usize::from(unsafe { FreeBlock::get(node, LEN) });
        let origin = distance(base, node);
        let left = len.saturating_sub(count - taken);
        for place in (left..len).rev() {
            // SAFETY: as above; a node of `len` others has so many written.
            let other = unsafe { FreeBlock::get(node, OTHERS + place) };
            sink(taken, at(base, origin.wrapping_add(other)));
            taken += 1;
        }
        if taken == count {
            #[expect(clippy::cast_possible_truncation, reason = "below `len`, which is a u16")]
            // SAFETY: as above.
            unsafe {
                FreeBlock::set(node, LEN, left as u16);
            }
            break;
        }
        // SAFETY: as above; `next` is set in every node, in the last one to anything.
        let next = unsafe { FreeBlock::get(node, NEXT) };
        sink(taken, node);
        taken += 1;
        node = at(base, origin.wrapping_add(next));
    }
    node
}

/// Counts the blocks of the list that begins at `node`, node by node, and stops at `most`. Debug
/// builds hold a list to its counter with it.
///
/// # Safety
///
/// The calling thread holds the list, which is of the slab at `base` and has `most` blocks.
#[cfg(debug_assertions)]
pub(crate) unsafe fn count_list(base: Block, mut node: Block, most: usize) -> usize {
    let mut count = 0;
    while count < most {
        // SAFETY: the caller holds the list; `len` is set in every node.
        count += 1 + usize::from(unsafe { FreeBlock::get(node, LEN) });
        // SAFETY: as above; `next` is set in every node, in the last one to anything.
        let next = unsafe { FreeBlock::get(node, NEXT) };
        node = at(base, distance(base, node).wrapping_add(next));
    }
    count
}

/// The block at this distance from the slab's first one; anything if it is never touched.
pub(crate) fn at(base: Block, distance: u16) -> Block {
    let block = base.as_ptr().wrapping_add(usize::from(distance));
    // SAFETY: at most 512 KiB behind a block of ours, in the lower half of the address space.
    unsafe { Block::new_unchecked(block) }
}

#[cfg(all(test, not(loom)))]
mod tests;
