//! Misuse ends the process with one line that names the fault and the address: in debug builds at
//! once, in release builds, for a wrong class, when the batch is flushed.

mod common;

use common::POOLED;
use common::child::{Child, Finished};
use poolalloc::PoolAlloc;
use std::alloc::{GlobalAlloc, Layout, System};
use std::hint::black_box;
use std::{ptr, thread};

/// The process itself runs on the system's allocator.
static POOL: PoolAlloc = PoolAlloc::new();

fn layout(size: usize) -> Layout {
    Layout::from_size_align(size, 8).expect("a layout")
}

fn alloc(size: usize) -> *mut u8 {
    // SAFETY: the size is not zero.
    let block = unsafe { POOL.alloc(layout(size)) };
    assert!(!block.is_null(), "there is memory for {size} bytes");
    block
}

/// Frees `block` as `size` bytes, rightly or wrongly, and never inlined, so that the compiler draws
/// no conclusions.
#[inline(never)]
fn free(block: *mut u8, size: usize) {
    // SAFETY: none for the wrong calls: the test shows that the allocator notices.
    unsafe { POOL.dealloc(black_box(block), layout(size)) };
}

/// Runs `body` in a child process, which names the address it misuses on its standard output.
fn misuse(test: &'static str, body: impl FnOnce()) -> Finished {
    Child::of(test).run(body)
}

/// Prints what `assert_fault` expects.
fn expect_address(block: *mut u8) {
    println!("misused: {block:p}");
}

/// The child aborted with one line on stderr, which names the fault and the address that the child
/// printed.
fn assert_fault(finished: &Finished, fault: &str) {
    let named = named_address(finished, fault);
    let misused = finished.stdout.lines().find_map(|line| line.split_once("misused: "));
    assert_eq!(Some(named), misused.map(|(_, address)| address), "another address is named");
}

/// The address in the one line on stderr, which names the fault.
fn named_address<'a>(finished: &'a Finished, fault: &str) -> &'a str {
    finished.assert_signal(libc::SIGABRT);
    let line = finished.stderr.strip_suffix('\n').filter(|line| !line.contains('\n'));
    let words = line.and_then(|line| line.strip_prefix("poolalloc: "));
    let (said, address) =
        words.and_then(|words| words.split_once(": address ")).unwrap_or_else(|| {
            panic!("not one line `poolalloc: <fault>: address <address>`: {finished}")
        });
    assert!(said.contains(fault), "the line does not say {fault:?}: {finished}");
    address
}

/// True where misuse is noticed at once.
const AT_ONCE: bool = POOLED && cfg!(debug_assertions);

#[test]
fn a_block_freed_twice_is_named() {
    if !AT_ONCE {
        return;
    }
    let finished = misuse("a_block_freed_twice_is_named", || {
        let block = alloc(64);
        free(block, 64);
        expect_address(block);
        free(block, 64);
    });
    assert_fault(&finished, "double free");
}

#[test]
fn a_block_freed_twice_with_another_between_is_named() {
    if !AT_ONCE {
        return;
    }
    let finished = misuse("a_block_freed_twice_with_another_between_is_named", || {
        let [first, second, third] = [(); 3].map(|()| alloc(200));
        free(first, 200);
        free(second, 200);
        free(third, 200);
        expect_address(first);
        free(first, 200);
    });
    assert_fault(&finished, "double free");
}

#[test]
fn a_block_freed_here_and_by_another_thread_is_named() {
    if !AT_ONCE {
        return;
    }
    let finished = misuse("a_block_freed_here_and_by_another_thread_is_named", || {
        let block = alloc(1000);
        free(block, 1000);
        expect_address(block);
        let address = block.expose_provenance();
        let freeing = thread::spawn(move || free(ptr::with_exposed_provenance_mut(address), 1000));
        freeing.join().expect("the free is noticed, so this is not reached");
    });
    assert_fault(&finished, "double free");
}

#[test]
fn a_medium_block_freed_twice_is_named() {
    if !AT_ONCE {
        return;
    }
    let finished = misuse("a_medium_block_freed_twice_is_named", || {
        let block = alloc(300_000);
        free(block, 300_000);
        expect_address(block);
        free(block, 300_000);
    });
    assert_fault(&finished, "double free");
}

#[test]
fn a_wrong_class_is_named() {
    if !AT_ONCE {
        return;
    }
    let finished = misuse("a_wrong_class_is_named", || {
        let block = alloc(64);
        expect_address(block);
        free(block, 200);
    });
    assert_fault(&finished, "wrong layout");
}

#[test]
fn a_small_block_freed_as_a_medium_one_is_named() {
    if !AT_ONCE {
        return;
    }
    let finished = misuse("a_small_block_freed_as_a_medium_one_is_named", || {
        let block = alloc(64);
        expect_address(block);
        free(block, 100_000);
    });
    assert_fault(&finished, "wrong layout");
}

#[test]
fn a_small_block_freed_as_a_large_one_is_named() {
    if !AT_ONCE {
        return;
    }
    let finished = misuse("a_small_block_freed_as_a_large_one_is_named", || {
        let block = alloc(64);
        expect_address(block);
        free(block, 5 << 20);
    });
    assert_fault(&finished, "wrong layout");
}

#[test]
fn a_large_block_freed_as_a_small_one_is_named() {
    if !AT_ONCE {
        return;
    }
    let finished = misuse("a_large_block_freed_as_a_small_one_is_named", || {
        let block = alloc(5 << 20);
        expect_address(block);
        free(block, 64);
    });
    assert_fault(&finished, "wrong layout");
}

#[test]
fn a_wrong_class_on_another_thread_is_named() {
    if !AT_ONCE {
        return;
    }
    let finished = misuse("a_wrong_class_on_another_thread_is_named", || {
        let block = alloc(512);
        expect_address(block);
        let address = block.expose_provenance();
        let freeing = thread::spawn(move || free(ptr::with_exposed_provenance_mut(address), 64));
        freeing.join().expect("the free is noticed, so this is not reached");
    });
    assert_fault(&finished, "wrong layout");
}

#[test]
fn a_local_variable_is_not_ours() {
    if !AT_ONCE {
        return;
    }
    let finished = misuse("a_local_variable_is_not_ours", || {
        let mut local = [0_u64; 8];
        let block = local.as_mut_ptr().cast();
        expect_address(block);
        free(block, 64);
    });
    assert_fault(&finished, "not ours");
}

#[test]
fn memory_of_the_system_is_not_ours() {
    if !AT_ONCE {
        return;
    }
    let finished = misuse("memory_of_the_system_is_not_ours", || {
        // SAFETY: the size is not zero.
        let block = unsafe { System.alloc(layout(64)) };
        expect_address(block);
        free(block, 64);
    });
    assert_fault(&finished, "not ours");
}

#[test]
fn a_large_block_of_the_system_is_not_ours() {
    if !AT_ONCE {
        return;
    }
    let finished = misuse("a_large_block_of_the_system_is_not_ours", || {
        // SAFETY: the size is not zero.
        let block = unsafe { System.alloc(layout(5 << 20)) };
        expect_address(block);
        free(block, 5 << 20);
    });
    assert_fault(&finished, "not ours");
}

#[test]
fn an_address_where_nothing_is_is_not_ours() {
    if !AT_ONCE {
        return;
    }
    let finished = misuse("an_address_where_nothing_is_is_not_ours", || {
        let block = ptr::without_provenance_mut(0x1234_5678_9000);
        expect_address(block);
        free(block, 64);
    });
    assert_fault(&finished, "not ours");
}

/// Blocks that are freed with a wrong class: more than any magazine and any open batch hold.
const WRONG_FREES: usize = 10_000;

#[test]
fn a_wrong_class_is_caught_in_every_build_when_it_is_flushed() {
    if !POOLED {
        return;
    }
    let finished = misuse("a_wrong_class_is_caught_in_every_build_when_it_is_flushed", || {
        let blocks: Vec<_> = (0..WRONG_FREES).map(|_| alloc(64)).collect();
        blocks.into_iter().for_each(|block| free(block, 48));
    });
    assert_flushed_fault(&finished);
}

#[test]
fn a_wrong_class_of_another_thread_is_caught_in_every_build_when_it_is_flushed() {
    if !POOLED {
        return;
    }
    let finished = misuse(
        "a_wrong_class_of_another_thread_is_caught_in_every_build_when_it_is_flushed",
        || {
            let addresses: Vec<_> =
                (0..WRONG_FREES).map(|_| alloc(64).expose_provenance()).collect();
            let free = move || {
                addresses
                    .into_iter()
                    .for_each(|address| free(ptr::with_exposed_provenance_mut(address), 96))
            };
            thread::spawn(free).join().expect("the frees are noticed, so this is not reached");
        },
    );
    assert_flushed_fault(&finished);
}

/// As `assert_fault`; the address is one of many.
fn assert_flushed_fault(finished: &Finished) {
    let digits = named_address(finished, "wrong layout").strip_prefix("0x");
    let address = digits.and_then(|digits| u64::from_str_radix(digits, 16).ok());
    assert!(address.is_some(), "the address is not in hexadecimal: {finished}");
}

#[test]
fn right_use_prints_nothing() {
    let finished = misuse("right_use_prints_nothing", || {
        for size in [8, 64, 5000, 100_000, 3 << 20] {
            let blocks: Vec<_> = (0..100).map(|_| alloc(size)).collect();
            blocks.into_iter().for_each(|block| free(block, size));
        }
    });
    finished.assert_success();
    assert_eq!(finished.stderr, "", "right use printed something");
}
