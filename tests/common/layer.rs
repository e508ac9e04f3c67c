//! What holds for `PoolAlloc` over another allocator for large requests.

use super::block::{Block, Subject};
use poolalloc::PoolAlloc;
use std::alloc::{GlobalAlloc, Layout};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

/// Counts the blocks of `B` that are live and the smallest request it ever got.
#[derive(Debug)]
pub(crate) struct Watched<B> {
    back: B,
    live: AtomicUsize,
    smallest: AtomicUsize,
}

impl<B> Watched<B> {
    pub(crate) const fn new(back: B) -> Self {
        Self { back, live: AtomicUsize::new(0), smallest: AtomicUsize::new(usize::MAX) }
    }
}

// SAFETY: every call goes to `back` unchanged, which fulfils the contract.
unsafe impl<B: GlobalAlloc> GlobalAlloc for &'static Watched<B> {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        self.smallest.fetch_min(layout.size(), Relaxed);
        self.live.fetch_add(1, Relaxed);
        // SAFETY: the caller's promise.
        unsafe { self.back.alloc(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        self.live.fetch_sub(1, Relaxed);
        // SAFETY: the caller's promise.
        unsafe { self.back.dealloc(block, layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        self.smallest.fetch_min(layout.size(), Relaxed);
        self.live.fetch_add(1, Relaxed);
        // SAFETY: the caller's promise.
        unsafe { self.back.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        // SAFETY: the caller's promise.
        unsafe { self.back.realloc(block, layout, new_size) }
    }
}

/// The largest request that stays with `PoolAlloc`.
pub(crate) const MEDIUM_MAX_BYTES: usize = 1 << 20;

/// Large requests, and they alone, reach the other allocator; blocks that cross the border keep
/// their bytes; all that goes there is freed there.
pub(crate) fn holds_for<B>(
    watched: &'static Watched<B>,
    pool: &'static PoolAlloc<&'static Watched<B>>,
) where
    B: GlobalAlloc + Sync + 'static,
    PoolAlloc<&'static Watched<B>>: Subject,
{
    let large_of = |layout: Layout| {
        let before = watched.live.load(Relaxed);
        let block = Block::alloc(pool, layout, 1);
        (block, watched.live.load(Relaxed) - before)
    };
    for align in [1, 8, 64, 4096, 1 << 16] {
        let layout = |size| Layout::from_size_align(size, align).expect("a layout");
        for size in [1, 1000, 40_000, MEDIUM_MAX_BYTES] {
            let (block, taken) = large_of(layout(size));
            assert_eq!(
                taken, 0,
                "a request of {size} bytes aligned to {align} went to the allocator for large ones"
            );
            block.free();
        }
        for size in [MEDIUM_MAX_BYTES + 1, 3 << 20, 20 << 20] {
            let (block, taken) = large_of(layout(size));
            assert_eq!(
                taken, 1,
                "a request of {size} bytes did not reach the allocator for large ones"
            );
            assert!(
                !PoolAlloc::owns(block.address().as_ptr()),
                "a block of the other allocator is called ours"
            );
            block.free();
            Block::zeroed(pool, layout(size), 2).free();
        }
        cross_both_ways(pool, align);
    }
    assert_eq!(
        watched.live.load(Relaxed),
        0,
        "a block of the allocator for large requests was not freed there"
    );
    let smallest = watched.smallest.load(Relaxed);
    assert!(
        smallest > MEDIUM_MAX_BYTES,
        "a request of {smallest} bytes went to the allocator for large ones"
    );
}

/// Grows and shrinks blocks across the border between medium and large.
fn cross_both_ways<A: Subject>(pool: &'static A, align: usize) {
    let sizes = [1000, 200_000, MEDIUM_MAX_BYTES, MEDIUM_MAX_BYTES + 1, 3 << 20];
    for small in sizes {
        for large in sizes {
            let block =
                Block::alloc(pool, Layout::from_size_align(small, align).expect("a layout"), 3);
            block.resize(large, 3, 4).resize(small, 4, 5).resize(large, 5, 6).free();
        }
    }
}
