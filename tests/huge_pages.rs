//! Which heaps get huge pages, asked of the kernel: each heap in a process of its own. The program's
//! own allocator is the system's, so that the first request, and its options, are the test's.

mod common;

use common::{child, rss::rss_bytes};
use poolalloc::{HugePages, PoolAlloc};
use std::{
    alloc::{GlobalAlloc, Layout},
    fs, slice,
    sync::Barrier,
    thread,
};

static DENSE: PoolAlloc = PoolAlloc::new();
static NEVER: PoolAlloc = PoolAlloc::new().huge_pages(HugePages::Never);
static ALWAYS: PoolAlloc = PoolAlloc::new().huge_pages(HugePages::Always);
/// Memory goes back only when a test says so.
static ASKED: PoolAlloc = PoolAlloc::new().huge_pages(HugePages::Always).scavenger(false);
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

/// [`child::alone`], if the system has huge pages.
fn alone(test: &'static str, body: impl FnOnce()) {
    if are_granted() {
        child::alone(test, body);
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

/// The options of the value that gets the first request hold, whatever is asked for.
fn is_heard(layout: Layout) {
    // SAFETY: the size is not zero.
    let start = unsafe { ALWAYS.alloc(layout) };
    // SAFETY: a live block.
    unsafe { start.write_bytes(1, layout.size()) };
    assert!(huge_bytes() > 0, "the options did not come with the first request, {layout:?}");
}

#[test]
fn options_are_heard_with_a_first_request_above_1_kib() {
    alone("options_are_heard_with_a_first_request_above_1_kib", || {
        is_heard(Layout::from_size_align(2048, 8).unwrap());
    });
}

#[test]
fn options_are_heard_with_a_first_request_that_is_aligned() {
    alone("options_are_heard_with_a_first_request_that_is_aligned", || {
        is_heard(Layout::from_size_align(64, 16).unwrap());
    });
}

#[test]
fn options_are_heard_with_a_first_request_of_a_run() {
    alone("options_are_heard_with_a_first_request_of_a_run", || {
        is_heard(Layout::from_size_align(1 << 20, 8).unwrap());
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

/// Bytes that the allocator counts as committed once the slices have gone back that `free` frees.
fn committed_after(free: impl FnOnce()) -> usize {
    free();
    PoolAlloc::collect();
    PoolAlloc::stats().committed_bytes
}

#[test]
fn what_was_never_used_of_a_huge_page_is_not_counted_when_it_goes_back() {
    alone("what_was_never_used_of_a_huge_page_is_not_counted_when_it_goes_back", || {
        let stays = Blocks::take(&ASKED, 8, 8, 8);
        let before = PoolAlloc::stats().committed_bytes;
        let after = committed_after(|| drop(Blocks::take(&ASKED, 4 * MIB, MIB, MIB)));
        // Their segments' headers stay.
        assert!((before..before + MIB).contains(&after), "{before} bytes became {after}");
        // What is counted wrongly makes requests fail that have room.
        drop(Blocks::take(&ASKED, 8 * MIB, MIB, MIB));
        drop(stays);
    });
}

#[test]
fn what_several_threads_give_back_at_once_is_counted_once() {
    alone("what_several_threads_give_back_at_once_is_counted_once", || {
        const THREADS: usize = 4;
        let stays = Blocks::take(&ASKED, 8, 8, 8);
        let mut counted = Vec::new();
        for _ in 0..5 {
            drop(Blocks::take(&ASKED, HEAP_BYTES, 64 << 10, 64 << 10));
            let start = Barrier::new(THREADS);
            thread::scope(|scope| {
                for _ in 0..THREADS {
                    scope.spawn(|| {
                        start.wait();
                        PoolAlloc::collect();
                    });
                }
            });
            counted.push(committed_after(|| ()));
        }
        let (least, most) = (counted.iter().min().unwrap(), counted.iter().max().unwrap());
        assert!(*most < 16 * MIB && most - least < MIB, "counted: {counted:?}");
        drop(stays);
    });
}

#[test]
fn what_was_never_used_of_a_huge_page_goes_back_with_the_holes() {
    alone("what_was_never_used_of_a_huge_page_goes_back_with_the_holes", || {
        let before = rss_bytes();
        let mut live = Blocks::take(&ASKED, 496 << 10, 1024, 1024);
        let mut number = 0;
        let layout = live.layout;
        let (few, most) = live.starts.drain(..).partition(|_| {
            number += 1;
            number % 31 == 0
        });
        let blocks = |starts| Blocks { pool: &ASKED, layout, used: 1024, starts };
        let few = blocks(few);
        drop(blocks(most));
        PoolAlloc::collect();
        let after = rss_bytes().saturating_sub(before);
        assert!(after < MIB, "{after} bytes stay resident for 16 blocks");
        drop(few);
        PoolAlloc::collect();
        let after = rss_bytes().saturating_sub(before);
        assert!(after < MIB, "{after} bytes stay resident for none");
    });
}
