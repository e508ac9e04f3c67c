//! The pattern of rpmalloc's benchmark.

use crate::{
    Group, Params, Workload,
    block::{Block, free_all},
    team::join_all,
};
use crossbeam_channel::{Receiver, Sender, TrySendError, bounded};
use std::thread;

/// Threads that replace scattered blocks of any size, and in every second step give blocks to
/// another thread to free.
///
/// Sizes: 16 B to 16 000 B; the larger the rarer (linear fall). Lifetimes: 1000 live blocks on each
/// thread, 200 replaced in each step. Remote frees: one in five; with one thread none.
pub(super) const RPTEST_LIKE: Workload = Workload {
    name: "rptest-like",
    group: Group::Threads,
    about: "scattered blocks of 16 to 16000 B replaced, one in five freed by another thread",
    run,
};

/// Blocks that live on a thread.
const LIVE_BLOCKS: usize = 1000;

/// Blocks that a step replaces.
const STEP_BLOCKS: usize = 200;

/// Blocks that go to another thread in every second step.
const GIVEN_BLOCKS: usize = 100;

/// Gifts that wait for one thread.
const GIFTS: usize = 8;

fn run(params: &Params<'_>) -> u64 {
    let mut rng = fastrand::Rng::with_seed(16_000);
    // The smaller of two even draws falls linearly.
    let sizes: Vec<usize> =
        (0..4096).map(|_| rng.usize(16..=16_000).min(rng.usize(16..=16_000))).collect();
    let steps = params.count(12_000);
    params.start();
    let (senders, mut receivers): (Vec<_>, Vec<_>) =
        (0..params.threads).map(|_| bounded::<Vec<Block>>(GIFTS)).unzip();
    // Each sends into the inbox of the next.
    receivers.rotate_right(1);
    thread::scope(|scope| {
        let team = senders.into_iter().zip(receivers).enumerate().map(|(thread, (to, from))| {
            let sizes = &sizes;
            scope.spawn(move || live(thread, sizes, steps, to, &from))
        });
        join_all(team.collect())
    })
}

/// The life of one thread; what it gets goes to waste at once.
fn live(
    thread: usize,
    sizes: &[usize],
    steps: usize,
    to: Sender<Vec<Block>>,
    from: &Receiver<Vec<Block>>,
) -> u64 {
    let block = |turn: usize| Block::new(sizes[turn % sizes.len()], turn as u64);
    let mut rng = fastrand::Rng::with_seed(thread as u64);
    let mut live: Vec<Block> = (0..LIVE_BLOCKS).map(block).collect();
    let mut sum = 0_u64;
    for step in 0..steps {
        let first = step * STEP_BLOCKS;
        // Scattered over the table, each at most once in a step.
        let start = rng.usize(..LIVE_BLOCKS);
        for index in 0..STEP_BLOCKS {
            let victim = &mut live[(start + index * 7) % LIVE_BLOCKS];
            let old = std::mem::replace(victim, block(first + index));
            sum = sum.wrapping_add(old.free());
        }
        if step % 2 == 1 {
            let mut gift = (0..GIVEN_BLOCKS).map(|index| block(first + index)).collect();
            // While the inbox of the next is full, there may be something in the own one.
            while let Err(TrySendError::Full(back)) = to.try_send(gift) {
                gift = back;
                sum = sum.wrapping_add(free_all(from.try_iter().flatten()));
                thread::yield_now();
            }
        }
        sum = sum.wrapping_add(free_all(from.try_iter().flatten()));
    }
    // The next one reads its inbox to the end, and so does this one.
    drop(to);
    sum.wrapping_add(free_all(from.iter().flatten())).wrapping_add(free_all(live))
}
