//! Box pairs under this global allocator.

use std::alloc::System;

#[global_allocator]
static A: System = System;

fn main() {
    boxpair::run(|| boxpair::pairs([1; 3]), || boxpair::pairs([1; 8]));
}
