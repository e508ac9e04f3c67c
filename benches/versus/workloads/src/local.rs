//! Blocks that die on the thread that they were born on.

use crate::{Group, Params, Workload};
use std::{hint::black_box, thread};

pub(crate) const ALL: &[Workload] = &[Workload {
    name: "pair",
    group: Group::Local,
    about: "a block is freed before the next is asked for",
    run: pair,
}];

/// Models a temporary in a loop: a block of 64 bytes, alloc, free, alloc … on each thread. No free is
/// remote.
fn pair(params: &Params<'_>) -> u64 {
    #[expect(clippy::cast_possible_truncation, reason = "a count of operations")]
    let pairs = (20e6 * params.scale) as u64;
    params.start();
    thread::scope(|scope| {
        let threads: Vec<_> = (0..params.threads)
            .map(|_| {
                scope.spawn(|| {
                    (0..pairs).map(|number| black_box(Box::new([number; 8]))[7]).sum::<u64>()
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().expect("a pair does not panic")).sum()
    })
}
