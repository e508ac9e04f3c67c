//! A burst, and the quiet after it.

use super::rss::rss_bytes;
use std::{
    fs, hint, thread,
    time::{Duration, Instant},
};

pub(crate) type Blocks = Vec<Box<[u8]>>;

pub(crate) const MIB: usize = 1 << 20;

/// Blocks of 16 bytes to 8 KiB, each doubling as likely as the next, `bytes` in all, every byte
/// written.
pub(crate) fn blocks(seed: u64, bytes: usize) -> Blocks {
    let mut rng = fastrand::Rng::with_seed(seed);
    let (mut blocks, mut total) = (Blocks::new(), 0);
    while total < bytes {
        let least = 16 << rng.u32(0..9);
        let size = rng.usize(least..2 * least);
        blocks.push(vec![tag(size); size].into_boxed_slice());
        total += size;
    }
    blocks
}

fn tag(size: usize) -> u8 {
    size.to_le_bytes()[0] | 1
}

/// True if every byte of every block is as it was written.
pub(crate) fn are_intact(blocks: &Blocks) -> bool {
    blocks.iter().all(|block| block.iter().all(|byte| *byte == tag(block.len())))
}

/// Several bursts one after the other, all freed in random order but for one block in 256; what is
/// left, and the most that was resident.
pub(crate) fn bursts(seed: u64, bytes: usize) -> (Blocks, usize) {
    let (mut kept, mut peak) = (Blocks::new(), 0);
    for burst in 0..4 {
        let mut live = blocks(seed + burst, bytes);
        fastrand::Rng::with_seed(burst).shuffle(&mut live);
        peak = peak.max(rss_bytes());
        kept.extend(live.split_off(live.len() - live.len() / 256));
    }
    (kept, peak)
}

/// Waits, without calling the allocator, until `limit` bytes or less are resident, for at most so
/// long; what is resident then.
pub(crate) fn wait_for(limit: usize, longest: Duration) -> usize {
    let start = Instant::now();
    loop {
        let now = rss_bytes();
        if now <= limit || start.elapsed() > longest {
            println!("{} KiB resident after {:?}", now / 1024, start.elapsed());
            return now;
        }
        thread::sleep(Duration::from_millis(20));
    }
}

/// Peak, then idle with the threads alive: what was resident in percent of the peak, once it is at
/// most 30, or after `longest`.
pub(crate) fn idle_percent(bytes: usize, longest: Duration) -> usize {
    let (kept, peak) = bursts(1, bytes);
    assert!(peak >= bytes, "the blocks are not resident, so the peak says nothing");
    let idle = wait_for(peak * 30 / 100, longest);
    println!("peak {} KiB, idle {} KiB", peak / 1024, idle / 1024);
    assert!(are_intact(&kept), "a live block changed");
    drop(hint::black_box(kept));
    idle * 100 / peak
}

/// The scavengers of this process: threads of that name, by their folders in `/proc`.
pub(crate) fn scavengers() -> Vec<std::path::PathBuf> {
    let threads = fs::read_dir("/proc/self/task").expect("the threads of this process");
    let paths = threads.filter_map(|thread| Some(thread.ok()?.path()));
    paths.filter(|path| is_scavenger(path)).collect()
}

fn is_scavenger(thread: &std::path::Path) -> bool {
    // A thread that has ended meanwhile has no name.
    fs::read_to_string(thread.join("comm")).is_ok_and(|name| name.trim() == "poolalloc")
}

/// Frees much until a scavenger is there; its folder in `/proc`.
pub(crate) fn provoke_scavenger() -> std::path::PathBuf {
    for _ in 0..60 {
        drop(hint::black_box(blocks(1, 32 * MIB)));
        for _ in 0..100 {
            if let Some(scavenger) = scavengers().pop() {
                return scavenger;
            }
            thread::sleep(Duration::from_millis(5));
        }
    }
    panic!("there is no scavenger");
}

/// Waits until there is no scavenger; fails after a minute.
pub(crate) fn wait_for_its_end() {
    let start = Instant::now();
    while !scavengers().is_empty() {
        assert!(start.elapsed() < Duration::from_secs(60), "the scavenger does not end");
        thread::sleep(Duration::from_millis(5));
    }
}
