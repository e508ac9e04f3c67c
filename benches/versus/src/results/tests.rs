//! What is compared with what, on made-up figures.

use super::*;
use crate::record::{Column, Fault, Header};

const MIB: u64 = 1 << 20;

/// A run without rows.
pub(crate) fn empty(allocators: &[&str], workloads: &[(&str, &str)]) -> Record {
    let column =
        |name: &&str| Column { name: (*name).into(), version: "1".into(), settings: String::new() };
    let listed = |&(name, group): &(&str, &str)| Listed {
        name: name.into(),
        group: group.into(),
        about: String::new(),
        planted: false,
    };
    let header = Header {
        versus: crate::record::FORMAT,
        started: "today".into(),
        command: "run".into(),
        commit: "c0ffee".into(),
        cpu: "cpu".into(),
        cores: 2,
        memory_bytes: 1,
        kernel: "kernel".into(),
        load: 0.0,
        huge_pages: "never".into(),
        compiler: "rustc".into(),
        profile: "release".into(),
        threads: 2,
        scale: 1.0,
        rounds: 9,
        seed: 1,
        allocators: allocators.iter().map(column).collect(),
        left_out: Vec::new(),
        workloads: workloads.iter().map(listed).collect(),
    };
    Record { header, rows: Vec::new(), faults: Vec::new() }
}

/// A row that took `wall_s`, with 100 MiB above a baseline of 1 MiB.
pub(crate) fn row(workload: &str, allocator: &str, round: u32, wall_s: f64) -> Row {
    Row {
        workload: workload.into(),
        group: "local".into(),
        allocator: allocator.into(),
        version: "1".into(),
        threads: 2,
        scale: 1.0,
        round,
        wall_s,
        user_s: wall_s,
        sys_s: 0.0,
        minor_faults: 0,
        peak_rss_bytes: 101 * MIB,
        baseline_rss_bytes: MIB,
        idle_rss_bytes: None,
        check: "ab".into(),
    }
}

/// A fault of that cell.
pub(crate) fn fault(workload: &str, allocator: &str, round: u32) -> Fault {
    let fault = "died of signal 9".into();
    Fault { workload: workload.into(), allocator: allocator.into(), round, fault }
}

/// A run of one workload, with the times of each allocator by round.
pub(crate) fn times(times: &[(&str, &[f64])]) -> Record {
    let names: Vec<&str> = times.iter().map(|&(name, _)| name).collect();
    let mut record = empty(&names, &[("pair", "local")]);
    for (name, times) in times {
        let rounds = (1..).zip(*times);
        record.rows.extend(rounds.map(|(round, &time)| row("pair", name, round, time)));
    }
    record
}

fn compare(record: Record, against: &str) -> Option<Paired> {
    let against = against.parse().unwrap();
    Results::new(record).compare(Metric::Wall, "pair", "poolalloc", &against)
}

#[test]
fn a_ratio_pairs_the_rounds_that_both_have() {
    let mut record = times(&[("poolalloc", &[1.0, 2.0, 3.0]), ("mimalloc", &[2.0, 2.0, 2.0])]);
    record.rows.retain(|row| row.allocator != "mimalloc" || row.round != 2);
    assert_eq!(compare(record, "mimalloc").unwrap().ratios, [0.5, 1.5]);
}

#[test]
fn the_best_peer_is_chosen_on_odd_rounds_and_compared_on_even_ones() {
    let record = times(&[
        ("poolalloc", &[1.0, 1.0, 1.0, 1.0]),
        // Best in the odd rounds, and overall.
        ("mimalloc", &[0.1, 2.0, 0.1, 2.0]),
        ("system", &[1.0, 0.5, 1.0, 0.5]),
    ]);
    let best = compare(record, "best").unwrap();
    assert_eq!((best.peer.as_str(), best.ratios.as_slice()), ("mimalloc", [0.5, 0.5].as_slice()));
}

#[test]
fn neither_a_planted_fault_nor_the_layered_allocator_is_a_peer() {
    let record = times(&[
        ("poolalloc", &[1.0; 4]),
        ("poolalloc+system", &[0.1; 4]),
        ("planted-leaky", &[0.2; 4]),
        ("jemalloc", &[0.8; 4]),
        ("system", &[0.9; 4]),
    ]);
    assert_eq!(compare(record, "best").unwrap().peer, "jemalloc");
}

#[test]
fn memory_counts_where_system_needs_16_mib() {
    let mut record = times(&[("poolalloc", &[1.0; 3]), ("system", &[1.0; 3])]);
    let counts = |record: &Record| Results::new(record.clone()).counts(Metric::PeakRss, "pair");
    assert!(counts(&record));
    for row in record.rows.iter_mut().filter(|row| row.allocator == "system") {
        row.peak_rss_bytes = 16 * MIB;
    }
    assert!(!counts(&record), "the baseline is subtracted first");
    record.rows.retain(|row| row.allocator != "system");
    assert!(!counts(&record), "without System nobody knows");
}

#[test]
fn the_baseline_is_subtracted_from_memory_and_a_mebibyte_is_the_least() {
    let mut row = row("pair", "poolalloc", 1, 1.0);
    assert_eq!(Metric::PeakRss.of(&row), Some((100 * MIB) as f64));
    assert_eq!(Metric::IdleRss.of(&row), None);
    row.idle_rss_bytes = Some(0);
    assert_eq!(Metric::IdleRss.of(&row), Some(MIB as f64));
}

#[test]
fn a_row_with_a_wrong_checksum_is_told_and_has_no_figure() {
    let mut record = times(&[("poolalloc", &[1.0; 3]), ("mimalloc", &[1.0; 3])]);
    record.rows[0].check = "cd".into();
    let results = Results::new(record);
    assert_eq!(results.wrong.len(), 1);
    assert!(results.wrong[0].contains("poolalloc, round 1: checksum cd"), "{:?}", results.wrong);
    let mimalloc = Against::Name("mimalloc".into());
    let paired = results.compare(Metric::Wall, "pair", "poolalloc", &mimalloc).unwrap();
    assert_eq!(paired.ratios.len(), 2, "the wrong row must not count");
}

#[test]
fn where_no_checksum_has_a_majority_none_is_trusted() {
    let mut record = times(&[("poolalloc", &[1.0; 3]), ("mimalloc", &[1.0; 3])]);
    for row in &mut record.rows[..3] {
        row.check = "cd".into();
    }
    assert_eq!(Results::new(record).wrong.len(), 6);
}

#[test]
fn a_geometric_mean_leaves_out_rows_that_cannot_be_compared() {
    let mut record = times(&[("poolalloc", &[1.0; 3]), ("mimalloc", &[2.0; 3])]);
    record
        .header
        .workloads
        .push(Listed { name: "other".into(), ..record.header.workloads[0].clone() });
    record.rows.push(row("other", "mimalloc", 1, 1.0));
    let mimalloc = Against::Name("mimalloc".into());
    let mean = Results::new(record).geomean(Metric::Wall, None, "poolalloc", &mimalloc).unwrap();
    assert!((mean.value - 0.5).abs() < 1e-12, "{mean:?}");
}
