//! Each way in which a gate can open or stay shut.

use super::*;
use crate::results::tests::{empty, fault, row, times};

fn limit(stat: Stat, max: f64) -> Limit {
    Limit {
        metric: Metric::Wall,
        stat,
        against: Against::Name("mimalloc".into()),
        group: None,
        max,
    }
}

fn ratio(low: f64, value: f64, high: f64) -> Ratio {
    Ratio { value, low, high }
}

fn options(max: f64) -> cli::Gate {
    cli::Gate {
        json: "run.json".into(),
        all: false,
        gates: None,
        metric: Some(Metric::Wall),
        stat: Some(Stat::Row),
        against: Some(Against::Name("mimalloc".into())),
        group: None,
        max: Some(max),
        allocator: "poolalloc".into(),
        margin: 0.1,
    }
}

#[test]
fn a_row_is_short_only_if_its_whole_spread_is_above_the_limit() {
    let limit = limit(Stat::Row, 1.0);
    assert_eq!(limit.find(&ratio(0.80, 0.9, 0.95), 0.1), Finding::Kept);
    assert_eq!(limit.find(&ratio(1.01, 1.1, 1.2), 0.1), Finding::Short);
}

#[test]
fn a_row_about_on_the_limit_is_kept_if_its_spread_is_narrow_and_undecided_if_not() {
    let limit = limit(Stat::Row, 1.0);
    assert_eq!(limit.find(&ratio(0.98, 1.02, 1.05), 0.1), Finding::Kept);
    assert_eq!(limit.find(&ratio(0.90, 1.02, 1.15), 0.1), Finding::Undecided);
    assert_eq!(limit.find(&ratio(0.0, 0.5, f64::INFINITY), 0.1), Finding::Undecided);
}

#[test]
fn a_mean_is_kept_only_if_its_whole_spread_is_below_the_limit() {
    let limit = limit(Stat::Geomean, 0.6);
    assert_eq!(limit.find(&ratio(0.55, 0.58, 0.60), 0.1), Finding::Kept);
    assert_eq!(limit.find(&ratio(0.55, 0.58, 0.61), 0.1), Finding::Undecided);
    assert_eq!(limit.find(&ratio(0.58, 0.61, 0.64), 0.1), Finding::Short);
    assert_eq!(limit.find(&ratio(0.0, 0.5, f64::INFINITY), 0.1), Finding::Undecided);
}

#[test]
fn the_verdict_is_that_of_the_worst_row() {
    let figures = times(&[("poolalloc", &[1.0; 5]), ("mimalloc", &[1.0; 5])]);
    let results = Results::new(figures);
    assert_eq!(gate(&options(1.0), &results).unwrap(), Verdict::Good);
    assert_eq!(gate(&options(0.9), &results).unwrap(), Verdict::Short);
    let few = times(&[("poolalloc", &[0.5; 2]), ("mimalloc", &[1.0; 2])]);
    assert_eq!(gate(&options(0.9), &Results::new(few)).unwrap(), Verdict::Undecided);
}

#[test]
fn a_row_on_which_the_allocator_died_falls_short() {
    let mut record = times(&[("poolalloc", &[]), ("mimalloc", &[1.0; 5])]);
    record.faults.push(fault("pair", "poolalloc", 1));
    assert_eq!(gate(&options(9.0), &Results::new(record)).unwrap(), Verdict::Short);
}

#[test]
fn a_workload_is_held_against_its_padded_twin_and_others_are_left_alone() {
    let workloads = ["pair", "scratch", "scratch-padded"].map(|name| (name, "threads"));
    let mut record = empty(&["poolalloc", "mimalloc"], &workloads);
    for round in 1..=5 {
        for (workload, ours, theirs) in
            [("pair", 9.0, 1.0), ("scratch", 1.2, 9.0), ("scratch-padded", 1.0, 1.0)]
        {
            record.rows.push(row(workload, "poolalloc", round, ours));
            record.rows.push(row(workload, "mimalloc", round, theirs));
        }
    }
    let results = Results::new(record);
    let padded = |max| cli::Gate { against: Some(Against::Padded), ..options(max) };
    assert_eq!(gate(&padded(1.3), &results).unwrap(), Verdict::Good);
    assert_eq!(gate(&padded(1.1), &results).unwrap(), Verdict::Short);
    let theirs = cli::Gate { allocator: "mimalloc".into(), ..padded(1.3) };
    assert_eq!(gate(&theirs, &results).unwrap(), Verdict::Short);
}

#[test]
fn what_was_not_measured_is_undecided_and_an_unknown_allocator_is_refused() {
    let mut options = options(9.0);
    let results = Results::new(times(&[("poolalloc", &[1.0; 5])]));
    assert_eq!(gate(&options, &results).unwrap(), Verdict::Undecided);
    options.allocator = "pool".into();
    assert!(gate(&options, &results).is_err());
}

#[test]
fn the_committed_table_can_be_read() {
    let table: Table = toml::from_str(TABLE).unwrap();
    assert_eq!(table.gate.len(), 15);
}
