//! What is lent with a long lifetime must not come back with a shorter one in it.

use poolalloc::{Pool, Pooled};

fn shorten<'a>(guard: Pooled<Vec<&'static str>>) -> Pooled<Vec<&'a str>> {
    guard
}

fn main() {
    let pool: Pool<Vec<&'static str>> = Pool::new(Vec::new);
    let text = String::from("gone before the next get");
    shorten(pool.get()).push(&text);
    drop(text);
    println!("{:?}", pool.get());
}
