//! What the holder of a lease does to a slab that has many free blocks: moves all nodes of its list
//! together, so that the other pages hold nothing at all.

use super::{Home, Lease};
use crate::{
    protocol::block::{self, Block, Chain},
    sync::Ordering,
};

/// Most blocks of a slab: a slice of the smallest ones.
const BLOCKS_MAX: usize = 8192;
/// Most OS pages of a slab: 512 KiB of the smallest ones.
const PAGES_MAX: usize = 128;

/// Numbers of blocks.
struct Numbers([u64; BLOCKS_MAX / 64]);

impl Numbers {
    const fn none() -> Self {
        Self([0; BLOCKS_MAX / 64])
    }

    fn put(&mut self, number: usize) {
        if let Some(word) = self.0.get_mut(number / 64) {
            *word |= 1 << (number % 64);
        }
    }

    fn remove(&mut self, number: usize) {
        if let Some(word) = self.0.get_mut(number / 64) {
            *word &= !(1 << (number % 64));
        }
    }

    fn has(&self, number: usize) -> bool {
        self.0.get(number / 64).is_some_and(|word| word >> (number % 64) & 1 == 1)
    }

    fn len(&self) -> usize {
        self.0.iter().map(|word| word.count_ones() as usize).sum()
    }

    /// Takes the lowest. `from`: the word to look at first; those before it are empty.
    fn take_lowest(&mut self, from: &mut usize) -> Option<usize> {
        while let Some(word) = self.0.get_mut(*from) {
            if *word != 0 {
                let bit = word.trailing_zeros() as usize;
                *word &= *word - 1;
                return Some(*from * 64 + bit);
            }
            *from += 1;
        }
        None
    }
}

/// The pages that stay, as bits, and how blocks lie on them.
#[derive(Clone, Copy)]
struct Pages {
    page_bytes: usize,
    block_bytes: usize,
    kept: u128,
}

impl Pages {
    /// The pages of the first `bytes` of a block.
    fn of(&self, number: usize, bytes: usize) -> u128 {
        let start = number * self.block_bytes;
        let (first, last) = (start / self.page_bytes, (start + bytes - 1) / self.page_bytes);
        (u128::MAX >> (PAGES_MAX - 1 - (last - first))) << first
    }

    fn keeps(&self, number: usize, bytes: usize) -> bool {
        let pages = self.of(number, bytes);
        self.kept & pages == pages
    }
}

impl Lease<'_> {
    /// Rebuilds the private list, the remote one included, with all its nodes on pages that stay
    /// anyway, as far as there are enough of them. Calls `empty` for each stretch of pages on which
    /// nothing is left: with where it begins, in bytes from the first block, and how long it is. What
    /// is in it is not needed any more.
    ///
    /// Nothing is done, and the answer is false, if `page_bytes` is too small for a slab of this
    /// length.
    pub(crate) fn sweep(
        &mut self,
        home: &impl Home,
        page_bytes: usize,
        mut empty: impl FnMut(usize, usize),
    ) -> bool {
        let shape = self.0.shape();
        let (blocks, block_bytes) = (usize::from(shape.blocks), shape.block_bytes as usize);
        let pages_total = (blocks * block_bytes).div_ceil(page_bytes);
        if blocks > BLOCKS_MAX || pages_total > PAGES_MAX || pages_total == 0 {
            return false;
        }
        let mut free = Numbers::none();
        self.gather(home, &mut free);
        // All that is free behind the last used block counts as never used: that takes no list.
        let carved = usize::from(self.0.carved.load(Ordering::Relaxed));
        let used = (0..carved).rev().find(|number| !free.has(*number)).map_or(0, |last| last + 1);
        for number in used..carved {
            free.remove(number);
        }
        let mut pages = Pages { page_bytes, block_bytes, kept: 0 };
        for number in (0..used).filter(|number| !free.has(*number)) {
            pages.kept |= pages.of(number, block_bytes);
        }
        let able = settle(&free, used, &mut pages);
        self.rebuild(home, free, able);
        if used < carved {
            self.line_0(|private| private.zeroed = false);
            #[expect(clippy::cast_possible_truncation, reason = "at most `carved`")]
            self.0.carved.store(used as u16, Ordering::Relaxed);
        }
        let mut rest = !pages.kept & (u128::MAX >> (PAGES_MAX - pages_total));
        while rest != 0 {
            let (first, len) =
                (rest.trailing_zeros(), (rest >> rest.trailing_zeros()).trailing_ones());
            empty(first as usize * page_bytes, len as usize * page_bytes);
            rest &= !((u128::MAX >> (128 - len)) << first);
        }
        true
    }
    /// Takes all blocks off the private and the remote list, and notes their numbers.
    fn gather(&mut self, home: &impl Home, free: &mut Numbers) {
        let (slab, base) = (self.0, home.base(self.0));
        let block_bytes = slab.shape().block_bytes as usize;
        for is_remote in [false, true] {
            if is_remote {
                self.drain();
            }
            // Relaxed here and below: only the lessee writes the counters, stats look at them.
            let listed = usize::from(slab.listed.load(Ordering::Relaxed));
            let newest = block::at(base, self.line_0(|private| private.list));
            let number = |block: Block| {
                usize::from(block::distance(base, block)) * block::UNIT_BYTES / block_bytes
            };
            // SAFETY: W1: the private list is this lessee's, and has `listed` blocks.
            unsafe { block::take_list(base, newest, listed, |_, block| free.put(number(block))) };
            slab.listed.store(0, Ordering::Relaxed);
        }
    }

    /// Makes the private list, which is empty, of the blocks in `free`.
    ///
    /// * `able`: those of them that may be nodes; enough for all nodes, and one more, which is taken
    ///   first: a slab that is let go writes that one.
    fn rebuild(&mut self, home: &impl Home, free: Numbers, mut able: Numbers) {
        let (shape, base, len) = (self.0.shape(), home.base(self.0), free.len());
        let room = block::room_of(shape.block_bytes as usize);
        let mut others = free;
        others.0.iter_mut().zip(&able.0).for_each(|(others, able)| *others &= !able);
        let (mut able_from, mut others_from) = (0, 0);
        let Some(last) = able.take_lowest(&mut able_from) else { return };
        let mut chain: Option<Chain> = None;
        for turn in 0..len {
            let number = if turn + 1 == len {
                Some(last)
            } else if turn % (room + 1) == 0 {
                able.take_lowest(&mut able_from)
            } else {
                let other = others.take_lowest(&mut others_from);
                other.or_else(|| able.take_lowest(&mut able_from))
            };
            let Some(number) = number else {
                debug_assert!(false, "too few blocks are able to be nodes");
                break;
            };
            let block = shape.block(base, number);
            match &mut chain {
                // SAFETY: W1: the block was on a list of this lessee's, and is in no other place.
                None => chain = Some(unsafe { Chain::one(block) }),
                // SAFETY: as above; it is of this slab.
                Some(chain) => unsafe { chain.add(block, room) },
            }
        }
        if let Some(chain) = chain {
            // SAFETY: the blocks of the chain are this lessee's, of this slab.
            unsafe { self.put_back(home, chain) };
        }
    }
}

/// The blocks in `free`, all below `used`, that can be nodes without a page being kept for them. If
/// these are too few, some pages are.
fn settle(free: &Numbers, used: usize, pages: &mut Pages) -> Numbers {
    let (len, room) = (free.len(), block::room_of(pages.block_bytes));
    let wanted = (len.div_ceil(room + 1) + 1).min(len);
    loop {
        let (mut able, mut other) = (Numbers::none(), None);
        for number in (0..used).filter(|number| free.has(*number)) {
            if pages.keeps(number, block::node_bytes(room)) {
                able.put(number);
            } else {
                other = other.or(Some(number));
            }
        }
        match other {
            Some(other) if able.len() < wanted => {
                pages.kept |= pages.of(other, block::node_bytes(room));
            }
            _ => return able,
        }
    }
}
