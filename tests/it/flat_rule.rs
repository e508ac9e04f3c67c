//! The rule that judges memory over time can say no.

use crate::common::rss::{RssLog, rss_bytes};

/// The verdict on `bytes` of each of 100 samples.
fn is_flat(bytes: impl Fn(usize) -> usize) -> bool {
    let mut log = RssLog::with_capacity(100);
    (0..100).for_each(|index| log.push(bytes(index)));
    log.verdict().is_flat()
}

const MIB: usize = 1 << 20;

#[test]
fn a_leak_of_more_than_the_allowance_is_not_flat() {
    assert!(!is_flat(|index| 50 * MIB + index * MIB / 20), "3 MiB from third to third, of 50");
    assert!(!is_flat(|index| 1000 * MIB + index * MIB), "60 MiB from third to third, of 1000");
}

#[test]
fn noise_and_warm_up_are_flat() {
    assert!(is_flat(|index| 50 * MIB + index % 7 * MIB), "noise");
    assert!(is_flat(|index| index.min(9) * 10 * MIB), "growth in the first tenth");
    assert!(is_flat(|index| 50 * MIB + if index == 90 { 100 * MIB } else { 0 }), "a spike");
    assert!(is_flat(|index| 100 * MIB - index * MIB / 2), "a decline");
}

#[test]
fn touched_memory_is_resident() {
    let touched = vec![1_u8; 64 * MIB];
    let resident = rss_bytes();
    assert!(resident >= 64 * MIB, "64 MiB are touched, but only {} KiB resident", resident / 1024);
    drop(std::hint::black_box(touched));
}
