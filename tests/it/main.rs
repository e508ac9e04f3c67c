//! What `PoolAlloc` promises, as far as one program can show it side by side with others.

#[path = "../common/mod.rs"]
mod common;

mod contract;
mod counting;
mod flat_rule;
mod huge;
mod layered;
mod mremap;
mod owns;
mod realloc;
mod stats_text;
mod usable;

use poolalloc::PoolAlloc;
use std::alloc::Layout;

/// The allocator under test. The program itself runs on the system's, with a count.
static POOL: PoolAlloc = PoolAlloc::new();

#[global_allocator]
static COUNTING: counting::Counting = counting::Counting;

/// Requests up to here are cut from slabs.
const SMALL_MAX_BYTES: usize = 32 << 10;

/// Requests up to here are runs of slices; larger ones have mappings of their own.
const MEDIUM_MAX_BYTES: usize = common::layer::MEDIUM_MAX_BYTES;

fn layout(size: usize, align: usize) -> Layout {
    Layout::from_size_align(size, align).expect("a size and an alignment that make a layout")
}

/// Alignments from 1 byte to `max`.
fn aligns_to(max: usize) -> impl Iterator<Item = usize> {
    (0..usize::BITS).map(|bit| 1 << bit).take_while(move |align| *align <= max)
}
