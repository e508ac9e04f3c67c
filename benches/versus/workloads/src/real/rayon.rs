//! Data parallelism.

use super::text::{Vocabulary, hash};
use crate::{Group, Params, Workload};
use rayon::{
    ThreadPoolBuilder,
    iter::{IndexedParallelIterator, ParallelIterator},
    slice::ParallelSlice,
};
use std::collections::HashMap;

/// Word count: `rayon` counts pieces of a text into maps and merges the maps by two.
///
/// Sizes: words of 2 to 12 B, tables of up to 600 KiB. Lifetimes: a word until its map is merged
/// into another. Remote frees: what was counted on one thread and merged on another, about 5 %.
pub(super) const RAYON_WORDS: Workload = Workload {
    name: "rayon-words",
    group: Group::Real,
    about: "words of a text counted piece by piece, maps of strings merged",
    run,
};

/// Words of the text.
const WORDS: usize = 400_000;

/// Lines in a piece.
const LINES: usize = 300;

type Counts = HashMap<String, u64>;

fn run(params: &Params<'_>) -> u64 {
    let mut rng = fastrand::Rng::with_seed(12);
    let text = Vocabulary::new(20_000, &mut rng).text(WORDS, &mut rng);
    let lines: Vec<&str> = text.lines().collect();
    let rounds = params.count(8);
    let pool = ThreadPoolBuilder::new().num_threads(params.threads).build();
    let pool = pool.expect("the system must give the threads that were asked for");
    params.start();
    (0..rounds).fold(0, |sum: u64, _| {
        let pieces = lines.par_chunks(LINES).with_max_len(1);
        let counts = pool.install(|| pieces.map(count).reduce(Counts::new, merged));
        counts.iter().fold(sum, |sum, (word, count)| {
            sum.wrapping_add(hash(word.as_bytes()).wrapping_mul(*count))
        })
    })
}

fn count(lines: &[&str]) -> Counts {
    let mut counts = Counts::new();
    for word in lines.iter().flat_map(|line| line.split_whitespace()) {
        *counts.entry(word.to_owned()).or_default() += 1;
    }
    counts
}

fn merged(left: Counts, right: Counts) -> Counts {
    let (mut large, small) = if left.len() < right.len() { (right, left) } else { (left, right) };
    for (word, count) in small {
        *large.entry(word).or_default() += count;
    }
    large
}
