//! Blocks freed by another thread than the one that took them: PoolAlloc, MiMalloc and System side by side.
//!
//! `cargo bench --features mimalloc --bench remote`; with `-- --test` every row runs once.

mod common;
#[path = "common/side_by_side.rs"]
mod side_by_side;

use common::rows::Group;
use criterion::Criterion;

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    side_by_side::bench(&mut criterion, Group::Remote);
    criterion.final_summary();
}
