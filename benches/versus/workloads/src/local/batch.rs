//! Batches: some blocks are taken, then all are freed, in three orders.

use crate::{
    Group, Params, Workload,
    block::{Block, free_all},
    sizes::Sizes,
    team,
};

/// A call that builds up and goes back: a recursion, a parse.
///
/// Sizes: 16 to 512 B, evenly. Lifetimes: a batch of 1000; the newest block is freed first.
/// Remote frees: none.
pub(super) const LIFO: Workload = Workload {
    name: "batch-lifo",
    group: Group::Local,
    about: "1000 blocks of 16 to 512 B are taken, then freed, newest first",
    run: lifo,
};

/// A queue that fills and empties.
///
/// As [`LIFO`]; the oldest block is freed first.
pub(super) const FIFO: Workload = Workload {
    name: "batch-fifo",
    group: Group::Local,
    about: "1000 blocks of 16 to 512 B are taken, then freed, oldest first",
    run: fifo,
};

/// A table whose entries die in no order.
///
/// As [`LIFO`]; the blocks are freed in a fixed random order.
pub(super) const SHUFFLED: Workload = Workload {
    name: "batch-shuffled",
    group: Group::Local,
    about: "1000 blocks of 16 to 512 B are taken, then freed in a random order",
    run: shuffled,
};

/// Blocks in a batch.
const BLOCKS: usize = 1000;

/// Batches at scale 1.
const BATCHES: u32 = 30_000;

fn lifo(params: &Params<'_>) -> u64 {
    run(params, &(0..BLOCKS).rev().collect::<Vec<_>>())
}

fn fifo(params: &Params<'_>) -> u64 {
    run(params, &(0..BLOCKS).collect::<Vec<_>>())
}

fn shuffled(params: &Params<'_>) -> u64 {
    let mut order: Vec<usize> = (0..BLOCKS).collect();
    fastrand::Rng::with_seed(1000).shuffle(&mut order);
    run(params, &order)
}

/// Batches whose blocks are freed in that `order`, which names each once.
fn run(params: &Params<'_>, order: &[usize]) -> u64 {
    let sizes = Sizes::even(16..=512, 16_512);
    let batches = params.count(BATCHES);
    params.start();
    team::sum(params.threads, |_| {
        let mut live: Vec<Option<Block>> = (0..BLOCKS).map(|_| None).collect();
        (0..batches).fold(0, |sum: u64, batch| {
            for (index, place) in live.iter_mut().enumerate() {
                *place = Some(Block::new(sizes.at(index), (batch ^ index) as u64));
            }
            sum.wrapping_add(free_all(order.iter().filter_map(|&index| live[index].take())))
        })
    })
}
