//! Threads that live for microseconds.

use crate::{
    Group, Params, Workload,
    block::{Block, free_all},
    sizes::Sizes,
    team,
};
use std::thread;

/// A thread for each request: it allocates a little, frees half of it, ends, and its result is
/// freed by whoever waited for it.
///
/// Sizes: 16 to 2048 B, mostly small; 64 blocks for each thread. Lifetimes: half of them until the
/// thread ends, half until it was joined. Remote frees: half. 10 000 threads at scale 1; as many at
/// a time as were asked for.
pub(super) const THREAD_CHURN: Workload = Workload {
    name: "thread-churn",
    group: Group::Threads,
    about: "10 000 threads of 64 blocks each, half of which are freed by who joins them",
    run,
};

/// Blocks that a thread takes.
const BLOCKS: usize = 64;

fn run(params: &Params<'_>) -> u64 {
    let sizes = Sizes::mostly_small(16, 2048, 2048);
    let threads = params.count(10_000).div_ceil(params.threads);
    params.start();
    team::sum(params.threads, |_| {
        (0..threads).fold(0, |sum: u64, number| {
            let result = thread::scope(|scope| team::join(scope.spawn(|| request(&sizes, number))));
            sum.wrapping_add(result.0).wrapping_add(free_all(result.1))
        })
    })
}

/// What a short thread does: the sum of what it freed, and its result.
fn request(sizes: &Sizes, number: usize) -> (u64, Vec<Block>) {
    let mut blocks: Vec<Block> = (0..BLOCKS)
        .map(|index| Block::new(sizes.at(number * BLOCKS + index), (number ^ index) as u64))
        .collect();
    let scratch = blocks.split_off(BLOCKS / 2);
    (free_all(scratch), blocks)
}
