//! A program on one version of the allocator that calls another version beside it.

use std::alloc::{GlobalAlloc, Layout};
use std::thread;

#[global_allocator]
static GLOBAL: one::PoolAlloc = one::PoolAlloc::new();

static OTHER: other::PoolAlloc = other::PoolAlloc::new();

/// Allocates with both versions in turn, and looks that neither touches what the other gave.
fn work(seed: usize) {
    let byte = seed.to_le_bytes()[0];
    let mut boxes = Vec::new();
    for size in (1..3000).step_by(13).chain([40_000, 2 << 20]) {
        let layout = Layout::from_size_align(size, 8).expect("a layout");
        // SAFETY: the size is not zero.
        let block = unsafe { OTHER.alloc(layout) };
        assert!(!block.is_null(), "there is memory");
        // SAFETY: the block has `size` bytes.
        unsafe { block.write_bytes(byte, size) };
        boxes.push((vec![byte; size], block, layout));
    }
    for (bytes, block, layout) in boxes {
        // SAFETY: the block is live and all its bytes were written.
        let others = unsafe { std::slice::from_raw_parts(block, layout.size()) };
        assert!(bytes == others, "a version wrote into a block of the other");
        // SAFETY: the block is live with `layout`, and not used again.
        unsafe { OTHER.dealloc(block, layout) };
    }
}

fn main() {
    for round in 0..10 {
        let threads: Vec<_> =
            (0..3).map(|lane| thread::spawn(move || work(round * 3 + lane))).collect();
        work(200);
        threads.into_iter().for_each(|thread| thread.join().expect("the thread succeeds"));
    }
    println!("two versions ran side by side");
}
