//! The pattern of SmartHeap's benchmark `sh6bench`.

use crate::{
    Group, Params, Workload,
    block::{Block, free_all},
    sizes::Sizes,
    team,
};
use std::mem::take;

/// Runs of blocks of one size, the small sizes far more often than the large ones; of each full
/// table a part dies in the order of its birth, a part in the reverse order, and a part lives until
/// the table is full again.
///
/// Sizes: 8 to 1000 B, in each run one size. Lifetimes: one to three tables of 4000 blocks. Remote
/// frees: none.
pub(super) const SH6_LIKE: Workload = Workload {
    name: "sh6-like",
    group: Group::Local,
    about: "runs of equal blocks of 8 to 1000 B, freed in order, in reverse, or later",
    run,
};

/// Blocks in a table.
const TABLE_BLOCKS: usize = 4000;

/// Bytes that a run of equal blocks takes, so the smallest have the longest runs.
const RUN_BYTES: usize = 2000;

fn run(params: &Params<'_>) -> u64 {
    let sizes = Sizes::mostly_small(8, 1000, 6);
    let tables = params.count(4000);
    params.start();
    team::sum(params.threads, |_| {
        let (mut sum, mut turn) = (0_u64, 0);
        let (mut kept, mut kept_longer) = (Vec::new(), Vec::new());
        for _ in 0..tables {
            let mut table = Vec::with_capacity(TABLE_BLOCKS);
            while table.len() < TABLE_BLOCKS {
                let bytes = sizes.at(turn);
                turn += 1;
                let run = (RUN_BYTES / bytes + 1).min(TABLE_BLOCKS - table.len());
                table.extend((0..run).map(|index| Block::new(bytes, (turn ^ index) as u64)));
            }
            let last_quarter = table.split_off(TABLE_BLOCKS / 4 * 3);
            let third_quarter = table.split_off(TABLE_BLOCKS / 2);
            let second_quarter = table.split_off(TABLE_BLOCKS / 4);
            sum = [
                free_all(take(&mut kept_longer)),
                free_all(table),
                free_all(last_quarter.into_iter().rev()),
            ]
            .into_iter()
            .fold(sum, u64::wrapping_add);
            kept_longer = take(&mut kept);
            kept_longer.extend(second_quarter);
            kept = third_quarter;
        }
        sum.wrapping_add(free_all(kept)).wrapping_add(free_all(kept_longer))
    })
}
