//! `scale PATTERN BURST LIVE_BYTES ROUNDS`: what is counted to see that an operation costs the same whatever
//! is live.

use poolalloc::PoolAlloc;

// Nothing goes back to the system by itself, which depends on the time.
#[global_allocator]
static A: PoolAlloc = PoolAlloc::new().scavenger(false).purge_after(u32::MAX);

fn main() {
    budget::scale::main();
}
