//! A guard lives no longer than its pool.

use poolalloc::fixed::Pool;

fn main() {
    let guard = {
        let pool = Pool::new([1, 2]);
        pool.try_get().unwrap()
    };
    println!("{guard}");
}
