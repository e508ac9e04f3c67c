//! Box pairs under this global allocator.

#[path = "../pairs.rs"]
mod pairs;

use pairs::pairs;
use poolalloc::PoolAlloc;

#[global_allocator]
static A: PoolAlloc = PoolAlloc::new();

fn main() {
    boxpair::run(|| pairs([1; 3]), || pairs([1; 8]));
}
