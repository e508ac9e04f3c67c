//! A program that uses `PoolAlloc` the way its profile builds it: does the work, checks the answers.
//!
//! `profiles panic` panics instead, to show what its profile makes of that.

use poolalloc::PoolAlloc;

mod work;

#[global_allocator]
static ALLOC: PoolAlloc = PoolAlloc::new();

fn main() {
    if std::env::args().any(|arg| arg == "panic") {
        panic!("asked to, with {} words at hand", work::words(0, 1000).count());
    }
    work::all();
    let linked = if cfg!(target_feature = "crt-static") { "static" } else { "dynamic" };
    let panics = if cfg!(panic = "abort") { "abort" } else { "unwind" };
    println!("all answers right ({linked}, panic = {panics})");
}
