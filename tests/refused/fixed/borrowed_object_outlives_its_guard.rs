//! A reference to an object ends with the guard.

use poolalloc::fixed::Pool;

static POOL: Pool<u32, 1> = Pool::new([7]);

fn main() {
    let object: &'static u32 = &*POOL.try_get().unwrap();
    println!("{object}");
}
