//! The pattern of mimalloc's stress test.

use super::shared::Shared;
use crate::{
    Group, Params, Workload,
    block::{Block, free_all},
    sizes::mostly_small,
    team,
};

/// A shared graph that grows: threads build what lives for long and what dies soon, mixed; they
/// swap blocks through shared places, and die, and the next generation finds what they left there.
///
/// Sizes: 8 B to 16 KiB, mostly small, zeroed; one in 100 up to 100 times as large as drawn, 1 MiB
/// at most. Lifetimes: of each thread's blocks a quarter lives until its generation ends, the rest
/// for some hundred operations; 1000 shared places, of which half outlive the generation. Remote
/// frees: about a tenth.
pub(super) const MSTRESS: Workload = Workload {
    name: "mstress",
    group: Group::Threads,
    about: "generations of threads grow a graph of 8 B to 1 MiB and swap parts of it",
    run,
};

/// Shared places.
const PLACES: usize = 1000;

/// Blocks that a thread takes.
const BLOCKS: u32 = 50_000;

/// Generations of threads at scale 1.
const GENERATIONS: u32 = 10;

fn run(params: &Params<'_>) -> u64 {
    let generations = params.count(GENERATIONS);
    let blocks = params.count(GENERATIONS * BLOCKS).min(BLOCKS as usize);
    params.start();
    let mut shared = Shared::new(PLACES);
    let sum = (0..generations).fold(0, |sum: u64, generation| {
        let team = |thread| {
            let seed = (generation * params.threads + thread) as u64;
            live(&shared, fastrand::Rng::with_seed(seed), blocks)
        };
        sum.wrapping_add(team::sum(params.threads, team))
            .wrapping_add(free_all(shared.drain(PLACES / 2)))
    });
    sum.wrapping_add(free_all(shared.drain(0)))
}

/// The life of one thread. What it draws does not depend on what the others do.
fn live(shared: &Shared, mut rng: fastrand::Rng, blocks: usize) -> u64 {
    let (mut kept, mut passing, mut sum) = (Vec::new(), Vec::new(), 0_u64);
    for tag in 0..blocks as u64 {
        let block = Block::zeroed(size(&mut rng), tag);
        if rng.u32(..4) == 0 {
            kept.push(block);
        } else {
            passing.push(Some(block));
        }
        if rng.u32(..3) != 0 && !passing.is_empty() {
            let victim = rng.usize(..passing.len());
            sum = sum.wrapping_add(passing.swap_remove(victim).map_or(0, Block::free));
        }
        if rng.u32(..4) == 0 && !passing.is_empty() {
            let index = rng.usize(..passing.len());
            passing[index] = shared.swap(&mut rng, passing[index].take());
        }
    }
    sum.wrapping_add(free_all(kept)).wrapping_add(free_all(passing.into_iter().flatten()))
}

/// In bytes.
fn size(rng: &mut fastrand::Rng) -> usize {
    let bytes = mostly_small(rng, 8, 16 << 10) as usize;
    if rng.u32(..100) == 0 { (bytes * rng.usize(1..=100)).min(1 << 20) } else { bytes }
}
