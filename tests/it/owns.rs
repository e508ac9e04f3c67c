//! `owns` tells this allocator's memory from all other.

use super::{POOL, layout};
use crate::common::POOLED;
use crate::common::block::Block;
use crate::common::child::Child;
use poolalloc::PoolAlloc;
use std::ptr;

static A_STATIC: [u8; 64] = [1; 64];

#[test]
fn blocks_of_every_size_are_ours_from_the_first_byte_to_the_last() {
    for size in [1, 64, 5000, 32 << 10, 40_000, 1 << 20, (1 << 20) + 1, 6 << 20] {
        let block = Block::alloc(&POOL, layout(size, 8), 1);
        let first = block.address().as_ptr();
        assert_eq!(PoolAlloc::owns(first), POOLED, "a live block of {size} bytes");
        let last = first.wrapping_add(size - 1);
        assert_eq!(PoolAlloc::owns(last), POOLED, "the last byte of a live block of {size} bytes");
        block.free();
    }
}

#[test]
fn no_byte_behind_the_end_of_a_large_block_is_ours() {
    for size in [(1 << 20) + 1, 6 << 20, (8 << 20) - 4096, 13 << 20] {
        let block = Block::alloc(&POOL, layout(size, 8), 1);
        let start = block.address().as_ptr();
        // SAFETY: live, allocated with this layout.
        let bytes = unsafe { POOL.usable_size(start, layout(size, 8)) };
        let last = start.wrapping_add(bytes - 1);
        assert_eq!(PoolAlloc::owns(last), POOLED, "the last byte of a mapping of {bytes} bytes");
        // Mappings start at multiples of 4 MiB, so no other one of ours begins before that.
        for behind in (1..(4 << 20) - last.addr() % (4 << 20)).step_by(4096) {
            let address = last.wrapping_add(behind);
            assert!(!PoolAlloc::owns(address), "{behind} bytes behind a mapping of {bytes} bytes");
        }
        block.free();
    }
}

/// Asks for every page from the start of a large block to the next multiple of 4 MiB behind `end`, and
/// for the bytes around its end: those of the block are ours, and no others.
fn exactly_its_bytes_are_ours(block: &Block<PoolAlloc>, end: *const u8) {
    let (start, bytes) = (block.address().as_ptr(), block.usable_bytes());
    let all = end.addr().next_multiple_of(4 << 20) - start.addr();
    let around =
        [0, 1, 4095, 4096].map(|less| bytes - 1 - less).into_iter().chain(bytes..bytes + 2);
    for offset in (0..all).step_by(4096).chain(around) {
        let ours = PoolAlloc::owns(start.wrapping_add(offset));
        assert_eq!(ours, POOLED && offset < bytes, "byte {offset} of a mapping of {bytes} bytes");
    }
}

#[test]
fn what_a_large_block_gave_up_when_it_shrank_or_moved_is_not_ours() {
    // A child has no other test that maps memory meanwhile.
    Child::of("owns::what_a_large_block_gave_up_when_it_shrank_or_moved_is_not_ours")
        .run(|| {
            let mut block = Block::alloc(&POOL, layout(5 << 20, 8), 0);
            let sizes = [13, 8, 6, 23, 17, 3].map(|mib| mib << 20);
            for (tag, size) in (0..).zip(sizes.into_iter().chain([(9 << 20) - 4095])) {
                let (start, bytes) = (block.address().as_ptr(), block.usable_bytes());
                block = block.resize(size, tag, tag + 1);
                let now = block.address().as_ptr();
                let behind = now.wrapping_add(block.usable_bytes());
                // What it had there before is looked at too.
                let end = if now == start { behind.max(start.wrapping_add(bytes)) } else { behind };
                exactly_its_bytes_are_ours(&block, end);
                if now != start {
                    let old = (0..bytes).step_by(4096).map(|offset| start.wrapping_add(offset));
                    let new = now.addr()..behind.addr();
                    let kept = old.filter(|page| !new.contains(&page.addr()));
                    assert_eq!(kept.filter(|page| PoolAlloc::owns(*page)).count(), 0, "moved away");
                }
            }
            let start = block.address().as_ptr();
            block.free();
            assert!(!PoolAlloc::owns(start), "a mapping that waits in the cache");
        })
        .assert_success();
}

#[test]
fn memory_of_others_is_not_ours() {
    let on_stack = 1_u8;
    assert!(!PoolAlloc::owns(&raw const on_stack), "a local variable");
    assert!(!PoolAlloc::owns(A_STATIC.as_ptr()), "a static");
    assert!(!PoolAlloc::owns(memory_of_others_is_not_ours as *const u8), "a function");
    // This program runs on System: its boxes are not ours, whatever their size.
    for size in [16, 4096, 1 << 20, 64 << 20] {
        let from_system = vec![1_u8; size];
        assert!(!PoolAlloc::owns(from_system.as_ptr()), "{size} bytes of System");
    }
}

#[test]
fn addresses_where_nothing_can_be_are_not_ours() {
    for address in
        [0, 1, 8, 4095, 4096, 1 << 22, 1 << 47, (1 << 47) - 1, 1 << 63, usize::MAX - 1, usize::MAX]
    {
        assert!(!PoolAlloc::owns(ptr::without_provenance(address)), "the address {address:#x}");
    }
}
