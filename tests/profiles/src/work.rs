//! What programs do with an allocator, with answers that are known without one.

use poolalloc::PoolAlloc;
use std::{
    collections::{BTreeMap, HashMap},
    ptr,
    sync::mpsc,
    thread,
};

const THREADS: u64 = 4;
const WORDS: u64 = 60_000;
const DISTINCT: u64 = 997;

/// Does all of it.
///
/// # Panics
///
/// If an answer is wrong, or if a block does not come from the pools.
pub(crate) fn all() {
    blocks_come_from_the_pools();
    words_born_elsewhere_are_counted();
    buffers_keep_their_bytes_as_they_grow();
    zeroed_memory_is_zero_after_use();
    alignments_are_kept();
    #[cfg(panic = "unwind")]
    a_panic_frees_what_it_unwinds();
}

/// `count` words; word `n` depends on `n % DISTINCT` only.
pub(crate) fn words(first: u64, count: u64) -> impl Iterator<Item = String> {
    (first..first + count)
        .map(|n| format!("word{:0>1$}", n % DISTINCT, 1 + (n % DISTINCT) as usize % 60))
}

fn blocks_come_from_the_pools() {
    let block = Box::new(7_u64);
    assert!(PoolAlloc::owns(ptr::from_ref(&*block).cast()), "the pools were passed by");
}

/// Strings are made in threads, sent, and freed by the receiver.
fn words_born_elsewhere_are_counted() {
    let (sender, receiver) = mpsc::channel();
    let makers: Vec<_> = (0..THREADS)
        .map(|maker| {
            let sender = sender.clone();
            thread::spawn(move || {
                words(maker * WORDS, WORDS).for_each(|word| sender.send(word).unwrap());
            })
        })
        .collect();
    drop(sender);
    let mut counts: HashMap<String, u64> = HashMap::new();
    for word in receiver {
        *counts.entry(word).or_default() += 1;
    }
    makers.into_iter().for_each(|maker| maker.join().unwrap());

    let sorted: BTreeMap<_, _> = counts.into_iter().collect();
    assert_eq!(sorted.len() as u64, DISTINCT, "a word was changed on its way");
    for (word, count) in sorted {
        let n: u64 = word.trim_start_matches("word").parse().unwrap();
        let expected = (THREADS * WORDS - n).div_ceil(DISTINCT);
        assert_eq!(count, expected, "{word} was lost or came twice");
    }
}

/// From 24 B, through small, medium and large, and back.
fn buffers_keep_their_bytes_as_they_grow() {
    const LAST: u64 = 1 << 20;
    let mut numbers: Vec<u64> = Vec::with_capacity(3);
    numbers.extend(0..3);
    for n in 3..LAST {
        numbers.push(n);
    }
    assert!((0..LAST).eq(numbers.iter().copied()), "growing lost bytes");
    numbers.truncate(100);
    numbers.shrink_to_fit();
    assert!((0..100).eq(numbers), "shrinking lost bytes");
}

fn zeroed_memory_is_zero_after_use() {
    for size in [16, 500, 5_000, 100_000, 3_000_000] {
        for _ in 0..3 {
            let mut bytes = vec![0_u8; size];
            assert!(bytes.iter().all(|&byte| byte == 0), "zeroed block of {size} B is not zero");
            bytes.fill(0xA5);
        }
    }
}

fn alignments_are_kept() {
    #[repr(align(128))]
    struct Task([u8; 200]);
    #[repr(align(4096))]
    struct Page([u8; 4096]);
    let tasks: Vec<_> = (0..100_u8).map(|n| Box::new(Task([n; 200]))).collect();
    let pages: Vec<_> = (0..10_u8).map(|n| Box::new(Page([n; 4096]))).collect();
    for (n, task) in tasks.iter().enumerate() {
        assert_eq!(ptr::from_ref(&**task).addr() % 128, 0, "a task is not aligned");
        assert_eq!(usize::from(task.0[199]), n, "tasks overlap");
    }
    for (n, page) in pages.iter().enumerate() {
        assert_eq!(ptr::from_ref(&**page).addr() % 4096, 0, "a page is not aligned");
        assert_eq!(usize::from(page.0[4095]), n, "pages overlap");
    }
}

#[cfg(panic = "unwind")]
fn a_panic_frees_what_it_unwinds() {
    for round in 0..100 {
        let caught = std::panic::catch_unwind(|| {
            let held: Vec<String> = words(0, 50).collect();
            std::panic::resume_unwind(Box::new(held.len() + round));
        });
        let payload = caught.unwrap_err().downcast::<usize>().unwrap();
        assert_eq!(*payload, 50 + round, "the payload was overwritten while unwinding");
    }
}
