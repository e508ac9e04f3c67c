//! `pairs sized SIZE COUNT`, `pairs constant SIZE COUNT`, `pairs none 0 COUNT`: what is counted.

use poolalloc::PoolAlloc;
use std::{env, ptr};

#[global_allocator]
static A: PoolAlloc = PoolAlloc::new();

fn main() {
    let words: Vec<String> = env::args().skip(1).collect();
    let number = |index: usize| -> usize { words[index].parse().expect("a number") };
    match (words[0].as_str(), number(1)) {
        ("sized", size) => budget::sized_pairs(size, number(2)),
        ("constant", 24) => budget::constant_pairs::<[u64; 3]>(number(2)),
        ("constant", 64) => budget::constant_pairs::<[u64; 8]>(number(2)),
        ("none", _) => budget::no_pairs(ptr::dangling_mut(), number(2)),
        (what, size) => panic!("there is no {what} of {size} bytes"),
    }
}
