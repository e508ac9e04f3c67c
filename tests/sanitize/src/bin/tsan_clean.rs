//! Threads that trade blocks of the pools, without a race: ThreadSanitizer has nothing to say.

use poolalloc::PoolAlloc;
use sanitize::exchange;

#[global_allocator]
static ALLOC: PoolAlloc = PoolAlloc::new();

fn main() {
    // Again: the second threads find what the first ones left behind.
    for _ in 0..2 {
        exchange::run();
        PoolAlloc::collect();
    }
    println!("no parcel was changed");
}
