//! On PoolAlloc.

#[global_allocator]
static ALLOC: poolalloc::PoolAlloc = poolalloc::PoolAlloc::new();

fn main() {
    hello::run();
}
