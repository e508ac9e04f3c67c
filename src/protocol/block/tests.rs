//! Lists and chains against a stack of blocks.

extern crate std;
use super::*;
use std::vec::Vec;

const BLOCKS: usize = 200;
/// Sizes with room for 2, 6, 10, 30, and more than a node names.
const SIZES: [usize; 6] = [8, 16, 24, 64, 80, 1024];

/// The memory of a slab, and the blocks of it that are not in a list.
struct Memory {
    words: Vec<u64>,
    block_bytes: usize,
    out: Vec<usize>,
    random: u64,
}

impl Memory {
    fn new(block_bytes: usize) -> Self {
        let words = std::vec![0; BLOCKS * block_bytes / size_of::<u64>()];
        Self { words, block_bytes, out: (0..BLOCKS).collect(), random: 1 }
    }

    fn base(&mut self) -> Block {
        NonNull::new(self.words.as_mut_ptr()).unwrap().cast()
    }

    /// A number below `end`.
    fn random(&mut self, end: usize) -> usize {
        self.random = self.random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (self.random >> 33) as usize % end
    }

    /// A block that is not in a list, last written by the program.
    fn any_block(&mut self) -> Block {
        let index = self.random(self.out.len());
        let start = self.out.swap_remove(index) * self.block_bytes;
        let block = at(self.base(), u16::try_from(start / UNIT_BYTES).unwrap());
        // SAFETY: the block lies in `words`, whose bytes may be anything, and is in no list.
        unsafe { block.cast::<u8>().write_bytes(0xFF, self.block_bytes) };
        block
    }

    fn give(&mut self, block: Block) {
        let bytes = block.addr().get() - self.base().addr().get();
        assert!(bytes.is_multiple_of(self.block_bytes), "not the start of a block");
        self.out.push(bytes / self.block_bytes);
    }

    /// A chain of some blocks, each of which goes on `stack` too.
    fn chain(&mut self, stack: &mut Vec<Block>) -> Chain {
        let first = self.any_block();
        stack.push(first);
        // SAFETY: the block is in no list.
        let mut chain = unsafe { Chain::one(first) };
        let room = room_of(self.block_bytes);
        for _ in 0..self.random(self.out.len().clamp(1, 80)) {
            if self.out.is_empty() {
                break;
            }
            if self.random(4) > 0 || self.out.len() < 8 {
                let block = self.any_block();
                stack.push(block);
                // SAFETY: as above, and of the same slab.
                unsafe { chain.add(block, room) };
                continue;
            }
            let mut run: Vec<_> = (0..self.random(8)).map(|_| self.any_block()).collect();
            let (wanted, left) = (self.random(run.len() + 1), u32::from(chain.count()));
            stack.extend(&run[..wanted]);
            let slab = (self.base().addr().get(), size_of_val(&*self.words));
            let outside = Block::new(core::ptr::without_provenance_mut(slab.0 + slab.1)).unwrap();
            // Ended by a block of another slab, or by the number of blocks.
            let most =
                if self.random(2) == 0 { u32::MAX } else { left + u32::try_from(wanted).unwrap() };
            if most == u32::MAX {
                run.drain(wanted..).for_each(|block| self.give(block));
                run.push(outside);
            }
            // SAFETY: as above; the block outside of the slab is not touched.
            let added = unsafe { chain.add_run(&run, slab, room, most) };
            assert_eq!(added, wanted, "{} bytes: a run of {}", self.block_bytes, run.len());
            run.drain(..wanted);
            run.into_iter().filter(|block| *block != outside).for_each(|block| self.give(block));
        }
        chain
    }
}

#[test]
fn a_list_gives_its_blocks_back_newest_first() {
    for bytes in SIZES {
        let mut memory = Memory::new(bytes);
        let (base, mut stack, mut newest) = (memory.base(), Vec::new(), 0);
        for _ in 0..2_000 {
            if memory.out.is_empty() || memory.random(2) == 0 {
                let count = memory.random(stack.len() + 1);
                let mut taken = Vec::new();
                // SAFETY: the list has as many blocks as the stack, all of this slab.
                let node = unsafe {
                    take_list(base, at(base, newest), count, |number, block| {
                        assert_eq!(number, taken.len(), "blocks are not numbered from 0");
                        taken.push(block);
                    })
                };
                newest = distance(base, node);
                let wanted: Vec<_> = stack.drain(stack.len() - count..).rev().collect();
                assert_eq!(taken, wanted, "{bytes} bytes: lost, or in another order");
                taken.into_iter().for_each(|block| memory.give(block));
            } else {
                let chain = memory.chain(&mut stack);
                // SAFETY: the chain was made just now, of blocks of this slab.
                unsafe { chain.link_to(base, newest) };
                newest = distance(base, chain.head);
            }
        }
    }
}

#[test]
fn a_chain_gives_blocks_up_newest_first_takes_them_again_and_counts_them() {
    for bytes in SIZES {
        let mut memory = Memory::new(bytes);
        let (base, mut stack) = (memory.base(), Vec::new());
        let mut chain = memory.chain(&mut stack);
        for _ in 0..500 {
            assert_eq!(usize::from(chain.count()), stack.len(), "{bytes} bytes: count");
            if stack.len() > 1 && memory.random(2) == 0 {
                // SAFETY: the chain is this test's, and has two blocks.
                let block = unsafe { chain.take(base) };
                assert_eq!(Some(block), stack.pop(), "{bytes} bytes: not the newest");
                memory.give(block);
            } else if !memory.out.is_empty() {
                let block = memory.any_block();
                stack.push(block);
                // SAFETY: the block is in no list, and of this slab.
                unsafe { chain.add(block, room_of(bytes)) };
            }
        }
    }
}
