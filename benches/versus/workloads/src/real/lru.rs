//! A cache in front of something slow.

use crate::{Group, Params, Workload, sizes::Sizes, team};
use lru::LruCache;
use std::{
    hash::{BuildHasherDefault, DefaultHasher},
    num::NonZeroUsize,
};

/// A cache of strings with the least recently used one thrown out: two thirds of the look-ups miss
/// and put a new value in.
///
/// Sizes: values of 16 to 4096 B, mostly small, keys of 6 to 12 B, list nodes of 64 B. Lifetimes:
/// 10 000 entries live; one lives until 10 000 others were used. Remote frees: none; each thread
/// has its own cache.
pub(super) const LRU_CACHE: Workload = Workload {
    name: "lru-cache",
    group: Group::Real,
    about: "an LRU cache of 10 000 strings of 16 to 4096 B, two thirds of the look-ups miss",
    run,
};

const ENTRIES: NonZeroUsize = NonZeroUsize::new(10_000).expect("not zero");

/// Keys that are asked for.
const KEYS: usize = 40_000;

fn run(params: &Params<'_>) -> u64 {
    let sizes = Sizes::mostly_small(16, 4096, 16);
    let turns = params.count(700_000);
    params.start();
    team::sum(params.threads, |thread| {
        let mut rng = fastrand::Rng::with_seed(thread as u64);
        // Keys of its own would make each process's table another one.
        let hasher = BuildHasherDefault::<DefaultHasher>::default();
        let mut cache: LruCache<String, String, _> = LruCache::with_hasher(ENTRIES, hasher);
        (0..turns).fold(0, |sum: u64, turn| {
            // The smaller of two draws: low numbers are asked for more often.
            let key = format!("key-{}", rng.usize(..KEYS).min(rng.usize(..KEYS)));
            if let Some(value) = cache.get(&key) {
                return sum.wrapping_add(last(value));
            }
            let thrown_out = cache.push(key, "v".repeat(sizes.at(turn)));
            sum.wrapping_add(thrown_out.map_or(0, |(_, value)| last(&value)))
        })
    })
}

/// A number from both ends of a value.
fn last(value: &str) -> u64 {
    value.len() as u64 + u64::from(value.as_bytes()[value.len() - 1])
}
