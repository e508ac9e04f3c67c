//! The maps of the standard library, at their working size.

use crate::{Group, Params, Workload, sizes::Sizes, team};
use std::{
    collections::{BTreeMap, HashMap},
    hash::{BuildHasherDefault, DefaultHasher},
    mem::replace,
};

/// An index that is written to all the time: a random entry of a `HashMap` and of a `BTreeMap`
/// goes, another comes.
///
/// Sizes: keys of 8 to 26 B, values of 16 to 512 B, nodes of the tree of about 540 B. Lifetimes: 20
/// 000 entries in each map, each is as likely to go as the next. Remote frees: none; each thread
/// has its own maps.
pub(super) const MAP_CHURN: Workload = Workload {
    name: "map-churn",
    group: Group::Real,
    about: "20 000 strings in a HashMap and in a BTreeMap; a random one is replaced in both",
    run,
};

const ENTRIES: usize = 20_000;

fn run(params: &Params<'_>) -> u64 {
    let sizes = Sizes::mostly_small(16, 512, 512);
    let turns = params.count(200_000);
    params.start();
    team::sum(params.threads, |thread| {
        let mut rng = fastrand::Rng::with_seed(thread as u64);
        let mut keys: Vec<String> = (0..ENTRIES).map(|_| key(&mut rng)).collect();
        // Keys of its own would make each process's table another one.
        let mut hashed: HashMap<_, _, BuildHasherDefault<DefaultHasher>> = HashMap::default();
        let mut sorted = BTreeMap::new();
        for (turn, key) in keys.iter().enumerate() {
            hashed.insert(key.clone(), "h".repeat(sizes.at(turn)));
            sorted.insert(key.clone(), "s".repeat(sizes.at(turn)));
        }
        (0..turns).fold(0, |sum: u64, turn| {
            let new = key(&mut rng);
            hashed.insert(new.clone(), "h".repeat(sizes.at(turn)));
            sorted.insert(new.clone(), "s".repeat(sizes.at(turn)));
            let old = replace(&mut keys[rng.usize(..ENTRIES)], new);
            let gone = [hashed.remove(&old), sorted.remove(&old)].into_iter().flatten();
            gone.fold(sum, |sum, value| sum.wrapping_add(value.len() as u64))
        })
    })
}

/// Most likely a new one; which two are equal is the same in every run.
fn key(rng: &mut fastrand::Rng) -> String {
    format!("key:{:x}:{}", rng.u64(..1 << 48), rng.u32(..1000))
}
