//! Typed pools, by their public face.

mod bounded;
mod conveniences;
mod fallible;
mod features;
mod features_containers;
mod features_waiting;
mod handed_over;
mod limits;
mod migration;
mod panics;
mod send_sync;
mod sharded;
mod unsound_elsewhere;

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

/// Counts how many of its kind are alive.
pub(crate) struct Counted(Arc<AtomicUsize>);

impl Counted {
    pub(crate) fn new(alive: &Arc<AtomicUsize>) -> Self {
        alive.fetch_add(1, Ordering::Relaxed);
        Self(alive.clone())
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
