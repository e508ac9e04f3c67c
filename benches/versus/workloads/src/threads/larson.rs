//! The server of Larson and Krishnan (ISMM 1998).

use crate::{
    Group, Params, Workload,
    block::{Block, free_all},
    sizes::Sizes,
};
use crossbeam_channel::{Sender, bounded};
use std::{mem::replace, thread::Scope};

/// A server whose threads die and hand their blocks over: each thread replaces random blocks of its
/// table, then starts a successor, gives it the table and ends.
///
/// Sizes: 8 to 1000 B, evenly. Lifetimes: 5000 live blocks in a chain of threads, one chain for
/// each thread asked for; 100 operations per block and thread. Remote frees: about 1 %, the blocks
/// that a predecessor took, and the last table.
pub(super) const LARSON: Workload = Workload {
    name: "larson",
    group: Group::Threads,
    about: "a server: threads replace random blocks of 8 to 1000 B, die and hand them over",
    run,
};

/// Blocks in the table of a chain.
const TABLE_BLOCKS: usize = 5000;

/// Operations of a thread.
const TURNS: usize = 100 * TABLE_BLOCKS;

/// What a thread hands to its successor.
struct Estate {
    table: Vec<Block>,
    rng: fastrand::Rng,
    sum: u64,
    /// Threads that are yet to come in this chain.
    successors: usize,
}

fn run(params: &Params<'_>) -> u64 {
    let sizes = Sizes::even(8..=1000, 4141);
    let turns = TURNS.min(params.count(20 * 500_000));
    let successors = params.count(20) - 1;
    params.start();
    std::thread::scope(|scope| {
        let (results, ends) = bounded(params.threads);
        for chain in 0..params.threads {
            let estate = Estate {
                table: (0..TABLE_BLOCKS).map(|at| Block::new(sizes.at(at), at as u64)).collect(),
                rng: fastrand::Rng::with_seed(chain as u64),
                sum: 0,
                successors,
            };
            let (results, sizes) = (results.clone(), &sizes);
            scope.spawn(move || live(scope, estate, sizes, turns, results));
        }
        drop(results);
        ends.iter().fold(0, u64::wrapping_add)
    })
}

/// The life of one thread.
fn live<'scope>(
    scope: &'scope Scope<'scope, '_>,
    mut estate: Estate,
    sizes: &'scope Sizes,
    turns: usize,
    results: Sender<u64>,
) {
    for turn in 0..turns {
        let victim = &mut estate.table[estate.rng.usize(..TABLE_BLOCKS)];
        let old = replace(victim, Block::new(sizes.at(turn), turn as u64));
        estate.sum = estate.sum.wrapping_add(old.free());
    }
    if estate.successors == 0 {
        let sum = estate.sum.wrapping_add(free_all(estate.table));
        results.send(sum).expect("the results are waited for");
    } else {
        estate.successors -= 1;
        scope.spawn(move || live(scope, estate, sizes, turns, results));
    }
}
