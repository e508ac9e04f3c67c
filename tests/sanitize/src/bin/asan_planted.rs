//! Touches a block after it was freed, or an object of a pool while it is idle, in the way that its argument names.
//!
//! `asan_planted --list` prints the ways. Each must be reported: a free block is poisoned from the
//! return of `dealloc` until it is handed out again, wherever it waits; so is an idle object.

use poolalloc::{Pool, PoolAlloc, local};
use std::{hint, process::ExitCode, thread};

#[global_allocator]
static ALLOC: PoolAlloc = PoolAlloc::new();

const WAYS: &[(&str, fn())] = &[
    ("read-after-free", read_after_free),
    ("write-after-free", write_after_free),
    ("read-after-free-of-a-medium-block", read_after_free_of_a_medium_block),
    ("read-after-free-by-another-thread", read_after_free_by_another_thread),
    ("read-after-growth-moved-the-buffer", read_after_growth_moved_the_buffer),
    ("read-after-overflow-of-the-magazine", read_after_overflow_of_the_magazine),
    ("read-of-an-idle-object", read_of_an_idle_object),
    ("read-of-an-idle-object-of-a-pool-with-a-capacity", read_of_an_idle_object_with_a_capacity),
    ("read-of-an-idle-object-of-a-local-pool", read_of_an_idle_object_of_a_local_pool),
];

fn main() -> ExitCode {
    let arg = std::env::args().nth(1).unwrap_or_default();
    if arg == "--list" {
        WAYS.iter().for_each(|(name, _)| println!("{name}"));
        return ExitCode::SUCCESS;
    }
    match WAYS.iter().find(|(name, _)| *name == arg) {
        None => eprintln!("not one of the ways that --list prints: {arg}"),
        Some((name, plant)) => {
            plant();
            eprintln!("{name}: nothing stopped it");
        }
    }
    ExitCode::SUCCESS
}

/// A freed block of `size` bytes.
fn freed(size: usize) -> *mut u8 {
    let block = Box::leak(vec![1_u8; size].into_boxed_slice());
    let first = block.as_mut_ptr();
    // SAFETY: `block` was leaked above and is not used again.
    drop(unsafe { Box::from_raw(block) });
    hint::black_box(first)
}

fn read(block: *const u8) {
    // SAFETY: none, it is the planted bug. The sanitizer stops it before it does harm.
    let byte = unsafe { block.read_volatile() };
    hint::black_box(byte);
}

fn read_after_free() {
    read(freed(24));
}

fn write_after_free() {
    // SAFETY: none, as in `read`. The last byte: the first ones hold the link of a free block.
    let last = unsafe { freed(200).add(199) };
    // SAFETY: as above.
    unsafe { last.write_volatile(1) };
}

fn read_after_free_of_a_medium_block() {
    read(freed(100_000).wrapping_add(50_000));
}

fn read_after_free_by_another_thread() {
    let block = Box::new([7_u64; 8]);
    let first = std::ptr::from_ref(&block[0]).cast();
    thread::spawn(move || drop(block)).join().unwrap();
    read(first);
}

fn read_after_growth_moved_the_buffer() {
    let mut bytes = vec![1_u8; 40];
    let old = bytes.as_ptr();
    bytes.reserve_exact(4000);
    assert_ne!(old, bytes.as_ptr(), "the buffer did not move, there is nothing to find");
    read(old);
}

fn read_after_overflow_of_the_magazine() {
    let many: Vec<_> = (0..100_000).map(|n| Box::new([n; 6])).collect();
    let first = std::ptr::from_ref(&many[0][5]).cast();
    drop(many);
    read(first);
}

fn read_of_an_idle_object() {
    let pool = Pool::new(|| [7_u64; 8]);
    let object = pool.get();
    let first = std::ptr::from_ref(&object[0]).cast();
    drop(object);
    read(first);
}

fn read_of_an_idle_object_with_a_capacity() {
    let pool = Pool::builder(|| [7_u64; 8]).capacity(2).build();
    let object = pool.try_get().expect("none is in use");
    let first = std::ptr::from_ref(&object[0]).cast();
    drop(object);
    read(first);
}

fn read_of_an_idle_object_of_a_local_pool() {
    let pool = local::Pool::new(|| [7_u64; 8]);
    let object = pool.get();
    let first = std::ptr::from_ref(&object[0]).cast();
    drop(object);
    read(first);
}
