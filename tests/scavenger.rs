//! Memory is given back without being asked, and at once by `collect`. Each figure is of a process
//! of its own; `scavenger_off` is the same without a scavenger.

mod common;
#[path = "scavenger/refused.rs"]
mod refused;

use common::{
    child::{self, alone},
    peak::{
        Blocks, MIB, are_intact, blocks, idle_percent, provoke_scavenger, scavengers, wait_for,
        wait_for_its_end,
    },
    rss::rss_bytes,
};
use poolalloc::PoolAlloc;
use std::{
    fs, hint, mem,
    sync::{Arc, Barrier},
    thread,
    time::Duration,
};

#[global_allocator]
static GLOBAL: PoolAlloc = PoolAlloc::new();

/// A wait that no machine is too slow for; it ends as soon as what is waited for is there.
const LONG: Duration = Duration::from_secs(60);

/// What each of eight threads has at the peak. What one that sleeps keeps besides its magazines, a slab
/// for each size it used, is the same whatever it had.
const EACH_BYTES: usize = 32 * MIB;

/// What a thread that sleeps may keep in its magazines, in bytes.
const MAGAZINE_BUDGET_BYTES: usize = 512 << 10;

#[test]
fn a_peak_falls_to_30_percent_while_nobody_allocates() {
    alone("a_peak_falls_to_30_percent_while_nobody_allocates", || {
        let percent = idle_percent(64 * MIB, LONG);
        assert!(percent <= 30, "{percent} % of the peak stay");
    });
}

#[test]
fn large_mappings_and_runs_in_caches_go_back_while_nobody_allocates() {
    alone("large_mappings_and_runs_in_caches_go_back_while_nobody_allocates", || {
        for size in [100 << 10, 3 * MIB] {
            let live: Blocks = (0..48 * MIB / size).map(|_| vec![1; size].into()).collect();
            let peak = rss_bytes();
            drop(hint::black_box(live));
            let idle = wait_for(peak * 30 / 100, LONG);
            assert!(idle <= peak * 30 / 100, "blocks of {size} bytes stay resident");
        }
    });
}

/// What is resident above what was at first, after `collect`, in percent of the same at the peak.
fn collected_percent(before: usize, peak: usize, spared: usize) -> usize {
    PoolAlloc::collect();
    let after = rss_bytes();
    let kib = |bytes: usize| bytes / 1024;
    println!("before {}, peak {}, after {} KiB", kib(before), kib(peak), kib(after));
    after.saturating_sub(before + spared) * 100 / (peak - before)
}

#[test]
fn collect_leaves_10_percent_when_the_caller_freed_everything() {
    alone("collect_leaves_10_percent_when_the_caller_freed_everything", || {
        let before = rss_bytes();
        let live = blocks(1, 128 * MIB);
        let peak = rss_bytes();
        drop(live);
        let percent = collected_percent(before, peak, 0);
        assert!(percent <= 10, "{percent} % of the peak stay");
    });
}

/// Eight threads that hold blocks when all of them wait at `full`, and none when they wait at
/// `freed`; then each does `last`.
fn eight(full: &Arc<Barrier>, freed: &Arc<Barrier>, last: fn()) -> Vec<thread::JoinHandle<()>> {
    let work = |seed: u64| {
        let (full, freed) = (Arc::clone(full), Arc::clone(freed));
        thread::spawn(move || {
            let live = blocks(seed, EACH_BYTES);
            full.wait();
            drop(hint::black_box(live));
            freed.wait();
            last();
        })
    };
    (0..8).map(work).collect()
}

#[test]
fn collect_leaves_10_percent_when_eight_threads_freed_everything_and_ended() {
    alone("collect_leaves_10_percent_when_eight_threads_freed_everything_and_ended", || {
        let before = rss_bytes();
        let [full, freed] = [(); 2].map(|()| Arc::new(Barrier::new(9)));
        let threads = eight(&full, &freed, || {});
        // Some may be on their way to free already: the peak is at least what is resident now.
        full.wait();
        let peak = rss_bytes().max(before + 4 * EACH_BYTES);
        freed.wait();
        threads.into_iter().for_each(|thread| thread.join().expect("the thread succeeds"));
        let percent = collected_percent(before, peak, 0);
        assert!(percent <= 10, "{percent} % of the peak stay");
    });
}

#[test]
fn collect_leaves_10_percent_and_the_magazines_when_eight_threads_freed_everything_and_idle() {
    alone(
        "collect_leaves_10_percent_and_the_magazines_when_eight_threads_freed_everything_and_idle",
        || {
            let before = rss_bytes();
            let [full, freed] = [(); 2].map(|()| Arc::new(Barrier::new(9)));
            let _idle = eight(&full, &freed, || {
                loop {
                    thread::park();
                }
            });
            full.wait();
            let peak = rss_bytes().max(before + 4 * EACH_BYTES);
            freed.wait();
            let percent = collected_percent(before, peak, 8 * MAGAZINE_BUDGET_BYTES);
            assert!(percent <= 10, "{percent} % of the peak stay");
        },
    );
}

#[test]
fn free_pages_between_live_blocks_go_back_and_the_live_ones_are_intact() {
    alone("free_pages_between_live_blocks_go_back_and_the_live_ones_are_intact", || {
        for size in [512, 1000, 3000, 8192, 20_000, 32 << 10] {
            // Blocks that lie together live together, so that some pages have no live one on them.
            let run = (16_usize << 10).div_ceil(size);
            let mut live: Blocks = (0..64 * MIB / size).map(|_| vec![7; size].into()).collect();
            let peak = rss_bytes();
            let mut index = 0;
            live.retain(|_| {
                index += 1;
                index / run % 2 == 0
            });
            PoolAlloc::collect();
            let after = rss_bytes();
            println!("{size} bytes: peak {} KiB, after {} KiB", peak / 1024, after / 1024);
            assert!(after <= peak * 80 / 100, "no holes of {size} bytes went back");
            // What is taken again lies in the holes.
            let mut more: Blocks = (0..32 * MIB / size).map(|_| vec![9; size].into()).collect();
            assert!(live.iter().flatten().all(|byte| *byte == 7), "a live block changed");
            assert!(rss_bytes() <= peak + 4 * MIB, "the holes do not serve again");
            mem::swap(&mut live, &mut more);
            drop(more);
            assert!(live.iter().flatten().all(|byte| *byte == 9), "a live block changed");
        }
    });
}

#[test]
fn a_process_that_stays_small_has_no_scavenger() {
    alone("a_process_that_stays_small_has_no_scavenger", || {
        for round in 0..300 {
            drop(hint::black_box(blocks(round, MIB)));
            assert!(scavengers().is_empty(), "a thread for one MiB, round {round}");
        }
    });
}

#[test]
fn the_scavenger_blocks_all_signals_and_ends_when_there_is_nothing_to_do() {
    alone("the_scavenger_blocks_all_signals_and_ends_when_there_is_nothing_to_do", || {
        for _ in 0..2 {
            let status = loop {
                // It may end before it is looked at.
                if let Ok(status) = fs::read_to_string(provoke_scavenger().join("status")) {
                    break status;
                }
            };
            let blocked = status.lines().find_map(|line| line.strip_prefix("SigBlk:"));
            let blocked = u64::from_str_radix(blocked.expect("a line").trim(), 16);
            // But for KILL, STOP, and two that the C library keeps to itself.
            let never = 1 << 8 | 1 << 18 | 1 << 31 | 1 << 32;
            assert_eq!(blocked.expect("a number") | never, u64::MAX, "signals reach it");
            wait_for_its_end();
        }
    });
}

#[test]
fn a_child_of_a_fork_has_no_scavenger_until_it_needs_one_and_the_parents_goes_on() {
    alone("a_child_of_a_fork_has_no_scavenger_until_it_needs_one_and_the_parents_goes_on", || {
        for _ in 0..3 {
            let live = blocks(1, 64 * MIB);
            let peak = rss_bytes();
            drop(hint::black_box(live));
            provoke_scavenger();
            // SAFETY: the child calls the allocator, which must keep working, and `std` where it
            // takes no lock that another thread may hold.
            let child = unsafe { libc::fork() };
            if child == 0 {
                assert!(scavengers().is_empty(), "a thread came along");
                let percent = idle_percent(64 * MIB, LONG);
                child::leave(i32::from(percent > 30));
            }
            let mut status = 0;
            // SAFETY: `status` is writable, and the child was not waited for.
            let waited = unsafe { libc::waitpid(child, &raw mut status, 0) };
            assert_eq!((waited, status), (child, 0), "the child keeps its peak, or died");
            assert!(wait_for(peak * 30 / 100, LONG) <= peak * 30 / 100, "the parent's is gone");
            wait_for_its_end();
        }
    });
}

#[test]
fn a_process_ends_whatever_the_scavenger_does() {
    for _ in 0..20 {
        alone("a_process_ends_whatever_the_scavenger_does", || {
            let live = blocks(1, 32 * MIB);
            drop(hint::black_box(live));
            std::process::exit(0);
        });
    }
}

#[test]
fn threads_go_on_allocating_while_memory_goes_back() {
    alone("threads_go_on_allocating_while_memory_goes_back", || {
        let collector = thread::spawn(|| (0..200).for_each(|_| PoolAlloc::collect()));
        let work = |seed: u64| {
            thread::spawn(move || {
                let mut kept = Blocks::new();
                for round in 0..30 {
                    let mut live = blocks(seed + round, 2 * MIB);
                    fastrand::Rng::with_seed(round).shuffle(&mut live);
                    kept.extend(live.drain(..live.len() / 16));
                    assert!(are_intact(&live), "a live block changed");
                    drop(live);
                    kept.truncate(4000);
                    assert!(are_intact(&kept), "a live block changed");
                }
            })
        };
        let threads: Vec<_> = (0..3).map(|seed| work(seed * 100)).collect();
        threads.into_iter().for_each(|thread| thread.join().expect("the thread succeeds"));
        collector.join().expect("the thread succeeds");
    });
}
