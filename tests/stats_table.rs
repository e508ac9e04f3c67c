//! What `Stats` prints, to the letter, and that printing allocates nothing.

use poolalloc::Stats;
use std::{
    alloc::{GlobalAlloc, Layout, System},
    cell::Cell,
    fmt::{self, Write},
};

/// System, counting what the calling thread asks for.
struct Counting;

thread_local! { static REQUESTS: Cell<u64> = const { Cell::new(0) } }

// SAFETY: System keeps the contract; the counter is no memory of the program.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        REQUESTS.set(REQUESTS.get() + 1);
        // SAFETY: the caller's promise.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: the caller's promise.
        unsafe { System.dealloc(block, layout) }
    }
}

#[global_allocator]
static A: Counting = Counting;

/// Text in a place of its own.
struct Fixed {
    text: [u8; 16 << 10],
    len: usize,
}

impl Write for Fixed {
    fn write_str(&mut self, part: &str) -> fmt::Result {
        let place = self.text.get_mut(self.len..self.len + part.len()).ok_or(fmt::Error)?;
        place.copy_from_slice(part.as_bytes());
        self.len += part.len();
        Ok(())
    }
}

/// What `value` prints, and how many requests that took.
fn printed(value: &dyn fmt::Display) -> (String, u64) {
    let mut out = Fixed { text: [0; 16 << 10], len: 0 };
    let before = REQUESTS.get();
    write!(out, "{value}").expect("the table fits");
    let requests = REQUESTS.get() - before;
    (String::from_utf8_lossy(&out.text[..out.len]).into_owned(), requests)
}

#[test]
fn the_counter_sees_what_printing_would_ask_for() {
    struct Asks;
    impl fmt::Display for Asks {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str(&2.to_string())
        }
    }
    assert_eq!(printed(&Asks), ("2".into(), 1), "a request is not counted");
}

#[test]
fn an_empty_snapshot_is_totals_and_no_table_of_classes() {
    let (text, requests) = printed(&Stats::default());
    assert_eq!(
        text,
        "\
allocated                     0 KiB
in magazines                  0 KiB
in open batches               0 KiB
in partial slabs              0 KiB
in large mappings             0 KiB
large, cached                 0 KiB
committed                     0 KiB
reserved                      0 KiB
large mappings                0
segments                      0
heaps                         0
remote batches                0
remote blocks                 0
"
    );
    assert_eq!(requests, 0, "Display allocated");
}

#[test]
fn every_figure_has_its_line_and_classes_without_slabs_have_none() {
    let mut stats = Stats::default();
    stats.allocated_bytes = 1;
    stats.magazine_bytes = 2 << 10;
    stats.batch_bytes = (3 << 10) - 1;
    stats.partial_bytes = (3 << 10) + 1;
    stats.large_bytes = 5 << 20;
    stats.large_cached_bytes = 6 << 20;
    stats.committed_bytes = 7 << 20;
    stats.reserved_bytes = 8 << 30;
    stats.large_mappings = 9;
    stats.segments = 10;
    stats.heaps = 11;
    stats.remote_batches = 12;
    stats.remote_blocks = 13;
    for (index, bytes) in [8, 16, 24].into_iter().enumerate() {
        stats.classes[index].block_bytes = bytes;
    }
    let class = &mut stats.classes[1];
    class.slabs = 1;
    class.allocated_blocks = 2000;
    class.magazine_blocks = 300;
    class.partial_blocks = 1796;
    let last = stats.classes.len() - 1;
    stats.classes[last].block_bytes = 32768;
    stats.classes[last].slabs = 12_345_678;
    let (text, requests) = printed(&stats);
    assert_eq!(
        text,
        "\
allocated                     1 KiB
in magazines                  2 KiB
in open batches               3 KiB
in partial slabs              4 KiB
in large mappings          5120 KiB
large, cached              6144 KiB
committed                  7168 KiB
reserved                8388608 KiB
large mappings                9
segments                     10
heaps                        11
remote batches               12
remote blocks                13
   block    slabs    allocated    magazines         free
      16        1         2000          300         1796
   32768 12345678            0            0            0
"
    );
    assert_eq!(requests, 0, "Display allocated");
}

#[test]
fn the_largest_numbers_are_printed_in_full() {
    let mut stats = Stats::default();
    stats.allocated_bytes = usize::MAX;
    stats.remote_blocks = u64::MAX;
    for class in &mut stats.classes {
        class.block_bytes = usize::MAX;
        class.slabs = usize::MAX;
        class.allocated_blocks = usize::MAX;
        class.magazine_blocks = usize::MAX;
        class.partial_blocks = usize::MAX;
    }
    let (text, requests) = printed(&stats);
    let max = usize::MAX.to_string();
    let line = [max.as_str(); 5].join(" ");
    let full_lines = text.lines().filter(|printed| *printed == line).count();
    assert_eq!(full_lines, stats.classes.len(), "a class has no line, or not in full");
    let kib = usize::MAX.div_ceil(1024);
    assert!(text.contains(&format!("{:<18} {kib} KiB\n", "allocated")), "{text}");
    assert!(text.contains(&format!("{:<18} {}\n", "remote blocks", u64::MAX)), "{text}");
    assert_eq!(requests, 0, "Display allocated");
}
