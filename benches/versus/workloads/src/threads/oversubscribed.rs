//! More threads than cores.

use super::shared::Shared;
use crate::{
    Group, Params, Workload,
    block::{Block, free_all},
    sizes::Sizes,
    team,
};
use std::mem::replace;

/// Eight threads for each core, as in a program that starts them without counting: a thread loses
/// its core anywhere, also inside the allocator.
///
/// Sizes: 16 to 1024 B, evenly. Lifetimes: 2000 live blocks on each thread, a random one is
/// replaced; every 16th goes through one of 4096 shared places to another thread. Remote frees: 3
/// to 6 %. `threads` is taken for the number of cores.
pub(super) const OVERSUBSCRIBED: Workload = Workload {
    name: "oversubscribed",
    group: Group::Threads,
    about: "8 threads for each core replace random blocks of 16 to 1024 B and swap some",
    run,
};

/// Threads for each core.
const THREADS: usize = 8;

/// More than a thread swaps through before it loses its core: else it would get its own back.
const PLACES: usize = 4096;

/// Blocks that live on a thread.
const LIVE_BLOCKS: usize = 2000;

fn run(params: &Params<'_>) -> u64 {
    let sizes = Sizes::even(16..=1024, 1024);
    let turns = params.count(1_000_000);
    params.start();
    let mut shared = Shared::new(PLACES);
    let sum = team::sum(THREADS * params.threads, |thread| {
        let mut rng = fastrand::Rng::with_seed(thread as u64);
        let mut live: Vec<Block> =
            (0..LIVE_BLOCKS).map(|turn| Block::new(sizes.at(turn), turn as u64)).collect();
        let sum = (0..turns).fold(0, |sum: u64, turn| {
            let mut old = Some(replace(
                &mut live[rng.usize(..LIVE_BLOCKS)],
                Block::new(sizes.at(turn), turn as u64),
            ));
            if turn % 16 == 0 {
                old = shared.swap(&mut rng, old);
            }
            sum.wrapping_add(old.map_or(0, Block::free))
        });
        sum.wrapping_add(free_all(live))
    });
    sum.wrapping_add(free_all(shared.drain(0)))
}
