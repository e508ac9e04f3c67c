//! What each workload asks of its allocator: how many blocks, how large, how many of the frees are
//! remote, and how much is live at most. What the doc comments of the workloads say of this was
//! counted here.
//!
//! `cargo run --release -p versus-workloads --example traffic -- --threads 2 larson xmalloc`

use clap::Parser;
use std::{
    alloc::{GlobalAlloc, Layout, System},
    cell::Cell,
    sync::atomic::{AtomicUsize, Ordering::Relaxed},
};
use versus_workloads::{Hooks, Params, Workload, all, find};

/// The system's allocator, with the number of the thread that took a block in front of it.
struct Counting;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

// Relaxed everywhere: counts, of which nothing is read through; they are read when all threads that
// counted were joined.
static TAKEN: AtomicUsize = AtomicUsize::new(0);
static TAKEN_BYTES: AtomicUsize = AtomicUsize::new(0);
static RESIZED: AtomicUsize = AtomicUsize::new(0);
static FREED: AtomicUsize = AtomicUsize::new(0);
static FREED_REMOTELY: AtomicUsize = AtomicUsize::new(0);
static LIVE_BYTES: AtomicUsize = AtomicUsize::new(0);
static PEAK_BYTES: AtomicUsize = AtomicUsize::new(0);
static THREADS: AtomicUsize = AtomicUsize::new(0);

/// The number of the calling thread, from 1.
fn thread_number() -> usize {
    // No destructor and no lazy value: it may be asked for inside of an allocation.
    thread_local!(static NUMBER: Cell<usize> = const { Cell::new(0) });
    if NUMBER.get() == 0 {
        NUMBER.set(THREADS.fetch_add(1, Relaxed) + 1);
    }
    NUMBER.get()
}

/// `layout` with room for a number in front, and the bytes of that room.
fn with_header(layout: Layout) -> (Layout, usize) {
    let header = layout.align().max(size_of::<usize>());
    let align = layout.align().max(align_of::<usize>());
    let bytes = header.checked_add(layout.size()).expect("no workload asks for half of memory");
    (Layout::from_size_align(bytes, align).expect("as above"), header)
}

/// Counts a new block.
fn count_taken(layout: Layout) {
    TAKEN.fetch_add(1, Relaxed);
    TAKEN_BYTES.fetch_add(layout.size(), Relaxed);
    let live = LIVE_BYTES.fetch_add(layout.size(), Relaxed) + layout.size();
    PEAK_BYTES.fetch_max(live, Relaxed);
}

/// Writes the thread's number in front of a new block.
///
/// # Safety
///
/// `start` is null, or a block of the layout that `with_header` gave with this `header`.
unsafe fn numbered(start: *mut u8, header: usize) -> *mut u8 {
    if start.is_null() {
        return start;
    }
    // SAFETY: the header has room for a number, and its begin is aligned for one.
    unsafe { start.cast::<usize>().write(thread_number()) };
    // SAFETY: the header lies in the block.
    unsafe { start.add(header) }
}

// SAFETY: blocks are the system's, moved by a header that keeps the alignment; the same layout
// gives the same header when the block is freed.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count_taken(layout);
        let (whole, header) = with_header(layout);
        // SAFETY: the size is not zero.
        let start = unsafe { System.alloc(whole) };
        // SAFETY: taken on the line above.
        unsafe { numbered(start, header) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count_taken(layout);
        let (whole, header) = with_header(layout);
        // SAFETY: the size is not zero.
        let start = unsafe { System.alloc_zeroed(whole) };
        // SAFETY: taken on the line above.
        unsafe { numbered(start, header) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        let (whole, header) = with_header(layout);
        // SAFETY: the caller's block begins that far behind the system's.
        let start = unsafe { block.sub(header) };
        // SAFETY: `numbered` wrote it.
        let owner = unsafe { start.cast::<usize>().read() };
        FREED.fetch_add(1, Relaxed);
        FREED_REMOTELY.fetch_add(usize::from(owner != thread_number()), Relaxed);
        LIVE_BYTES.fetch_sub(layout.size(), Relaxed);
        // SAFETY: the caller gives the layout that it took the block with.
        unsafe { System.dealloc(start, whole) };
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, bytes: usize) -> *mut u8 {
        RESIZED.fetch_add(1, Relaxed);
        let new = Layout::from_size_align(bytes, layout.align()).expect("the caller's promise");
        let ((old_whole, header), (new_whole, _)) = (with_header(layout), with_header(new));
        let live = LIVE_BYTES.fetch_add(bytes, Relaxed) + bytes - layout.size();
        PEAK_BYTES.fetch_max(live, Relaxed);
        LIVE_BYTES.fetch_sub(layout.size(), Relaxed);
        // SAFETY: the caller's block begins that far behind the system's.
        let start = unsafe { block.sub(header) };
        // SAFETY: the layout is that of the block; the new size is not zero.
        let start = unsafe { System.realloc(start, old_whole, new_whole.size()) };
        // SAFETY: the same alignment has the same header.
        unsafe { numbered(start, header) }
    }
}

/// Counts what the workloads ask of their allocator.
#[derive(Parser)]
struct Args {
    /// Threads that work.
    #[arg(long, default_value_t = 2)]
    threads: usize,
    /// The amount of work.
    #[arg(long, default_value_t = 1.0)]
    scale: f64,
    /// Names of workloads; none means all.
    #[arg(value_parser = named)]
    workloads: Vec<&'static Workload>,
}

fn named(name: &str) -> Result<&'static Workload, String> {
    find(name).ok_or_else(|| String::from("there is no such workload"))
}

/// From here on it is counted.
struct FromStart;

impl Hooks for FromStart {
    fn start(&self) {
        let counters = [&TAKEN, &TAKEN_BYTES, &RESIZED, &FREED, &FREED_REMOTELY];
        counters.into_iter().for_each(|counter| counter.store(0, Relaxed));
        PEAK_BYTES.store(LIVE_BYTES.load(Relaxed), Relaxed);
    }

    fn stop(&self) {}

    fn idle(&self) {}
}

fn main() {
    let args = Args::parse();
    let chosen: Vec<&Workload> =
        if args.workloads.is_empty() { all().iter().collect() } else { args.workloads.clone() };
    println!("{:24}     blocks   resized  mean B  remote  MiB live", "");
    for workload in chosen {
        (workload.run)(&Params::new(args.threads, args.scale, &FromStart));
        let [taken, bytes, resized, freed, remote, peak] =
            [&TAKEN, &TAKEN_BYTES, &RESIZED, &FREED, &FREED_REMOTELY, &PEAK_BYTES]
                .map(|counter| counter.load(Relaxed));
        println!(
            "{:24} {taken:10} {resized:9} {:7} {:6.1}% {:9.1}",
            workload.name,
            bytes / taken.max(1),
            remote as f64 * 100.0 / freed.max(1) as f64,
            peak as f64 / f64::from(1 << 20),
        );
    }
}
