//! Box pairs under this global allocator.

use poolalloc::PoolAlloc;

#[global_allocator]
static A: PoolAlloc = PoolAlloc::new();

fn main() {
    boxpair::run();
}
