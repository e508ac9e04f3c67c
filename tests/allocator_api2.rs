//! `PoolAlloc` as the allocator of single collections, through the crate allocator-api2.

mod common;

use allocator_api2::alloc::Allocator;
use allocator_api2::boxed::Box;
use allocator_api2::vec::Vec;
use common::pattern;
use hashbrown::{DefaultHashBuilder, HashMap};
use poolalloc::PoolAlloc;
use std::alloc::{Layout, System};
use std::ptr::NonNull;

const POOL: PoolAlloc = PoolAlloc::new();

#[test]
fn a_hash_map_keeps_what_it_is_given() {
    let mut map: HashMap<u64, Vec<u8, PoolAlloc>, DefaultHashBuilder, PoolAlloc> =
        HashMap::new_in(POOL);
    for key in 0..20_000_u64 {
        let mut value = Vec::new_in(POOL);
        value.resize(usize::try_from(key % 100).expect("below 100"), key.to_le_bytes()[0]);
        map.insert(key, value);
    }
    map.retain(|key, _| key % 3 != 0);
    for key in 0..20_000_u64 {
        let value = map.get(&key);
        assert_eq!(value.is_some(), key % 3 != 0, "the map lost or kept the wrong key {key}");
        assert!(
            value.into_iter().flatten().all(|byte| *byte == key.to_le_bytes()[0]),
            "a value of {key} changed"
        );
    }
}

#[test]
fn a_hash_map_crosses_threads() {
    let mut map: HashMap<usize, Box<[usize; 16], PoolAlloc>, DefaultHashBuilder, PoolAlloc> =
        HashMap::new_in(POOL);
    map.extend((0..1000).map(|key| (key, Box::new_in([key; 16], POOL))));
    let sum = std::thread::spawn(move || map.drain().map(|(_, value)| value[15]).sum::<usize>());
    assert_eq!(
        sum.join().expect("the thread frees what this one allocated"),
        999 * 1000 / 2,
        "values changed"
    );
}

#[test]
fn a_vector_grows_and_shrinks_with_its_items() {
    let mut items = Vec::new_in(POOL);
    for item in 0..1_000_000_u32 {
        items.push(item);
    }
    items.truncate(1000);
    items.shrink_to_fit();
    assert!(items.iter().copied().eq(0..1000), "growing and shrinking changed an item");
    items.try_reserve(usize::MAX / 8).expect_err("more memory than there is");
    assert_eq!(items.len(), 1000, "a failed growth changed the vector");
}

/// Sizes on either side of the borders between small, medium and large.
const SIZES: [usize; 10] =
    [1, 48, 1000, 32 << 10, (32 << 10) + 1, 300 << 10, 1 << 20, (1 << 20) + 1, 3 << 20, 5 << 20];

/// Writes `count` bytes that `holds` recognises.
fn mark(block: NonNull<[u8]>, count: usize) {
    let address = block.cast::<u8>();
    assert!(count <= block.len(), "the block is too short");
    // SAFETY: `count` is at most the length of the live block.
    unsafe { address.write_bytes(0, count) };
    // SAFETY: `count` bytes of the live block, just written, to which nothing else leads.
    let bytes = unsafe { std::slice::from_raw_parts_mut(address.as_ptr(), count) };
    pattern::fill(bytes, 1);
}

/// The first `count` bytes of `block`, which are initialised.
fn bytes(block: &NonNull<[u8]>, count: usize) -> &[u8] {
    assert!(count <= block.len(), "the block is too short");
    // SAFETY: `count` bytes of the live block were written by `mark`, or zeroed or copied by the
    // allocator.
    unsafe { std::slice::from_raw_parts(block.cast::<u8>().as_ptr(), count) }
}

/// True if the first `count` bytes are as `mark` wrote them.
fn holds(block: NonNull<[u8]>, count: usize) -> bool {
    pattern::is_filled(bytes(&block, count), 1)
}

/// True if the bytes `from..to` are 0.
fn is_zero(block: NonNull<[u8]>, from: usize, to: usize) -> bool {
    pattern::is_zero(&bytes(&block, to)[from..])
}

fn grow_and_shrink<A: Allocator>(pool: &A) {
    for old in SIZES {
        for new in SIZES {
            for align in [1, 8, 64, 4096] {
                let old_layout = Layout::from_size_align(old, align).expect("a layout");
                // The alignment may change too.
                let new_layout =
                    Layout::from_size_align(new, if old % 3 == 0 { 16 } else { align })
                        .expect("a layout");
                let block = pool.allocate(old_layout).expect("memory");
                assert!(block.len() >= old, "{old_layout:?} gave {} bytes", block.len());
                mark(block, old);
                let address = block.cast();
                let block = if new >= old {
                    // SAFETY: the block is live with `old_layout`, and the new size is not smaller.
                    unsafe { pool.grow(address, old_layout, new_layout) }
                } else {
                    // SAFETY: the block is live with `old_layout`, and the new size is not larger.
                    unsafe { pool.shrink(address, old_layout, new_layout) }
                };
                let block = block.expect("memory");
                let address = block.cast::<u8>();
                assert!(
                    address.addr().get().is_multiple_of(new_layout.align()),
                    "{new_layout:?} is not aligned"
                );
                assert!(holds(block, old.min(new)), "{old_layout:?} to {new_layout:?} lost bytes");
                // SAFETY: the block is live with `new_layout`.
                unsafe { pool.deallocate(address, new_layout) };
            }
        }
    }
}

#[test]
fn grow_and_shrink_keep_bytes_across_size_borders() {
    grow_and_shrink(&POOL);
}

#[test]
fn grow_and_shrink_keep_bytes_over_another_large_allocator() {
    grow_and_shrink(&PoolAlloc::new().with_large(System));
}

#[test]
fn grown_zeroed_memory_is_zero_behind_the_old_bytes() {
    for old in SIZES {
        for new in SIZES.into_iter().filter(|new| *new >= old) {
            let old_layout = Layout::from_size_align(old, 8).expect("a layout");
            let new_layout = Layout::from_size_align(new, 8).expect("a layout");
            // Dirty memory first, so that zero is not there by chance.
            let dirty = POOL.allocate(new_layout).expect("memory");
            mark(dirty, new);
            // SAFETY: the block is live with `new_layout`.
            unsafe { POOL.deallocate(dirty.cast(), new_layout) };
            let block = POOL.allocate_zeroed(old_layout).expect("memory");
            assert!(is_zero(block, 0, old), "allocate_zeroed({old_layout:?}) is not zero");
            mark(block, old);
            // SAFETY: the block is live with `old_layout`, and the new size is not smaller.
            let block =
                unsafe { POOL.grow_zeroed(block.cast(), old_layout, new_layout) }.expect("memory");
            assert!(holds(block, old), "grow_zeroed lost bytes");
            assert!(
                is_zero(block, old, new),
                "grow_zeroed from {old} to {new} bytes is not zero behind them"
            );
            // SAFETY: the block is live with `new_layout`.
            unsafe { POOL.deallocate(block.cast(), new_layout) };
        }
    }
}

#[test]
fn a_request_of_no_bytes_is_served_and_freed() {
    let layout = Layout::from_size_align(0, 64).expect("a layout");
    let block = POOL.allocate(layout).expect("no bytes need no memory");
    assert!(block.cast::<u8>().addr().get().is_multiple_of(64), "an empty block is not aligned");
    let large = Layout::from_size_align(100_000, 64).expect("a layout");
    // SAFETY: the block is live with `layout`, and the new size is not smaller.
    let block = unsafe { POOL.grow(block.cast(), layout, large) }.expect("memory");
    // SAFETY: the block is live with `large`, and the new size is not larger.
    let block = unsafe { POOL.shrink(block.cast(), large, layout) }.expect("memory");
    // SAFETY: the block is live with `layout`.
    unsafe { POOL.deallocate(block.cast(), layout) };
}
