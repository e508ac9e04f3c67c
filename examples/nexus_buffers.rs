//! The README programs of nexus-pool: a bounded pool of buffers of one thread, one that grows, and
//! one whose buffers are returned by another thread.

use poolalloc::{Pool, TryGetError, local};
use std::thread;

fn buffer() -> Vec<u8> {
    Vec::with_capacity(1024)
}

/// At most 100 buffers, all made at the start.
fn bounded() {
    let pool = local::Pool::builder(buffer).reset(Vec::clear).capacity(100).prefill(100).build();
    let mut first = pool.try_get().expect("100 are free");
    first.extend_from_slice(b"hello");
    let rest: Vec<_> = (1..100).map(|_| pool.try_get().expect("one is free")).collect();
    assert_eq!(pool.try_get().unwrap_err(), TryGetError::Empty);
    drop((first, rest));
    assert!(pool.try_get().expect("100 are free").is_empty());
    println!("bounded: {} idle", pool.stats().idle);
}

/// As many as are needed; taken out and put back by value, too.
fn growable() {
    let pool = local::Pool::builder(buffer).reset(Vec::clear).build();
    let mut taken = local::Pooled::detach(pool.get());
    taken.extend_from_slice(b"by value");
    pool.put(taken).expect("nothing bounds this pool");
    assert!(pool.get().is_empty());
    println!("growable: {} made", pool.stats().created);
}

/// Got here, returned there, from any thread to any thread.
fn across_threads() {
    let pool = Pool::builder(buffer).reset(Vec::clear).capacity(100).prefill(100).build();
    let mut message = pool.try_get().expect("100 are free");
    message.extend_from_slice(b"hello");
    let other = thread::spawn(move || println!("across: {:?}", String::from_utf8_lossy(&message)));
    other.join().expect("the other thread does not panic");
    assert_eq!(pool.stats().idle, 100);
}

fn main() {
    bounded();
    growable();
    across_threads();
}
