//! Threads that have little to do, and many of them.

use crate::{
    Group, Params, Workload,
    block::{Block, free_all},
    sizes::Sizes,
    team,
};
use crossbeam_channel::bounded;

/// A pool of blocking threads, one for each connection: each has worked at some time, and keeps a
/// few blocks while it waits. What its heap keeps besides is multiplied by 500.
///
/// Sizes: 16 B to 16 KiB, mostly small. Lifetimes: in a burst 100 live blocks, a random one is
/// replaced; 8 of them live on. Remote frees: none. 500 threads at any scale, of which `threads`
/// are not idle; the scale is the length of a burst.
pub(super) const IDLE_THREADS: Workload = Workload {
    name: "idle-threads",
    group: Group::Memory,
    about: "500 threads that work in bursts, keep 8 blocks each, and idle",
    run,
};

/// Threads that live at a time.
const THREADS: usize = 500;

/// Bursts of each thread.
const BURSTS: usize = 4;

/// Blocks that live during a burst, and after it.
const LIVE_BLOCKS: (usize, usize) = (100, 8);

fn run(params: &Params<'_>) -> u64 {
    let sizes = Sizes::mostly_small(16, 16 << 10, 16);
    let turns = params.count(5000);
    params.start();
    // Who holds a permit is not idle.
    let (give_back, permits) = bounded(params.threads);
    for _ in 0..params.threads {
        give_back.send(()).expect("the permits are held here");
    }
    let work = |thread: usize| {
        let mut rng = fastrand::Rng::with_seed(thread as u64);
        let (mut kept, mut sum) = (Vec::new(), 0_u64);
        for _ in 0..BURSTS {
            permits.recv().expect("the permits are held by `run`");
            let mut live: Vec<Block> = std::mem::take(&mut kept);
            let missing = live.len()..LIVE_BLOCKS.0;
            live.extend(missing.map(|turn| Block::new(sizes.at(turn), turn as u64)));
            for turn in 0..turns {
                let block = Block::new(sizes.at(thread + turn), turn as u64);
                let victim = &mut live[rng.usize(..LIVE_BLOCKS.0)];
                sum = sum.wrapping_add(std::mem::replace(victim, block).free());
            }
            sum = sum.wrapping_add(free_all(live.drain(LIVE_BLOCKS.1..)));
            kept = live;
            give_back.send(()).expect("the permits are held by `run`");
        }
        (kept, sum)
    };
    team::sum_with_idle(params, THREADS, work, |(kept, sum)| sum.wrapping_add(free_all(kept)))
}
