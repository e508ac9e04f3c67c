//! One block at a time.

use crate::{Group, Params, Workload, block::Block, sizes::Sizes, team};

/// Alloc, write, read, free: the shortest path through an allocator.
///
/// Sizes: 16 to 512 B, evenly. Lifetimes: until the next operation. Remote frees: none.
pub(super) const PAIR: Workload = Workload {
    name: "pair",
    group: Group::Local,
    about: "alloc and free, one block of 16 to 512 B at a time",
    run,
};

fn run(params: &Params<'_>) -> u64 {
    let sizes = Sizes::even(16..=512, 16_512);
    let pairs = params.count(40_000_000);
    params.start();
    team::sum(params.threads, |_| {
        (0..pairs).fold(0, |sum: u64, turn| {
            sum.wrapping_add(Block::new(sizes.at(turn), turn as u64).free())
        })
    })
}
