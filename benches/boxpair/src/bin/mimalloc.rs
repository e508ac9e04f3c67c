//! Box pairs under this global allocator.

#[path = "../pairs.rs"]
mod pairs;

use mimalloc::MiMalloc;
use pairs::pairs;

#[global_allocator]
static A: MiMalloc = MiMalloc;

fn main() {
    boxpair::run(|| pairs([1; 3]), || pairs([1; 8]));
}
