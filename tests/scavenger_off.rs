//! Without a scavenger nothing is given back while nobody allocates: the control of `scavenger`.

mod common;
#[path = "scavenger/peak.rs"]
#[allow(dead_code, reason = "`scavenger` uses all of it")]
mod peak;

use common::{POOLED, child::Child};
use peak::{MIB, idle_percent, scavengers};
use poolalloc::PoolAlloc;
use std::time::Duration;

#[global_allocator]
static GLOBAL: PoolAlloc = PoolAlloc::new().scavenger(false);

#[test]
fn without_a_scavenger_the_peak_stays_and_there_is_no_thread() {
    if !POOLED {
        return;
    }
    let child = Child::of("without_a_scavenger_the_peak_stays_and_there_is_no_thread");
    let body = || {
        let percent = idle_percent(64 * MIB, Duration::from_secs(3));
        assert!(percent > 30, "{percent} % of the peak: the claim of `scavenger` says nothing");
        assert!(scavengers().is_empty(), "a scavenger that was switched off");
        PoolAlloc::collect();
    };
    child.run(body).assert_success();
}
