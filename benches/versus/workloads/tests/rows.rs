//! What holds for every workload.

use std::sync::atomic::{AtomicUsize, Ordering};
use versus_workloads::{Group, Hooks, Params, Workload, all, find};

/// What the comparison is to have, group by group.
const NAMES: &[(Group, &[&str])] = &[
    (
        Group::Local,
        &[
            "pair",
            "batch-lifo",
            "batch-fifo",
            "batch-shuffled",
            "random-victim",
            "small-objects",
            "sh6-like",
            "vec-growth",
            "realloc-large",
            "zeroed",
            "aligned",
        ],
    ),
    (
        Group::Threads,
        &[
            "larson",
            "xmalloc",
            "mpsc",
            "exchange",
            "mstress",
            "rptest-like",
            "cache-scratch-8",
            "cache-scratch-8-padded",
            "cache-scratch-48",
            "cache-scratch-48-padded",
            "cache-scratch-64",
            "cache-scratch-64-padded",
            "cache-scratch-72",
            "cache-scratch-72-padded",
            "cache-scratch-96",
            "cache-scratch-96-padded",
            "cache-thrash-8",
            "cache-thrash-8-padded",
            "cache-thrash-48",
            "cache-thrash-48-padded",
            "cache-thrash-64",
            "cache-thrash-64-padded",
            "cache-thrash-72",
            "cache-thrash-72-padded",
            "cache-thrash-96",
            "cache-thrash-96-padded",
            "thread-churn",
            "oversubscribed",
        ],
    ),
    #[cfg(feature = "real")]
    (
        Group::Real,
        &[
            "serde-json",
            "regex-compile",
            "lru-cache",
            "map-churn",
            "tokio-bytes",
            "rayon-words",
            "hyper-loopback",
            "tantivy-index",
            "syn-parse",
        ],
    ),
    (Group::Memory, &["peak-then-idle", "fragmentation", "long-churn", "idle-threads"]),
];

/// Small enough for a test, large enough that every loop runs.
const SCALE: f64 = 0.001;

/// Counts what a workload calls.
#[derive(Default)]
struct Calls {
    starts: AtomicUsize,
    idles: AtomicUsize,
}

// Relaxed: the counts are read when the workload has ended, by the thread that it ran on.
impl Hooks for Calls {
    fn start(&self) {
        self.starts.fetch_add(1, Ordering::Relaxed);
    }

    fn stop(&self) {}

    fn idle(&self) {
        self.idles.fetch_add(1, Ordering::Relaxed);
    }
}

fn run(workload: &Workload, threads: usize) -> u64 {
    let calls = Calls::default();
    let check = (workload.run)(&Params::new(threads, SCALE, &calls));
    let Workload { name, group, .. } = *workload;
    assert_eq!(calls.starts.into_inner(), 1, "{name} must start the clocks once");
    let idles = usize::from(group == Group::Memory);
    assert_eq!(calls.idles.into_inner(), idles, "{name}: only the group memory is idle");
    check
}

fn checksums_repeat(group: Group) {
    for workload in all().iter().filter(|workload| workload.group == group) {
        for threads in [1, 2, 4] {
            let first = run(workload, threads);
            let name = workload.name;
            assert_eq!(run(workload, threads), first, "{name} on {threads} threads must repeat");
            assert_ne!(first, 0, "{name} on {threads} threads must read what it wrote");
        }
    }
}

#[test]
fn the_rows_are_those_that_the_comparison_is_to_have() {
    let expected: Vec<_> = NAMES
        .iter()
        .flat_map(|(group, names)| names.iter().map(move |name| (*group, *name)))
        .collect();
    let rows: Vec<_> = all().iter().map(|workload| (workload.group, workload.name)).collect();
    assert_eq!(rows, expected);
}

#[test]
fn a_name_is_kebab_case_and_finds_its_own_row() {
    for Workload { name, about, .. } in all() {
        let is_kebab = |part: &str| {
            !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
        };
        assert!(name.split('-').all(is_kebab), "{name} is not kebab-case");
        let found = all().iter().filter(|workload| workload.name == *name).count();
        assert_eq!(found, 1, "{name} names {found} rows");
        assert_eq!(find(name).map(|row| row.about), Some(*about), "{name} finds another row");
    }
    assert!(find("no-such-row").is_none());
}

#[test]
fn checksums_of_the_group_local_repeat() {
    checksums_repeat(Group::Local);
}

#[test]
fn checksums_of_the_group_threads_repeat() {
    checksums_repeat(Group::Threads);
}

#[test]
fn checksums_of_the_group_real_repeat() {
    checksums_repeat(Group::Real);
}

#[test]
fn checksums_of_the_group_memory_repeat() {
    checksums_repeat(Group::Memory);
}
