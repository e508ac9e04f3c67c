//! Holes that are too small for what comes next.

use crate::{
    Group, Params, Workload,
    block::{Block, free_all},
    sizes::Sizes,
    team,
};

/// A table whose entries are half removed, and then replaced by larger ones: the space between the
/// survivors serves nobody, unless it is given back.
///
/// Sizes: 16 to 256 B, then 512 to 2048 B, evenly; 96 MiB live at scale 1. Lifetimes: every second
/// of the small blocks dies, in the order of birth; the rest lives to the end of the round, of
/// which there are four. Remote frees: none.
pub(super) const FRAGMENTATION: Workload = Workload {
    name: "fragmentation",
    group: Group::Memory,
    about: "96 MiB of 16 to 256 B, every second freed, as many bytes of 512 to 2048 B taken, idle",
    run,
};

/// What lives before anything is freed, at scale 1.
const LIVE_BYTES: u32 = 96 << 20;

/// Times that it all happens, from nothing.
const ROUNDS: usize = 4;

fn run(params: &Params<'_>) -> u64 {
    let (small, large) = (Sizes::even(16..=256, 256), Sizes::even(512..=2048, 2048));
    let live_bytes = params.count(LIVE_BYTES) / params.threads;
    params.start();
    let work = |_| {
        let (mut old, mut new, mut sum) = (Vec::new(), Vec::new(), 0_u64);
        for _ in 0..ROUNDS {
            sum = sum.wrapping_add(free_all(old)).wrapping_add(free_all(new));
            old = take(&small, live_bytes);
            let (mut freed_bytes, mut turn) = (0, 0);
            // The survivors stay where they are; the table that names them keeps its size.
            old.retain(|block| {
                turn += 1;
                if turn % 2 == 1 {
                    freed_bytes += block.bytes();
                    sum = sum.wrapping_add(block.sum());
                }
                turn % 2 == 0
            });
            new = take(&large, freed_bytes);
        }
        (old, new, sum)
    };
    team::sum_with_idle(params, params.threads, work, |(old, new, sum)| {
        sum.wrapping_add(free_all(old)).wrapping_add(free_all(new))
    })
}

/// Blocks of at least that many bytes in all.
fn take(sizes: &Sizes, least_bytes: usize) -> Vec<Block> {
    let (mut blocks, mut taken_bytes) = (Vec::new(), 0);
    while taken_bytes < least_bytes {
        let turn = blocks.len();
        blocks.push(Block::new(sizes.at(turn), turn as u64));
        taken_bytes += sizes.at(turn);
    }
    blocks
}
