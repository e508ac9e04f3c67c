//! The pattern of Lever and Boreham's `xmalloc-test` (USENIX 2000).

use crate::{
    Group, Params, Workload,
    block::{Block, free_all},
    team::join_all,
};
use crossbeam_channel::bounded;
use std::thread;

/// Half of the threads only take blocks, the other half only free them: whoever caches what it
/// frees never uses it again.
///
/// Sizes: 64 B. Lifetimes: one batch of 1024 and what waits before it, at most 8 batches for each
/// pair of threads. Remote frees: all. With one thread there are two.
pub(super) const XMALLOC: Workload = Workload {
    name: "xmalloc",
    group: Group::Threads,
    about: "threads that only take blocks of 64 B, threads that only free them",
    run,
};

/// Blocks that are handed over at once.
const BATCH_BLOCKS: usize = 1024;

/// Batches that wait, for each pair of threads.
const BATCHES: usize = 8;

fn run(params: &Params<'_>) -> u64 {
    let pairs = params.threads.div_ceil(2);
    let batches = params.count(24_000);
    params.start();
    let (sender, receiver) = bounded::<Vec<Block>>(pairs * BATCHES);
    thread::scope(|scope| {
        for _ in 0..pairs {
            let sender = sender.clone();
            scope.spawn(move || {
                for batch in 0..batches {
                    let blocks =
                        (0..BATCH_BLOCKS).map(|index| Block::new(64, (batch ^ index) as u64));
                    sender.send(blocks.collect()).expect("a consumer lives until the last batch");
                }
            });
        }
        drop(sender);
        let consumers = (0..pairs).map(|_| {
            let receiver = receiver.clone();
            scope.spawn(move || {
                receiver.iter().fold(0, |sum: u64, batch| sum.wrapping_add(free_all(batch)))
            })
        });
        let consumers = consumers.collect();
        drop(receiver);
        join_all(consumers)
    })
}
