//! What a heap counts.

use crate::{
    engine::watch,
    size_class::CLASS_COUNT,
    sync::{AtomicBool, AtomicU16, AtomicU32, AtomicU64, AtomicUsize, Ordering},
};

/// Written by the heap's thread, read by stats.
#[derive(Debug)]
pub(crate) struct Counters {
    /// Blocks in open batches, by class.
    pub(crate) batched: [AtomicU16; CLASS_COUNT],
    /// Bytes of runs in the cache.
    pub(crate) run_bytes: AtomicUsize,
    pub(crate) remote_batches: AtomicU64,
    pub(crate) remote_blocks: AtomicU64,
    /// Bytes of blocks that went home since the heap told of it last.
    sent_bytes: AtomicUsize,
    /// The heap waits, with blocks and leases.
    pub(super) warm: AtomicBool,
    /// The last call of `collect` that this heap has followed.
    pub(super) collected: AtomicU32,
}

impl Counters {
    pub(super) const fn new() -> Self {
        Self {
            batched: [const { AtomicU16::new(0) }; CLASS_COUNT],
            run_bytes: AtomicUsize::new(0),
            remote_batches: AtomicU64::new(0),
            remote_blocks: AtomicU64::new(0),
            sent_bytes: AtomicUsize::new(0),
            warm: AtomicBool::new(false),
            collected: AtomicU32::new(0),
        }
    }

    /// Counts a batch that went home.
    pub(super) fn count(&self, blocks: u16) {
        let add = |counter: &AtomicU64, more: u64| {
            // Only this thread writes: no read-modify-write is needed.
            counter.store(counter.load(Ordering::Relaxed) + more, Ordering::Relaxed);
        };
        add(&self.remote_batches, 1);
        add(&self.remote_blocks, blocks.into());
    }

    /// Tells of what went home, `bytes` more now, if it is `least` or more.
    pub(super) fn tell_of(&self, bytes: usize, least: usize) {
        let sent = self.sent_bytes.load(Ordering::Relaxed) + bytes;
        if sent >= least {
            watch::tell(sent);
        }
        self.sent_bytes.store(if sent >= least { 0 } else { sent }, Ordering::Relaxed);
    }
}
