//! Two handles of a pool agree on the lifetimes in its objects.

use poolalloc::local::Pool;

fn shorten<'a>(pool: Pool<Vec<&'static str>>) -> Pool<Vec<&'a str>> {
    pool
}

fn main() {
    drop(shorten(Pool::new(Vec::new)));
}
