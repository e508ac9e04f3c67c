//! Threads that all take blocks and all free those of another.

use crate::{
    Group, Params, Workload,
    block::{Block, free_all},
    sizes::Sizes,
    team::join_all,
};
use crossbeam_channel::bounded;
use std::thread;

/// Two workers that send each other requests and answers (2→2); more stand in a ring.
///
/// Sizes: 16 to 512 B, evenly. Lifetimes: one batch of 256 and what waits before it, at most 4
/// batches for each thread. Remote frees: all, and every thread both takes and frees. With one
/// thread there are two.
pub(super) const EXCHANGE: Workload = Workload {
    name: "exchange",
    group: Group::Threads,
    about: "threads in a ring: each takes blocks of 16 to 512 B and frees those of the one before",
    run,
};

/// Blocks that are handed over at once.
const BATCH_BLOCKS: usize = 256;

/// Batches that wait for one thread.
const BATCHES: usize = 4;

fn run(params: &Params<'_>) -> u64 {
    let sizes = Sizes::even(16..=512, 16_512);
    let batches = params.count(50_000);
    let threads = params.threads.max(2);
    params.start();
    let (senders, mut receivers): (Vec<_>, Vec<_>) =
        (0..threads).map(|_| bounded::<Vec<Block>>(BATCHES)).unzip();
    // Each sends into the inbox of the next.
    receivers.rotate_right(1);
    thread::scope(|scope| {
        let team = senders.into_iter().zip(receivers).map(|(sender, receiver)| {
            let sizes = &sizes;
            scope.spawn(move || {
                (0..batches).fold(0, |sum: u64, batch| {
                    let blocks = (0..BATCH_BLOCKS).map(|index| {
                        let turn = batch * BATCH_BLOCKS + index;
                        Block::new(sizes.at(turn), turn as u64)
                    });
                    // A full inbox means that the next one has yet to receive. All threads do equal
                    // steps, so somewhere in the ring there is one whose successor's inbox has
                    // room.
                    sender.send(blocks.collect()).expect("a thread receives as often as it sends");
                    let batch = receiver.recv().expect("a thread sends as often as it receives");
                    sum.wrapping_add(free_all(batch))
                })
            })
        });
        join_all(team.collect())
    })
}
