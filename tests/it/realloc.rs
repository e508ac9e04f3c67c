//! `realloc` keeps the bytes that both sizes hold, wherever the block goes.

use super::{MEDIUM_MAX_BYTES, POOL, SMALL_MAX_BYTES, layout};
use crate::common::block::Block;

/// On both sides of every border: between classes, small and medium, cached and other runs, medium
/// and large.
const SIZES: [usize; 22] = [
    1,
    8,
    9,
    128,
    129,
    1000,
    1024,
    1025,
    5000,
    SMALL_MAX_BYTES - 1,
    SMALL_MAX_BYTES,
    SMALL_MAX_BYTES + 1,
    64 << 10,
    (64 << 10) + 1,
    256 << 10,
    (256 << 10) + 1,
    MEDIUM_MAX_BYTES - 1,
    MEDIUM_MAX_BYTES,
    MEDIUM_MAX_BYTES + 1,
    3 << 20,
    (4 << 20) + 1,
    9 << 20,
];

#[test]
fn growing_and_shrinking_across_every_border_keeps_bytes() {
    for old in SIZES {
        for new in SIZES {
            for align in [1, 8, 128] {
                let block = Block::alloc(&POOL, layout(old, align), 1);
                block.resize(new, 1, 2).resize(old, 2, 3).free();
            }
        }
    }
}

#[test]
fn wide_alignments_survive_resizing() {
    for align in [4096, 1 << 16, 1 << 20, 4 << 20, 8 << 20] {
        for old in [100, 5000, 100_000, MEDIUM_MAX_BYTES, 5 << 20] {
            for new in [1, 4097, 70_000, MEDIUM_MAX_BYTES + 1, 9 << 20] {
                // `resize` checks the alignment.
                Block::alloc(&POOL, layout(old, align), 4)
                    .resize(new, 4, 5)
                    .resize(old, 5, 6)
                    .free();
            }
        }
    }
}

#[test]
fn a_block_grown_step_by_step_keeps_bytes() {
    let mut block = Block::alloc(&POOL, layout(1, 1), 0);
    let mut size = 1;
    let mut tag = 0;
    while size < 40 << 20 {
        size += size / 3 + 1;
        block = block.resize(size, tag, tag + 1);
        tag += 1;
    }
    while size > 1 {
        size -= size / 3 + usize::from(size < 3);
        block = block.resize(size, tag, tag + 1);
        tag += 1;
    }
    block.free();
}

#[test]
fn blocks_grown_side_by_side_keep_apart() {
    // Each growth of a medium run finds the neighbour in its way, or free.
    let mut blocks: Vec<_> =
        (0..24).map(|tag| (tag, Some(Block::alloc(&POOL, layout(40_000, 8), tag)))).collect();
    for round in 1..120_usize {
        let index = round * 7 % blocks.len();
        let (tag, block) = &mut blocks[index];
        let old = block.take().expect("put back after each round");
        old.check(*tag);
        let size = 33_000 + round * 131_071 % 1_500_000;
        let new_tag = *tag + 1000;
        *block = Some(old.resize(size, *tag, new_tag));
        *tag = new_tag;
    }
    for (tag, block) in blocks {
        let block = block.expect("put back after each round");
        block.check(tag);
        block.free();
    }
}

#[test]
fn a_block_resized_on_another_thread_keeps_bytes() {
    for old in SIZES {
        let block = Block::alloc(&POOL, layout(old, 8), 1);
        let block = std::thread::spawn(move || block.resize(old * 2 + 1, 1, 2))
            .join()
            .expect("the resize succeeds");
        block.resize(old, 2, 3).free();
    }
}
