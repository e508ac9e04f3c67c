//! A program without a memory error: AddressSanitizer has nothing to say about it.

use poolalloc::PoolAlloc;

#[path = "../../../profiles/src/work.rs"]
mod work;

#[global_allocator]
static ALLOC: PoolAlloc = PoolAlloc::new();

fn main() {
    work::all();
    PoolAlloc::collect();
    work::all();
    println!("all answers right");
}
