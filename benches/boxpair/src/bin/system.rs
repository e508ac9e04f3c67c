//! Box pairs under this global allocator.

#[path = "../pairs.rs"]
mod pairs;

use pairs::pairs;
use std::alloc::System;

#[global_allocator]
static A: System = System;

fn main() {
    boxpair::run(|| pairs([1; 3]), || pairs([1; 8]));
}
