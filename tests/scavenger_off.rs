//! Without a scavenger nothing is given back while nobody allocates: the control of `scavenger`.

mod common;

use common::{
    child::alone,
    peak::{MIB, idle_percent, scavengers},
};
use poolalloc::PoolAlloc;
use std::time::Duration;

#[global_allocator]
static GLOBAL: PoolAlloc = PoolAlloc::new().scavenger(false);

#[test]
fn without_a_scavenger_the_peak_stays_and_there_is_no_thread() {
    alone("without_a_scavenger_the_peak_stays_and_there_is_no_thread", || {
        let percent = idle_percent(64 * MIB, Duration::from_secs(3));
        assert!(percent > 30, "{percent} % of the peak: the claim of `scavenger` says nothing");
        assert!(scavengers().is_empty(), "a scavenger that was switched off");
        PoolAlloc::collect();
    });
}
