//! The clean program with an allocator that hands freed blocks to other threads without an order:
//! the report shows that `tsan_clean` would see such an allocator.

use sanitize::exchange;
use std::{
    alloc::{GlobalAlloc, Layout, System},
    ptr,
    sync::atomic::{AtomicPtr, Ordering},
};

/// System, but for the parcels: of those the last one freed waits for the next request.
struct Unordered {
    last: AtomicPtr<u8>,
}

const PARCEL: Layout = Layout::new::<[usize; 8]>();

// SAFETY: a block is in one place, `last` or a caller's hand. The planted bug is Relaxed, which does
// not order the last use before the free and the first use after the next alloc.
unsafe impl GlobalAlloc for Unordered {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if layout == PARCEL {
            let last = self.last.swap(ptr::null_mut(), Ordering::Relaxed);
            if !last.is_null() {
                return last;
            }
        }
        // SAFETY: the caller's promise.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        let block = if layout == PARCEL { self.last.swap(block, Ordering::Relaxed) } else { block };
        if !block.is_null() {
            // SAFETY: the caller's promise, for this block or for the one that waited.
            unsafe { System.dealloc(block, layout) }
        }
    }
}

#[global_allocator]
static ALLOC: Unordered = Unordered { last: AtomicPtr::new(ptr::null_mut()) };

fn main() {
    exchange::run();
    println!("no parcel was changed");
}
