//! Memory that is asked for as zeros, by a user who leaves it dirty.

use crate::{
    Group, Params, Workload,
    block::{Block, free_all},
    team,
};

/// `vec![0; n]`, tables and buffers that rely on zeros.
///
/// Sizes: 64 B to 1 MiB, the smaller the more often. Lifetimes: a cycle of 597 blocks lives until
/// the next cycle is half done; every block is looked at and written to, at least once per 512 B.
/// Remote frees: none.
pub(super) const ZEROED: Workload = Workload {
    name: "zeroed",
    group: Group::Local,
    about: "alloc_zeroed from 64 B to 1 MiB, looked at and left dirty",
    run,
};

/// Blocks of a size in a cycle, and the size in bytes.
const CYCLE: [(usize, usize); 7] = [
    (256, 64),
    (256, 256),
    (64, 1 << 10),
    (16, 8 << 10),
    (3, 64 << 10),
    (1, 256 << 10),
    (1, 1 << 20),
];

fn run(params: &Params<'_>) -> u64 {
    let mut sizes: Vec<usize> =
        CYCLE.iter().flat_map(|&(count, bytes)| std::iter::repeat_n(bytes, count)).collect();
    fastrand::Rng::with_seed(0).shuffle(&mut sizes);
    let cycles = params.count(6000);
    params.start();
    team::sum(params.threads, |_| {
        let half = sizes.len() / 2;
        let mut old: Vec<Block> = Vec::new();
        let sum = (0..cycles).fold(0, |mut sum: u64, cycle| {
            let mut new = Vec::with_capacity(sizes.len());
            for (index, &bytes) in sizes.iter().enumerate() {
                if index == half {
                    sum = sum.wrapping_add(free_all(old.drain(..)));
                }
                new.push(Block::zeroed(bytes, (cycle ^ index) as u64));
            }
            old = new;
            sum
        });
        sum.wrapping_add(free_all(old))
    })
}
