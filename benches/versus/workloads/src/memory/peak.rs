//! A burst, and the quiet after it.

use crate::{
    Group, Params, Workload,
    block::{Block, free_all},
    sizes::Sizes,
    team,
};

/// A service after a rush hour: much lives for a moment, then next to nothing, and nobody calls the
/// allocator any more.
///
/// Sizes: 16 to 8192 B, mostly small; 192 MiB at scale 1, in eight bursts one after the other.
/// Lifetimes: until the burst ends; one block in 256 lives until after the quiet. Freed in random
/// order. Remote frees: none.
pub(super) const PEAK_THEN_IDLE: Workload = Workload {
    name: "peak-then-idle",
    group: Group::Memory,
    about: "192 MiB of 16 to 8192 B, freed but for one block in 256, then idle",
    run,
};

/// What lives at the peak, at scale 1.
const PEAK_BYTES: u32 = 192 << 20;

const BURSTS: usize = 8;

/// One block in so many outlives its burst.
const KEPT: usize = 256;

fn run(params: &Params<'_>) -> u64 {
    let sizes = Sizes::mostly_small(16, 8192, 8192);
    let peak_bytes = params.count(PEAK_BYTES) / params.threads;
    params.start();
    let work = |thread: usize| {
        let mut rng = fastrand::Rng::with_seed(thread as u64);
        let (mut kept, mut sum, mut turn) = (Vec::new(), 0_u64, 0);
        for _ in 0..BURSTS {
            let (mut live, mut live_bytes) = (Vec::new(), 0);
            while live_bytes < peak_bytes {
                let bytes = sizes.at(turn);
                live.push(Block::new(bytes, turn as u64));
                live_bytes += bytes;
                turn += 1;
            }
            rng.shuffle(&mut live);
            kept.extend(live.split_off(live.len() - live.len() / KEPT));
            sum = sum.wrapping_add(free_all(live));
        }
        (kept, sum)
    };
    team::sum_with_idle(params, params.threads, work, |(kept, sum)| {
        sum.wrapping_add(free_all(kept))
    })
}
