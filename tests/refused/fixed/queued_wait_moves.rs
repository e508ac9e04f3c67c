//! A wait that was polled does not move: its node is in the queue.

use poolalloc::fixed::Pool;
use std::{future::Future, pin::Pin, task::Context, task::Waker};

fn main() {
    let pool = Pool::new([1]);
    let mut wait = pool.get_async();
    let _ = Pin::new(&mut wait).poll(&mut Context::from_waker(Waker::noop()));
    let moved = wait;
    drop(moved);
}
