//! Threads that work in short phases keep no more memory than they use, though for a while a slab is
//! claimed only by the heap that leased it last.

mod common;

use common::child::alone;
use poolalloc::PoolAlloc;
use std::{collections::VecDeque, thread};

#[global_allocator]
static GLOBAL: PoolAlloc = PoolAlloc::new();

/// Blocks of a phase: of 22 slabs.
const BLOCKS: usize = 12_000;
type Block = [u8; 120];

/// Blocks that outlive their phase: about one of each slab.
const SURVIVORS: usize = 20;

/// Phases that they live for.
const LIVES: usize = 100;

/// Phases of a thread: more.
const PHASES: usize = 200;

/// Bytes that a thread has in use at most.
const LIVE_BYTES: usize = (BLOCKS + SURVIVORS * LIVES) * size_of::<Block>();

/// Many phases of one thread.
fn phases(seed: u64) {
    let mut rng = fastrand::Rng::with_seed(seed);
    let mut kept: VecDeque<Vec<Box<Block>>> = VecDeque::new();
    for _ in 0..PHASES {
        let mut blocks: Vec<Box<Block>> = (0..BLOCKS).map(|_| Box::new([1; 120])).collect();
        rng.shuffle(&mut blocks);
        kept.push_back(blocks.drain(..SURVIVORS).collect());
        if kept.len() > LIVES {
            kept.pop_front();
        }
    }
}

#[test]
fn threads_that_work_in_short_phases_keep_what_they_use() {
    alone("threads_that_work_in_short_phases_keep_what_they_use", || {
        const THREADS: usize = 6;
        let threads = (0..THREADS as u64).map(|seed| thread::spawn(move || phases(seed)));
        threads.collect::<Vec<_>>().into_iter().for_each(|thread| thread.join().unwrap());
        // What is given back before the end, by threads that ended first, is not much.
        let committed = PoolAlloc::stats().committed_bytes;
        assert!(
            committed < 3 * THREADS * LIVE_BYTES,
            "{committed} bytes for {LIVE_BYTES} a thread"
        );
    });
}
