//! Many live blocks, of which a random one makes room for the next.

use crate::{
    Group, Params, Workload,
    block::{Block, free_all},
    sizes::Sizes,
    team,
};
use std::mem::replace;

/// A cache or a table at its working size.
///
/// Sizes: 16 to 512 B, evenly. Lifetimes: 100 000 live blocks, each freed with the same probability
/// at each operation, so the next free is far away in memory. Remote frees: none.
pub(super) const RANDOM_VICTIM: Workload = Workload {
    name: "random-victim",
    group: Group::Local,
    about: "100 000 live blocks of 16 to 512 B; a random one is replaced",
    run,
};

/// Blocks that live at any time, on each thread.
const LIVE_BLOCKS: usize = 100_000;

fn run(params: &Params<'_>) -> u64 {
    let sizes = Sizes::even(16..=512, 100_000);
    let turns = params.count(2_000_000);
    params.start();
    team::sum(params.threads, |thread| {
        let mut rng = fastrand::Rng::with_seed(thread as u64);
        let mut live: Vec<Block> =
            (0..LIVE_BLOCKS).map(|turn| Block::new(sizes.at(turn), turn as u64)).collect();
        let sum = (0..turns).fold(0, |sum: u64, turn| {
            let victim = &mut live[rng.usize(..LIVE_BLOCKS)];
            // The new block is there before the old one goes, as in an assignment.
            sum.wrapping_add(replace(victim, Block::new(sizes.at(turn), turn as u64)).free())
        });
        sum.wrapping_add(free_all(live))
    })
}
