//! Box pairs under this global allocator.

use poolalloc::PoolAlloc;

#[global_allocator]
static A: PoolAlloc = PoolAlloc::new();

fn main() {
    boxpair::run(|| boxpair::pairs([1; 3]), || boxpair::pairs([1; 8]));
}
