//! `purge_after`: what was unused for less time than was asked for stays, scavenger or not.

mod common;

use common::{
    child::alone,
    peak::{MIB, blocks, idle_percent, provoke_scavenger},
};
use poolalloc::PoolAlloc;
use std::{thread, time::Duration};

#[global_allocator]
static GLOBAL: PoolAlloc = PoolAlloc::new().purge_after(u32::MAX);

#[test]
fn memory_that_was_unused_for_less_than_asked_for_stays_until_collect() {
    alone("memory_that_was_unused_for_less_than_asked_for_stays_until_collect", || {
        let percent = idle_percent(64 * MIB, Duration::from_secs(3));
        provoke_scavenger();
        assert!(percent > 30, "{percent} % of the peak: given back too early");
        // Slow paths do not, either.
        drop(blocks(7, 64 * MIB));
        let before = PoolAlloc::stats().committed_bytes;
        thread::sleep(Duration::from_millis(1200));
        (0..10_000).for_each(|_| drop(std::hint::black_box(vec![1_u8; 100 << 10])));
        assert!(PoolAlloc::stats().committed_bytes >= before, "given back too early");
        PoolAlloc::collect();
        assert!(PoolAlloc::stats().committed_bytes < before / 2, "`collect` waits");
    });
}
