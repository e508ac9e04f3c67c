//! A pool does not move while somebody waits for one of its objects.

use poolalloc::fixed::Pool;

fn main() {
    let pool = Pool::new([1]);
    let wait = pool.get_async();
    let moved = pool;
    drop(wait);
    drop(moved);
}
