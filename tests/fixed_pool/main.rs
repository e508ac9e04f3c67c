//! What `poolalloc::fixed` promises.
#![cfg(not(loom))]

mod claims;
mod contract;
mod panics;
mod shared;
mod stress;
mod waiting;

use std::{
    sync::Arc,
    sync::atomic::{AtomicUsize, Ordering},
};

/// An object whose drops are counted, and which notices if it is dropped twice.
#[derive(Debug)]
struct Counted {
    drops: Arc<AtomicUsize>,
    alive: bool,
}

impl Counted {
    fn new(drops: &Arc<AtomicUsize>) -> Self {
        Self { drops: drops.clone(), alive: true }
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        assert!(self.alive, "dropped twice");
        self.alive = false;
        self.drops.fetch_add(1, Ordering::Relaxed);
    }
}

/// How many were dropped.
fn count(drops: &AtomicUsize) -> usize {
    drops.load(Ordering::Relaxed)
}
