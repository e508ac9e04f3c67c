//! A world of a few slabs, the audit of all its blocks, and the tests that play in it.
#![expect(clippy::cast_possible_truncation, reason = "worlds are small")]

extern crate std;

use super::*;
use crate::protocol::{
    bits::{self, Bits},
    block::{self, Chain, FreeBlock},
    entry::{DISTANCES, Entry},
    notes::{Notes, Slice},
};
use core::ptr;
use std::vec::Vec;

/// Size classes of the world.
const CLASSES: usize = 2;

/// Slices that can be noted: few in a model, which makes each word anew in every run.
const NOTES: usize = if cfg!(loom) { 4 } else { 64 };

/// `SLABS` slabs of `BLOCKS` blocks that lie in one slice each, findable in their class from
/// `PUBLISH_AT` free blocks on. Laid out as in a segment: descriptors, tokens and free slices
/// apart from the blocks.
#[derive(Debug)]
struct World<const SLABS: usize, const BLOCKS: usize, const PUBLISH_AT: u16> {
    slabs: [Slab; SLABS],
    blocks: [[FreeBlock; BLOCKS]; SLABS],
    summary: [Bits; CLASSES],
    partial: [Bits; CLASSES],
    free: Bits,
    /// What the segment says of each slice; a slab's is one more than its index. Recovery starts from
    /// it.
    notes: Notes<NOTES>,
    /// Shared by all slabs, which lie far apart for it. Not in every world: it is one more word to
    /// race for.
    entry: Option<Entry>,
}

// SAFETY: the links of the blocks are the only part that is not `Sync` by itself; W1 gives each
// block one user at a time, as a `Held`.
unsafe impl<const S: usize, const B: usize, const P: u16> Sync for World<S, B, P> {}

/// The right to one block (W1): what the program, a magazine or a batch has.
#[derive(Debug)]
#[must_use = "dropping it loses the block"]
struct Held {
    slab: usize,
    block: Block,
}

// SAFETY: the holder of a block may be any thread (W1).
unsafe impl Send for Held {}

impl Held {
    /// Plays the program: writes the block.
    fn write(&self, value: u16) {
        // SAFETY: W1: this is the right to the block.
        unsafe { FreeBlock::set(self.block, 0, value) };
    }

    /// Plays the program: reads what it wrote.
    fn read(&self) -> u16 {
        // SAFETY: W1: this is the right to the block, which was written.
        unsafe { FreeBlock::get(self.block, 0) }
    }
}

impl<const SLABS: usize, const BLOCKS: usize, const PUBLISH_AT: u16> Home
    for World<SLABS, BLOCKS, PUBLISH_AT>
{
    fn base(&self, slab: &Slab) -> Block {
        ptr::NonNull::from(&self.blocks[self.index_of(slab)]).cast()
    }

    fn publish(&self, slab: &Slab) {
        let (index, class) = (self.index_of(slab), usize::from(slab.shape().class));
        bits::publish(&self.partial[class], index as u32, &self.summary[class], 0);
    }

    fn take_token(&self, slab: &Slab) -> bool {
        let (index, class) = (self.index_of(slab), usize::from(slab.shape().class));
        self.partial[class].take(1 << index) != 0
    }

    fn release(&self, slab: &Slab) {
        let index = self.index_of(slab);
        self.use_all(slab);
        self.notes.note(Slice::Unused, index + 1, 1);
        if let Some(entry) = &self.entry {
            entry.forget(Self::start_of(index));
        }
        assert_eq!(self.free.put(1 << index), 0, "W5: a slice was released twice");
    }
}

impl<const SLABS: usize, const BLOCKS: usize, const PUBLISH_AT: u16>
    World<SLABS, BLOCKS, PUBLISH_AT>
{
    fn new() -> Self {
        const { assert!(SLABS < NOTES) };
        Self {
            slabs: core::array::from_fn(|_| Slab::new_closed()),
            blocks: core::array::from_fn(|_| core::array::from_fn(|_| FreeBlock::new())),
            summary: core::array::from_fn(|_| Bits::new(0)),
            partial: core::array::from_fn(|_| Bits::new(0)),
            free: Bits::new((1 << SLABS) - 1),
            notes: Notes::new(),
            entry: None,
        }
    }

    /// A world in which blocks are found by their addresses.
    #[cfg(loom)]
    fn with_entry() -> Self {
        Self { entry: Some(Entry::new()), ..Self::new() }
    }

    /// Where the slab of this index starts, as the entry sees it.
    fn start_of(index: usize) -> usize {
        (1 << 40) + (index << 34)
    }

    /// Leases and enters (G1, G2).
    fn sign(&self, slab: &Slab, class: u8) {
        if let Some(entry) = &self.entry {
            entry.sign(Self::start_of(self.index_of(slab)), usize::from(class) * 8, 1);
        }
    }

    /// K1: who holds a block finds its slab's class, or nothing.
    fn find(&self, held: &Held) {
        let Some(entry) = &self.entry else { return };
        let slab = &self.slabs[held.slab];
        let granules = usize::from(block::distance(self.base(slab), held.block));
        let found = entry.find(Self::start_of(held.slab) + granules * 8);
        let right = (usize::from(slab.shape().class) * 8, granules);
        assert!(found.1 >= DISTANCES || found == right, "Y1: a block is taken for another");
    }

    fn index_of(&self, slab: &Slab) -> usize {
        (ptr::from_ref(slab).addr() - self.slabs.as_ptr().addr()) / size_of::<Slab>()
    }

    /// Plays the owner of a slab's slices, who may do anything to line 0 and to the blocks.
    fn use_all(&self, slab: &Slab) {
        Lease(slab).line_0(|private| private.list = 0);
        for block in &self.blocks[self.index_of(slab)] {
            // SAFETY: W2: the slices are the calling thread's own, so nobody holds a block.
            unsafe { FreeBlock::set(ptr::NonNull::from(block), 0, 0) };
        }
    }

    /// Leases a fresh slab.
    fn open(&self, class: u8) -> Option<Lease<'_>> {
        let index = self.free.take_lowest()? as usize;
        let slab = &self.slabs[index];
        self.use_all(slab);
        let (blocks, block_bytes) = (BLOCKS as u16, size_of::<FreeBlock>() as u32);
        let shape = Shape { publish_at: PUBLISH_AT, ..Shape::new(class, blocks, block_bytes) };
        // SAFETY: the slice was just taken, and holds so many blocks.
        let lease = unsafe { slab.open(shape, true) };
        self.notes.note(Slice::Slab(index + 1), index + 1, 1);
        self.sign(slab, class);
        Some(lease)
    }

    /// Leases a slab that another thread let go.
    fn claim(&self, class: u8) -> Option<Lease<'_>> {
        let of = usize::from(class);
        let (_, index) = bits::find(&self.summary[of], |_| &self.partial[of])?;
        let slab = &self.slabs[index as usize];
        // SAFETY: C1: the token was just taken.
        let mut lease = unsafe { slab.claim() };
        assert_eq!(slab.shape().class, class, "W6: claimed a slab of another class");
        lease.line_0(|_| ());
        self.sign(slab, class);
        Some(lease)
    }

    /// Takes one block.
    fn alloc(&self, lease: &mut Lease<'_>) -> Option<Held> {
        let (mut taken, slab) = (None, self.index_of(lease.slab()));
        let count = lease.take(self, 1, |_, block| taken = Some(Held { slab, block }));
        assert_eq!(count, usize::from(taken.is_some()), "the count is not what was handed out");
        taken
    }

    /// Takes one block that was never used, if there is one.
    fn alloc_zeroed(&self, lease: &mut Lease<'_>) -> Option<Held> {
        let slab = self.index_of(lease.slab());
        lease.take_zeroed(self).map(|block| Held { slab, block })
    }

    /// Frees a block of the lessee's own slab.
    fn free(&self, lease: &mut Lease<'_>, held: Held) {
        assert_eq!(held.slab, self.index_of(lease.slab()));
        // SAFETY: W1: `held` is the right to the block.
        let chain = unsafe { Chain::one(held.block) };
        // SAFETY: as above; it is of this slab.
        unsafe { lease.put_back(self, chain) };
    }

    /// Opens a slab of class 0 and takes all its blocks.
    fn open_full(&self) -> (Lease<'_>, Vec<Held>) {
        let mut lease = self.open(0).unwrap();
        let blocks = (0..BLOCKS).map(|_| self.alloc(&mut lease).unwrap()).collect();
        (lease, blocks)
    }

    /// Opens a slab of class 0, takes all its blocks and lets it go.
    fn open_and_detach(&self) -> Vec<Held> {
        let (lease, blocks) = self.open_full();
        assert!(lease.detach_exhausted().is_ok(), "D1: nothing is free, and it was not detached");
        blocks
    }

    /// Gives one block back.
    fn push_one(&self, held: Held) {
        self.push_all([held]);
    }

    /// Gives blocks of one slab back in one batch, each written for the last time just before.
    fn push_all(&self, blocks: impl IntoIterator<Item = Held>) {
        let mut blocks = blocks.into_iter().inspect(|held| {
            held.write(77);
            self.find(held);
        });
        let first = blocks.next().unwrap();
        let room = block::room_of(size_of::<FreeBlock>());
        // SAFETY: W1: `first` is the right to the block.
        let mut chain = unsafe { Chain::one(first.block) };
        for held in blocks {
            assert_eq!(held.slab, first.slab);
            // SAFETY: W1: `held` is the right to the block, of the same slab.
            unsafe { chain.add(held.block, room) };
        }
        // SAFETY: W1: each `held` that went into the chain was the right to its block.
        unsafe { self.slabs[first.slab].push(self, chain) };
    }

    /// What recovery does in the child of a fork; `lease` is what the only thread left has.
    #[cfg(not(loom))]
    fn recover(&self, lease: Option<&Lease<'_>>) {
        for (slab, at) in self.slabs.iter().zip(1..) {
            let leased = lease.is_some_and(|lease| ptr::eq(lease.slab(), slab));
            let is_noted = self.notes.get(at) == Slice::Slab(at);
            // SAFETY: this is the only thread, between two operations; the slab was opened.
            if is_noted && !unsafe { slab.recover(self, leased) } {
                self.notes.note(Slice::Unused, at, 1);
            }
        }
        let unused = |index: &usize| self.notes.get(index + 1) == Slice::Unused;
        self.free.take(u64::MAX);
        self.free.put((0..SLABS).filter(unused).fold(0, |bits, index| bits | 1 << index));
    }

    /// Checks every invariant with no operation in flight. `held` and `leases` are all the
    /// rights that are out. Returns how many blocks are nowhere, which only a fork may cause.
    fn census(&self, held: &[Held], leases: &[Lease<'_>]) -> usize {
        let of = |slab: &Slab| leases.iter().filter(|l| ptr::eq(l.slab(), slab)).count();
        self.slabs.iter().map(|slab| self.census_of(slab, held, of(slab))).sum()
    }

    fn census_of(&self, slab: &Slab, held: &[Held], lessees: usize) -> usize {
        let (index, word, class) = (self.index_of(slab), slab.load(), slab.shape().class);
        let is_free = self.free.snapshot() >> index & 1 == 1;
        let is_unused = self.notes.get(index + 1) == Slice::Unused;
        assert_eq!(is_free, is_unused, "W5: unused, not released: {word:?}");
        for (of, (partial, summary)) in self.partial.iter().zip(&self.summary).enumerate() {
            let token = partial.snapshot() >> index & 1 == 1;
            let wanted = word.state == State::Partial && of == usize::from(class) && !is_free;
            assert_eq!(token, wanted, "W3: token of class {of}: {word:?}");
            assert!(!token || summary.snapshot() == 1, "B2: the summary hides a token");
        }
        let out = held.iter().filter(|held| held.slab == index).count();
        if is_free {
            assert_eq!((out, lessees), (0, 0), "W5: released with a block or the lease out");
            let is_far = |entry: &Entry| entry.find(Self::start_of(index)).1 >= DISTANCES;
            assert!(self.entry.as_ref().is_none_or(is_far), "Y1: its slices are found as a slab's");
            return 0;
        }
        assert_ne!(word.state, State::Empty, "W5: EMPTY, not released");
        let wanted = usize::from(word.state == State::Leased);
        assert_eq!(lessees, wanted, "W2: lessees, and whether it is LEASED: {word:?}");

        let mut places = [0_u8; BLOCKS];
        let base = self.base(slab);
        let mut at = |block: Block| places[usize::from(block::distance(base, block))] += 1;
        held.iter().filter(|held| held.slab == index).for_each(|held| at(held.block));
        let carved = usize::from(slab.carved.load(Ordering::Relaxed));
        self.blocks[index][carved..].iter().for_each(|block| at(ptr::NonNull::from(block)));
        // No operation is in flight: the caller joined every thread.
        let newest = Lease(slab).line_0(|private| private.list);
        let listed = slab.listed.load(Ordering::Relaxed);
        for (newest, count) in [(newest, listed), (word.head, word.count)] {
            let node = block::at(base, newest);
            // SAFETY: as above; a list has as many blocks as the word or line 0 says. Taken
            // whole, its nodes are only read.
            unsafe { block::take_list(base, node, count.into(), |_, block| at(block)) };
        }
        assert!(places.iter().all(|&n| n <= 1), "W1: a block in two places: {places:?}");
        let lost = places.iter().filter(|&&n| n == 0).count();

        if word.state != State::Leased {
            assert!(word.count < word.lent, "W5: all back, not released: {word:?}");
            let free = BLOCKS as u16 - word.lent + word.count;
            let findable = word.state == State::Partial;
            assert!(findable || free < PUBLISH_AT, "W7: cannot be found: {word:?}");
        }
        let counted = slab.census();
        assert_eq!(counted.out, out + lost, "stats: blocks handed out: {word:?}");
        assert_eq!(counted.free, BLOCKS - out - lost, "stats: blocks free: {word:?}");
        lost
    }

    /// The census of a world without forks.
    fn audit(&self, held: &[Held], leases: &[Lease<'_>]) {
        assert_eq!(self.census(held, leases), 0, "W1: a block is lost");
        for (index, slab) in self.slabs.iter().enumerate() {
            let is_free = self.free.snapshot() >> index & 1 == 1;
            assert!(!is_free || slab.load() == Word::EMPTY, "W5: released, not EMPTY");
        }
    }

    /// True if every slice is free.
    fn is_all_released(&self) -> bool {
        self.free.snapshot() == (1 << SLABS) - 1
    }
}

#[cfg(not(loom))]
mod fork;
#[cfg(loom)]
mod models;
#[cfg(not(loom))]
mod sequential;
mod sweep;
