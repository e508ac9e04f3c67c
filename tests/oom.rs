//! Out of memory: child processes with 128 MiB of address space (`RLIMIT_AS`), or with little that they
//! may write to (`RLIMIT_DATA`).
//!
//! The first limit counts the program, its libraries and stacks too (some 10 MiB), and what is reserved
//! and not used. So a working set of 64 MiB fits as small boxes, as one vector of that size, and as
//! a vector pushed from nothing: its last growth, from 32 to 64 MiB, may need both at a time.

mod common;

use common::POOLED;
use common::child::{Child, Finished};
use common::hoard::{Hoard, SIZES, layout};
use poolalloc::PoolAlloc;
use std::alloc::GlobalAlloc;
use std::fmt::{self, Write};
use std::fs;
use std::hint::black_box;

#[global_allocator]
static GLOBAL: PoolAlloc = PoolAlloc::new();

/// The same engine, for calls that may fail.
static POOL: PoolAlloc = PoolAlloc::new();

/// Address space of a child.
const LIMIT_BYTES: u64 = 128 << 20;

/// What must fit.
const WORKING_SET_BYTES: usize = 64 << 20;

fn limited(test: &'static str, body: impl FnOnce()) -> Finished {
    let finished = Child::of(test).with_address_space(LIMIT_BYTES).run(body);
    finished.assert_success();
    finished
}

#[test]
fn hello_world_runs() {
    let finished = limited("hello_world_runs", || println!("hello, world"));
    assert!(finished.stdout.contains("hello, world"), "the child printed nothing: {finished}");
}

#[test]
fn a_working_set_of_small_boxes_runs() {
    /// 64 bytes, each box linked to the one before.
    struct Link {
        before: Option<Box<Link>>,
        words: [u64; 7],
    }

    // The system's allocator does not manage it on a thread that is not the first.
    if !POOLED {
        return;
    }
    limited("a_working_set_of_small_boxes_runs", || {
        let count = WORKING_SET_BYTES / size_of::<Link>();
        let mut newest = None;
        for word in 0..count as u64 {
            newest = Some(Box::new(Link { before: newest, words: [word; 7] }));
        }
        let mut word = count as u64;
        while let Some(link) = newest {
            word -= 1;
            assert_eq!(link.words, [word; 7], "a box changed");
            newest = link.before;
        }
        assert_eq!(word, 0, "a box is missing");
    });
}

#[test]
fn a_working_set_in_one_vector_runs() {
    limited("a_working_set_in_one_vector_runs", || {
        for _ in 0..10 {
            let mut bytes = vec![0_u8; WORKING_SET_BYTES];
            bytes.iter_mut().step_by(4096).for_each(|byte| *byte += 1);
            assert_eq!(
                bytes.iter().map(|byte| u64::from(*byte)).sum::<u64>(),
                16_384,
                "the vector changed"
            );
        }
    });
}

#[test]
fn a_working_set_pushed_word_by_word_runs() {
    // The system's allocator may need old and new at a time, and more.
    if !POOLED {
        return;
    }
    limited("a_working_set_pushed_word_by_word_runs", || {
        let mut words = Vec::new();
        for word in 0..(WORKING_SET_BYTES / 8) as u64 {
            words.push(black_box(word));
        }
        assert!(
            (0..).zip(&words).all(|(word, held)| word == *held),
            "growing the vector changed a word"
        );
    });
}

/// Text that goes out as it comes, without memory.
struct Direct;

impl Write for Direct {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        // SAFETY: the bytes of `text` are readable.
        let written = unsafe { libc::write(libc::STDOUT_FILENO, text.as_ptr().cast(), text.len()) };
        if written == isize::try_from(text.len()).expect("a short text") {
            Ok(())
        } else {
            Err(fmt::Error)
        }
    }
}

/// Uses up all memory.
fn exhaust() -> Hoard {
    Hoard::of_all(&POOL)
}

#[test]
fn beyond_the_limit_requests_fail_and_live_blocks_are_intact() {
    limited("beyond_the_limit_requests_fail_and_live_blocks_are_intact", || {
        let hoard = exhaust();
        for size in SIZES {
            // SAFETY: the size is not zero.
            let block = unsafe { POOL.alloc(layout(size)) };
            assert!(block.is_null(), "{size} bytes were to be had when there were none");
            // SAFETY: the size is not zero.
            let block = unsafe { POOL.alloc_zeroed(layout(size)) };
            assert!(block.is_null(), "{size} zeroed bytes were to be had when there were none");
        }
        let mut vector: Vec<u8> = Vec::new();
        let outcome = vector.try_reserve(1 << 20);
        assert!(outcome.is_err(), "a vector was given a MiB when there was none");
        assert!(hoard.blocks.len() > 20, "the memory was gone at once");
        hoard.check();
    });
}

#[test]
fn a_resize_that_fails_leaves_the_block() {
    limited("a_resize_that_fails_leaves_the_block", || {
        let hoard = exhaust();
        for (tag, block) in &hoard.blocks {
            let old = block.layout();
            // SAFETY: the block is live with its layout; the new size is not zero and far below the
            // largest.
            let moved =
                unsafe { POOL.realloc(block.address().as_ptr(), old, old.size() + (64 << 20)) };
            assert!(moved.is_null(), "{old:?} grew by 64 MiB when there was no memory");
            block.check(*tag);
        }
    });
}

#[test]
fn after_some_is_freed_the_process_allocates_again() {
    limited("after_some_is_freed_the_process_allocates_again", || {
        for round in 0..5 {
            let mut hoard = exhaust();
            let full = hoard.bytes();
            assert!(full > WORKING_SET_BYTES, "round {round}: only {full} bytes were to be had");
            hoard.check();
            hoard.halve();
            hoard.check();
            let blocks = hoard.blocks.len();
            for size in SIZES.into_iter().rev().skip(2) {
                let taken = hoard.take_all(size).min(10);
                // The first take all there is.
                assert!(
                    taken > 0 || hoard.blocks.len() > blocks,
                    "round {round}: no {size} bytes after half was freed"
                );
            }
            hoard.check();
            hoard.free();
        }
    });
}

/// Bytes that this process may write to and shares with nobody, as `RLIMIT_DATA` counts them.
fn data_bytes() -> u64 {
    let status = fs::read_to_string("/proc/self/status").expect("the system tells");
    let line =
        status.lines().find_map(|line| line.strip_prefix("VmData:")).expect("a line of data");
    let kib: u64 = line.trim().trim_end_matches(" kB").parse().expect("a number of KiB");
    kib << 10
}

#[test]
fn where_several_segments_are_too_much_one_is_opened() {
    /// The last of several segments that are opened at once is beyond it.
    const ROOM_BYTES: u64 = 54 << 20;
    /// A segment that was refused, and what tables take.
    const LOST_BYTES: u64 = 6 << 20;

    let test = "where_several_segments_are_too_much_one_is_opened";
    // The system's allocator has other parts.
    if !POOLED {
        return;
    }
    let body = || {
        let mut hoard = Hoard::with_capacity(&POOL, 10_000);
        let limit = data_bytes() + ROOM_BYTES;
        let limit = libc::rlimit { rlim_cur: limit, rlim_max: limit };
        // SAFETY: `limit` is a valid `rlimit`, which `setrlimit` only reads.
        assert_eq!(unsafe { libc::setrlimit(libc::RLIMIT_DATA, &raw const limit) }, 0);
        hoard.take_all(32 << 10);
        let (bytes, least) = (hoard.bytes() as u64, ROOM_BYTES - LOST_BYTES);
        assert!(bytes <= ROOM_BYTES, "the limit holds nothing: {bytes} bytes");
        assert!(bytes >= least, "only {bytes} of {ROOM_BYTES} bytes were to be had");
        hoard.check();
    };
    Child::of(test).run(body).assert_success();
}

#[test]
fn statistics_print_when_nothing_can_be_allocated() {
    let finished = limited("statistics_print_when_nothing_can_be_allocated", || {
        let hoard = exhaust();
        let wrote = write!(Direct, "{}", PoolAlloc::stats());
        assert_eq!(wrote, Ok(()), "the statistics were not printed");
        hoard.check();
    });
    for word in ["allocated", "committed", "reserved"] {
        assert!(
            finished.stdout.contains(word),
            "the statistics do not name the {word} bytes: {finished}"
        );
    }
}
