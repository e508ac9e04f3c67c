//! A block of the pools that two threads write without an order: ThreadSanitizer must report it.

use poolalloc::PoolAlloc;
use sanitize::threads::in_threads;
use std::sync::atomic::{AtomicPtr, Ordering};

#[global_allocator]
static ALLOC: PoolAlloc = PoolAlloc::new();

fn main() {
    let block = AtomicPtr::new(Box::into_raw(Box::new(0_u64)));
    in_threads(2, |_| {
        let number = block.load(Ordering::Relaxed);
        for _ in 0..1000 {
            // SAFETY: none, it is the planted bug: the other thread writes there too.
            let seen = unsafe { number.read_volatile() };
            // SAFETY: as above.
            unsafe { number.write_volatile(seen + 1) };
        }
    });
    // SAFETY: the threads are gone, and the block came from a box.
    println!("counted to {}", unsafe { Box::from_raw(block.into_inner()) });
}
