//! Box pairs under this global allocator.

use mimalloc::MiMalloc;

#[global_allocator]
static A: MiMalloc = MiMalloc;

fn main() {
    boxpair::run(|| boxpair::pairs([1; 3]), || boxpair::pairs([1; 8]));
}
