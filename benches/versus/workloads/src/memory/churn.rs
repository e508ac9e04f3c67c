//! A long-lived program whose needs shift.

use crate::{
    Group, Params, Workload,
    block::{Block, free_all},
    team,
};

/// A cache that serves one kind of value, then another: the bytes that live stay the same, the
/// sizes do not, and every change leaves survivors of the old size behind.
///
/// Sizes: 32 to 64 B in the first phase, then others up to 4 to 8 KiB, in an order that goes up and
/// down. Lifetimes: 64 MiB live at scale 1; random blocks die to make room; in a phase as many
/// bytes are taken as live, so a third of the old ones survive it. Remote frees: none.
pub(super) const LONG_CHURN: Workload = Workload {
    name: "long-churn",
    group: Group::Memory,
    about: "64 MiB live while the sizes shift between 32 B and 8 KiB, idle",
    run,
};

/// What lives at any time, at scale 1.
const LIVE_BYTES: u32 = 64 << 20;

/// The least size of each phase, in bytes; the largest is twice that.
const PHASES: [usize; 10] = [32, 512, 64, 4096, 128, 1024, 256, 2048, 32, 512];

fn run(params: &Params<'_>) -> u64 {
    let live_bytes = params.count(LIVE_BYTES) / params.threads;
    params.start();
    let work = |thread: usize| {
        let mut rng = fastrand::Rng::with_seed(thread as u64);
        let mut cache = Cache::default();
        let mut sum = 0_u64;
        for least in PHASES {
            let mut taken_bytes = 0;
            while taken_bytes < live_bytes {
                let bytes = rng.usize(least..=2 * least);
                taken_bytes += bytes;
                cache.put(Block::new(bytes, rng.u64(..)));
                while cache.live_bytes > live_bytes {
                    let victim = cache.take(rng.usize(..cache.blocks.len()));
                    sum = sum.wrapping_add(victim.free());
                }
            }
        }
        (cache.blocks, sum)
    };
    team::sum_with_idle(params, params.threads, work, |(blocks, sum)| {
        sum.wrapping_add(free_all(blocks))
    })
}

#[derive(Default)]
struct Cache {
    blocks: Vec<Block>,
    /// The sizes of `blocks`, added up.
    live_bytes: usize,
}

impl Cache {
    fn put(&mut self, block: Block) {
        self.live_bytes += block.bytes();
        self.blocks.push(block);
    }

    fn take(&mut self, index: usize) -> Block {
        let block = self.blocks.swap_remove(index);
        self.live_bytes -= block.bytes();
        block
    }
}
