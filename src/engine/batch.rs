//! Open batches: free blocks on their way home, collected by slab.
//!
//! A direct-mapped table. A batch leaves with one compare-and-swap when it is large enough, when
//! another slab needs its place, when too many are open, on slow paths that look for memory, at
//! thread exit and on `collect`. To collect first and send later matters also for a thread that
//! gives back to slabs that nobody else touches: a locked instruction waits for every write
//! before it, and the writes here are to blocks that are cold.

use crate::{
    config::{BATCH_BLOCKS, BATCH_BYTES, BATCH_ENTRIES, BATCHES_OPEN, SLICE_BYTES},
    engine::{
        misuse::{self, Fault},
        segment::{Segment, Slice},
    },
    protocol::{
        block::{self, Block, Chain},
        slab::Slab,
    },
    size_class::{CLASS_COUNT, SizeClass},
};
use core::mem::{self, MaybeUninit};

/// The batches of one heap. Zeroed memory is none.
#[derive(Debug)]
pub(crate) struct Batches {
    entries: [Entry; BATCH_ENTRIES],
    open: usize,
}

/// A place for a batch: a program that sends none home never touches it.
#[derive(Clone, Copy, Debug)]
struct Entry {
    /// That of the batch; 0: there is none, and `chain` is not written.
    key: usize,
    chain: MaybeUninit<Chain>,
}

impl Entry {
    const NONE: Self = Self { key: 0, chain: MaybeUninit::uninit() };

    fn take(&mut self) -> Option<Batch> {
        let key = mem::take(&mut self.key);
        // SAFETY: where there is a key the chain was written with it.
        (key != 0).then(|| Batch { key, chain: unsafe { self.chain.assume_init() } })
    }
}

/// Free blocks of one slab, all freed with layouts of one class.
#[derive(Clone, Copy, Debug)]
#[must_use = "dropping a batch loses its blocks"]
pub(crate) struct Batch {
    /// Where the slab starts, plus the index of the class: slabs start at multiples of 64 KiB.
    key: usize,
    pub(crate) chain: Chain,
}

impl Batches {
    pub(crate) const fn new() -> Self {
        Self { entries: [Entry::NONE; BATCH_ENTRIES], open: 0 }
    }

    /// Adds the first of `blocks`, and those that follow it and are of the same slab, to the batch
    /// of that slab. Returns how many, and a batch that has to leave, if one does: then all may not
    /// have been added that could be.
    ///
    /// # Safety
    ///
    /// The caller holds the blocks, which the program freed with layouts of `class`.
    #[inline]
    pub(crate) unsafe fn add(
        &mut self,
        class: SizeClass,
        blocks: &[Block],
    ) -> (usize, Option<Batch>) {
        let Some(&first) = blocks.first() else { return (0, None) };
        let limits = Limits::of(class);
        let start = slab_start(class, first);
        let key = start | class.index();
        let number = (start / SLICE_BYTES) % BATCH_ENTRIES;
        let place = &mut self.entries[number];
        if place.key == key {
            // SAFETY: written with the key.
            let open = unsafe { place.chain.assume_init_mut() };
            let (room, most) = (limits.room.into(), limits.most.into());
            // SAFETY: the caller holds the block; equal keys mean the same slab.
            unsafe { open.add(first, room) };
            let mut added = 1;
            let slab = (start, limits.slab_bytes as usize);
            if let [_, second, ..] = blocks
                && second.addr().get().wrapping_sub(slab.0) < slab.1
            {
                // SAFETY: the caller holds the blocks, and `slab` is that of the chain: of all that the
                // key says, its start and its class. (If the class is wrong, so is the head's, and the
                // chain goes nowhere: a batch of a class of several slices has one node.)
                added += unsafe { open.add_run(&blocks[1..], slab, room, most) };
            }
            if open.len < most {
                return (added, None);
            }
            self.open -= 1;
            return (added, place.take());
        }
        // SAFETY: the caller holds the block.
        let chain = unsafe { Chain::one(first) };
        let before = place.take();
        *place = Entry { key, chain: MaybeUninit::new(chain) };
        self.open += usize::from(before.is_none());
        (1, before)
    }

    /// True if more slabs are kept waiting than should be.
    pub(crate) fn are_many(&self) -> bool {
        self.open > BATCHES_OPEN
    }

    /// Recounts the open batches, and looks whether each is where its slab is looked for.
    #[cfg(debug_assertions)]
    fn check(&self) {
        let open = self.entries.iter().filter(|entry| entry.key != 0).count();
        assert_eq!(open, self.open, "a batch was lost, or is there twice");
        for (place, entry) in self.entries.iter().enumerate() {
            let is_here = entry.key == 0 || (entry.key / SLICE_BYTES) % BATCH_ENTRIES == place;
            assert!(is_here, "a batch is hidden");
        }
    }

    /// Takes all batches out; each goes to `sink`.
    pub(crate) fn take_all(&mut self, sink: impl FnMut(Batch)) {
        #[cfg(debug_assertions)]
        self.check();
        if self.open > 0 {
            self.open = 0;
            self.entries.iter_mut().filter_map(Entry::take).for_each(sink);
        }
    }
}

impl Batch {
    /// The class of the layouts.
    pub(crate) fn class(&self) -> SizeClass {
        SizeClass::from_index(self.key % SLICE_BYTES).unwrap_or(SizeClass::smallest())
    }

    /// The slab that the blocks go back to. Ends the process if it has another class: a block
    /// was freed with the wrong layout.
    pub(crate) fn slab(&self) -> &'static Slab {
        let address = self.chain.head.addr().get();
        // SAFETY: the program freed these blocks with small layouts, so they lie in a segment.
        let slab = unsafe { Segment::slab_of(self.chain.head) };
        match slab {
            Some(slab) if slab.shape().class == self.class().byte() => slab,
            Some(_) => misuse::abort(Fault::WrongLayout, address),
            None => misuse::abort(Fault::NotOurs, address),
        }
    }
}

/// How far the batches of a class go.
#[derive(Clone, Copy, Debug)]
struct Limits {
    slab_bytes: u32,
    /// Others in a node.
    room: u16,
    /// Blocks in a batch that leaves at once.
    most: u16,
}

impl Limits {
    /// Computed beforehand: there is a division in them.
    fn of(class: SizeClass) -> &'static Self {
        static LIMITS: [Limits; CLASS_COUNT] = {
            let mut limits = [Limits::new(SizeClass::smallest()); CLASS_COUNT];
            let mut index = 0;
            while let Some(class) = SizeClass::from_index(index) {
                limits[index] = Limits::new(class);
                index += 1;
            }
            limits
        };
        // SAFETY: `index` is below CLASS_COUNT, by the invariant of SizeClass.
        unsafe { LIMITS.get_unchecked(class.index()) }
    }

    #[expect(clippy::cast_possible_truncation, reason = "a slab has at most 512 KiB")]
    const fn new(class: SizeClass) -> Self {
        let by_bytes = BATCH_BYTES.div_ceil(class.block_bytes());
        let by_blocks = BATCH_BLOCKS as usize;
        Self {
            slab_bytes: (class.slices() * SLICE_BYTES) as u32,
            room: block::room_of(class.block_bytes()) as u16,
            most: (if by_bytes < by_blocks { by_bytes } else { by_blocks }) as u16,
        }
    }
}

/// Where the slab of `block` starts.
#[inline]
fn slab_start(class: SizeClass, block: Block) -> usize {
    let address = block.addr().get();
    let slice = address & !(SLICE_BYTES - 1);
    if class.slices() == 1 {
        return slice;
    }
    // SAFETY: the program freed the block with a small layout, so it lies in a segment.
    let segment = unsafe { Segment::of(address) };
    match segment.slice_of(address) {
        Slice::Slab(at) => segment.slice_start(at).addr().get(),
        // Not a slab's: found out when the batch leaves.
        _ => slice,
    }
}
