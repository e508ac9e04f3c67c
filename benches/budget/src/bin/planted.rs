//! As `scale`, on an allocator that must be seen: it takes a step for every 16 MiB that are live.

use poolalloc::PoolAlloc;
use std::{
    alloc::{GlobalAlloc, Layout},
    hint::black_box,
    sync::atomic::{AtomicUsize, Ordering::Relaxed},
};

struct Planted(PoolAlloc);

static LIVE_BYTES: AtomicUsize = AtomicUsize::new(0);

// SAFETY: the blocks are those of PoolAlloc.
unsafe impl GlobalAlloc for Planted {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let live = LIVE_BYTES.fetch_add(layout.size(), Relaxed);
        for number in 0..live >> 24 {
            black_box(number);
        }
        // SAFETY: the caller's promise.
        unsafe { self.0.alloc(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        LIVE_BYTES.fetch_sub(layout.size(), Relaxed);
        // SAFETY: the caller's promise.
        unsafe { self.0.dealloc(block, layout) };
    }
}

#[global_allocator]
static A: Planted = Planted(PoolAlloc::new().scavenger(false).purge_after(u32::MAX));

fn main() {
    budget::scale::main();
}
