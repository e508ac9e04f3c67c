//! Alignments above that of a word.

use crate::{
    Group, Params, Workload,
    block::{Block, free_all},
    team,
};
use std::mem::replace;

/// Vectors for SIMD, padded atomics, buffers for direct I/O.
///
/// Alignments: 16 B to 4 KiB. Sizes: one to four times the alignment, not always a multiple of it.
/// Lifetimes: 2000 live blocks, a random one is replaced. Remote frees: none.
pub(super) const ALIGNED: Workload = Workload {
    name: "aligned",
    group: Group::Local,
    about: "2000 live blocks aligned to 16 B to 4 KiB; a random one is replaced",
    run,
};

/// Blocks that live at any time, on each thread.
const LIVE_BLOCKS: usize = 2000;

/// Drawn in advance; a power of two.
const REQUESTS: usize = 2048;

fn run(params: &Params<'_>) -> u64 {
    let mut rng = fastrand::Rng::with_seed(4096);
    let requests: Vec<(usize, usize)> = (0..REQUESTS)
        .map(|_| {
            let align = 1 << rng.u32(4..=12);
            (rng.usize(align..=4 * align), align)
        })
        .collect();
    let turns = params.count(6_000_000);
    params.start();
    team::sum(params.threads, |thread| {
        let block = |turn: usize| {
            let (bytes, align) = requests[turn % REQUESTS];
            Block::aligned(bytes, align, turn as u64)
        };
        let mut rng = fastrand::Rng::with_seed(thread as u64);
        let mut live: Vec<Block> = (0..LIVE_BLOCKS).map(block).collect();
        let sum = (0..turns).fold(0, |sum: u64, turn| {
            let victim = &mut live[rng.usize(..LIVE_BLOCKS)];
            sum.wrapping_add(replace(victim, block(turn)).free())
        });
        sum.wrapping_add(free_all(live))
    })
}
