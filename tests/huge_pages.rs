//! Which heaps get huge pages, asked of the kernel: each heap in a process of its own. The program's
//! own allocator is the system's, so that the first request, and its options, are the test's.

mod common;

use common::{POOLED, child::Child, rss::rss_bytes};
use poolalloc::{HugePages, PoolAlloc};
use std::{
    alloc::{GlobalAlloc, Layout},
    fs, slice,
};

static DENSE: PoolAlloc = PoolAlloc::new();
static NEVER: PoolAlloc = PoolAlloc::new().huge_pages(HugePages::Never);
static ALWAYS: PoolAlloc = PoolAlloc::new().huge_pages(HugePages::Always);
static LIMITED: PoolAlloc = PoolAlloc::new().huge_pages(HugePages::Always).limit(64 * MIB);

const MIB: usize = 1 << 20;
/// What a large heap takes in these tests, in bytes: far more than where huge pages begin.
const HEAP_BYTES: usize = 192 * MIB;

/// Bytes of this process in huge pages.
fn huge_bytes() -> usize {
    let rollup = fs::read_to_string("/proc/self/smaps_rollup").unwrap();
    let line = rollup.lines().find_map(|line| line.strip_prefix("AnonHugePages:")).unwrap();
    line.trim().strip_suffix(" kB").unwrap().trim().parse::<usize>().unwrap() << 10
}

/// True if the system hands out huge pages to those who ask.
fn are_granted() -> bool {
    let path = "/sys/kernel/mm/transparent_hugepage/enabled";
    let setting = fs::read_to_string(path).unwrap_or_default();
    let granted = setting.contains("[madvise]") || setting.contains("[always]");
    if !granted {
        println!("SKIPPED: this system has no huge pages: {setting:?}");
    }
    granted
}

/// Runs `body` in a process of its own, if the allocator is in it and the system has huge pages.
fn alone(test: &'static str, body: impl FnOnce()) {
    if POOLED && are_granted() {
        Child::of(test).run(body).assert_success();
    }
}

/// Blocks of one size, of each of which the program writes `used` bytes.
struct Blocks {
    pool: &'static PoolAlloc,
    layout: Layout,
    used: usize,
    starts: Vec<*mut u8>,
}

/// What block `number` is filled with.
fn mark(number: usize) -> u8 {
    number.to_le_bytes()[0]
}

impl Blocks {
    /// `bytes` in blocks of `size`.
    fn take(pool: &'static PoolAlloc, bytes: usize, size: usize, used: usize) -> Self {
        let layout = Layout::from_size_align(size, 8).unwrap();
        let block = |number: usize| {
            // SAFETY: the size is not zero.
            let start = unsafe { pool.alloc(layout) };
            assert!(!start.is_null(), "block {number} of {size} bytes");
            // SAFETY: a live block of at least so many bytes.
            unsafe { start.write_bytes(mark(number), used) };
            start
        };
        Self { pool, layout, used, starts: (0..bytes / size).map(block).collect() }
    }

    fn are_intact(&self) -> bool {
        self.starts.iter().enumerate().all(|(number, start)| {
            // SAFETY: a live block, of which so many bytes were written.
            let bytes = unsafe { slice::from_raw_parts(*start, self.used) };
            bytes.iter().all(|byte| *byte == mark(number))
        })
    }
}

impl Drop for Blocks {
    fn drop(&mut self) {
        for start in &self.starts {
            // SAFETY: taken with this layout, and freed once.
            unsafe { self.pool.dealloc(*start, self.layout) };
        }
    }
}

#[test]
fn a_heap_that_is_large_and_used_gets_huge_pages() {
    alone("a_heap_that_is_large_and_used_gets_huge_pages", || {
        let live = Blocks::take(&DENSE, HEAP_BYTES, 128, 128);
        let huge = huge_bytes();
        assert!(huge >= HEAP_BYTES / 2, "{huge} of {HEAP_BYTES} bytes are in huge pages");
        assert!(live.are_intact(), "a live block changed");
    });
}

#[test]
fn a_heap_that_is_large_and_hardly_used_gets_none() {
    alone("a_heap_that_is_large_and_hardly_used_gets_none", || {
        let live = Blocks::take(&DENSE, HEAP_BYTES, 64 << 10, 100);
        assert_eq!(huge_bytes(), 0, "a huge page takes memory where nothing is used");
        drop(live);
    });
}

#[test]
fn a_heap_that_is_hardly_used_any_more_gets_no_more_of_them() {
    alone("a_heap_that_is_hardly_used_any_more_gets_no_more_of_them", || {
        let used = Blocks::take(&DENSE, HEAP_BYTES, 64 << 10, 64 << 10);
        let before = huge_bytes();
        assert!(before >= HEAP_BYTES / 2, "{before} bytes: the rest of the test means nothing");
        let hardly = Blocks::take(&DENSE, 2 * HEAP_BYTES, 64 << 10, 100);
        let more = huge_bytes() - before;
        assert!(more <= HEAP_BYTES, "{more} more bytes are in huge pages, of which little is used");
        drop((used, hardly));
    });
}

#[test]
fn a_small_heap_gets_none() {
    alone("a_small_heap_gets_none", || {
        let live = Blocks::take(&DENSE, 48 * MIB, 1024, 1024);
        assert_eq!(huge_bytes(), 0, "a good part of a small heap would be unused");
        drop(live);
    });
}

#[test]
fn memory_in_huge_pages_goes_back_and_serves_again() {
    alone("memory_in_huge_pages_goes_back_and_serves_again", || {
        let before = rss_bytes();
        for round in 0..3 {
            let mut live = Blocks::take(&ALWAYS, HEAP_BYTES, 1024, 1024);
            let peak = rss_bytes();
            // The last quarter stays.
            let rest = live.starts.split_off(live.starts.len() / 4 * 3);
            drop(live);
            PoolAlloc::collect();
            let after = rss_bytes() - before;
            assert!(after <= (peak - before) * 3 / 10, "round {round}: {after} bytes stay");
            let layout = Layout::from_size_align(1024, 8).unwrap();
            drop(Blocks { pool: &ALWAYS, layout, used: 1024, starts: rest });
            PoolAlloc::collect();
            let after = rss_bytes() - before;
            assert!(after <= (peak - before) / 10, "round {round}: {after} bytes stay");
        }
    });
}

#[test]
fn with_never_there_are_none() {
    alone("with_never_there_are_none", || {
        let live = Blocks::take(&NEVER, HEAP_BYTES, 1024, 1024);
        assert_eq!(huge_bytes(), 0, "none were wanted");
        drop(live);
    });
}

#[test]
fn with_always_there_are_some_from_the_first_block_on() {
    alone("with_always_there_are_some_from_the_first_block_on", || {
        let live = Blocks::take(&ALWAYS, 1024, 1024, 1024);
        assert!(huge_bytes() > 0, "a huge page was wanted");
        drop(live);
    });
}

#[test]
fn below_a_limit_no_new_memory_has_them() {
    alone("below_a_limit_no_new_memory_has_them", || {
        let live = Blocks::take(&LIMITED, 48 * MIB, 1024, 1024);
        assert_eq!(huge_bytes(), 0, "more would be resident than is counted");
        drop(live);
    });
}
