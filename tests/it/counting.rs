//! The system's allocator with a count of each thread's requests.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

thread_local! {
    static REQUESTS: Cell<usize> = const { Cell::new(0) };
}

/// Counts the allocations of the calling thread.
pub(crate) struct Counting;

/// Allocations that this thread has made through Rust's allocation interface.
pub(crate) fn requests() -> usize {
    REQUESTS.get()
}

fn count() {
    REQUESTS.set(REQUESTS.get() + 1);
}

// SAFETY: every call goes to System unchanged, which fulfils the contract.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count();
        // SAFETY: the caller's promise.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: the caller's promise.
        unsafe { System.dealloc(block, layout) }
    }
}

#[test]
fn a_box_is_counted() {
    let before = requests();
    drop(std::hint::black_box(Box::new(7)));
    assert_eq!(requests(), before + 1, "the count misses an allocation, so it proves nothing");
}
