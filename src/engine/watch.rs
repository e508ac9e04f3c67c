//! Options, and what was freed: what the scavenger goes by.

use crate::{
    config::SCAVENGER_TOLD_KIB,
    options::Options,
    protocol::watch::Watch,
    sync::{AtomicU64, Ordering},
};

/// The scavenger's word, in KiB.
pub(crate) static WATCH: Watch = Watch::new();

/// What the first [`PoolAlloc`](crate::PoolAlloc) told that a slow path was entered by.
static OPTIONS: AtomicU64 = AtomicU64::new(Options::UNTOLD.pack());

/// Hears what a request brings along. The first that says something holds for the process.
pub(crate) fn hear(options: Options) {
    // Relaxed here and below: a number, and nothing is read through it.
    if OPTIONS.load(Ordering::Relaxed) == Options::UNTOLD.pack() && options.are_told() {
        let (untold, told, order) = (Options::UNTOLD.pack(), options.pack(), Ordering::Relaxed);
        let _ = OPTIONS.compare_exchange(untold, told, order, order);
    }
}

/// The options of the process.
pub(crate) fn options() -> Options {
    Options::unpack(OPTIONS.load(Ordering::Relaxed))
}

/// Tells of memory that was freed, once it is: what fills the count makes a scavenger wanted.
pub(crate) fn tell(bytes: usize) {
    let kib = u32::try_from(bytes >> 10).unwrap_or(u32::MAX).min(SCAVENGER_TOLD_KIB);
    WATCH.tell(kib, SCAVENGER_TOLD_KIB);
}
